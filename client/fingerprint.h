/* What people compare a key by: SHA-256 of its SubjectPublicKeyInfo, in hexadecimal. */
#ifndef MINTMARK_CLIENT_FINGERPRINT_H
#define MINTMARK_CLIENT_FINGERPRINT_H

#include "lib/base/digest.h"
#include "lib/base/status.h"

enum { FINGERPRINT_SIZE = 2 * SHA256_SIZE + 1 };

/* Of a P-256 point. */
MUST_USE status_t fingerprint_of_point(struct span point, char ret_text[static FINGERPRINT_SIZE]);

void fingerprint_of_spki(struct span spki, char ret_text[static FINGERPRINT_SIZE]);

#endif
