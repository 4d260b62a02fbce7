/* A Product Attestation Intermediate that DACs are issued under. */
#ifndef MINTMARK_LIB_UNIT_PAI_H
#define MINTMARK_LIB_UNIT_PAI_H

#include "lib/pki/certificate.h"

/* Borrows its bytes and its name. */
struct unit_pai {
    const char *name;
    struct span der;
    struct span paa_der;
    struct pki_certificate certificate; /* parsed der */
    struct pki_certificate paa;         /* parsed paa_der */
    uint8_t chain_sha256[32];           /* of der ‖ paa_der */
    bool bought;                        /* its key is somebody else's; set by whoever knows */
};

/* Parses and lints both certificates and their relation. */
MUST_USE status_t unit_pai_read(const char *name, struct span der, struct span paa_der,
                                struct unit_pai *ret_pai, struct problem *problem);

#endif
