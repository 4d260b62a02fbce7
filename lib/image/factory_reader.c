#include "lib/image/factory_reader.h"

#include "lib/base/secret.h"
#include "lib/nvs/crypt.h"

static status_t decrypt(const struct image_file *factory, const struct image_file *keys,
                        struct buf *ret_plain, struct problem *problem)
{
    AUTO(secret_wipe) struct secret nvs_keys = {0};
    TRY(secret_new(&nvs_keys, NVS_KEYS_SIZE));
    if (keys->content.size < NVS_KEY_PARTITION_SIZE) {
        return problem_say(problem, STATUS_MALFORMED, "KEY_PARTITION", keys->label,
                           "the key partition is shorter than 4096 bytes");
    }
    /* what lies behind the first page of a larger key partition has no meaning (SPEC.md §3) */
    struct span page = span_make(keys->content.data, NVS_KEY_PARTITION_SIZE);
    TRY(nvs_crypt_read_key_partition(page, nvs_keys.data, problem));
    buf_append_span(ret_plain, buf_span(&factory->content));
    TRY(buf_status(ret_plain));
    status_t status = nvs_crypt_decrypt(ret_plain->data, ret_plain->size, secret_span(&nvs_keys));
    return status == STATUS_OK
               ? STATUS_OK
               : problem_say(problem, status, "NVS_DECRYPT", factory->label,
                             "the image cannot be decrypted with the key partition of its set");
}

status_t image_factory_reader_new(const struct image_file *factory, const struct image_file *keys,
                                  struct nvs_reader **ret_reader, struct problem *problem)
{
    if (keys == NULL) {
        return nvs_reader_new(buf_span(&factory->content), ret_reader, problem);
    }
    AUTO(buf_done) struct buf plain;
    buf_init_secret(&plain, factory->content.size);
    TRY(decrypt(factory, keys, &plain, problem));
    return nvs_reader_new(buf_span(&plain), ret_reader, problem);
}
