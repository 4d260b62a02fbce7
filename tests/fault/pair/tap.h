/* The process between worker and signer: passes everything on, and counts signatures. */
#ifndef MINTMARK_TESTS_FAULT_PAIR_TAP_H
#define MINTMARK_TESTS_FAULT_PAIR_TAP_H

#include "tests/fault/pair/pair.h"

/* Runs until one of the two ends; then ends itself. */
_Noreturn void tap_run(struct pair_tap *tap, int worker, int signer);

#endif
