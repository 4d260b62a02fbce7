/* The PIN latch: a file that says "this PIN file was wrong for this token", so that no restart
 * tries it again (a token locks for ever after a few). It holds the token's serial and the identity
 * of the PIN file, never the PIN. It stops holding when the PIN file changes, or when it is
 * removed. */
#ifndef MINTMARK_HSM_LATCH_H
#define MINTMARK_HSM_LATCH_H

#include "hsm/pin.h"
#include "lib/base/buf.h"

enum { HSM_LATCH_MAX = 1024 };

/* STATUS_REFUSED (PIN_LATCHED) while the latch holds for this token and PIN file, or cannot be
 * understood; STATUS_REFUSED (LATCH_FILE) when a latch could not be written if it were needed. */
MUST_USE status_t hsm_latch_check(const char *path, const char *serial, const struct hsm_pin *pin,
                                  struct problem *problem);
MUST_USE status_t hsm_latch_set(const char *path, const char *serial, const struct hsm_pin *pin,
                                const char *cause, struct problem *problem);
/* Removes the file; fine when there is none. */
MUST_USE status_t hsm_latch_clear(const char *path, struct problem *problem);

#endif
