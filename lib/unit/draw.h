/* Everything random of one unit, drawn once; all after it is a function of it. */
#ifndef MINTMARK_LIB_UNIT_DRAW_H
#define MINTMARK_LIB_UNIT_DRAW_H

#include "lib/base/secret.h"
#include "lib/matter/certificate.h"
#include "lib/unit/product.h"
#include "lib/unit/random.h"
#include "lib/unit/supplied.h"

/* The secrets of a unit whose DAC key is made here; inside struct secret. */
struct unit_secrets {
    uint32_t passcode;
    uint16_t discriminator;
    uint8_t salt_size;
    uint8_t salt[32];
    uint8_t verifier[97];
    uint8_t dac_key[32]; /* zero when it is derived */
    bool has_dac_hmac;   /* it is, from these */
    uint8_t dac_hmac_key[32];
    uint8_t dac_hmac_salt[32];
    bool has_rotating_id;
    uint8_t rotating_id[16];
    bool has_nvs_keys;
    uint8_t nvs_keys[64];
    bool has_nvs_hmac_key;
    uint8_t nvs_hmac_key[32];
    char manufacturing_date[17]; /* "": none; here so that a repeat on another day gives the same */
    uint8_t nonce[32];           /* makes the committed digest of the images tell nothing */
};

static inline struct unit_secrets *unit_secrets_of(const struct secret *secret)
{
    return (struct unit_secrets *)(void *)secret->data;
}

/* All of the secrets, as the product asks for them, and the DAC's public key (65 bytes). What is
 * supplied, and has passed unit_supplied_check, is taken instead of drawn; NULL: nothing. */
MUST_USE status_t unit_draw_secrets(const struct unit_product *product,
                                    const struct unit_supplied *supplied,
                                    const struct unit_random *random, int64_t now_ms,
                                    uint8_t ret_public_key[static 65], struct secret *ret_secrets);

/* The DAC's serial number, of the shape that the builder asks for. */
MUST_USE status_t unit_draw_dac_serial(const struct unit_random *random,
                                       uint8_t ret_serial[static MATTER_SERIAL_SIZE]);

/* A random UUID (version 4) as text. */
MUST_USE status_t unit_draw_uuid(const struct unit_random *random, char ret_uuid[static 37]);

/* The DAC's common name: the product's text with a UUID in it. */
MUST_USE status_t unit_draw_common_name(const struct unit_product *product,
                                        const struct unit_random *random,
                                        char ret_name[static UNIT_COMMON_NAME_MAX + 1]);

/* The day of `now_ms` in the process's time zone (TZ), as written on devices. */
void unit_draw_day(int64_t now_ms, char ret_day[static 11]);

#endif
