/* The stored form of a unit's secrets (format 1): what is sealed. */
#ifndef MINTMARK_SERVER_ISSUE_SECRETS_H
#define MINTMARK_SERVER_ISSUE_SECRETS_H

#include "lib/unit/draw.h"

enum { ISSUE_SECRETS_SIZE = 4 + 2 + 1 + 32 + 97 + 32 + 1 + 16 + 1 + 64 + 1 + 32 + 17 + 32 };

void issue_secrets_encode(const struct unit_secrets *secrets,
                          uint8_t ret_bytes[static ISSUE_SECRETS_SIZE]);

/* STATUS_DATA_LOSS unless the bytes are such a form. ret_secrets is a struct unit_secrets. */
MUST_USE status_t issue_secrets_decode(struct span bytes, struct secret *ret_secrets);

#endif
