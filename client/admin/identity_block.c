/* mintmark identity block, identity unblock, identity list */
#include "client/admin/change_draft.h"
#include "client/admin/identity_name.h"
#include "client/call.h"
#include "client/command.h"

#define NAME_HELP "NAME is the SPIFFE id or its last words, like line1-03 or station/line1-03.\n"

static const struct option_command BLOCK = {
    "identity block",
    "Usage: mintmark identity block NAME --reason TEXT [options]\n"
    "Turns an identity away from its next call on; one person is enough. " NAME_HELP
    "An operator cannot be blocked when fewer than two others would be left (with the two-person\n"
    "rule off: none), who could enrol another: three operators are the least to be safe with.\n"
    "\n"
    "  --reason TEXT          why, 1 to 200 characters; kept on record\n" ADMIN_CHANGE_HELP
        ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark identity block line1-03 --reason \"stolen\"\n",
    1, 1, "one NAME is"};

static const struct option_command UNBLOCK = {
    "identity unblock",
    "Usage: mintmark identity unblock NAME [options]\n"
    "Proposes that a blocked identity may call again, as it was enrolled. It needs a second\n"
    "person: `mintmark identity approve`. " NAME_HELP "\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark identity unblock line1-03\n",
    1, 1, "one NAME is"};

static const struct option_command LIST = {
    "identity list",
    "Usage: mintmark identity list [options]\n"
    "Lists who may call the server, until when pinned certificates are valid, and how many days\n"
    "are left. A station is given a new one by `mintmark identity add`, as at first.\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark identity list\n",
    0, 0, NULL};

enum { SPEC_MAX = 64 * 1024, ARENA_SIZE = 256 * 1024 };

static status_t block(struct admin_command *command, const char *reason)
{
    char id[IDENTITY_ID_MAX];
    bool blocked = false;
    Mintmark__V1__IdentityAct content;
    if (reason == NULL) {
        return problem_say(&command->problem, STATUS_USAGE, "REASON", "--reason",
                           "--reason is missing: it is kept on record");
    }
    TRY(identity_name_find(command, command->operands[0], id, &blocked, NULL));
    mintmark__v1__identity_act__init(&content);
    content.identity = id;
    content.reason = call_text(reason);
    return change_draft_single(command, "identity-block", &content.base);
}

int identity_block_command(int argc, char **argv)
{
    const char *reason = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {
        {"reason", .text = &reason}, ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, &BLOCK, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, block(&command, reason));
}

static status_t unblock(struct admin_command *command)
{
    char id[IDENTITY_ID_MAX];
    bool blocked = false;
    AUTO(buf_done) struct buf spec;
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *content = NULL;
    buf_init(&spec, SPEC_MAX);
    TRY(identity_name_find(command, command->operands[0], id, &blocked, &spec));
    if (!blocked) {
        return problem_say(&command->problem, STATUS_REFUSED, "IDENTITY_ACTIVE", "NAME",
                           "%.200s is not blocked", id);
    }
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode_message(arena, &mintmark__v1__identity_spec__descriptor, buf_span(&spec), false,
                       &content, &command->problem));
    return change_draft_single(command, "identity", content);
}

int identity_unblock_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, &UNBLOCK, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, unblock(&command));
}

int identity_list_command(int argc, char **argv)
{
    Mintmark__V1__ListIdentitiesRequest request;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    if (!admin_command_begin(&command, &LIST, NULL, argc, argv)) {
        return command.exit_code;
    }
    mintmark__v1__list_identities_request__init(&request);
    return admin_command_end(&command,
                             admin_pages_print(&command, &identity_name_pages, &request.base));
}
