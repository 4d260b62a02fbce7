/* The PIN latch: a file that says "this PIN file was wrong for this token", so that no restart
 * tries it again (a token locks for ever after a few). It holds the token's serial and the identity
 * of the PIN file, never the PIN. It stops holding when the PIN file changes, or when it is
 * removed.
 *
 * It is on disk before the PIN is tried, as `<path>.try`: a PIN error needs no more than a rename,
 * and a process that dies before the token's answer leaves it behind (SPEC.md §2). */
#ifndef MINTMARK_HSM_LATCH_H
#define MINTMARK_HSM_LATCH_H

#include <stdbool.h>

#include "hsm/pin.h"
#include "lib/base/buf.h"

enum {
    HSM_LATCH_MAX = 1024,
    /* Logins with one PIN file that may end without an answer: the first may be a machine that was
     * switched off; nobody knows whether the token has counted them. */
    HSM_LATCH_TRIES = 2,
};

/* Before C_Login: the attempt is on disk when this returns STATUS_OK, and one of set, withdraw or
 * clear must follow. STATUS_REFUSED (PIN_LATCHED) while the latch holds for this token and PIN
 * file, after HSM_LATCH_TRIES attempts without an answer, or when either file cannot be understood;
 * STATUS_REFUSED (LATCH_FILE) when the attempt cannot be written. */
MUST_USE status_t hsm_latch_begin(const char *path, const char *serial, const struct hsm_pin *pin,
                                  struct problem *problem);
/* The token refused the PIN: the attempt becomes the latch, durably. `cause` is for the message. */
MUST_USE status_t hsm_latch_set(const char *path, const char *serial, const struct hsm_pin *pin,
                                const char *cause, struct problem *problem);
/* The token's answer said nothing about the PIN: the attempt is not counted. Where that cannot be
 * written it stays counted. */
void hsm_latch_withdraw(const char *path, const char *serial, const struct hsm_pin *pin);
/* Removes latch and attempt, durably; fine when there are none. */
MUST_USE status_t hsm_latch_clear(const char *path, struct problem *problem);

/* Whether there is a latch or an attempt without an answer, for whatever token and PIN file. */
bool hsm_latch_stands(const char *path);

#endif
