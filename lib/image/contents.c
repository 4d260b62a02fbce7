#include "lib/image/contents.h"

#include <assert.h>
#include <stdio.h>

#include "lib/base/hex.h"
#include "lib/image/factory_reader.h"
#include "lib/image/values.h"
#include "lib/matter/spake2p.h"

struct key {
    const char *name;
    enum nvs_type type;
};

/* SPEC.md §1.7: device instance info, all or none; */
static const struct key instance_keys[] = {
    {"vendor-id", NVS_U32},       {"vendor-name", NVS_STRING}, {"product-id", NVS_U32},
    {"product-name", NVS_STRING}, {"hardware-ver", NVS_U32},   {"hw-ver-str", NVS_STRING},
    {"serial-num", NVS_STRING},
};

/* and these only beside them. */
static const struct key instance_options[] = {
    {"mfg-date", NVS_STRING},      {"rd-id-uid", NVS_BLOB_DATA}, {"part-number", NVS_STRING},
    {"product-label", NVS_STRING}, {"product-url", NVS_STRING},  {"product-finish", NVS_U32},
    {"product-color", NVS_U32},
};

/* These or esp_secure_cert's. */
static const struct key identity_keys[] = {
    {"dac-cert", NVS_BLOB_DATA},
    {"dac-key", NVS_BLOB_DATA},
    {"dac-pub-key", NVS_BLOB_DATA},
    {"pai-cert", NVS_BLOB_DATA},
};
static const struct key commissioning_keys[] = {
    {"discriminator", NVS_U32}, {"iteration-count", NVS_U32}, {"salt", NVS_STRING}};

static const struct key verifier_key = {"verifier", NVS_STRING};

/* Present or not by the product's choice; a wrong type is wrong in any case. */
static const struct key chosen_keys[] = {{"verifier", NVS_STRING}, {"cert-dclrn", NVS_BLOB_DATA}};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct nvs_item *image_contents_item(const struct image_contents *contents, const char *key)
{
    return nvs_reader_find(contents->factory, IMAGE_NAMESPACE, key);
}

static status_t bad_key(const char *key, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "IMAGE_KEY", key,
                       "the image lacks this key, or it has another type than firmware reads: do "
                       "not flash this unit; tell whoever runs the server");
}

static status_t require_keys(const struct image_contents *contents, const struct key *keys,
                             size_t count, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        const struct nvs_item *item = image_contents_item(contents, keys[i].name);
        if (item == NULL || item->type != keys[i].type) {
            return bad_key(keys[i].name, problem);
        }
    }
    return STATUS_OK;
}

/* What firmware reads elsewhere is a leftover here, and a private key one that nobody guards. */
static status_t forbid_keys(const struct image_contents *contents, const struct key *keys,
                            size_t count, struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        if (image_contents_item(contents, keys[i].name) != NULL) {
            return problem_say(problem, STATUS_REFUSED, "IMAGE_KEY_TWICE", keys[i].name,
                               "the factory data holds what esp_secure_cert holds as well: do not "
                               "flash this unit; tell whoever runs the server");
        }
    }
    return STATUS_OK;
}

static const struct securecert_entry *entry(const struct image_contents *contents, uint8_t type,
                                            uint8_t subtype)
{
    const struct securecert_reader *reader = contents->secure_cert.reader;
    return reader != NULL ? securecert_reader_find(reader, type, subtype) : NULL;
}

/* Empty when absent. */
static struct span value(const struct image_contents *contents, uint8_t type, uint8_t subtype)
{
    const struct securecert_entry *found = entry(contents, type, subtype);
    return found != NULL ? found->value : (struct span){0};
}

static bool has_any(const struct image_contents *contents, const struct key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (image_contents_item(contents, keys[i].name) != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- the two partitions ---- */

static status_t read_instance(struct image_contents *contents, struct problem *problem)
{
    contents->has_instance = has_any(contents, instance_keys, COUNT_OF(instance_keys)) ||
                             has_any(contents, instance_options, COUNT_OF(instance_options));
    return contents->has_instance
               ? require_keys(contents, instance_keys, COUNT_OF(instance_keys), problem)
               : STATUS_OK;
}

static status_t open_factory(const struct image_manifest_parts *parts,
                             struct image_contents *contents, struct problem *problem)
{
    const struct image_factory_keys keys = {
        .partition = parts->files[IMAGE_ROLE_NVS_KEYS],
        .hmac_key = parts->nvs_key != NULL ? buf_span(&parts->nvs_key->content) : (struct span){0},
    };
    TRY(image_factory_reader_new(parts->files[IMAGE_ROLE_FACTORY_DATA], &keys, &contents->factory,
                                 problem));
    TRY(read_instance(contents, problem));
    for (size_t i = 0; i < COUNT_OF(chosen_keys); i++) {
        if (image_contents_item(contents, chosen_keys[i].name) != NULL) {
            TRY(require_keys(contents, &chosen_keys[i], 1, problem));
        }
    }
    return STATUS_OK;
}

/* With the partition's name before the entry's: "esp_secure_cert/private-key". */
static status_t open_secure_cert(const struct image_manifest_parts *parts,
                                 struct image_contents *contents, struct problem *problem)
{
    const struct image_file *file = parts->files[IMAGE_ROLE_SECURE_CERT];
    if (file == NULL) {
        return STATUS_OK;
    }
    struct problem found = {0};
    contents->secure_cert = (struct securecert_check){.image = buf_span(&file->content)};
    if (parts->dac_key != NULL) {
        contents->secure_cert.hmac_key = buf_span(&parts->dac_key->content);
    }
    status_t status = securecert_check_run(&contents->secure_cert, &found);
    if (status != STATUS_OK) {
        char field[PROBLEM_FIELD_MAX];
        (void)problem_complete(&found, status);
        (void)snprintf(field, sizeof(field), "%s/%.60s", file->label, found.field);
        return problem_say(problem, status, found.reason, field, "%s", found.message);
    }
    return STATUS_OK;
}

/* ---- identity ---- */

static status_t read_factory_identity(struct image_contents *contents, struct problem *problem)
{
    TRY(require_keys(contents, identity_keys, COUNT_OF(identity_keys), problem));
    contents->dac_key = IMAGE_DAC_KEY_FACTORY;
    contents->dac = image_contents_item(contents, "dac-cert")->bytes;
    contents->pai = image_contents_item(contents, "pai-cert")->bytes;
    return STATUS_OK;
}

static status_t read_identity(struct image_contents *contents, struct problem *problem)
{
    const struct securecert_entry *key = entry(contents, SECURECERT_PRIV_KEY, 0);
    if (key == NULL) {
        return read_factory_identity(contents, problem);
    }
    TRY(forbid_keys(contents, identity_keys, COUNT_OF(identity_keys), problem));
    contents->dac = value(contents, SECURECERT_DEV_CERT, 0);
    contents->pai = value(contents, SECURECERT_CA_CERT, 0);
    contents->dac_key = IMAGE_DAC_KEY_SECURE_CERT;
    if (key->flags == SECURECERT_KEY_FROM_HMAC) {
        contents->dac_key = IMAGE_DAC_KEY_DERIVED;
    } else if (key->flags == SECURECERT_KEY_IN_EFUSE) {
        struct span configuration = value(contents, SECURECERT_SEC_CFG, 0);
        assert(configuration.size > 0); /* lib/securecert has checked it */
        contents->dac_key = IMAGE_DAC_KEY_PERIPHERAL;
        contents->dac_key_block = (uint8_t)(configuration.data[0] - SECURECERT_EFUSE_BLOCK_KEY0);
    }
    return STATUS_OK;
}

/* ---- commissioning data ---- */

static status_t read_base64(const struct image_contents *contents, const char *key,
                            struct buf *ret_bytes, struct problem *problem)
{
    const struct nvs_item *item = image_contents_item(contents, key);
    if (item != NULL &&
        (item->bytes.size == 0 || base64_decode(item->bytes, ret_bytes) != STATUS_OK)) {
        return problem_say(problem, STATUS_REFUSED, "IMAGE_VERIFIER", key,
                           "salt or verifier in the image are not base64 of their size: do not "
                           "flash this unit; tell whoever runs the server");
    }
    return STATUS_OK;
}

static status_t read_factory_commissioning(struct image_contents *contents, struct problem *problem)
{
    contents->has_commissioning =
        has_any(contents, commissioning_keys, COUNT_OF(commissioning_keys)) ||
        has_any(contents, &verifier_key, 1);
    if (!contents->has_commissioning) {
        return STATUS_OK;
    }
    TRY(require_keys(contents, commissioning_keys, COUNT_OF(commissioning_keys), problem));
    contents->discriminator = (uint32_t)image_contents_item(contents, "discriminator")->integer;
    contents->iterations = (uint32_t)image_contents_item(contents, "iteration-count")->integer;
    TRY(read_base64(contents, "salt", &contents->salt, problem));
    return read_base64(contents, "verifier", &contents->verifier, problem);
}

static struct span matter(const struct image_contents *contents, uint8_t subtype)
{
    return value(contents, SECURECERT_MATTER_1, subtype);
}

/* lib/securecert has checked the sizes, and that verifier, salt and iterations go together. */
static status_t read_matter(struct image_contents *contents, struct span discriminator,
                            struct span verifier, struct problem *problem)
{
    struct span iterations = matter(contents, SECURECERT_ITERATIONS);
    if (discriminator.size != sizeof(uint16_t) || verifier.size == 0 ||
        iterations.size != sizeof(uint32_t)) {
        return bad_key("esp_secure_cert/matter", problem);
    }
    contents->has_commissioning = true;
    contents->discriminator = read_le16(discriminator.data);
    contents->iterations = read_le32(iterations.data);
    buf_append_span(&contents->salt, matter(contents, SECURECERT_SALT));
    buf_append_span(&contents->verifier, verifier);
    TRY(buf_status(&contents->salt));
    return buf_status(&contents->verifier);
}

static status_t read_commissioning(struct image_contents *contents, struct problem *problem)
{
    struct span discriminator = matter(contents, SECURECERT_DISCRIMINATOR);
    struct span verifier = matter(contents, SECURECERT_VERIFIER);
    buf_init_secret(&contents->salt, MATTER_SPAKE2P_SALT_MAX);
    buf_init_secret(&contents->verifier, MATTER_SPAKE2P_VERIFIER_SIZE);
    if (discriminator.size == 0 && verifier.size == 0) {
        return read_factory_commissioning(contents, problem);
    }
    TRY(forbid_keys(contents, commissioning_keys, COUNT_OF(commissioning_keys), problem));
    TRY(forbid_keys(contents, &verifier_key, 1, problem));
    return read_matter(contents, discriminator, verifier, problem);
}

status_t image_contents_read(const struct image_manifest_parts *parts,
                             struct image_contents *ret_contents, struct problem *problem)
{
    AUTO(image_contents_done) struct image_contents contents = {0};
    TRY(open_factory(parts, &contents, problem));
    TRY(open_secure_cert(parts, &contents, problem));
    TRY(read_identity(&contents, problem));
    TRY(read_commissioning(&contents, problem));
    *ret_contents = contents;
    contents = (struct image_contents){0};
    return STATUS_OK;
}

void image_contents_done(struct image_contents *contents)
{
    nvs_reader_free(contents->factory);
    securecert_check_done(&contents->secure_cert);
    buf_done(&contents->salt);
    buf_done(&contents->verifier);
    *contents = (struct image_contents){0};
}
