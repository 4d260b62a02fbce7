#include "client/recovery/plan.h"

#include <inttypes.h>

#include "client/files.h"
#include "lib/approval/file.h"

enum { PLAN_MAX = 16 * 1024, ARENA_SIZE = 64 * 1024 };

void recovery_plan_done(struct recovery_plan *plan)
{
    decode_arena_free(plan->arena);
    buf_done(&plan->bytes);
}

static status_t malformed(const char *path, struct problem *problem)
{
    return problem_say(problem, STATUS_MALFORMED, "PLAN", path,
                       "%s is no plan that mintmarkd --recover writes", path);
}

/* What the parts say of each other; the server's own words otherwise. */
static status_t read_parts(const char *path, struct recovery_plan *plan, struct problem *problem)
{
    struct tlog_note note;
    const Mintmark__V1__Recovery *message = plan->message;
    if (message->root.len != SHA256_SIZE || message->units_sha256.len != SHA256_SIZE ||
        message->size > TLOG_SIZE_MAX ||
        tlog_note_read(span_text(message->signed_note), &note, NULL) != STATUS_OK ||
        tlog_checkpoint_read(note.text, &plan->last, NULL) != STATUS_OK ||
        strcmp(plan->last.origin, message->old_origin) != 0 ||
        !tlog_key_name_valid(span_text(message->origin))) {
        return malformed(path, problem);
    }
    plan->kept.size = message->size;
    memcpy(plan->kept.root.bytes, message->root.data, SHA256_SIZE);
    return STATUS_OK;
}

status_t recovery_plan_read(const char *path, struct recovery_plan *ret_plan,
                            struct problem *problem)
{
    struct recovery_plan *plan = ret_plan;
    const ProtobufCMessage *message = NULL;
    *plan = (struct recovery_plan){0};
    buf_init(&plan->bytes, PLAN_MAX);
    TRY(files_read(path, &plan->bytes, problem));
    TRY(decode_arena_new(ARENA_SIZE, &plan->arena));
    if (decode_message(plan->arena, &mintmark__v1__recovery__descriptor, buf_span(&plan->bytes),
                       false, &message, NULL) != STATUS_OK) {
        return malformed(path, problem);
    }
    plan->message = (const Mintmark__V1__Recovery *)message;
    digest_sha256(buf_span(&plan->bytes), plan->sha256);
    return read_parts(path, plan, problem);
}

void recovery_plan_print(const struct recovery_plan *plan, struct buf *ret_text)
{
    const Mintmark__V1__Recovery *message = plan->message;
    uint64_t last = plan->last.head.size;
    buf_print(ret_text,
              "recovery of log %s, which goes on as %s\n"
              "  kept        %" PRIu64 " entries: all of the restored store\n"
              "  lost        %" PRIu64 " entries: %" PRIu64
              " were signed, by the last checkpoint that is known\n"
              "  journals    %u units are entered again, %u fit no order and are left out\n"
              "  what was reserved, issued, revoked or blocked by lost entries, and is in no\n"
              "  journal, is written off; every open order is paused\n",
              message->old_origin, message->origin, message->size,
              last > message->size ? last - message->size : 0, last, message->units,
              message->left_out);
}

void recovery_statement_done(struct recovery_statement *statement)
{
    buf_done(&statement->text);
    buf_done(&statement->signature);
}

static bool is_about(const struct approval_statement *statement, const struct recovery_plan *plan)
{
    return strcmp(statement->change, RECOVERY_KIND) == 0 &&
           strcmp(statement->origin, plan->message->old_origin) == 0 &&
           strcmp(statement->subject, plan->message->origin) == 0 &&
           memcmp(statement->content, plan->sha256, SHA256_SIZE) == 0;
}

status_t recovery_statement_read(const char *path, const struct recovery_plan *plan,
                                 struct recovery_statement *ret_statement, struct problem *problem)
{
    struct span text;
    AUTO(buf_done) struct buf content;
    struct recovery_statement *read = ret_statement;
    *read = (struct recovery_statement){0};
    buf_init(&content, APPROVAL_FILE_MAX);
    buf_init(&read->text, APPROVAL_STATEMENT_MAX);
    buf_init(&read->signature, APPROVAL_SIGNATURE_MAX);
    TRY(files_read(path, &content, problem));
    TRY(approval_file_read(buf_span(&content), &text, &read->signature, problem));
    TRY(approval_statement_read(text, &read->statement, problem));
    buf_append_span(&read->text, text);
    if (!is_about(&read->statement, plan)) {
        return problem_say(problem, STATUS_REFUSED, "STATEMENT_CONTENT", path,
                           "%s is a statement about something else than this plan", path);
    }
    return buf_status(&read->text);
}
