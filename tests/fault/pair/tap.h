/* A process between two others: passes everything on. Between worker and signer it counts
 * signatures; between a test and a worker it is what a front is to the worker, and can be killed
 * like one. */
#ifndef MINTMARK_TESTS_FAULT_PAIR_TAP_H
#define MINTMARK_TESTS_FAULT_PAIR_TAP_H

#include "tests/fault/pair/pair.h"

/* Runs until one of the two ends; then ends itself. Without `tap` nothing is counted. */
_Noreturn void tap_run(struct pair_tap *tap, int worker, int signer);

#endif
