#include "hsm/session.h"

#include "hsm/latch.h"
#include "hsm/rv.h"

status_t hsm_session_open(const struct hsm_module *module, const struct hsm_token *token,
                          bool writable, struct hsm_session *ret_session, struct problem *problem)
{
    struct hsm_session session = {.module = module, .token = *token};
    CK_FLAGS flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0);
    CK_RV rv = module->calls->C_OpenSession(token->slot, flags, NULL, NULL, &session.handle);
    TRY(hsm_rv_say(problem, rv, "C_OpenSession"));
    *ret_session = session;
    return STATUS_OK;
}

void hsm_session_close(struct hsm_session *session)
{
    if (session->module != NULL) {
        (void)session->module->calls->C_CloseSession(session->handle);
    }
    *session = (struct hsm_session){0};
}

static status_t refuse_state(const struct hsm_session *session, struct problem *problem,
                             const char *what)
{
    return problem_say(problem, STATUS_REFUSED, "TOKEN_PIN_STATE", "token", "token '%s': %s",
                       session->token.label, what);
}

static status_t check_flags(const struct hsm_session *session, struct problem *problem)
{
    CK_FLAGS flags = session->token.flags;
    if ((flags & CKF_TOKEN_INITIALIZED) == 0 || (flags & CKF_USER_PIN_INITIALIZED) == 0) {
        return refuse_state(session, problem, "it has no user PIN: run mintmark-hsm init");
    }
    if ((flags & CKF_LOGIN_REQUIRED) == 0) {
        return refuse_state(session, problem,
                            "it asks for no login, so anybody can use its keys: use another");
    }
    if ((flags & CKF_USER_PIN_LOCKED) != 0) {
        return refuse_state(session, problem, "its user PIN is locked: the SO must set a new one");
    }
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return refuse_state(session, problem,
                            "one PIN try is left: log in once by hand with the vendor's tool");
    }
    if ((flags & CKF_USER_PIN_TO_BE_CHANGED) != 0) {
        return refuse_state(session, problem, "its user PIN must be changed first");
    }
    return STATUS_OK;
}

/* What the token's answer to C_Login means for the latch, before anything else: whoever restarts us
 * must find it. */
static status_t settle_latch(const char *latch, const struct hsm_session *session,
                             const struct hsm_pin *pin, CK_RV rv, struct problem *problem)
{
    const char *serial = session->token.serial;
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN) {
        return hsm_latch_clear(latch, problem);
    }
    if (hsm_rv_class(rv) == HSM_RV_PIN) {
        return hsm_latch_set(latch, serial, pin, hsm_rv_name(rv), problem);
    }
    hsm_latch_withdraw(latch, serial, pin);
    return STATUS_OK;
}

status_t hsm_session_login(struct hsm_session *session, const struct hsm_pin *pin,
                           const char *latch_path, struct problem *problem)
{
    const char *latch = latch_path != NULL && latch_path[0] != '\0' ? latch_path : NULL;
    TRY(check_flags(session, problem));
    if (latch != NULL) {
        TRY(hsm_latch_begin(latch, session->token.serial, pin, problem));
    }
    CK_RV rv = session->module->calls->C_Login(session->handle, CKU_USER, pin->value.data,
                                               pin->value.size);
    if (latch != NULL) {
        TRY(settle_latch(latch, session, pin, rv, problem));
    }
    if (rv == CKR_USER_ALREADY_LOGGED_IN) { /* the login is the process's, not the session's */
        return STATUS_OK;
    }
    return hsm_rv_say(problem, rv, "C_Login");
}
