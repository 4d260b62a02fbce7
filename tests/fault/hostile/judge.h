/* A second opinion on what a signer has signed: OpenSSL's reading, and the lint's. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_JUDGE_H
#define MINTMARK_TESTS_FAULT_HOSTILE_JUDGE_H

#include <openssl/x509.h>

#include "lib/base/digest.h"
#include "lib/pki/certificate.h"

struct judge {
    struct pki_certificate pai;
    X509 *issuer;
    struct pki_certificate identity_ca;
    X509 *identity_issuer;
    uint32_t list_number; /* of the last list signed */
    uint8_t list_sha256[SHA256_SIZE];
};

/* Borrows the certificates. */
MUST_USE status_t judge_init(struct span pai, struct span identity_ca, struct judge *ret_judge);
void judge_done(struct judge *judge);

/* NULL, or what should never have been signed. */
const char *judge_dac(const struct judge *judge, struct span tbs, struct span signature);
const char *judge_identity(const struct judge *judge, struct span tbs, struct span signature);
const char *judge_list(struct judge *judge, struct span tbs, struct span signature);

#endif
