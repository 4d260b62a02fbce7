#include "client/options.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/command.h"

enum { CODE_FIRST = 256 }; /* above every character */

struct table {
    const struct option_row *rows[OPTIONS_MAX];
    struct option options[OPTIONS_MAX + 2]; /* --help, and the empty one at the end */
    char letters[2 * OPTIONS_MAX + 2];      /* as getopt wants them; zeroed behind */
    size_t count;
};

static void add(struct table *table, const struct option_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        size_t letters = strlen(table->letters);
        assert(table->count < OPTIONS_MAX);
        table->rows[table->count] = rows;
        table->options[table->count] =
            (struct option){rows->name, rows->flag == NULL ? required_argument : no_argument, NULL,
                            CODE_FIRST + (int)table->count};
        if (rows->letter != 0) {
            table->letters[letters] = rows->letter;
            table->letters[letters + 1] = rows->flag == NULL ? ':' : '\0';
        }
        table->count++;
    }
}

/* The row of what getopt_long returned; count for --help. */
static size_t index_of(const struct table *table, int code)
{
    size_t index = 0;
    if (code >= CODE_FIRST) {
        return (size_t)code - CODE_FIRST;
    }
    while (index < table->count && table->rows[index]->letter != code) {
        index++;
    }
    return index;
}

/* Exit code of wrong usage, or 0. */
static int take(const struct option_command *command, const struct option_row *row)
{
    if (row->flag != NULL) {
        *row->flag = true;
    } else if (row->text != NULL) {
        if (*row->text != NULL) {
            return command_usage(command->name, "--%s is given twice", row->name);
        }
        *row->text = optarg;
    } else if (row->list->count == OPTIONS_LIST_MAX) {
        return command_usage(command->name, "--%s is given more than %d times", row->name,
                             OPTIONS_LIST_MAX);
    } else {
        row->list->items[row->list->count++] = optarg;
    }
    return 0;
}

static int take_operands(const struct option_command *command, int argc, char **argv,
                         const char *ret_operands[static OPTIONS_OPERANDS_MAX])
{
    size_t count = (size_t)(argc - optind);
    assert(command->operands_max <= OPTIONS_OPERANDS_MAX);
    if (count < command->operands_min || count > command->operands_max) {
        return command->operands_max == 0
                   ? command_usage(command->name, "there is an argument too many: '%s'",
                                   argv[optind])
                   : command_usage(command->name, "%s needed", command->operands);
    }
    for (size_t i = 0; i < OPTIONS_OPERANDS_MAX; i++) {
        ret_operands[i] = i < count ? argv[(size_t)optind + i] : NULL;
    }
    return 0;
}

static int read_words(const struct option_command *command, const struct table *table, int argc,
                      char **argv, bool *ret_help)
{
    opterr = 0;
    optind = 0; /* and not 1: glibc then also forgets its place inside a word */
    for (int code; (code = getopt_long(argc, argv, table->letters, table->options, NULL)) != -1;) {
        if (code == ':' || code == '?') {
            return command_usage(command->name,
                                 code == ':' ? "option '%s' needs a value"
                                             : "there is no option '%s'",
                                 argv[optind - 1]);
        }
        size_t index = index_of(table, code);
        if (index == table->count) {
            *ret_help = true;
            return 0;
        }
        int exit_code = take(command, table->rows[index]);
        if (exit_code != 0) {
            return exit_code;
        }
    }
    return 0;
}

bool options_read(const struct option_command *command, const struct option_row *rows,
                  const struct option_row *more, int argc, char **argv,
                  const char *ret_operands[static OPTIONS_OPERANDS_MAX], int *ret_exit_code)
{
    struct table table = {.letters = ":"};
    bool help = false;
    add(&table, rows);
    add(&table, more);
    table.options[table.count] =
        (struct option){"help", no_argument, NULL, CODE_FIRST + (int)table.count};
    *ret_exit_code = read_words(command, &table, argc, argv, &help);
    if (help) {
        (void)fputs(command->help, stdout);
        return false;
    }
    if (*ret_exit_code == 0) {
        *ret_exit_code = take_operands(command, argc, argv, ret_operands);
    }
    return *ret_exit_code == 0;
}
