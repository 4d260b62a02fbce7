/* What every command on the administration listener does around its own work: words, connection,
 * output, exit code. */
#ifndef MINTMARK_CLIENT_ADMIN_COMMAND_H
#define MINTMARK_CLIENT_ADMIN_COMMAND_H

#include "client/admin/session.h"

enum { ADMIN_OUTPUT_MAX = 64 * 1024 * 1024 };

struct admin_command {
    struct admin_options options;
    bool yes;     /* of commands that change something */
    bool dry_run; /* likewise */
    const char *operands[OPTIONS_OPERANDS_MAX];
    struct admin_session *session;
    struct buf output; /* printed when all went well */
    struct problem problem;
    int exit_code;
};

/* Rows of what changes something, and their help. */
#define ADMIN_CHANGE_ROWS(command)                                                                 \
    {"yes", .flag = &(command).yes},                                                               \
    {                                                                                              \
        "dry-run", .flag = &(command).dry_run                                                      \
    }
#define ADMIN_CHANGE_HELP                                                                          \
    "  --dry-run              show what would change, and stop\n"                                  \
    "  --yes                  do not ask\n"

void admin_command_init(struct admin_command *command);
void admin_command_done(struct admin_command *command);
OWN_VALUE(struct admin_command, admin_command_done)

/* Reads the words, by `rows` and the connection's own, and opens the session. False when the
 * command is done already, with exit_code set: help, wrong usage, or no session; all told. */
bool admin_command_begin(struct admin_command *command, const struct option_command *words,
                         const struct option_row *rows, int argc, char **argv);

/* Prints the output, or what went wrong; returns the exit code. */
int admin_command_end(struct admin_command *command, status_t status);

/* admin_session_call with the command's session and problem; `again` is true. */
MUST_USE status_t admin_command_call(struct admin_command *command, const char *method,
                                     const ProtobufCMessage *request,
                                     const ProtobufCMessageDescriptor *descriptor,
                                     struct admin_answer *answer,
                                     const ProtobufCMessage **ret_message);

/* After a failure: names the place in the YAML document that the problem's field is about, where
 * there is one. Returns `status`. */
status_t admin_command_place(struct admin_command *command, const char *path, struct span document,
                             status_t status);

/* Appends one JSON object, and a newline, to the output. */
MUST_USE status_t admin_command_json(struct admin_command *command,
                                     const ProtobufCMessage *message);

#endif
