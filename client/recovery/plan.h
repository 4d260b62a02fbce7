/* A recovery's plan as `mintmarkd --recover` writes it, and statements about it. */
#ifndef MINTMARK_CLIENT_RECOVERY_PLAN_H
#define MINTMARK_CLIENT_RECOVERY_PLAN_H

#include "lib/approval/statement.h"
#include "lib/tlog/checkpoint.h"
#include "mintmark/v1/recovery.pb-c.h"
#include "proto/text/decode.h"

#define RECOVERY_KIND "recovery" /* in statements */

struct recovery_plan {
    struct decode_arena *arena;
    struct buf bytes;
    const Mintmark__V1__Recovery *message; /* lives in the arena */
    uint8_t sha256[SHA256_SIZE];
    struct tlog_head kept;
    struct tlog_checkpoint last; /* what the note in it says: its signature is not checked */
};
void recovery_plan_done(struct recovery_plan *plan); /* accepts a zeroed struct */
OWN_VALUE(struct recovery_plan, recovery_plan_done)

/* STATUS_MALFORMED PLAN: the file is none, or its parts contradict each other. */
MUST_USE status_t recovery_plan_read(const char *path, struct recovery_plan *ret_plan,
                                     struct problem *problem);

/* For people. */
void recovery_plan_print(const struct recovery_plan *plan, struct buf *ret_text);

struct recovery_statement {
    struct approval_statement statement;
    struct buf text;
    struct buf signature;
};
void recovery_statement_done(struct recovery_statement *statement);
OWN_VALUE(struct recovery_statement, recovery_statement_done)

/* A statement about this plan, of either act; the signature is not checked. STATUS_REFUSED
 * STATEMENT_CONTENT: about something else. */
MUST_USE status_t recovery_statement_read(const char *path, const struct recovery_plan *plan,
                                          struct recovery_statement *ret_statement,
                                          struct problem *problem);

#endif
