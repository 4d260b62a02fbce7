/* The words of a command, by a table: one row an option, and where its value goes. */
#ifndef MINTMARK_CLIENT_OPTIONS_H
#define MINTMARK_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    OPTIONS_MAX = 32,        /* rows of one command */
    OPTIONS_LIST_MAX = 64,   /* times one option may be given */
    OPTIONS_OPERANDS_MAX = 4 /* words that are no options */
};

struct option_list {
    const char *items[OPTIONS_LIST_MAX];
    size_t count;
};

/* Exactly one place is set: a flag takes no value, text takes one and is given once, a list takes
 * one each time it is given. */
struct option_row {
    const char *name; /* without its dashes; NULL ends a table */
    bool *flag;
    const char **text;
    struct option_list *list;
    char letter; /* also as -o; 0: none */
};

struct option_command {
    const char *name; /* "order create" */
    const char *help;
    size_t operands_min, operands_max;
    const char *operands; /* what is wanted, for the message: "one ORDER" */
};

/* Reads the words behind the verb (argv[0]); --help is known to every command. The tables end with
 * an empty row; `more` may be NULL. Operands that are not there stay NULL. False when the command
 * is done already: after --help (exit code 0) or wrong usage, told (2). */
bool options_read(const struct option_command *command, const struct option_row *rows,
                  const struct option_row *more, int argc, char **argv,
                  const char *ret_operands[static OPTIONS_OPERANDS_MAX], int *ret_exit_code);

#endif
