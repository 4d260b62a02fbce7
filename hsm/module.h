/* A PKCS#11 module in this process. */
#ifndef MINTMARK_HSM_MODULE_H
#define MINTMARK_HSM_MODULE_H

#include <stdbool.h>

#include "hsm/pkcs11.h"
#include "lib/base/own.h"
#include "lib/base/status.h"

struct hsm_module {
    CK_FUNCTION_LIST *calls;
    bool initialized; /* by us, so C_Finalize is ours */
};

/* Checks the file (absolute path, regular, of root or our user, writable by nobody else), loads it,
 * and calls C_Initialize. `softhsm2_conf`, unless NULL or empty, becomes SOFTHSM2_CONF. SIGPIPE is
 * ignored from here on: a remote token that goes away must not kill the process. One module at a
 * time per process. */
MUST_USE status_t hsm_module_open(const char *path, const char *softhsm2_conf,
                                  struct hsm_module *ret_module, struct problem *problem);

/* C_Finalize. The library stays mapped: modules are known to crash when unloaded. */
void hsm_module_close(struct hsm_module *module); /* accepts a zeroed struct */
OWN_VALUE(struct hsm_module, hsm_module_close)

#endif
