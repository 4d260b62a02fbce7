/* A PKCS#11 module in front of another one that misbehaves on request: faults at the real boundary,
 * where a program under test cannot tell them from a token's. */
#include "tests/fault/shim/shim.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct shim_control *control;
static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;

static CK_RV shim_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                        CK_ULONG size)
{
    if (user == CKU_USER) {
        control->logins++;
    }
    while (control->fault == SHIM_LOGIN_HANG) {
        (void)pause();
    }
    if (control->fault == SHIM_LOGIN_RV) {
        return (CK_RV)control->value;
    }
    CK_RV rv = real->C_Login(session, user, pin, size);
    if (control->fault == SHIM_LOGIN_KILL) {
        (void)kill(getpid(), SIGKILL);
    }
    return rv;
}

static CK_RV shim_find(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count)
{
    control->finds++;
    return real->C_FindObjectsInit(session, template, count);
}

static CK_RV shim_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
    CK_RV rv = real->C_GetTokenInfo(slot, info);
    if (rv == CKR_OK && control->fault == SHIM_TOKEN_FLAGS) {
        info->flags |= (CK_FLAGS)control->value;
    }
    return rv;
}

static CK_RV shim_copy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                       CK_ATTRIBUTE_PTR template, CK_ULONG count, CK_OBJECT_HANDLE_PTR copy)
{
    return control->fault == SHIM_NO_COPY
               ? CKR_FUNCTION_NOT_SUPPORTED
               : real->C_CopyObject(session, object, template, count, copy);
}

static void spoil(enum shim_fault fault, CK_BYTE_PTR signature, CK_ULONG_PTR size)
{
    if (fault == SHIM_SIGN_FLIP) {
        signature[40] ^= 1;
    } else if (fault == SHIM_SIGN_SHORT) {
        *size = 63;
    } else if (fault == SHIM_SIGN_LONG) {
        signature[64] = 0;
        *size = 65;
    } else if (fault == SHIM_SIGN_ZERO) {
        memset(signature, 0, 32);
    }
}

static CK_RV shim_sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size,
                       CK_BYTE_PTR signature, CK_ULONG_PTR size)
{
    enum shim_fault fault = (enum shim_fault)control->fault;
    control->signs++;
    if (fault == SHIM_SIGN_HANG) {
        for (;;) {
            (void)pause();
        }
    }
    if (fault == SHIM_SIGN_CRASH) {
        (void)raise(SIGSEGV);
    }
    if (fault == SHIM_SIGN_RV) {
        return (CK_RV)control->value;
    }
    if (fault == SHIM_SIGN_OTHER) {
        data[0] ^= 1;
    }
    CK_RV rv = real->C_Sign(session, data, data_size, signature, size);
    if (rv == CKR_OK) {
        spoil(fault, signature, size);
    }
    return rv;
}

static CK_RV open_real(void)
{
    const char *path = getenv("MINTMARK_SHIM_CONTROL");
    const char *module = getenv("MINTMARK_SHIM_MODULE");
    int descriptor = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0 || module == NULL) {
        return CKR_GENERAL_ERROR;
    }
    void *mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    (void)close(descriptor);
    void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    if (mapped == MAP_FAILED || library == NULL) {
        return CKR_GENERAL_ERROR;
    }
    control = mapped;
    CK_C_GetFunctionList get_list = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&get_list, &symbol, sizeof(get_list));
    return get_list == NULL ? CKR_GENERAL_ERROR : get_list(&real);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    if (real == NULL) {
        CK_RV rv = open_real();
        if (rv != CKR_OK) {
            return rv;
        }
        ours = *real;
        ours.C_Login = shim_login;
        ours.C_FindObjectsInit = shim_find;
        ours.C_GetTokenInfo = shim_token_info;
        ours.C_CopyObject = shim_copy;
        ours.C_Sign = shim_sign;
    }
    *list = &ours;
    return CKR_OK;
}
