/* The stored form of a unit's secrets: what is sealed, in two parts that are erased at
 * different times. What only the device needs goes when it is flashed; what a label needs, and the
 * nonce that proves which images were flashed, stays until the order is history. Behind the device
 * part stands the unit's row of order data as it came, where it has one. */
#ifndef MINTMARK_SERVER_ISSUE_SECRETS_H
#define MINTMARK_SERVER_ISSUE_SECRETS_H

#include "lib/unit/draw.h"

enum {
    ISSUE_SECRETS_DEVICE_SIZE = 1 + 32 + 97 + 32 + 1 + 32 + 32 + 1 + 16 + 1 + 64 + 1 + 32 + 17,
    ISSUE_SECRETS_CODES_SIZE = 4 + 2 + 32,
};

/* What the codes part holds; inside struct secret. */
struct issue_codes {
    uint32_t passcode; /* 0: the device makes its own */
    uint16_t discriminator;
    uint8_t nonce[32]; /* of the images' commitment */
};

static inline struct issue_codes *issue_codes_of(const struct secret *secret)
{
    return (struct issue_codes *)(void *)secret->data;
}

void issue_secrets_encode_device(const struct unit_secrets *secrets,
                                 uint8_t ret_bytes[static ISSUE_SECRETS_DEVICE_SIZE]);
void issue_secrets_encode_codes(const struct unit_secrets *secrets,
                                uint8_t ret_bytes[static ISSUE_SECRETS_CODES_SIZE]);

/* Both parts together, the device part without the row behind it. STATUS_DATA_LOSS unless they are
 * such forms. ret_secrets is a struct unit_secrets. */
MUST_USE status_t issue_secrets_decode(struct span device, struct span codes,
                                       struct secret *ret_secrets);
/* The codes part alone. ret_codes is a struct issue_codes. */
MUST_USE status_t issue_secrets_decode_codes(struct span codes, struct secret *ret_codes);

#endif
