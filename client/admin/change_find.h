/* The change that a person means. */
#ifndef MINTMARK_CLIENT_ADMIN_CHANGE_FIND_H
#define MINTMARK_CLIENT_ADMIN_CHANGE_FIND_H

#include "client/admin/command.h"

enum { CHANGE_ID_MAX = 64, CHANGE_ID_MIN = 8 };

/* Whether the word can be a change's id, or its first 8 or more characters. */
bool change_find_is_id(const char *word);

/* The waiting change of this noun's kinds ("product", "order", "identity") with this subject; for
 * an identity its last words are enough. STATUS_NOT_FOUND, or STATUS_REFUSED with the ids when
 * there are several. */
MUST_USE status_t change_find_waiting(struct admin_command *command, const char *noun,
                                      const char *subject, char ret_id[static CHANGE_ID_MAX + 1]);

/* Whether `subject` is `name`, or a SPIFFE id that ends with "/name". */
bool change_find_subject_is(const char *subject, const char *name);

/* The change with its contents; lives in `answer`. */
MUST_USE status_t change_find_get(struct admin_command *command, const char *id,
                                  struct admin_answer *answer,
                                  const Mintmark__V1__Change **ret_change);

#endif
