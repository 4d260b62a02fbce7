/* mintmark change list, change show */
#include <stdio.h>

#include "client/admin/change_check.h"
#include "client/admin/change_find.h"
#include "client/admin/change_view.h"
#include "client/admin/pages.h"
#include "client/command.h"
#include "proto/text/enum.h"
#include "proto/text/timestamp.h"

static const struct option_command LIST = {
    "change list",
    "Usage: mintmark change list [--state STATE] [options]\n"
    "Lists what was proposed, newest first.\n"
    "\n"
    "  --state STATE          only waiting, applied, "
    "expired, superseded or withdrawn ones\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark change list --state waiting\n",
    0, 0, NULL};

static const struct option_command SHOW = {
    "change show",
    "Usage: mintmark change show ID [options]\n"
    "Shows a change whole: its content, who proposed and who approved it, and whether that is\n"
    "what was signed. ID may be the first 8 or more digits.\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 3 unavailable, 4 not permitted, 5 not what was signed.\n"
    "\n"
    "Example:\n"
    "  mintmark change show 1f2e3d4c\n",
    1, 1, "one ID is"};

static void time_text(const Google__Protobuf__Timestamp *time,
                      char ret_text[static TEXT_TIMESTAMP_MAX])
{
    ret_text[0] = '\0';
    if (time != NULL) {
        text_timestamp_print(&time->base, ret_text);
    }
}

static void add_row(struct table *table, const ProtobufCMessage *item)
{
    const Mintmark__V1__Change *change = (const Mintmark__V1__Change *)item;
    char state[TEXT_ENUM_NAME_MAX] = "?";
    char text[TEXT_TIMESTAMP_MAX];
    (void)text_enum_name(&mintmark__v1__change_state__descriptor, (int)change->state, state);
    table_print(table, "%.16s", change->change_id);
    table_add(table, change->kind);
    table_add(table, change->subject);
    table_add(table, state);
    time_text(change->proposed, text);
    table_add(table, text);
    time_text(change->expires, text);
    table_add(table, text);
}

int change_list_command(int argc, char **argv)
{
    static const char *const HEADER[] = {"CHANGE",   "KIND",    "SUBJECT", "STATE",
                                         "PROPOSED", "EXPIRES", NULL};
    static const struct admin_pages PAGES = {
        "ListChanges", &mintmark__v1__list_changes_response__descriptor, "changes", HEADER, add_row,
        "no changes"};
    const char *word = NULL;
    int state = 0;
    Mintmark__V1__ListChangesRequest request;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"state", .text = &word}, {.name = NULL}};
    if (!admin_command_begin(&command, &LIST, rows, argc, argv)) {
        return command.exit_code;
    }
    if (word != NULL && !text_enum_find(&mintmark__v1__change_state__descriptor, word, &state)) {
        return command_usage(LIST.name, "there is no state '%s'", word);
    }
    mintmark__v1__list_changes_request__init(&request);
    request.state = (Mintmark__V1__ChangeState)state;
    return admin_command_end(&command, admin_pages_print(&command, &PAGES, &request.base));
}

static void append_statement(const char *what, const struct approval_statement *statement,
                             struct buf *text)
{
    buf_print(text, "%s by %s\n", what, statement->by);
}

static status_t show(struct admin_command *command)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const Mintmark__V1__Change *change = NULL;
    struct approval_statement proposal;
    struct approval_statement approval;
    TRY(change_find_get(command, command->operands[0], &answer, &change));
    TRY(change_check_proposal(change, &proposal, &command->problem));
    if (command->options.json) {
        return change_view_json(change, &command->output, &command->problem);
    }
    const struct change_kind *kind = change_kind_find(change->kind);
    if (kind != NULL) {
        TRY(change_view_text(kind, change, span_make(change->content.data, change->content.len),
                             &command->output, &command->problem));
    }
    append_statement("proposed", &proposal, &command->output);
    if (change->approval_statement[0] != '\0') {
        struct span text = span_text(change->approval_statement);
        TRY(approval_statement_read(text, &approval, &command->problem));
        TRY(approval_statement_matches(&approval, &proposal, span_text(change->proposal_statement),
                                       &command->problem));
        append_statement("approved", &approval, &command->output);
    }
    return change_view_result(change, &command->output);
}

int change_show_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    if (!admin_command_begin(&command, &SHOW, NULL, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, show(&command));
}
