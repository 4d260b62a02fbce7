/* The keys a signer process serves: found, judged and proved before the first call. */
#ifndef MINTMARK_HSM_SIGNER_KEYS_H
#define MINTMARK_HSM_SIGNER_KEYS_H

#include "hsm/key_policy.h"
#include "hsm/sign.h"
#include "hsm/signer.h"
#include "lib/base/digest.h"
#include "lib/pki/certificate.h"

enum { HSM_SIGNER_PAIS_MAX = 100 }; /* more PAIs than any factory has; bounds start-up and report */

/* The newest revocation list a PAI's key has signed in this life; number 0: none yet. */
struct hsm_signer_crl {
    uint32_t number;
    uint8_t tbs_sha256[SHA256_SIZE];
};

struct hsm_signer_key {
    const char *name;    /* borrowed from the configuration */
    const char *purpose; /* "pai", "seal", "log", "identity" */
    char field[80];      /* where it stands in the configuration */
    struct hsm_uri uri;
    struct pki_certificate certificate; /* of a PAI, of the identity CA */
    int32_t vendor_id;                  /* of a PAI */
    struct pki_verify_key *verify_key;  /* of a PAI, of the identity CA */
    struct hsm_signer_crl crl;          /* of a PAI */
    struct hsm_key key;
    struct hsm_key_policy policy;
};

struct hsm_signer_keys {
    struct hsm_signer_key *pais;
    size_t pai_count;
    struct hsm_signer_key seal;
    struct hsm_signer_key log;
    bool has_log;
    struct hsm_sign_context log_context; /* of the log key */
    struct hsm_signer_key identity;
    bool has_identity;
};

/* What needs no token: URIs, that all name one token, PAI certificates against their profile
 * (reason PAI_NO_CRL_SIGN apart from the rest, because old PAIs fail it). */
MUST_USE status_t hsm_signer_keys_read(const struct hsm_signer_config *config,
                                       struct hsm_signer_keys *ret_keys, struct problem *problem);

/* What needs the token: finds each key, judges its attributes, and proves it. */
MUST_USE status_t hsm_signer_keys_prove(const struct hsm_session *session,
                                        struct hsm_signer_keys *keys, struct problem *problem);

void hsm_signer_keys_done(struct hsm_signer_keys *keys); /* accepts a zeroed struct */
OWN_VALUE(struct hsm_signer_keys, hsm_signer_keys_done)

/* NULL when there is none of this name. */
struct hsm_signer_key *hsm_signer_keys_pai(const struct hsm_signer_keys *keys, struct span name);

/* Appends the JSON of hsm_client_report. */
MUST_USE status_t hsm_signer_keys_report(const struct hsm_session *session,
                                         const struct hsm_signer_keys *keys, struct buf *ret_json);

#endif
