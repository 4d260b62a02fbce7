/* The words of the `mintmark product` commands. */
#include "client/product.h"

#include <getopt.h>
#include <stdio.h>

#include "client/command.h"

enum { CODE_FROM = 1000, CODE_SDKCONFIG, CODE_TABLE, CODE_FLASHER, CODE_OUTPUT = 'o' };
enum { CODE_FORCE = 1100, CODE_JSON, CODE_HELP };

#define OPTIONS_OF_BOTH                                                                            \
    {"from", required_argument, NULL, CODE_FROM},                                                  \
        {"sdkconfig", required_argument, NULL, CODE_SDKCONFIG},                                    \
        {"partition-table", required_argument, NULL, CODE_TABLE},                                  \
        {"flasher-args", required_argument, NULL, CODE_FLASHER},                                   \
        {"help", no_argument, NULL, CODE_HELP},

static const struct option init_options[] = {
    OPTIONS_OF_BOTH{"output", required_argument, NULL, CODE_OUTPUT},
    {"force", no_argument, NULL, CODE_FORCE},
    {NULL, 0, NULL, 0},
};

static const struct option check_options[] = {
    OPTIONS_OF_BOTH{"json", no_argument, NULL, CODE_JSON},
    {NULL, 0, NULL, 0},
};

static void set_option(struct product_arguments *arguments, int code)
{
    const char **const texts[] = {&arguments->from, &arguments->sdkconfig,
                                  &arguments->partition_table, &arguments->flasher_args};
    if (code == CODE_FORCE) {
        arguments->force = true;
    } else if (code == CODE_JSON) {
        arguments->json = true;
    } else if (code == CODE_OUTPUT) {
        arguments->output = optarg;
    } else {
        *texts[code - CODE_FROM] = optarg;
    }
}

static int check_operands(const struct product_command *command, int argc, char **argv,
                          struct product_arguments *arguments)
{
    int count = argc - optind;
    if (count > (command->checks ? 1 : 0)) {
        return command_usage(command->name, "there is an argument too many: '%s'", argv[argc - 1]);
    }
    if (command->checks && count == 0) {
        return command_usage(command->name, "the product's file is missing");
    }
    arguments->operand = command->checks ? argv[optind] : NULL;
    if (arguments->from == NULL && arguments->sdkconfig == NULL &&
        arguments->partition_table == NULL && arguments->flasher_args == NULL) {
        return command_usage(command->name, "--from BUILD_DIR is missing");
    }
    return 0;
}

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_words(const struct product_command *command, int argc, char **argv,
                      struct product_arguments *arguments)
{
    const struct option *options = command->checks ? check_options : init_options;
    opterr = 0;
    optind = 1;
    for (int code;
         (code = getopt_long(argc, argv, command->checks ? ":" : ":o:", options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(command->help, stdout);
            return -1;
        }
        if (code == ':' || code == '?') {
            return command_usage(command->name,
                                 code == ':' ? "option '%s' needs a value"
                                             : "there is no option '%s'",
                                 argv[optind - 1]);
        }
        set_option(arguments, code);
    }
    return check_operands(command, argc, argv, arguments);
}

bool product_arguments_read(const struct product_command *command, int argc, char **argv,
                            struct product_arguments *ret_arguments, int *ret_exit_code)
{
    struct product_arguments arguments = {.operand = NULL};
    int code = read_words(command, argc, argv, &arguments);
    *ret_exit_code = code < 0 ? 0 : code;
    *ret_arguments = arguments;
    return code == 0;
}
