/* The words of `mintmark secure-cert build` as a unit, with the bytes that it borrows. */
#ifndef MINTMARK_CLIENT_SECURE_CERT_UNIT_H
#define MINTMARK_CLIENT_SECURE_CERT_UNIT_H

#include "client/secure_cert.h"
#include "lib/base/secret.h"

struct secure_cert_unit {
    struct securecert_unit unit;
    struct buf dac;
    struct buf pai;
    struct buf hmac_key;
    struct buf hmac_salt;
    struct buf salt;
    struct buf rotating_id;
    struct secret scalar;
    struct secret verifier;
};

void secure_cert_unit_init(struct secure_cert_unit *unit);
void secure_cert_unit_done(struct secure_cert_unit *unit);
OWN_VALUE(struct secure_cert_unit, secure_cert_unit_done)

/* Reads files and numbers, and computes the verifier. The problem's field names option or file. */
MUST_USE status_t secure_cert_unit_read(const struct secure_cert_arguments *arguments,
                                        struct secure_cert_unit *ret_unit, struct problem *problem);

#endif
