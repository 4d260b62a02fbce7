#include "client/secure_cert.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "client/files.h"

/* ---- arguments ---- */

enum { CODE_TEXT = 1000, CODE_SWITCH = 2000, CODE_HELP = 3000 };

static const struct option long_options[] = {
    {"out", required_argument, NULL, CODE_TEXT + SECURE_CERT_OUT},
    {"size", required_argument, NULL, CODE_TEXT + SECURE_CERT_SIZE},
    {"dac", required_argument, NULL, CODE_TEXT + SECURE_CERT_DAC},
    {"pai", required_argument, NULL, CODE_TEXT + SECURE_CERT_PAI},
    {"key", required_argument, NULL, CODE_TEXT + SECURE_CERT_KEY},
    {"ecdsa-peripheral", required_argument, NULL, CODE_TEXT + SECURE_CERT_ECDSA_PERIPHERAL},
    {"hmac-key", required_argument, NULL, CODE_TEXT + SECURE_CERT_HMAC_KEY},
    {"hmac-salt", required_argument, NULL, CODE_TEXT + SECURE_CERT_HMAC_SALT},
    {"new-salt", required_argument, NULL, CODE_TEXT + SECURE_CERT_NEW_SALT},
    {"discriminator", required_argument, NULL, CODE_TEXT + SECURE_CERT_DISCRIMINATOR},
    {"passcode", required_argument, NULL, CODE_TEXT + SECURE_CERT_PASSCODE},
    {"iterations", required_argument, NULL, CODE_TEXT + SECURE_CERT_ITERATIONS},
    {"salt", required_argument, NULL, CODE_TEXT + SECURE_CERT_SALT},
    {"rotating-id", required_argument, NULL, CODE_TEXT + SECURE_CERT_ROTATING_ID},
    {"hmac-derived", no_argument, NULL, CODE_SWITCH + SECURE_CERT_HMAC_DERIVED},
    {"integrity", no_argument, NULL, CODE_SWITCH + SECURE_CERT_INTEGRITY},
    {"show-secrets", no_argument, NULL, CODE_SWITCH + SECURE_CERT_SHOW_SECRETS},
    {"json", no_argument, NULL, CODE_SWITCH + SECURE_CERT_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

static bool is_text(int code)
{
    return code >= CODE_TEXT && code < CODE_TEXT + SECURE_CERT_TEXTS;
}

static bool is_accepted(const struct secure_cert_command *command, int code)
{
    if (code >= CODE_SWITCH) {
        unsigned accepted = command->switches | 1u << SECURE_CERT_JSON;
        return (accepted & 1u << (code - CODE_SWITCH)) != 0;
    }
    return is_text(code) && (command->texts & 1u << (code - CODE_TEXT)) != 0;
}

static const char *option_name(int code)
{
    const struct option *option = long_options;
    while (option->val != code) {
        option++;
    }
    return option->name;
}

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_options(const struct secure_cert_command *command, int argc, char **argv,
                        struct secure_cert_arguments *arguments)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1;) {
        code = code == 'o' ? CODE_TEXT + SECURE_CERT_OUT : code;
        if (code == CODE_HELP) {
            (void)fputs(command->help, stdout);
            return -1;
        }
        if (code == ':') {
            return command_usage(command->name, "option '%s' needs a value", argv[optind - 1]);
        }
        if (code == '?') {
            return command_usage(command->name, "there is no option '%s'", argv[optind - 1]);
        }
        if (!is_accepted(command, code)) { /* argv[optind - 1] may be its value */
            return command_usage(command->name, "there is no option '--%s'", option_name(code));
        }
        if (is_text(code)) {
            arguments->texts[code - CODE_TEXT] = optarg;
        } else {
            arguments->switches[code - CODE_SWITCH] = true;
        }
    }
    return 0;
}

/* The same for the whole of the words. */
static int read_arguments(const struct secure_cert_command *command, int argc, char **argv,
                          struct secure_cert_arguments *ret_arguments)
{
    int code = read_options(command, argc, argv, ret_arguments);
    if (code != 0) {
        return code;
    }
    if (argc - optind < command->operands) {
        return command_usage(command->name, "an argument is missing");
    }
    if (argc - optind > command->operands) {
        return command_usage(command->name, "argument '%s' is one too many",
                             argv[optind + command->operands]);
    }
    ret_arguments->operands = argv + optind;
    return command->check_usage == NULL ? 0 : command->check_usage(ret_arguments);
}

/* ---- files ---- */

status_t secure_cert_read_exactly(const char *path, size_t size, const char *reason,
                                  struct buf *ret_content, struct problem *problem)
{
    size_t before = ret_content->size;
    TRY(files_read_secret(path, ret_content, problem));
    if (ret_content->size - before != size) {
        return problem_say(problem, STATUS_INVALID, reason, path,
                           "%s has %zu bytes, and it must have %zu, raw", path,
                           ret_content->size - before, size);
    }
    return STATUS_OK;
}

/* ---- running ---- */

enum { OUTPUT_MAX = 1024 * 1024 };

/* Straight to the descriptor: stdio would keep a copy of secrets in its own buffer. */
static status_t print_output(struct span text, struct problem *problem)
{
    while (text.size > 0) {
        ssize_t put = write(STDOUT_FILENO, text.data, text.size);
        if (put < 0 && errno != EINTR) {
            return problem_say(problem, STATUS_IO, "OUTPUT", "",
                               "cannot write to standard output: %s", strerror(errno));
        }
        size_t done = put < 0 ? 0 : (size_t)put;
        text = span_make(text.data + done, text.size - done);
    }
    return STATUS_OK;
}

int secure_cert_run(const struct secure_cert_command *command, int argc, char **argv)
{
    struct secure_cert_arguments arguments = {0};
    int code = read_arguments(command, argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    bool json = arguments.switches[SECURE_CERT_JSON];
    struct problem problem = {0};
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, OUTPUT_MAX);
    status_t status = command->run(&arguments, &output, &problem);
    status = status == STATUS_OK ? buf_status(&output) : status;
    if (status == STATUS_OK || !json) {
        struct problem unprinted = {0};
        status_t printed = print_output(buf_span(&output), &unprinted);
        if (status == STATUS_OK && printed != STATUS_OK) {
            status = printed;
            problem = unprinted;
        }
    }
    return status == STATUS_OK ? 0 : command_fail(&problem, status, json);
}
