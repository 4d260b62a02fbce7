/* mintmark product approve, order approve, identity approve, device approve, change
 * approve */
#include <stdio.h>
#include <time.h>

#include "client/admin/change_check.h"
#include "client/admin/change_draft.h"
#include "client/admin/change_find.h"
#include "client/command.h"
#include "client/prompt.h"
#include "proto/text/enum.h"

enum { APPROVAL_SECONDS = 30 * 60 }; /* half of what the server accepts: clocks differ */

#define HELP(noun, operand, what, example)                                                         \
    "Usage: mintmark " noun " approve " operand " [options]\n"                                     \
    "Approves, as a second person, " what ".\n"                                                    \
    "Shows the whole content and what it replaces, after checking here that it is what the\n"      \
    "proposer signed; asks; then signs the approval with the key of your certificate.\n"           \
    "\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"                                                 \
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable, 4 not permitted, 5 not what was signed." \
    "\n\nExample:\n  mintmark " noun " approve " example "\n"

static const struct option_command PRODUCT = {
    "product approve", HELP("product", "NAME@REVISION", "a product's revision", "a19-lamp@2"), 1, 1,
    "one NAME@REVISION is"};
static const struct option_command ORDER = {
    "order approve",
    HELP("order", "ORDER", "what waits for this order: that it opens, is amended or resumed",
         "WO-4711"),
    1, 1, "one ORDER is"};
static const struct option_command IDENTITY = {
    "identity approve",
    HELP("identity", "IDENTITY",
         "an enrolment; IDENTITY is the SPIFFE id or its last words. The certificate of a\n"
         "station that sent a request: `mintmark identity show IDENTITY -o FILE`",
         "station/line1-03"),
    1, 1, "one IDENTITY is"};
static const struct option_command DEVICE = {
    "device approve",
    HELP("device", "SUBJECT",
         "a rework, by its unit id, or a revocation, by its SUBJECT as\n"
         "`mintmark change list` shows it",
         "60:55:f9:01:a2:1c"),
    1, 1, "one SUBJECT is"};
static const struct option_command CHANGE = {
    "change approve",
    HELP("change", "ID", "any change, by its id or the first 8 or more digits of it", "1f2e3d4c"),
    1, 1, "one ID is"};

static status_t check(const struct admin_command *command, const Mintmark__V1__Change *change,
                      const struct approval_statement *proposal, struct problem *problem)
{
    char state[TEXT_ENUM_NAME_MAX];
    if (change->state != MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING) {
        if (!text_enum_name(&mintmark__v1__change_state__descriptor, (int)change->state, state)) {
            (void)snprintf(state, sizeof(state), "unknown");
        }
        return problem_say(problem, STATUS_REFUSED, "CHANGE_STATE", "state",
                           "this change does not wait for approval: it is %s", state);
    }
    if (strcmp(proposal->by, admin_session_id(command->session)) == 0) {
        return problem_say(problem, STATUS_DENIED, "APPROVAL_SAME_PERSON", "by",
                           "you proposed this change: another operator must approve it");
    }
    return STATUS_OK;
}

static status_t send(struct admin_command *command, const struct approval_statement *proposal,
                     struct span proposal_text)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf signature;
    const ProtobufCMessage *message = NULL;
    struct approval_statement statement = *proposal;
    Mintmark__V1__Approval approval;
    buf_init(&text, APPROVAL_STATEMENT_MAX + 1);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    statement.act = APPROVAL_APPROVE;
    (void)snprintf(statement.by, sizeof(statement.by), "%s", admin_session_id(command->session));
    approval_statement_id(proposal_text, statement.reference);
    statement.expires = (int64_t)time(NULL) + APPROVAL_SECONDS;
    TRY(change_draft_sign(command, &statement, &text, &signature, &command->problem));
    mintmark__v1__approval__init(&approval);
    approval.statement = (char *)text.data;
    approval.signature = (ProtobufCBinaryData){signature.size, signature.data};
    TRY(admin_session_call(command->session, "ApproveChange", &approval.base, false,
                           &mintmark__v1__change__descriptor, &answer, &message,
                           &command->problem));
    const Mintmark__V1__Change *change = (const Mintmark__V1__Change *)message;
    return command->options.json ? change_view_json(change, &command->output, &command->problem)
                                 : change_view_result(change, &command->output);
}

static status_t show(const struct admin_command *command, const Mintmark__V1__Change *change,
                     const struct approval_statement *proposal, struct problem *problem)
{
    const struct change_kind *kind = change_kind_find(change->kind);
    AUTO(buf_done) struct buf text;
    buf_init(&text, CHANGE_VIEW_MAX);
    if (kind == NULL) {
        return problem_say(problem, STATUS_REFUSED, "CONTENT_UNKNOWN", "kind",
                           "this version of mintmark does not know changes of kind %.32s: use one "
                           "as new as the server",
                           proposal->change);
    }
    TRY(change_view_text(kind, change, span_make(change->content.data, change->content.len), &text,
                         problem));
    buf_print(&text, "proposed by %s\n", proposal->by);
    TRY(buf_status(&text));
    if (!command->options.json || !command->yes) {
        FILE *out = command->options.json ? stderr : stdout;
        (void)fwrite(text.data, 1, text.size, out);
    }
    return STATUS_OK;
}

static status_t approve(struct admin_command *command, const char *id)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const Mintmark__V1__Change *change = NULL;
    struct approval_statement proposal;
    TRY(change_find_get(command, id, &answer, &change));
    TRY(change_check_proposal(change, &proposal, &command->problem));
    TRY(show(command, change, &proposal, &command->problem));
    TRY(check(command, change, &proposal, &command->problem));
    if (command->dry_run) {
        return command->options.json ? change_view_json(change, &command->output, &command->problem)
                                     : STATUS_OK;
    }
    TRY(command->yes ? STATUS_OK : prompt_confirm("approve?", &command->problem));
    return send(command, &proposal, span_text(change->proposal_statement));
}

static status_t approve_waiting(struct admin_command *command, const char *noun)
{
    char id[CHANGE_ID_MAX + 1];
    TRY(change_find_waiting(command, noun, command->operands[0], id));
    return approve(command, id);
}

/* `noun` NULL: the operand is an id. */
static int run(const struct option_command *words, const char *noun, int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, words, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, noun == NULL ? approve(&command, command.operands[0])
                                                    : approve_waiting(&command, noun));
}

int product_approve_command(int argc, char **argv)
{
    return run(&PRODUCT, "product", argc, argv);
}

int order_approve_command(int argc, char **argv)
{
    return run(&ORDER, "order", argc, argv);
}

int identity_approve_command(int argc, char **argv)
{
    return run(&IDENTITY, "identity", argc, argv);
}

int device_approve_command(int argc, char **argv)
{
    return run(&DEVICE, "device", argc, argv);
}

int change_approve_command(int argc, char **argv)
{
    return run(&CHANGE, NULL, argc, argv);
}
