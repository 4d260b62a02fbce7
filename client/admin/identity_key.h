/* The key that an identity is enrolled with, for people to compare. */
#ifndef MINTMARK_CLIENT_ADMIN_IDENTITY_KEY_H
#define MINTMARK_CLIENT_ADMIN_IDENTITY_KEY_H

#include "lib/base/buf.h"
#include "mintmark/v1/administration.pb-c.h"

/* Appends a line with the SHA-256 of the key in the request or certificate, if there is one. */
MUST_USE status_t identity_key_append(const Mintmark__V1__IdentitySpec *spec, struct buf *ret_text,
                                      struct problem *problem);

#endif
