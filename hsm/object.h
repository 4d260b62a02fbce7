/* Objects of a token: find by template, read attributes. */
#ifndef MINTMARK_HSM_OBJECT_H
#define MINTMARK_HSM_OBJECT_H

#include "hsm/session.h"
#include "lib/base/buf.h"

enum { HSM_ATTRIBUTE_MAX = 4096 }; /* the largest we read is a certificate of classic size */

/* The first `max` matches. Costs a scan of the token: at start, never per call. */
MUST_USE status_t hsm_object_find(const struct hsm_session *session, CK_ATTRIBUTE *template,
                                  CK_ULONG template_count, CK_OBJECT_HANDLE *ret_handles,
                                  CK_ULONG max, CK_ULONG *ret_count, struct problem *problem);

/* Appends the value. STATUS_NOT_FOUND when the object has no such attribute or does not show it. */
MUST_USE status_t hsm_object_read(const struct hsm_session *session, CK_OBJECT_HANDLE object,
                                  CK_ATTRIBUTE_TYPE type, struct buf *ret_value);

enum hsm_answer { HSM_NO, HSM_YES, HSM_UNKNOWN };
enum hsm_answer hsm_object_is(const struct hsm_session *session, CK_OBJECT_HANDLE object,
                              CK_ATTRIBUTE_TYPE type);

#endif
