#include "hsm/rv.h"

#include <openssl/err.h>

/* SPEC.md §3. What is not listed, and every vendor's code, counts as TOKEN_LOST. */
#define RV_LIST(X)                                                                                 \
    X(CKR_OK, OK)                                                                                  \
    X(CKR_SESSION_HANDLE_INVALID, SESSION_LOST)                                                    \
    X(CKR_SESSION_CLOSED, SESSION_LOST)                                                            \
    X(CKR_USER_NOT_LOGGED_IN, LOGIN_LOST)                                                          \
    X(CKR_OBJECT_HANDLE_INVALID, LOGIN_LOST)                                                       \
    X(CKR_KEY_HANDLE_INVALID, LOGIN_LOST)                                                          \
    X(CKR_DEVICE_REMOVED, TOKEN_LOST)                                                              \
    X(CKR_TOKEN_NOT_PRESENT, TOKEN_LOST)                                                           \
    X(CKR_TOKEN_NOT_RECOGNIZED, TOKEN_LOST)                                                        \
    X(CKR_DEVICE_ERROR, TOKEN_LOST)                                                                \
    X(CKR_SLOT_ID_INVALID, TOKEN_LOST)                                                             \
    X(CKR_CRYPTOKI_NOT_INITIALIZED, TOKEN_LOST)                                                    \
    X(CKR_GENERAL_ERROR, TOKEN_LOST)                                                               \
    X(CKR_FUNCTION_FAILED, TOKEN_LOST)                                                             \
    X(CKR_SESSION_COUNT, CAPACITY)                                                                 \
    X(CKR_DEVICE_MEMORY, CAPACITY)                                                                 \
    X(CKR_HOST_MEMORY, CAPACITY)                                                                   \
    X(CKR_PIN_INCORRECT, PIN)                                                                      \
    X(CKR_PIN_LOCKED, PIN)                                                                         \
    X(CKR_PIN_EXPIRED, PIN)                                                                        \
    X(CKR_PIN_INVALID, PIN)                                                                        \
    X(CKR_PIN_LEN_RANGE, PIN)                                                                      \
    X(CKR_USER_PIN_NOT_INITIALIZED, REFUSED)                                                       \
    X(CKR_USER_ALREADY_LOGGED_IN, PROGRAMMING)                                                     \
    X(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, REFUSED)                                                 \
    X(CKR_MECHANISM_INVALID, REFUSED)                                                              \
    X(CKR_MECHANISM_PARAM_INVALID, REFUSED)                                                        \
    X(CKR_CURVE_NOT_SUPPORTED, REFUSED)                                                            \
    X(CKR_DOMAIN_PARAMS_INVALID, REFUSED)                                                          \
    X(CKR_KEY_TYPE_INCONSISTENT, REFUSED)                                                          \
    X(CKR_KEY_SIZE_RANGE, REFUSED)                                                                 \
    X(CKR_KEY_FUNCTION_NOT_PERMITTED, REFUSED)                                                     \
    X(CKR_KEY_UNEXTRACTABLE, REFUSED)                                                              \
    X(CKR_FUNCTION_NOT_SUPPORTED, REFUSED)                                                         \
    X(CKR_ACTION_PROHIBITED, REFUSED)                                                              \
    X(CKR_ATTRIBUTE_READ_ONLY, REFUSED)                                                            \
    X(CKR_ATTRIBUTE_SENSITIVE, REFUSED)                                                            \
    X(CKR_ATTRIBUTE_TYPE_INVALID, REFUSED)                                                         \
    X(CKR_ATTRIBUTE_VALUE_INVALID, REFUSED)                                                        \
    X(CKR_TEMPLATE_INCOMPLETE, REFUSED)                                                            \
    X(CKR_TEMPLATE_INCONSISTENT, REFUSED)                                                          \
    X(CKR_TOKEN_WRITE_PROTECTED, REFUSED)                                                          \
    X(CKR_SESSION_READ_ONLY, REFUSED)                                                              \
    X(CKR_SESSION_EXISTS, REFUSED)                                                                 \
    X(CKR_CANT_LOCK, REFUSED)                                                                      \
    X(CKR_CRYPTOKI_ALREADY_INITIALIZED, PROGRAMMING)                                               \
    X(CKR_OPERATION_ACTIVE, PROGRAMMING)                                                           \
    X(CKR_OPERATION_NOT_INITIALIZED, PROGRAMMING)                                                  \
    X(CKR_ARGUMENTS_BAD, PROGRAMMING)                                                              \
    X(CKR_BUFFER_TOO_SMALL, PROGRAMMING)                                                           \
    X(CKR_DATA_INVALID, PROGRAMMING)                                                               \
    X(CKR_DATA_LEN_RANGE, PROGRAMMING)

static const struct {
    CK_RV rv;
    const char *name;
    enum hsm_rv_class class;
} table[] = {
#define RV_ROW(rv, class) {rv, #rv, HSM_RV_##class},
    RV_LIST(RV_ROW)
#undef RV_ROW
};

static const struct {
    status_t status;
    const char *reason;
    const char *remedy;
} classes[] = {
    [HSM_RV_OK] = {STATUS_OK, "", ""},
    [HSM_RV_SESSION_LOST] = {STATUS_UNAVAILABLE, "TOKEN_SESSION_LOST", "the process starts anew"},
    [HSM_RV_LOGIN_LOST] = {STATUS_UNAVAILABLE, "TOKEN_LOGIN_LOST",
                           "the process starts anew; if it stays, look whether the token is there"},
    [HSM_RV_TOKEN_LOST] = {STATUS_UNAVAILABLE, "TOKEN_LOST",
                           "check that the token is connected and its files are readable"},
    [HSM_RV_CAPACITY] = {STATUS_UNAVAILABLE, "TOKEN_CAPACITY",
                         "close other users of the token, or configure fewer slots"},
    [HSM_RV_PIN] = {STATUS_DENIED, "PIN_REFUSED",
                    "correct the PIN file first: a few wrong tries lock the token"},
    [HSM_RV_REFUSED] = {STATUS_REFUSED, "TOKEN_REFUSED",
                        "check the key's attributes and what the token supports"},
    [HSM_RV_PROGRAMMING] = {STATUS_INTERNAL, "TOKEN_CALL_WRONG", "report this"},
};

enum hsm_rv_class hsm_rv_class(CK_RV rv)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].rv == rv) {
            return table[i].class;
        }
    }
    return HSM_RV_TOKEN_LOST;
}

const char *hsm_rv_name(CK_RV rv)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].rv == rv) {
            return table[i].name;
        }
    }
    return rv >= CKR_VENDOR_DEFINED ? "a vendor's error" : "an unexpected answer";
}

status_t hsm_rv_say(struct problem *problem, CK_RV rv, const char *call)
{
    /* modules that share libcrypto with us leave entries in its error queue */
    ERR_clear_error();
    enum hsm_rv_class class = hsm_rv_class(rv);
    if (class == HSM_RV_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, classes[class].status, classes[class].reason, "token",
                       "%s answered %s (0x%lx): %s", call, hsm_rv_name(rv), rv,
                       classes[class].remedy);
}
