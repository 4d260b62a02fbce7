#include "hsm/module.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/rv.h"

/* Who may write the file runs code beside the PIN. */
static status_t check_file(const char *path, struct problem *problem)
{
    struct stat info;
    if (path[0] != '/') {
        return problem_say(problem, STATUS_INVALID, "MODULE_PATH", "token.module",
                           "module path '%s' is not absolute: write it from /", path);
    }
    if (stat(path, &info) != 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "MODULE_MISSING", "token.module",
                           "cannot read module %s: %s; install its package or correct the path",
                           path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return problem_say(problem, STATUS_REFUSED, "MODULE_KIND", "token.module",
                           "module %s is not a file: name the shared library", path);
    }
    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        return problem_say(problem, STATUS_REFUSED, "MODULE_OWNER", "token.module",
                           "module %s belongs to another user: chown it to root", path);
    }
    if ((info.st_mode & 022) != 0) {
        return problem_say(problem, STATUS_REFUSED, "MODULE_MODE", "token.module",
                           "module %s can be written by others (mode %04o): chmod 0755 %s", path,
                           (unsigned)(info.st_mode & 07777), path);
    }
    return STATUS_OK;
}

static status_t load(const char *path, CK_FUNCTION_LIST **ret_calls, struct problem *problem)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return problem_say(problem, STATUS_REFUSED, "MODULE_LOAD", "token.module",
                           "cannot load module: %s", dlerror());
    }
    CK_C_GetFunctionList get_list = NULL;
    void *symbol = dlsym(handle, "C_GetFunctionList");
    /* ISO C has no cast from object to function pointer; POSIX promises that this works */
    memcpy(&get_list, &symbol, sizeof(get_list));
    if (get_list == NULL) {
        return problem_say(problem, STATUS_REFUSED, "MODULE_NOT_PKCS11", "token.module",
                           "%s has no C_GetFunctionList: it is not a PKCS#11 module", path);
    }
    CK_FUNCTION_LIST *calls = NULL;
    TRY(hsm_rv_say(problem, get_list(&calls), "C_GetFunctionList"));
    if (calls == NULL) {
        return problem_say(problem, STATUS_REFUSED, "MODULE_NOT_PKCS11", "token.module",
                           "%s gave no function list", path);
    }
    *ret_calls = calls;
    return STATUS_OK;
}

status_t hsm_module_open(const char *path, const char *softhsm2_conf, struct hsm_module *ret_module,
                         struct problem *problem)
{
    TRY(check_file(path, problem));
    if (softhsm2_conf != NULL && softhsm2_conf[0] != '\0' &&
        setenv("SOFTHSM2_CONF", softhsm2_conf, 1) != 0) {
        return STATUS_NO_MEMORY;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    struct hsm_module module = {0};
    TRY(load(path, &module.calls, problem));
    /* without OS locking SoftHSM crashes in programs that have threads */
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    assert(module.calls != NULL);
    TRY(hsm_rv_say(problem, module.calls->C_Initialize(&arguments), "C_Initialize"));
    module.initialized = true;
    *ret_module = module;
    return STATUS_OK;
}

void hsm_module_close(struct hsm_module *module)
{
    if (module->initialized) {
        (void)module->calls->C_Finalize(NULL);
        ERR_clear_error();
    }
    *module = (struct hsm_module){0};
}
