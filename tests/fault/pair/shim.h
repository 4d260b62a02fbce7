/* Shared between a test and the shim it preloads into a worker: one page of a file. */
#ifndef MINTMARK_TESTS_FAULT_CRASH_SHIM_H
#define MINTMARK_TESTS_FAULT_CRASH_SHIM_H

#include <stdint.h>

/* The shim counts the worker's calls at its real boundaries (database, files, sockets) while
 * `armed`; at call number `at` it kills `victim` (0: the worker itself), before or after the call
 * is made. With `both` the worker dies with its signer, as both do when their supervisor dies.
 *
 * With `error` nobody dies: the calls to files from number `at` on fail with this errno, and only
 * they are counted. `clock_offset_s` is added to the real-time clock, armed or not. */
struct shim_control {
    volatile uint32_t armed;
    volatile uint32_t count;
    volatile uint32_t at;
    volatile uint32_t before;
    volatile int32_t victim;
    volatile uint32_t both;
    volatile int32_t error;
    volatile int64_t clock_offset_s;
};

#define SHIM_CONTROL_VARIABLE "MINTMARK_CRASH_CONTROL" /* path of the file */

#endif
