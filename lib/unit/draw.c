#include "lib/unit/draw.h"

#include <stdio.h>
#include <time.h>

#include "lib/matter/spake2p.h"
#include "lib/pki/plain_key.h"
#include "lib/securecert/key.h"
#include "lib/unit/bought.h"

static status_t random_bytes(const struct unit_random *random, void *ret_bytes, size_t size)
{
    return random->draw(random->context, ret_bytes, size);
}

static status_t draw_passcode(const struct unit_random *random, uint32_t *ret_passcode)
{
    for (;;) {
        uint32_t candidate = 0;
        TRY(random_bytes(random, &candidate, sizeof(candidate)));
        candidate &= (1u << 27) - 1; /* uniform: reject what is out of range, never reduce */
        if (matter_spake2p_passcode_valid(candidate)) {
            *ret_passcode = candidate;
            return STATUS_OK;
        }
    }
}

static status_t draw_dac_key(const struct unit_random *random, struct unit_secrets *secrets,
                             uint8_t *ret_point)
{
    for (;;) {
        uint8_t *candidate = secrets->dac_key;
        TRY(random_bytes(random, candidate, sizeof(secrets->dac_key)));
        AUTO(secret_wipe) struct secret scalar = {0};
        status_t status = pki_plain_key_from_random(SPAN_OF(secrets->dac_key), &scalar, ret_point);
        if (status == STATUS_OK) {
            memcpy(candidate, scalar.data, sizeof(secrets->dac_key));
        }
        if (status != STATUS_INVALID) { /* invalid: 0 or >= n, draw again */
            return status;
        }
    }
}

static status_t take_dac_key(const struct unit_supplied *supplied, struct unit_secrets *secrets,
                             uint8_t *ret_point)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    TRY(unit_bought_key(supplied, &scalar, ret_point, NULL));
    memcpy(secrets->dac_key, scalar.data, sizeof(secrets->dac_key));
    return STATUS_OK;
}

/* With one HMAC key for NVS and DAC that key is drawn already. */
static status_t draw_derived_key(const struct unit_product *product,
                                 const struct unit_random *random, struct unit_secrets *secrets,
                                 uint8_t *ret_point)
{
    secrets->has_dac_hmac = true;
    if (secrets->has_nvs_hmac_key &&
        product->image.dac_key_block == product->image.nvs_hmac_block) {
        memcpy(secrets->dac_hmac_key, secrets->nvs_hmac_key, sizeof(secrets->dac_hmac_key));
    } else {
        TRY(random_bytes(random, secrets->dac_hmac_key, sizeof(secrets->dac_hmac_key)));
    }
    for (;;) {
        TRY(random_bytes(random, secrets->dac_hmac_salt, sizeof(secrets->dac_hmac_salt)));
        AUTO(secret_wipe) struct secret scalar = {0};
        status_t status =
            securecert_key_derive(SPAN_OF(secrets->dac_hmac_key), SPAN_OF(secrets->dac_hmac_salt),
                                  &scalar, ret_point, NULL);
        if (status != STATUS_INVALID) { /* invalid: 0 or >= n, draw another salt */
            return status;
        }
    }
}

static void take_verifier(const struct unit_supplied *supplied, struct unit_secrets *secrets)
{
    secrets->salt_size = (uint8_t)supplied->salt.size;
    memcpy(secrets->salt, supplied->salt.data, supplied->salt.size);
    memcpy(secrets->verifier, supplied->verifier.data, sizeof(secrets->verifier));
}

static status_t draw_passcodes(const struct unit_product *product,
                               const struct unit_supplied *supplied,
                               const struct unit_random *random, struct unit_secrets *secrets)
{
    if (supplied->discriminator.given) {
        secrets->discriminator = (uint16_t)supplied->discriminator.value;
    } else if (product->fixed_discriminator >= 0) {
        secrets->discriminator = (uint16_t)product->fixed_discriminator;
    } else {
        TRY(random_bytes(random, &secrets->discriminator, sizeof(secrets->discriminator)));
        secrets->discriminator &= 0x0FFF;
    }
    if (product->image.dynamic_passcode) {
        return STATUS_OK; /* the device makes passcode and verifier from its salt */
    }
    secrets->passcode =
        supplied->passcode.given ? supplied->passcode.value : product->fixed_passcode;
    return secrets->passcode == 0 ? draw_passcode(random, &secrets->passcode) : STATUS_OK;
}

static status_t draw_commissioning(const struct unit_product *product,
                                   const struct unit_supplied *supplied,
                                   const struct unit_random *random, struct unit_secrets *secrets)
{
    if (product->image.commissioning_left_out) {
        return STATUS_OK; /* the firmware's own, which nobody here knows */
    }
    TRY(draw_passcodes(product, supplied, random, secrets));
    if (supplied->verifier.size > 0) {
        take_verifier(supplied, secrets);
        return STATUS_OK;
    }
    secrets->salt_size = product->salt_length;
    TRY(random_bytes(random, secrets->salt, secrets->salt_size));
    return product->image.dynamic_passcode
               ? STATUS_OK
               : matter_spake2p_verifier(secrets->passcode,
                                         span_make(secrets->salt, secrets->salt_size),
                                         product->image.spake2p_iterations, secrets->verifier);
}

void unit_draw_day(int64_t now_ms, char ret_day[static 11])
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm date;
    (void)localtime_r(&seconds, &date);
    (void)strftime(ret_day, 11, "%Y-%m-%d", &date);
}

static void draw_date(const struct unit_product *product, const struct unit_supplied *supplied,
                      int64_t now_ms, struct unit_secrets *secrets)
{
    const char *date = supplied->manufacturing_date != NULL ? supplied->manufacturing_date
                                                            : product->manufacturing_date;
    if (date != NULL && strcmp(date, UNIT_TODAY) == 0) {
        unit_draw_day(now_ms, secrets->manufacturing_date);
    } else if (date != NULL) {
        (void)snprintf(secrets->manufacturing_date, sizeof(secrets->manufacturing_date), "%s",
                       date);
    }
}

static status_t draw_rotating_id(const struct unit_product *product,
                                 const struct unit_supplied *supplied,
                                 const struct unit_random *random, struct unit_secrets *secrets)
{
    secrets->has_rotating_id = product->rotating_id;
    if (supplied->rotating_id.size > 0) {
        memcpy(secrets->rotating_id, supplied->rotating_id.data, sizeof(secrets->rotating_id));
        return STATUS_OK;
    }
    return product->rotating_id
               ? random_bytes(random, secrets->rotating_id, sizeof(secrets->rotating_id))
               : STATUS_OK;
}

status_t unit_draw_secrets(const struct unit_product *product, const struct unit_supplied *given,
                           const struct unit_random *random, int64_t now_ms,
                           uint8_t ret_public_key[static 65], struct secret *ret_secrets)
{
    static const struct unit_supplied nothing;
    const struct unit_supplied *supplied = given != NULL ? given : &nothing;
    AUTO(secret_wipe) struct secret memory = {0};
    TRY(secret_new(&memory, sizeof(struct unit_secrets)));
    struct unit_secrets *secrets = unit_secrets_of(&memory);
    TRY(draw_commissioning(product, supplied, random, secrets));
    draw_date(product, supplied, now_ms, secrets);
    TRY(random_bytes(random, secrets->nonce, sizeof(secrets->nonce)));
    TRY(draw_rotating_id(product, supplied, random, secrets));
    secrets->has_nvs_keys = product->image.nvs_encryption == IMAGE_NVS_KEY_PARTITION;
    if (secrets->has_nvs_keys) {
        TRY(random_bytes(random, secrets->nvs_keys, sizeof(secrets->nvs_keys)));
    }
    secrets->has_nvs_hmac_key = product->image.nvs_encryption == IMAGE_NVS_HMAC;
    if (secrets->has_nvs_hmac_key) {
        TRY(random_bytes(random, secrets->nvs_hmac_key, sizeof(secrets->nvs_hmac_key)));
    }
    if (supplied->dac_key.size > 0) {
        TRY(take_dac_key(supplied, secrets, ret_public_key));
    } else {
        TRY(product->image.dac_key == IMAGE_DAC_KEY_DERIVED
                ? draw_derived_key(product, random, secrets, ret_public_key)
                : draw_dac_key(random, secrets, ret_public_key));
    }
    *ret_secrets = memory;
    memory = (struct secret){0};
    return STATUS_OK;
}

status_t unit_draw_dac_serial(const struct unit_random *random,
                              uint8_t ret_serial[static MATTER_SERIAL_SIZE])
{
    TRY(random_bytes(random, ret_serial, MATTER_SERIAL_SIZE));
    /* spec: positive, top bit clear, first octet not zero; the builder asks for the same shape */
    ret_serial[0] = (uint8_t)((ret_serial[0] & 0x7F) | 0x40);
    return STATUS_OK;
}

status_t unit_draw_uuid(const struct unit_random *random, char ret_uuid[static 37])
{
    uint8_t b[16];
    TRY(random_bytes(random, b, sizeof(b)));
    b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
    (void)snprintf(ret_uuid, 37,
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return STATUS_OK;
}

status_t unit_draw_common_name(const struct unit_product *product, const struct unit_random *random,
                               char ret_name[static UNIT_COMMON_NAME_MAX + 1])
{
    char uuid[37];
    const char *pattern = product->dac_common_name;
    const char *place = strstr(pattern, UNIT_UUID);
    if (place == NULL) {
        return STATUS_INTERNAL; /* unit_product_check has passed the product */
    }
    TRY(unit_draw_uuid(random, uuid));
    int size = snprintf(ret_name, UNIT_COMMON_NAME_MAX + 1, "%.*s%s%s", (int)(place - pattern),
                        pattern, uuid, place + strlen(UNIT_UUID));
    return size <= UNIT_COMMON_NAME_MAX ? STATUS_OK : STATUS_INTERNAL;
}
