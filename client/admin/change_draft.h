/* A change on its way: checked by the server, shown, and proposed with the operator's signature. */
#ifndef MINTMARK_CLIENT_ADMIN_CHANGE_DRAFT_H
#define MINTMARK_CLIENT_ADMIN_CHANGE_DRAFT_H

#include "client/admin/change_view.h"
#include "client/admin/command.h"
#include "lib/approval/statement.h"

struct change_draft {
    const struct change_kind *kind;
    struct buf content; /* the exact bytes that are shown and then signed */
    struct buf shown;   /* for people */
    struct buf json;    /* the server's answer */
    char subject[APPROVAL_SUBJECT_MAX + 1];
    char origin[APPROVAL_ORIGIN_MAX + 1];
    bool unchanged; /* there is nothing to propose */
};

void change_draft_init(struct change_draft *draft);
void change_draft_done(struct change_draft *draft);
OWN_VALUE(struct change_draft, change_draft_done)

/* Asks the server what this content would change; nothing is stored. `kind` is one of
 * change_kinds.def. */
MUST_USE status_t change_draft_check(struct admin_command *command, const char *kind,
                                     const ProtobufCMessage *content, struct change_draft *draft);

/* Signs and proposes; appends what became of it to the command's output. */
MUST_USE status_t change_draft_propose(struct admin_command *command,
                                       const struct change_draft *draft);

/* Shows drafts, asks once (unless --yes), and proposes them one after the other; with --dry-run it
 * stops after showing. One JSON object for a single draft, a list in {"changes"} otherwise. */
MUST_USE status_t change_draft_run(struct admin_command *command, const struct change_draft *drafts,
                                   size_t count, bool single);

/* change_draft_check and change_draft_run for one change. */
MUST_USE status_t change_draft_single(struct admin_command *command, const char *kind,
                                      const ProtobufCMessage *content);

/* What every statement is made with: digest of the content, and when it ends. */
MUST_USE status_t change_draft_sign(const struct admin_command *command,
                                    const struct approval_statement *statement,
                                    struct buf *ret_text, struct buf *ret_signature,
                                    struct problem *problem);

#endif
