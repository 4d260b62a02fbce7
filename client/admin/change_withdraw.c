/* mintmark change withdraw */
#include "client/admin/change_draft.h"
#include "client/admin/change_find.h"
#include "client/call.h"
#include "client/command.h"

static const struct option_command WORDS = {
    "change withdraw",
    "Usage: mintmark change withdraw ID [options]\n"
    "Takes back a change that waits for its second person, your own or another operator's: it can\n"
    "no longer be approved. ID may be the first 8 or more digits.\n"
    "\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Example:\n"
    "  mintmark change withdraw 1f2e3d4c\n",
    1, 1, "one ID is"};

static status_t run(struct admin_command *command)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const Mintmark__V1__Change *change = NULL;
    Mintmark__V1__ChangeWithdrawal content;
    TRY(change_find_get(command, command->operands[0], &answer, &change));
    mintmark__v1__change_withdrawal__init(&content);
    content.change_id = change->change_id;
    return change_draft_single(command, "change-withdraw", &content.base);
}

int change_withdraw_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command));
}
