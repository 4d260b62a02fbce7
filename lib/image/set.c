/* SPEC.md §3: a unit's partitions and what goes with them. */
#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/image/efuse.h"
#include "lib/image/factory_data.h"
#include "lib/image/factory_reader.h"
#include "lib/image/manifest.h"
#include "lib/image/rules.h"
#include "lib/image/secure_cert.h"
#include "lib/image/values.h"
#include "lib/image/vendor.h"
#include "lib/nvs/crypt.h"
#include "lib/pki/certificate.h"
#include "lib/pki/plain_key.h"

void image_set_done(struct image_set *set)
{
    for (size_t i = 0; i < IMAGE_PARTITIONS_MAX; i++) {
        buf_done(&set->files[i].content);
    }
    for (size_t i = 0; i < IMAGE_EFUSE_KEYS_MAX; i++) {
        buf_done(&set->efuse_keys[i].content);
    }
    buf_done(&set->manifest);
    buf_done(&set->flash_args);
    *set = (struct image_set){0};
}

static struct image_file *add_file(struct image_set *set, enum image_role role,
                                   const struct image_partition *partition)
{
    struct image_file *file = &set->files[set->file_count++];
    file->role = role;
    (void)snprintf(file->label, sizeof(file->label), "%s", partition->label);
    (void)snprintf(file->file_name, sizeof(file->file_name), "%s.bin", partition->label);
    file->offset = partition->offset;
    buf_init_secret(&file->content, partition->size);
    return file;
}

/* ---- factory data, NVS keys ---- */

/* The key partition is written with flash encryption; the encrypted factory data never is. */
static status_t add_keys(struct image_set *set, const struct image_partition *partition,
                         struct span nvs_keys, struct problem *problem)
{
    struct image_file *file = add_file(set, IMAGE_ROLE_NVS_KEYS, partition);
    file->encrypt = true;
    status_t status = nvs_crypt_key_partition(nvs_keys, &file->content);
    if (status == STATUS_INVALID) {
        return problem_say(problem, status, "NVS_KEYS", "nvs_keys",
                           "both halves of the NVS key are equal: draw another");
    }
    TRY(status);
    buf_append_fill(&file->content, 0xff, partition->size - file->content.size);
    return buf_status(&file->content);
}

static status_t read_back(const struct image_set *set, const struct image_values *values,
                          struct problem *problem)
{
    const struct image_efuse_key *hmac_key =
        image_efuse_for_nvs(set->efuse_keys, set->efuse_key_count);
    const struct image_factory_keys keys = {
        .partition = set->file_count > 1 ? &set->files[1] : NULL,
        .hmac_key = hmac_key != NULL ? buf_span(&hmac_key->content) : (struct span){0},
    };
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    TRY(image_factory_reader_new(&set->files[0], &keys, &reader, problem));
    return image_values_compare(values, reader, problem);
}

/* With a key partition the keys themselves go into the set, else what they are derived from. */
static status_t encrypt(struct image_set *set, const struct image_product *product,
                        const struct image_unit *unit, struct problem *problem)
{
    struct buf *content = &set->files[0].content;
    AUTO(secret_wipe) struct secret derived = {0};
    if (product->nvs_encryption == IMAGE_NVS_PLAIN) {
        return STATUS_OK;
    }
    if (product->nvs_encryption == IMAGE_NVS_KEY_PARTITION) {
        TRY(add_keys(set, &product->nvs_keys, unit->nvs_keys, problem));
        return nvs_crypt_encrypt(content->data, content->size, unit->nvs_keys);
    }
    TRY(secret_new(&derived, NVS_KEYS_SIZE));
    nvs_crypt_keys_from_hmac(unit->nvs_hmac_key, derived.data);
    return nvs_crypt_encrypt(content->data, content->size, secret_span(&derived));
}

static status_t add_factory_data(struct image_set *set, const struct image_product *product,
                                 const struct image_unit *unit, struct problem *problem)
{
    AUTO(image_values_done) struct image_values values = {0};
    struct image_file *file = add_file(set, IMAGE_ROLE_FACTORY_DATA, &product->factory_data);
    TRY(image_values_make(product, unit, &values));
    TRY(image_vendor_expect(&values, unit, problem));
    TRY(image_values_write(&values, product->factory_data.size, &file->content, problem));
    TRY(encrypt(set, product, unit, problem));
    return read_back(set, &values, problem);
}

/* ---- the DAC's key ---- */

static status_t add_secure_cert(struct image_set *set, const struct image_product *product,
                                const struct image_unit *unit, struct problem *problem)
{
    if (!image_product_has_secure_cert(product)) {
        return STATUS_OK;
    }
    struct image_file *file = add_file(set, IMAGE_ROLE_SECURE_CERT, &product->secure_cert);
    file->encrypt = product->secure_cert.encrypted;
    return image_secure_cert_write(product, unit, &file->content, problem);
}

/* The one mode in which nothing of the set is compared with the DAC's key: a block once burnt wrong
 * stays wrong. */
static status_t check_peripheral_key(const struct image_product *product,
                                     const struct image_unit *unit, struct problem *problem)
{
    uint8_t point[PKI_POINT_SIZE];
    if (product->dac_key != IMAGE_DAC_KEY_PERIPHERAL) {
        return STATUS_OK;
    }
    TRY(pki_plain_key_public(unit->dac_key, point));
    struct pki_certificate dac;
    TRY(pki_certificate_parse(unit->dac, &dac, problem));
    return span_equal(SPAN_OF(point), unit->dac_public_key) &&
                   span_equal(SPAN_OF(point), dac.public_key)
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "SECURECERT_KEY_PAIR", "dac_key",
                             "the key is not that of the DAC");
}

static status_t build_files(struct image_set *set, const struct image_product *product,
                            const struct image_unit *unit, struct problem *problem)
{
    TRY(check_peripheral_key(product, unit, problem));
    TRY(image_efuse_make(product, unit, set));
    TRY(add_factory_data(set, product, unit, problem));
    TRY(add_secure_cert(set, product, unit, problem));
    for (size_t i = 0; i < set->file_count; i++) {
        TRY(image_efuse_check_leak(set->efuse_keys, set->efuse_key_count,
                                   buf_span(&set->files[i].content), set->files[i].file_name,
                                   problem));
    }
    return STATUS_OK;
}

static status_t describe(struct image_set *set, const char *chip)
{
    for (size_t i = 0; i < set->file_count; i++) {
        struct image_file *file = &set->files[i];
        digest_sha256(buf_span(&file->content), file->sha256);
        digest_md5(buf_span(&file->content), file->md5);
    }
    buf_init(&set->manifest, IMAGE_MANIFEST_MAX);
    buf_init(&set->flash_args, IMAGE_MANIFEST_MAX);
    TRY(image_manifest_write(chip, set, &set->manifest));
    return image_manifest_write_flash_args(set->files, set->file_count, &set->flash_args);
}

status_t image_set_check_size(const struct image_product *product, const struct image_unit *unit,
                              struct problem *problem)
{
    AUTO(image_values_done) struct image_values values = {0};
    AUTO(buf_done) struct buf image;
    buf_init_secret(&image, product->factory_data.size);
    TRY(image_product_check(product, problem));
    TRY(image_rules_unit(product, unit, problem));
    TRY(image_values_make(product, unit, &values));
    if (values.count == 0) {
        return problem_say(problem, STATUS_INVALID, "LEFT_OUT_ALL", "left_out",
                           "no key is left for the factory data: take a group out of left_out");
    }
    TRY(image_vendor_expect(&values, unit, problem));
    return image_values_write(&values, product->factory_data.size, &image, problem);
}

status_t image_set_build(const struct image_product *product, const struct image_unit *unit,
                         struct image_set *ret_set, struct problem *problem)
{
    AUTO(image_set_done) struct image_set set = {0};
    TRY(image_product_check(product, problem));
    TRY(image_rules_unit(product, unit, problem));
    TRY(build_files(&set, product, unit, problem));
    memcpy(set.firmware, product->firmware, sizeof(set.firmware));
    set.firmware_count = product->firmware_count;
    TRY(describe(&set, product->chip));
    *ret_set = set;
    set = (struct image_set){0};
    return STATUS_OK;
}
