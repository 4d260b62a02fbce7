/* A product's revision, asked from the server. */
#ifndef MINTMARK_CLIENT_ADMIN_PRODUCT_GET_H
#define MINTMARK_CLIENT_ADMIN_PRODUCT_GET_H

#include "client/admin/command.h"

/* Revision 0: the newest approved one. It lives in `answer`. */
MUST_USE status_t product_get(struct admin_command *command, const char *name, uint32_t revision,
                              struct admin_answer *answer,
                              const Mintmark__V1__ProductRevision **ret_product);

#endif
