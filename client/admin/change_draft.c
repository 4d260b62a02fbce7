#include "client/admin/change_draft.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>

#include "client/call.h"
#include "client/prompt.h"

enum {
    CONTENT_MAX = 1024 * 1024,
    /* A day less than the server accepts: clocks differ. */
    PROPOSAL_SECONDS = 6 * 24 * 3600,
    AT_ONCE_SECONDS = 5 * 60, /* of the server's 15 */
};

void change_draft_init(struct change_draft *draft)
{
    *draft = (struct change_draft){.kind = NULL};
    buf_init(&draft->content, CONTENT_MAX);
    buf_init(&draft->shown, CHANGE_VIEW_MAX);
    buf_init(&draft->json, CHANGE_VIEW_MAX);
}

void change_draft_done(struct change_draft *draft)
{
    buf_done(&draft->content);
    buf_done(&draft->shown);
    buf_done(&draft->json);
}

/* protobuf-c's types have no const; packing only reads. */
static ProtobufCBinaryData borrow(const struct buf *bytes)
{
    return (ProtobufCBinaryData){bytes->size, bytes->data};
}

/* The server may complete what was left to it, such as the product's revision: then its content is
 * what is shown and signed. What was given stands. */
static status_t take_content(struct change_draft *draft, const Mintmark__V1__Change *change,
                             struct problem *problem)
{
    struct span content = span_make(change->content.data, change->content.len);
    bool extends = false;
    if (strcmp(change->kind, draft->kind->name) == 0) {
        TRY(change_view_extends(draft->kind, buf_span(&draft->content), content, &extends,
                                problem));
    }
    if (!extends) {
        return problem_say(problem, STATUS_DATA_LOSS, "CHANGE_MISMATCH", "content",
                           "the server answers for another change than was asked about");
    }
    buf_clear(&draft->content);
    buf_append_span(&draft->content, content);
    return buf_status(&draft->content);
}

static status_t take_answer(struct change_draft *draft, const Mintmark__V1__Change *change,
                            struct problem *problem)
{
    TRY(take_content(draft, change, problem));
    if (snprintf(draft->subject, sizeof(draft->subject), "%s", change->subject) >=
            (int)sizeof(draft->subject) ||
        snprintf(draft->origin, sizeof(draft->origin), "%s", change->origin) >=
            (int)sizeof(draft->origin)) {
        return problem_say(problem, STATUS_TOO_LARGE, "STATEMENT", "subject",
                           "the server names a subject or origin that no statement can hold");
    }
    draft->unchanged = change->state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_UNCHANGED;
    TRY(change_view_text(draft->kind, change, buf_span(&draft->content), &draft->shown, problem));
    if (draft->unchanged) {
        TRY(change_view_result(change, &draft->shown));
    }
    return change_view_json(change, &draft->json, problem);
}

status_t change_draft_check(struct admin_command *command, const char *kind,
                            const ProtobufCMessage *content, struct change_draft *draft)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *change = NULL;
    Mintmark__V1__Proposal proposal;
    draft->kind = change_kind_find(kind);
    assert(draft->kind != NULL && draft->kind->content == content->descriptor);
    TRY(call_pack(content, &draft->content));
    mintmark__v1__proposal__init(&proposal);
    proposal.content = borrow(&draft->content);
    proposal.validate_only = 1;
    TRY(admin_command_call(command, draft->kind->method, &proposal.base,
                           &mintmark__v1__change__descriptor, &answer, &change));
    return take_answer(draft, (const Mintmark__V1__Change *)change, &command->problem);
}

status_t change_draft_sign(const struct admin_command *command,
                           const struct approval_statement *statement, struct buf *ret_text,
                           struct buf *ret_signature, struct problem *problem)
{
    if (approval_statement_write(statement, ret_text) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "STATEMENT", "subject",
                           "no statement can be made of subject \"%.100s\" and origin \"%.80s\": "
                           "they are not printable, or too long",
                           statement->subject, statement->origin);
    }
    TRY(admin_session_sign(command->session, buf_span(ret_text), ret_signature, problem));
    buf_append_byte(ret_text, 0); /* for protobuf-c */
    return buf_status(ret_text);
}

static status_t fill_statement(const struct admin_command *command,
                               const struct change_draft *draft,
                               struct approval_statement *statement)
{
    *statement = (struct approval_statement){.act = APPROVAL_PROPOSE};
    (void)snprintf(statement->origin, sizeof(statement->origin), "%s", draft->origin);
    (void)snprintf(statement->change, sizeof(statement->change), "%s", draft->kind->name);
    (void)snprintf(statement->subject, sizeof(statement->subject), "%s", draft->subject);
    (void)snprintf(statement->by, sizeof(statement->by), "%s", admin_session_id(command->session));
    digest_sha256(buf_span(&draft->content), statement->content);
    statement->expires =
        (int64_t)time(NULL) +
        (change_kind_at_once(draft->kind->name) ? AT_ONCE_SECONDS : PROPOSAL_SECONDS);
    return RAND_bytes(statement->reference, SHA256_SIZE) == 1 ? STATUS_OK : STATUS_CRYPTO;
}

/* Not tried again by itself: it may have arrived. */
static status_t explain_lost(struct admin_command *command, status_t status)
{
    if (status_exit_code(status) == status_exit_code(STATUS_UNAVAILABLE)) {
        char why[PROBLEM_MESSAGE_MAX];
        (void)snprintf(why, sizeof(why), "%s", command->problem.message);
        return problem_say(&command->problem, status, "ANSWER_LOST", "",
                           "no answer (%.200s): `mintmark change list` shows whether the proposal "
                           "arrived; if not, try again",
                           why);
    }
    return status;
}

status_t change_draft_propose(struct admin_command *command, const struct change_draft *draft)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf signature;
    const ProtobufCMessage *change = NULL;
    struct approval_statement statement;
    Mintmark__V1__Proposal proposal;
    buf_init(&text, APPROVAL_STATEMENT_MAX + 1);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    TRY(fill_statement(command, draft, &statement));
    TRY(change_draft_sign(command, &statement, &text, &signature, &command->problem));
    mintmark__v1__proposal__init(&proposal);
    proposal.content = borrow(&draft->content);
    proposal.statement = (char *)text.data;
    proposal.signature = borrow(&signature);
    TRY(explain_lost(command,
                     admin_session_call(command->session, draft->kind->method, &proposal.base,
                                        false, &mintmark__v1__change__descriptor, &answer, &change,
                                        &command->problem)));
    const Mintmark__V1__Change *made = (const Mintmark__V1__Change *)change;
    return command->options.json ? change_view_json(made, &command->output, &command->problem)
                                 : change_view_result(made, &command->output);
}

/* People see it before they are asked: at once, and beside the JSON. */
static void show(const struct admin_command *command, const struct change_draft *draft)
{
    FILE *out = command->options.json ? stderr : stdout;
    (void)fwrite(draft->shown.data, 1, draft->shown.size, out);
    (void)fflush(out);
}

static status_t run_draft(struct admin_command *command, const struct change_draft *draft)
{
    if (!command->dry_run && !draft->unchanged) {
        return change_draft_propose(command, draft);
    }
    if (command->options.json) {
        buf_append_span(&command->output, buf_span(&draft->json));
    }
    return STATUS_OK;
}

static status_t confirm(struct admin_command *command, size_t changes)
{
    char question[64];
    if (command->yes || command->dry_run || changes == 0) {
        return STATUS_OK;
    }
    (void)snprintf(question, sizeof(question), changes == 1 ? "apply?" : "apply all %zu?", changes);
    return prompt_confirm(question, &command->problem);
}

/* What was done is told also when the next one fails. */
static status_t run_all(struct admin_command *command, const struct change_draft *drafts,
                        size_t count, bool list)
{
    status_t status = STATUS_OK;
    buf_append_text(&command->output, list ? "{\"changes\": [" : "");
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        size_t before = command->output.size;
        buf_append_text(&command->output, list && i > 0 ? ", " : "");
        status = run_draft(command, &drafts[i]);
        if (status != STATUS_OK) {
            command->output.size = before;
        }
    }
    buf_append_text(&command->output, list ? "]}\n" : "");
    if (status != STATUS_OK) {
        (void)fwrite(command->output.data, 1, command->output.size, stdout);
    }
    return status;
}

status_t change_draft_run(struct admin_command *command, const struct change_draft *drafts,
                          size_t count, bool single)
{
    bool list = command->options.json && !single;
    size_t changes = 0;
    for (size_t i = 0; i < count; i++) {
        if (!command->options.json || !command->yes) {
            show(command, &drafts[i]);
        }
        changes += drafts[i].unchanged ? 0 : 1;
    }
    TRY(confirm(command, changes));
    return run_all(command, drafts, count, list);
}

status_t change_draft_single(struct admin_command *command, const char *kind,
                             const ProtobufCMessage *content)
{
    AUTO(change_draft_done) struct change_draft draft;
    change_draft_init(&draft);
    TRY(change_draft_check(command, kind, content, &draft));
    return change_draft_run(command, &draft, 1, true);
}
