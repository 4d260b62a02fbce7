#include "server/issue/secrets.h"

/* One description of the stored form for both directions. */
static uint8_t *put(uint8_t *place, const void *bytes, size_t size)
{
    memcpy(place, bytes, size);
    return place + size;
}

void issue_secrets_encode_device(const struct unit_secrets *s,
                                 uint8_t ret_bytes[static ISSUE_SECRETS_DEVICE_SIZE])
{
    uint8_t *p = ret_bytes;
    *p++ = s->salt_size;
    p = put(p, s->salt, sizeof(s->salt));
    p = put(p, s->verifier, sizeof(s->verifier));
    p = put(p, s->dac_key, sizeof(s->dac_key));
    *p++ = s->has_dac_hmac ? 1 : 0;
    p = put(p, s->dac_hmac_key, sizeof(s->dac_hmac_key));
    p = put(p, s->dac_hmac_salt, sizeof(s->dac_hmac_salt));
    *p++ = s->has_rotating_id ? 1 : 0;
    p = put(p, s->rotating_id, sizeof(s->rotating_id));
    *p++ = s->has_nvs_keys ? 1 : 0;
    p = put(p, s->nvs_keys, sizeof(s->nvs_keys));
    *p++ = s->has_nvs_hmac_key ? 1 : 0;
    p = put(p, s->nvs_hmac_key, sizeof(s->nvs_hmac_key));
    (void)put(p, s->manufacturing_date, sizeof(s->manufacturing_date));
}

void issue_secrets_encode_codes(const struct unit_secrets *s,
                                uint8_t ret_bytes[static ISSUE_SECRETS_CODES_SIZE])
{
    write_le32(ret_bytes, s->passcode);
    write_le16(ret_bytes + 4, s->discriminator);
    (void)put(ret_bytes + 6, s->nonce, sizeof(s->nonce));
}

static const uint8_t *take(const uint8_t *place, void *ret_bytes, size_t size)
{
    memcpy(ret_bytes, place, size);
    return place + size;
}

status_t issue_secrets_decode_codes(struct span codes, struct secret *ret_codes)
{
    if (codes.size != ISSUE_SECRETS_CODES_SIZE) {
        return STATUS_DATA_LOSS;
    }
    TRY(secret_new(ret_codes, sizeof(struct issue_codes)));
    struct issue_codes *c = issue_codes_of(ret_codes);
    c->passcode = read_le32(codes.data);
    c->discriminator = read_le16(codes.data + 4);
    (void)take(codes.data + 6, c->nonce, sizeof(c->nonce));
    return STATUS_OK;
}

status_t issue_secrets_decode(struct span device, struct span codes, struct secret *ret_secrets)
{
    AUTO(secret_wipe) struct secret decoded = {0};
    if (device.size != ISSUE_SECRETS_DEVICE_SIZE ||
        device.data[0] > sizeof(((struct unit_secrets *)0)->salt)) {
        return STATUS_DATA_LOSS;
    }
    TRY(issue_secrets_decode_codes(codes, &decoded));
    TRY(secret_new(ret_secrets, sizeof(struct unit_secrets)));
    struct unit_secrets *s = unit_secrets_of(ret_secrets);
    s->passcode = issue_codes_of(&decoded)->passcode;
    s->discriminator = issue_codes_of(&decoded)->discriminator;
    memcpy(s->nonce, issue_codes_of(&decoded)->nonce, sizeof(s->nonce));
    const uint8_t *p = device.data;
    s->salt_size = *p++;
    p = take(p, s->salt, sizeof(s->salt));
    p = take(p, s->verifier, sizeof(s->verifier));
    p = take(p, s->dac_key, sizeof(s->dac_key));
    s->has_dac_hmac = *p++ == 1;
    p = take(p, s->dac_hmac_key, sizeof(s->dac_hmac_key));
    p = take(p, s->dac_hmac_salt, sizeof(s->dac_hmac_salt));
    s->has_rotating_id = *p++ == 1;
    p = take(p, s->rotating_id, sizeof(s->rotating_id));
    s->has_nvs_keys = *p++ == 1;
    p = take(p, s->nvs_keys, sizeof(s->nvs_keys));
    s->has_nvs_hmac_key = *p++ == 1;
    p = take(p, s->nvs_hmac_key, sizeof(s->nvs_hmac_key));
    (void)take(p, s->manufacturing_date, sizeof(s->manufacturing_date));
    s->manufacturing_date[sizeof(s->manufacturing_date) - 1] = '\0';
    return STATUS_OK;
}
