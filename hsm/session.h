/* One session with one token, and its login. A process has one and never logs out while it serves:
 * C_Logout ends every handle of the process. */
#ifndef MINTMARK_HSM_SESSION_H
#define MINTMARK_HSM_SESSION_H

#include "hsm/pin.h"
#include "hsm/token.h"

struct hsm_session {
    const struct hsm_module *module; /* borrowed */
    struct hsm_token token;
    CK_SESSION_HANDLE handle;
};

/* Borrows the module. Read-only unless `writable`. */
MUST_USE status_t hsm_session_open(const struct hsm_module *module, const struct hsm_token *token,
                                   bool writable, struct hsm_session *ret_session,
                                   struct problem *problem);
void hsm_session_close(struct hsm_session *session); /* accepts a zeroed struct */
OWN_VALUE(struct hsm_session, hsm_session_close)

/* One C_Login as user; at most one that the token refuses, ever, with this PIN file (two where a
 * process died in it): not tried when the token says that its PIN is locked, on its last try or to
 * be changed, while the latch at `latch_path` (NULL or empty: none) holds, or when the attempt
 * cannot be written there first; a PIN error sets the latch before it is reported. A login that
 * succeeds removes a latch left by an older PIN file. Reasons: PIN_LATCHED, PIN_REFUSED,
 * TOKEN_PIN_STATE, LATCH_FILE. */
MUST_USE status_t hsm_session_login(struct hsm_session *session, const struct hsm_pin *pin,
                                    const char *latch_path, struct problem *problem);

#endif
