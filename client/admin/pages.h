/* Lists, page by page. */
#ifndef MINTMARK_CLIENT_ADMIN_PAGES_H
#define MINTMARK_CLIENT_ADMIN_PAGES_H

#include "client/admin/command.h"
#include "client/table.h"

/* A List method: its request has page_size and page_token, its answer a repeated field of messages
 * and next_page_token. */
struct admin_pages {
    const char *method;
    const ProtobufCMessageDescriptor *answer;
    const char *items;         /* the repeated field's name */
    const char *const *header; /* of the table, NULL at the end */
    void (*add_row)(struct table *table, const ProtobufCMessage *item);
    const char *none; /* printed when there is nothing: "no orders" */
};

/* Walks all pages and appends a table, or with --json {"ITEMS": [...]}, to the output. */
MUST_USE status_t admin_pages_print(struct admin_command *command, const struct admin_pages *pages,
                                    ProtobufCMessage *request);

typedef status_t admin_pages_visit_t(void *context, const ProtobufCMessage *item);

/* Walks all pages; ends early when a visit does not return STATUS_OK. */
MUST_USE status_t admin_pages_walk(struct admin_command *command, const struct admin_pages *pages,
                                   ProtobufCMessage *request, admin_pages_visit_t *visit,
                                   void *context);

#endif
