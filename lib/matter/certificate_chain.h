/* A commissioner's judgement of DAC, PAI and PAA, step by step (SPEC.md, "Chain"). */
#ifndef MINTMARK_LIB_MATTER_CERTIFICATE_CHAIN_H
#define MINTMARK_LIB_MATTER_CERTIFICATE_CHAIN_H

#include "lib/matter/certificate.h"

struct matter_certificate_chain {
    struct span dac_der;
    struct span pai_der;
    struct span paa_der;
    int64_t now;
    /* filled by the first steps; borrow from the DER */
    struct pki_certificate dac;
    struct pki_certificate pai;
    struct pki_certificate paa;
};

struct matter_certificate_chain_step {
    const char *words; /* what is true when the step passed */
    status_t (*run)(struct matter_certificate_chain *chain, struct problem *problem);
};

enum { MATTER_CERTIFICATE_CHAIN_STEPS = 9 };

/* In the order in which they must run: each relies on those before. */
extern const struct matter_certificate_chain_step
    matter_certificate_chain_steps[MATTER_CERTIFICATE_CHAIN_STEPS];

#endif
