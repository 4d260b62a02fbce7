/* Control of the PKCS#11 shim (shim.c): a mapped file that a test changes, and reads counters from,
 * while a program under test uses the module. Paths come from the environment:
 * MINTMARK_SHIM_MODULE, MINTMARK_SHIM_CONTROL. */
#ifndef MINTMARK_TESTS_FAULT_SHIM_SHIM_H
#define MINTMARK_TESTS_FAULT_SHIM_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

enum shim_fault {
    SHIM_NONE,
    SHIM_SIGN_FLIP,   /* one bit of the signature is wrong */
    SHIM_SIGN_SHORT,  /* 63 bytes */
    SHIM_SIGN_LONG,   /* 65 bytes */
    SHIM_SIGN_ZERO,   /* r = 0 */
    SHIM_SIGN_OTHER,  /* a good signature, of another message */
    SHIM_SIGN_HANG,   /* does not return */
    SHIM_SIGN_CRASH,  /* SIGSEGV */
    SHIM_SIGN_RV,     /* returns `value` */
    SHIM_LOGIN_RV,    /* returns `value`, without asking the token */
    SHIM_LOGIN_HANG,  /* does not return, without asking the token */
    SHIM_LOGIN_KILL,  /* the token answers; the process is killed before it hears that */
    SHIM_TOKEN_FLAGS, /* C_GetTokenInfo shows the flags `value` too */
    SHIM_NO_COPY,     /* C_CopyObject is not supported */
};

struct shim_control {
    _Atomic uint32_t fault; /* enum shim_fault */
    _Atomic uint64_t value;
    _Atomic uint32_t logins; /* C_Login as user, tried */
    _Atomic uint32_t signs;  /* C_Sign */
    _Atomic uint32_t finds;  /* C_FindObjectsInit */
};

#endif
