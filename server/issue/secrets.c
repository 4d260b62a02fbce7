#include "server/issue/secrets.h"

/* One description of the stored form for both directions. */
static uint8_t *put(uint8_t *place, const void *bytes, size_t size)
{
    memcpy(place, bytes, size);
    return place + size;
}

void issue_secrets_encode(const struct unit_secrets *s,
                          uint8_t ret_bytes[static ISSUE_SECRETS_SIZE])
{
    uint8_t *p = ret_bytes;
    write_le32(p, s->passcode);
    write_le16(p + 4, s->discriminator);
    p[6] = s->salt_size;
    p = put(p + 7, s->salt, sizeof(s->salt));
    p = put(p, s->verifier, sizeof(s->verifier));
    p = put(p, s->dac_key, sizeof(s->dac_key));
    *p++ = s->has_rotating_id ? 1 : 0;
    p = put(p, s->rotating_id, sizeof(s->rotating_id));
    *p++ = s->has_nvs_keys ? 1 : 0;
    p = put(p, s->nvs_keys, sizeof(s->nvs_keys));
    *p++ = s->has_nvs_hmac_key ? 1 : 0;
    p = put(p, s->nvs_hmac_key, sizeof(s->nvs_hmac_key));
    p = put(p, s->manufacturing_date, sizeof(s->manufacturing_date));
    (void)put(p, s->nonce, sizeof(s->nonce));
}

static const uint8_t *take(const uint8_t *place, void *ret_bytes, size_t size)
{
    memcpy(ret_bytes, place, size);
    return place + size;
}

status_t issue_secrets_decode(struct span bytes, struct secret *ret_secrets)
{
    if (bytes.size != ISSUE_SECRETS_SIZE ||
        bytes.data[6] > sizeof(((struct unit_secrets *)0)->salt)) {
        return STATUS_DATA_LOSS;
    }
    TRY(secret_new(ret_secrets, sizeof(struct unit_secrets)));
    struct unit_secrets *s = unit_secrets_of(ret_secrets);
    const uint8_t *p = bytes.data;
    s->passcode = read_le32(p);
    s->discriminator = read_le16(p + 4);
    s->salt_size = p[6];
    p = take(p + 7, s->salt, sizeof(s->salt));
    p = take(p, s->verifier, sizeof(s->verifier));
    p = take(p, s->dac_key, sizeof(s->dac_key));
    s->has_rotating_id = *p++ == 1;
    p = take(p, s->rotating_id, sizeof(s->rotating_id));
    s->has_nvs_keys = *p++ == 1;
    p = take(p, s->nvs_keys, sizeof(s->nvs_keys));
    s->has_nvs_hmac_key = *p++ == 1;
    p = take(p, s->nvs_hmac_key, sizeof(s->nvs_hmac_key));
    p = take(p, s->manufacturing_date, sizeof(s->manufacturing_date));
    s->manufacturing_date[sizeof(s->manufacturing_date) - 1] = '\0';
    (void)take(p, s->nonce, sizeof(s->nonce));
    return STATUS_OK;
}
