#include "hsm/object.h"

#include <openssl/err.h>

#include "hsm/rv.h"

status_t hsm_object_find(const struct hsm_session *session, CK_ATTRIBUTE *template,
                         CK_ULONG template_count, CK_OBJECT_HANDLE *ret_handles, CK_ULONG max,
                         CK_ULONG *ret_count, struct problem *problem)
{
    CK_FUNCTION_LIST *calls = session->module->calls;
    TRY(hsm_rv_say(problem, calls->C_FindObjectsInit(session->handle, template, template_count),
                   "C_FindObjectsInit"));
    CK_ULONG count = 0;
    CK_RV rv = CKR_OK;
    while (count < max) { /* a module may give fewer than asked for at a time */
        CK_ULONG got = 0;
        rv = calls->C_FindObjects(session->handle, ret_handles + count, max - count, &got);
        if (rv != CKR_OK || got == 0) {
            break;
        }
        count += got;
    }
    CK_RV final = calls->C_FindObjectsFinal(session->handle);
    TRY(hsm_rv_say(problem, rv, "C_FindObjects"));
    TRY(hsm_rv_say(problem, final, "C_FindObjectsFinal"));
    *ret_count = count;
    return STATUS_OK;
}

status_t hsm_object_read(const struct hsm_session *session, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_TYPE type, struct buf *ret_value)
{
    uint8_t value[HSM_ATTRIBUTE_MAX];
    CK_ATTRIBUTE attribute = {type, value, sizeof(value)};
    CK_RV rv = session->module->calls->C_GetAttributeValue(session->handle, object, &attribute, 1);
    ERR_clear_error();
    if (rv != CKR_OK || attribute.ulValueLen > sizeof(value)) {
        return STATUS_NOT_FOUND;
    }
    buf_append(ret_value, value, attribute.ulValueLen);
    return buf_status(ret_value);
}

enum hsm_answer hsm_object_is(const struct hsm_session *session, CK_OBJECT_HANDLE object,
                              CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {type, &value, sizeof(value)};
    CK_RV rv = session->module->calls->C_GetAttributeValue(session->handle, object, &attribute, 1);
    ERR_clear_error();
    if (rv != CKR_OK || attribute.ulValueLen != sizeof(value)) {
        return HSM_UNKNOWN;
    }
    return value == CK_FALSE ? HSM_NO : HSM_YES;
}
