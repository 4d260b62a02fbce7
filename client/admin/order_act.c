/* mintmark order pause, order resume, order close */
#include "client/admin/change_draft.h"
#include "client/call.h"
#include "client/command.h"

#define HELP(verb, what)                                                                           \
    "Usage: mintmark order " verb " ORDER --reason TEXT [options]\n" what "\n"                     \
    "  --reason TEXT          why, 1 to 200 characters; kept on record\n" ADMIN_CHANGE_HELP        \
        ADMIN_OPTIONS_HELP "\n"                                                                    \
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"          \
    "\n"                                                                                           \
    "Example:\n  mintmark order " verb " WO-4711 --reason \"QA: wrong shade\"\n"

static const struct option_command PAUSE = {
    "order pause",
    HELP("pause", "Stops an order at once: no unit gets a new identity. Units that have one are\n"
                  "delivered and reported as before. `mintmark order resume` needs two people.\n"),
    1, 1, "one ORDER is"};
static const struct option_command RESUME = {
    "order resume",
    HELP("resume", "Proposes that a paused order goes on. It needs a second person: `mintmark\n"
                   "order approve`.\n"),
    1, 1, "one ORDER is"};
static const struct option_command CLOSE = {
    "order close",
    HELP("close", "Ends an order at once and for ever: no unit gets a new identity. Units that\n"
                  "have one can still be reported.\n"),
    1, 1, "one ORDER is"};

static status_t act(struct admin_command *command, const char *kind, const char *reason)
{
    Mintmark__V1__OrderAct content;
    if (reason == NULL) {
        return problem_say(&command->problem, STATUS_USAGE, "REASON", "--reason",
                           "--reason is missing: it is kept on record");
    }
    mintmark__v1__order_act__init(&content);
    content.order = call_text(command->operands[0]);
    content.reason = call_text(reason);
    return change_draft_single(command, kind, &content.base);
}

static int run(const struct option_command *words, const char *kind, int argc, char **argv)
{
    const char *reason = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {
        {"reason", .text = &reason}, ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, words, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, act(&command, kind, reason));
}

int order_pause_command(int argc, char **argv)
{
    return run(&PAUSE, "order-pause", argc, argv);
}

int order_resume_command(int argc, char **argv)
{
    return run(&RESUME, "order-resume", argc, argv);
}

int order_close_command(int argc, char **argv)
{
    return run(&CLOSE, "order-close", argc, argv);
}
