/* What a PKCS#11 return value means for us: its class, its status, its words (SPEC.md §3). */
#ifndef MINTMARK_HSM_RV_H
#define MINTMARK_HSM_RV_H

#include <stdbool.h>

#include "hsm/pkcs11.h"
#include "lib/base/status.h"

enum hsm_rv_class {
    HSM_RV_OK,
    HSM_RV_SESSION_LOST, /* the session is gone */
    HSM_RV_LOGIN_LOST,   /* the login, or a handle that was good, is gone */
    HSM_RV_TOKEN_LOST,   /* the device does not answer as a device */
    HSM_RV_CAPACITY,     /* out of sessions or memory */
    HSM_RV_PIN,          /* never try again by yourself */
    HSM_RV_REFUSED,      /* the token will not do this; permanent */
    HSM_RV_PROGRAMMING,  /* our mistake */
};

enum hsm_rv_class hsm_rv_class(CK_RV rv);

/* "CKR_PIN_INCORRECT"; "a vendor's error" for values outside the standard. */
const char *hsm_rv_name(CK_RV rv);

/* STATUS_OK for CKR_OK; else fills *problem: what `call` answered, and the remedy of its class. */
MUST_USE status_t hsm_rv_say(struct problem *problem, CK_RV rv, const char *call);

#endif
