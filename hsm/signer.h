/* The signer process: the only one with the module and the PIN. */
#ifndef MINTMARK_HSM_SIGNER_H
#define MINTMARK_HSM_SIGNER_H

#include "lib/base/buf.h"

/* The process ends itself by SIGKILL when the module does not return in this time: PKCS#11 calls
 * have no timeout of their own. */
enum {
    HSM_SIGNER_START_MS = 30000, /* slow network tokens need seconds to log in and list objects */
    HSM_SIGNER_CALL_MS = 5000,   /* a signature takes microseconds to some 100 ms */
};

struct hsm_signer_pai {
    const char *name;
    const char *key_uri;
    struct span certificate; /* DER */
};

/* Borrows everything for the life of the process. */
struct hsm_signer_config {
    const char *module;        /* absolute path */
    const char *softhsm2_conf; /* set as SOFTHSM2_CONF when not empty */
    const char *seal_key_uri;
    const char *log_key_uri;    /* empty: no checkpoints */
    const char *log_prefix;     /* "<site>/": what its logs' origins begin with */
    const char *highwater_path; /* file of the last checkpoint that was signed */
    const struct hsm_signer_pai *pais;
    size_t pai_count;
    const char *identity_key_uri;     /* of the CA of the stations' certificates; empty: none */
    struct span identity_certificate; /* its certificate, DER */
    const char *identity_prefix;      /* ids it may give out: "spiffe://acme/station/" */
    const char
        *lock_path; /* token.lock: held from before C_Initialize to the end of the self-test */
    const char *latch_path; /* PIN latch; mintmark-hsm unlatch removes it */
    const char *pin_path;   /* for messages and the file's identity in the latch */
};

/* Runs until its socket ends; returns the exit code. Takes both descriptors. */
int hsm_signer_main(const struct hsm_signer_config *config, int socket, int pin_descriptor);

#endif
