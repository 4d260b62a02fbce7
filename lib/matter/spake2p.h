/* The SPAKE2+ verifier a commissionable device carries, and which passcodes are allowed
 * (SPEC.md). */
#ifndef MINTMARK_LIB_MATTER_SPAKE2P_H
#define MINTMARK_LIB_MATTER_SPAKE2P_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    MATTER_SPAKE2P_VERIFIER_SIZE = 97, /* w0 (32) then L uncompressed (65) */
    MATTER_SPAKE2P_SALT_MIN = 16,
    MATTER_SPAKE2P_SALT_MAX = 32,
    MATTER_SPAKE2P_ITERATIONS_MIN = 1000,
    MATTER_SPAKE2P_ITERATIONS_MAX = 100000,
    MATTER_PASSCODE_MAX = 99999998,
};

/* 1..99999998 and not one of the trivial ones. */
bool matter_spake2p_passcode_valid(uint32_t passcode);

/* ret_verifier is secret memory of the caller. STATUS_INVALID for a forbidden passcode, salt length
 * or iteration count. */
MUST_USE status_t
matter_spake2p_verifier(uint32_t passcode, struct span salt, uint32_t iterations,
                        uint8_t ret_verifier[static MATTER_SPAKE2P_VERIFIER_SIZE]);

#endif
