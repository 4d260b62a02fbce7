/* A change as a person sees it before agreeing to it: whole, and against what it replaces. */
#ifndef MINTMARK_CLIENT_ADMIN_CHANGE_VIEW_H
#define MINTMARK_CLIENT_ADMIN_CHANGE_VIEW_H

#include "client/admin/change_kind.h"
#include "mintmark/v1/administration.pb-c.h"

enum { CHANGE_VIEW_MAX = 8 * 1024 * 1024 };

/* Appends kind, subject, class, what was checked, and every line of the content as YAML, marked
 * where it differs from the previous content. `content` is the caller's own bytes where it has
 * them. STATUS_REFUSED, reason CONTENT_UNKNOWN, when the content holds what this version cannot
 * show. */
MUST_USE status_t change_view_text(const struct change_kind *kind,
                                   const Mintmark__V1__Change *change, struct span content,
                                   struct buf *ret_text, struct problem *problem);

/* Whether `complete` says everything that `given` says, and perhaps more. */
MUST_USE status_t change_view_extends(const struct change_kind *kind, struct span given,
                                      struct span complete, bool *ret_extends,
                                      struct problem *problem);

/* Appends the change as one JSON object with the decoded content as `decoded_content`. */
MUST_USE status_t change_view_json(const Mintmark__V1__Change *change, struct buf *ret_json,
                                   struct problem *problem);

/* Appends one line: what has become of the change, and what is to be done next. */
MUST_USE status_t change_view_result(const Mintmark__V1__Change *change, struct buf *ret_text);

#endif
