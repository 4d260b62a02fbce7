/* Step 3 (draw): everything random of one unit, once; all after it is a function of it. */
#ifndef MINTMARK_SERVER_ISSUE_DRAW_H
#define MINTMARK_SERVER_ISSUE_DRAW_H

#include "server/issue/issue.h"

/* The secrets of a unit whose DAC key is in the image. */
struct issue_secrets {
    uint32_t passcode;
    uint16_t discriminator;
    uint8_t salt_size;
    uint8_t salt[32];
    uint8_t verifier[97];
    uint8_t dac_key[32];
    bool has_rotating_id;
    uint8_t rotating_id[16];
    bool has_nvs_keys;
    uint8_t nvs_keys[64];
    bool has_nvs_hmac_key;
    uint8_t nvs_hmac_key[32];
    char manufacturing_date[17]; /* "": none; here so that a repeat on another day gives the same */
    uint8_t nonce[32];           /* makes the committed digest of the images tell nothing */
};

enum { ISSUE_SECRETS_SIZE = 4 + 2 + 1 + 32 + 97 + 32 + 1 + 16 + 1 + 64 + 1 + 32 + 17 + 32 };

static inline struct issue_secrets *issue_draw_secrets(const struct secret *secret)
{
    return (struct issue_secrets *)(void *)secret->data;
}

/* The day of `now_ms` in the process's time zone (TZ), as written on devices. */
void issue_draw_day(int64_t now_ms, char ret_day[static 11]);

/* Fills unit's record id, serials, public key and, for an image unit, ret_secrets. For a CSR unit
 * the public key comes from the checked request. */
MUST_USE status_t issue_draw(const struct issue_product *product,
                             const struct issue_request *request, int64_t now_ms,
                             struct store_unit *unit, struct secret *ret_secrets,
                             struct problem *problem);

/* A random UUID (version 4) as text; the DAC's common name. */
MUST_USE status_t issue_draw_uuid(char ret_uuid[static 37]);

/* "literal{random:N}…": N of 32 unambiguous capitals and digits. STATUS_INVALID for an unknown
 * placeholder or a result over 32 characters. */
MUST_USE status_t issue_draw_serial_number(const char *pattern,
                                           char ret_serial[static STORE_SERIAL_NUMBER_MAX + 1],
                                           struct problem *problem);

/* The stored form of the secrets (format 1): fixed size, ISSUE_SECRETS_SIZE. */
void issue_draw_encode(const struct issue_secrets *secrets,
                       uint8_t ret_bytes[static ISSUE_SECRETS_SIZE]);
MUST_USE status_t issue_draw_decode(struct span bytes, struct secret *ret_secrets);

#endif
