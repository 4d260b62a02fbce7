/* Internal to lib/matter: the loop of PBKDF2-HMAC-SHA256 for three blocks of one key side by side,
 * where the processor has SHA instructions. Callers use pbkdf2.h, which picks the path. */
#ifndef MINTMARK_LIB_MATTER_PBKDF2_LANES_H
#define MINTMARK_LIB_MATTER_PBKDF2_LANES_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    MATTER_PBKDF2_LANES = 3, /* the blocks of a SPAKE2+ verifier's 80 bytes */
    MATTER_PBKDF2_WORDS = 8, /* of a SHA-256 state, a to h */
};

/* Whether this processor can run the lanes. Asks it once. */
bool matter_pbkdf2_lanes_supported(void);

/* RFC 8018 §5.2 from U_1 on: each lane holds the words of its U_1 and receives those of
 * U_1 ^ … ^ U_iterations. `inner` and `outer` are the SHA-256 states behind the HMAC pads. Only
 * where supported. The lanes are secret memory of the caller; the working memory is wiped. */
void matter_pbkdf2_lanes_run(const uint32_t inner[static MATTER_PBKDF2_WORDS],
                             const uint32_t outer[static MATTER_PBKDF2_WORDS], uint32_t iterations,
                             uint32_t lanes[static MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS]);

/* matter_pbkdf2_derive without lanes, as on a processor that lacks the instructions: for the tests
 * and the benchmark. */
void matter_pbkdf2_derive_portable(struct span password, struct span salt, uint32_t iterations,
                                   uint8_t *ret_key, size_t size);

#endif
