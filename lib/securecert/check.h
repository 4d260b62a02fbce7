/* What firmware and commissioner will do with a partition, checked step by step (SPEC.md §4). One
 * list serves the writer's self-check and the tools. */
#ifndef MINTMARK_LIB_SECURECERT_CHECK_H
#define MINTMARK_LIB_SECURECERT_CHECK_H

#include "lib/pki/certificate.h"
#include "lib/securecert/reader.h"

struct securecert_check {
    struct span image;    /* borrowed */
    struct span hmac_key; /* borrowed; empty when not known: a derived key is then not checked */

    /* filled in by the steps */
    struct securecert_reader *reader;
    struct pki_certificate dac;
    struct pki_certificate pai;
};

void securecert_check_done(struct securecert_check *check); /* accepts a zeroed struct */
OWN_VALUE(struct securecert_check, securecert_check_done)

struct securecert_check_step {
    const char *words; /* what holds when it passes */
    /* NULL: always; else whether the partition holds what the step is about */
    bool (*applies)(const struct securecert_check *check);
    status_t (*run)(struct securecert_check *check, struct problem *problem);
};

/* In their order: later ones build on earlier ones. */
enum { SECURECERT_CHECK_STEPS = 11 };
extern const struct securecert_check_step securecert_check_steps[SECURECERT_CHECK_STEPS];

/* All of them. */
MUST_USE status_t securecert_check_run(struct securecert_check *check, struct problem *problem);

/* Whether the steps above compare the private key with the DAC, and why not. */
enum securecert_check_pair {
    SECURECERT_PAIR_COMPARED,
    SECURECERT_PAIR_NO_KEY,
    SECURECERT_PAIR_IN_CHIP,        /* nobody outside can */
    SECURECERT_PAIR_NEEDS_HMAC_KEY, /* it can, given the HMAC key */
};
/* After the first step. */
enum securecert_check_pair securecert_check_pair(const struct securecert_check *check);

#endif
