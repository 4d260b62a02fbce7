#include "lib/image/efuse.h"

#include <stdio.h>

#include "lib/image/chip.h"
#include "lib/pki/pem.h"
#include "lib/pki/private_key.h"
#include "lib/securecert/key.h"

static const char nvs_hmac_file[] = "nvs_hmac.key"; /* also one that serves both */
static const char dac_hmac_file[] = "dac_hmac.key";
static const char dac_ecdsa_file[] = "dac_ecdsa.pem";

static bool nvs_key(const struct image_product *product)
{
    return product->nvs_encryption == IMAGE_NVS_HMAC;
}

static bool shared(const struct image_product *product)
{
    return nvs_key(product) && product->dac_key == IMAGE_DAC_KEY_DERIVED &&
           product->dac_key_block == product->nvs_hmac_block;
}

/* ---- check ---- */

static status_t bad_block(struct problem *problem, const char *field, const char *what)
{
    return problem_say(problem, STATUS_INVALID, "KEY_BLOCK", field, "%s", what);
}

static status_t check_block(uint8_t block, const char *field, struct problem *problem)
{
    return block <= IMAGE_EFUSE_BLOCK_LAST
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "KEY_BLOCK", field,
                             "there is no BLOCK_KEY%u: use 0 to %d, as the firmware has it", block,
                             IMAGE_EFUSE_BLOCK_LAST);
}

static status_t check_nvs(const struct image_product *product, const struct image_chip *chip,
                          struct problem *problem)
{
    if (!chip->has_hmac) {
        return problem_say(problem, STATUS_INVALID, "CHIP_HMAC", "nvs_encryption",
                           "an %s has no HMAC peripheral: use key-partition", chip->name);
    }
    return check_block(product->nvs_hmac_block, "nvs_hmac.key_block", problem);
}

/* Firmware derives the DAC's key from the first block of purpose HMAC_UP, and NVS's from the block
 * it was built for. */
static status_t check_derived(const struct image_product *product, const struct image_chip *chip,
                              struct problem *problem)
{
    if (!chip->has_hmac) {
        return problem_say(problem, STATUS_INVALID, "CHIP_HMAC", "dac.key",
                           "an %s has no HMAC peripheral: use image or secure-cert", chip->name);
    }
    TRY(check_block(product->dac_key_block, "dac.efuse.key_block", problem));
    return nvs_key(product) && product->dac_key_block > product->nvs_hmac_block
               ? bad_block(problem, "dac.efuse.key_block",
                           "firmware derives the DAC's key from the first HMAC key it finds, which "
                           "would be NVS's: use a lower block than nvs_hmac.key_block, or the same "
                           "one for both")
               : STATUS_OK;
}

static status_t check_peripheral(const struct image_product *product, const struct image_chip *chip,
                                 struct problem *problem)
{
    if (!chip->has_ecdsa) {
        return problem_say(problem, STATUS_INVALID, "CHIP_ECDSA", "dac.key",
                           "an %s has no ECDSA peripheral: use image, secure-cert or, where there "
                           "is HMAC, hmac-derived",
                           chip->name);
    }
    TRY(check_block(product->dac_key_block, "dac.efuse.key_block", problem));
    if (product->dac_key_block > chip->ecdsa_block_last) {
        return bad_block(problem, "dac.efuse.key_block",
                         "this chip's BLOCK_KEY5 cannot hold an ECDSA key (hardware fault): use 0 "
                         "to 4");
    }
    return nvs_key(product) && product->dac_key_block == product->nvs_hmac_block
               ? bad_block(problem, "dac.efuse.key_block",
                           "this block holds the HMAC key of NVS: use another")
               : STATUS_OK;
}

status_t image_efuse_check(const struct image_product *product, struct problem *problem)
{
    const struct image_chip *chip = image_chip_find(product->chip);
    if (chip == NULL) {
        return STATUS_INVALID;
    }
    if (nvs_key(product)) {
        TRY(check_nvs(product, chip, problem));
    }
    if (product->dac_key == IMAGE_DAC_KEY_DERIVED) {
        TRY(check_derived(product, chip, problem));
    }
    if (product->dac_key == IMAGE_DAC_KEY_PERIPHERAL) {
        TRY(check_peripheral(product, chip, problem));
    }
    return STATUS_OK;
}

/* ---- make ---- */

static struct image_efuse_key *add(struct image_set *set, const char *purpose, uint8_t block)
{
    struct image_efuse_key *key = &set->efuse_keys[set->efuse_key_count++];
    (void)snprintf(key->purpose, sizeof(key->purpose), "%s", purpose);
    key->block = block;
    buf_init_secret(&key->content, IMAGE_EFUSE_FILE_MAX);
    return key;
}

/* espefuse takes a key of this purpose as PEM only. */
static status_t add_ecdsa(struct image_set *set, uint8_t block, struct span scalar)
{
    struct image_efuse_key *key = add(set, IMAGE_EFUSE_ECDSA, block);
    AUTO(buf_done) struct buf sec1;
    key->for_dac = true;
    buf_init_secret(&sec1, PKI_SEC1_SIZE);
    TRY(securecert_key_encode(scalar, &sec1, NULL));
    return pki_pem_encode(buf_span(&sec1), "EC PRIVATE KEY", &key->content);
}

static status_t make_dac(const struct image_product *product, const struct image_unit *unit,
                         struct image_set *set)
{
    if (product->dac_key == IMAGE_DAC_KEY_PERIPHERAL) {
        return add_ecdsa(set, product->dac_key_block, unit->dac_key);
    }
    if (product->dac_key != IMAGE_DAC_KEY_DERIVED || shared(product)) {
        return STATUS_OK;
    }
    struct image_efuse_key *key = add(set, IMAGE_EFUSE_HMAC, product->dac_key_block);
    key->for_dac = true;
    buf_append_span(&key->content, unit->dac_hmac_key);
    return buf_status(&key->content);
}

static status_t make_nvs(const struct image_product *product, const struct image_unit *unit,
                         struct image_set *set)
{
    if (!nvs_key(product)) {
        return STATUS_OK;
    }
    struct image_efuse_key *key = add(set, IMAGE_EFUSE_HMAC, product->nvs_hmac_block);
    key->for_nvs = true;
    key->for_dac = shared(product);
    buf_append_span(&key->content, unit->nvs_hmac_key);
    return buf_status(&key->content);
}

status_t image_efuse_make(const struct image_product *product, const struct image_unit *unit,
                          struct image_set *set)
{
    TRY(make_dac(product, unit, set));
    TRY(make_nvs(product, unit, set));
    for (size_t i = 0; i < set->efuse_key_count; i++) {
        struct image_efuse_key *key = &set->efuse_keys[i];
        (void)snprintf(key->file_name, sizeof(key->file_name), "%s",
                       image_efuse_file(key->purpose, key->for_nvs));
    }
    return STATUS_OK;
}

const char *image_efuse_file(const char *purpose, bool for_nvs)
{
    if (strcmp(purpose, IMAGE_EFUSE_ECDSA) == 0) {
        return dac_ecdsa_file;
    }
    return for_nvs ? nvs_hmac_file : dac_hmac_file;
}

/* ---- use ---- */

const struct image_efuse_key *image_efuse_for_nvs(const struct image_efuse_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].for_nvs) {
            return &keys[i];
        }
    }
    return NULL;
}

const struct image_efuse_key *image_efuse_for_dac(const struct image_efuse_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].for_dac) {
            return &keys[i];
        }
    }
    return NULL;
}

status_t image_efuse_secret(const struct image_efuse_key *key, struct secret *ret_secret,
                            struct problem *problem)
{
    if (strcmp(key->purpose, IMAGE_EFUSE_ECDSA) == 0) {
        return pki_private_key_decode(buf_span(&key->content), ret_secret, problem);
    }
    if (key->content.size != SECURECERT_HMAC_KEY_SIZE) {
        return problem_say(problem, STATUS_INVALID, "EFUSE_KEY", key->file_name,
                           "an eFuse HMAC key has %d bytes, this one %zu", SECURECERT_HMAC_KEY_SIZE,
                           key->content.size);
    }
    return secret_copy(ret_secret, buf_span(&key->content));
}

static void reverse(struct secret *secret)
{
    for (size_t i = 0; i < secret->size / 2; i++) {
        uint8_t byte = secret->data[i];
        secret->data[i] = secret->data[secret->size - 1 - i];
        secret->data[secret->size - 1 - i] = byte;
    }
}

static bool contains(struct span content, const struct secret *secret)
{
    return content.size >= secret->size &&
           memmem(content.data, content.size, secret->data, secret->size) != NULL;
}

/* Either order: the ECDSA peripheral's block holds the scalar from its last byte to its first. */
status_t image_efuse_check_leak(const struct image_efuse_key *keys, size_t count,
                                struct span content, const char *name, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(secret_wipe) struct secret secret = {0};
        TRY(image_efuse_secret(&keys[i], &secret, problem));
        bool found = contains(content, &secret);
        reverse(&secret);
        if (found || contains(content, &secret)) {
            return problem_say(problem, STATUS_REFUSED, "IMAGE_KEY_LEAK", name,
                               "the key of %s stands in this image, where whoever reads the flash "
                               "finds it: do not flash this unit",
                               keys[i].file_name);
        }
    }
    return STATUS_OK;
}
