/* Randomness that a seed brings back, and bytes changed by it. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_RANDOM_H
#define MINTMARK_TESTS_FAULT_HOSTILE_RANDOM_H

#include <stdbool.h>

#include "lib/base/buf.h"

struct random {
    uint64_t state;
};

/* The seed of the environment variable MINTMARK_SEED, else a fresh one; printed, so that a failure
 * can be had again. */
struct random random_start(const char *name);

uint64_t random_next(struct random *random);
uint32_t random_below(struct random *random, uint32_t limit); /* 0..limit-1 */
bool random_percent(struct random *random, uint32_t percent);
void random_bytes(struct random *random, uint8_t *bytes, size_t size);

/* One change: bits, octets, a piece cut, doubled or put in, an interesting number, all of it. Stays
 * within the limit of the buf. */
void random_mutate(struct random *random, struct buf *bytes);

/* The number in an environment variable, or `otherwise`. */
uint64_t random_parameter(const char *variable, uint64_t otherwise);

#endif
