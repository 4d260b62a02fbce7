/* The commands of `mintmark`: one file and one row of commands.def each. */
#ifndef MINTMARK_CLIENT_COMMAND_H
#define MINTMARK_CLIENT_COMMAND_H

#include <stdbool.h>

#include "lib/base/status.h"

/* Runs a command with the words behind its name (argv[0] is the verb); returns the exit code. */
typedef int command_run_t(int argc, char **argv);

#define COMMAND(noun, verb, function, summary) command_run_t function;
#include "client/commands.def"
#undef COMMAND

/* Prints "mintmark: <message> [field] (REASON)" to standard error, or with `json` one object
 * {"error":{"status","reason","field","message"}} to standard output. Returns the exit code of its
 * status. */
int command_fail(struct problem *problem, status_t status, bool json);

/* Prints "mintmark NOUN VERB: <message>; try --help" and returns the exit code for wrong usage. */
int command_usage(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
