#include "lib/image/factory_reader.h"

#include "lib/base/secret.h"
#include "lib/image/efuse.h"
#include "lib/nvs/crypt.h"

static status_t find_keys(const struct image_factory_keys *keys, uint8_t *ret_keys,
                          struct problem *problem)
{
    const struct image_file *partition = keys->partition;
    if (partition == NULL && keys->hmac_key.size == NVS_HMAC_KEY_SIZE) {
        nvs_crypt_keys_from_hmac(keys->hmac_key, ret_keys);
        return STATUS_OK;
    }
    if (partition == NULL || keys->hmac_key.size > 0) {
        return problem_say(problem, STATUS_MALFORMED, "HMAC_KEY",
                           image_efuse_file(IMAGE_EFUSE_HMAC, true),
                           "an HMAC key has 32 bytes, and excludes a key partition");
    }
    if (partition->content.size < NVS_KEY_PARTITION_SIZE) {
        return problem_say(problem, STATUS_MALFORMED, "KEY_PARTITION", partition->label,
                           "the key partition is shorter than 4096 bytes");
    }
    /* what lies behind the first page of a larger key partition has no meaning (SPEC.md §3) */
    struct span page = span_make(partition->content.data, NVS_KEY_PARTITION_SIZE);
    return nvs_crypt_read_key_partition(page, ret_keys, problem);
}

static status_t decrypt(const struct image_file *factory, const struct image_factory_keys *keys,
                        struct buf *ret_plain, struct problem *problem)
{
    AUTO(secret_wipe) struct secret nvs_keys = {0};
    TRY(secret_new(&nvs_keys, NVS_KEYS_SIZE));
    TRY(find_keys(keys, nvs_keys.data, problem));
    buf_append_span(ret_plain, buf_span(&factory->content));
    TRY(buf_status(ret_plain));
    status_t status = nvs_crypt_decrypt(ret_plain->data, ret_plain->size, secret_span(&nvs_keys));
    return status == STATUS_OK ? STATUS_OK
                               : problem_say(problem, status, "NVS_DECRYPT", factory->label,
                                             "the image cannot be decrypted with the keys of its "
                                             "set");
}

status_t image_factory_reader_new(const struct image_file *factory,
                                  const struct image_factory_keys *keys,
                                  struct nvs_reader **ret_reader, struct problem *problem)
{
    if (keys->partition == NULL && keys->hmac_key.size == 0) {
        return nvs_reader_new(buf_span(&factory->content), ret_reader, problem);
    }
    AUTO(buf_done) struct buf plain;
    buf_init_secret(&plain, factory->content.size);
    TRY(decrypt(factory, keys, &plain, problem));
    return nvs_reader_new(buf_span(&plain), ret_reader, problem);
}
