/* mintmark-hsm: what key custodians do on the token's host. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hsm/ceremony/transcript.h"
#include "lib/base/secret.h"

enum { OUTPUT_MAX = 1024 * 1024 };

static const struct ceremony_command *const commands[] = {
#define COMMAND(name) &ceremony_##name,
#include "hsm/ceremony/commands.def"
#undef COMMAND
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

void ceremony_say(struct ceremony_output *output, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    buf_append_text(&output->text, line);
    buf_append_byte(&output->text, '\n');
}

void ceremony_note(struct ceremony_output *output, const char *name, json_t *value)
{
    (void)json_object_set_new(output->json, name, value != NULL ? value : json_null());
}

static void print_overview(void)
{
    (void)printf("mintmark-hsm %s: keys and certificates in a PKCS#11 token\n\n", MINTMARK_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        (void)printf("  mintmark-hsm %s %-*s %s\n", commands[i]->noun,
                     (int)(14 - strlen(commands[i]->noun)), commands[i]->verb,
                     commands[i]->summary);
    }
    (void)printf("\nEach explains itself: mintmark-hsm pai create --help\n"
                 "Exit codes: 0 ok, 1 refused by a check, 2 usage, 3 unavailable, 4 not permitted, "
                 "5 corrupted\n");
}

static void print_help(const struct ceremony_command *command)
{
    (void)printf("mintmark-hsm %s%s%s%s%s [options]\n\n%s\n\n", command->noun,
                 command->verb[0] != '\0' ? " " : "", command->verb,
                 command->words[0] != '\0' ? " " : "", command->words, command->help);
    ceremony_options_print(command->allowed);
}

static void print_json(const json_t *json)
{
    (void)json_dumpf(json, stdout, JSON_INDENT(2));
    (void)putchar('\n');
}

/* In JSON one document holds what was found and, as "error", why it ended. */
static int print_problem(struct problem *problem, status_t status, bool json, json_t *found)
{
    (void)problem_complete(problem, status);
    if (!json) {
        (void)fprintf(stderr, "mintmark-hsm: %s (%s)\n", problem->message, problem->reason);
        return status_exit_code(status);
    }
    json_t *error =
        json_pack("{s:s, s:s, s:s, s:s}", "status", status_text(status), "reason", problem->reason,
                  "field", problem->field, "message", problem->message);
    (void)json_object_set_new(found, "error", error != NULL ? error : json_null());
    print_json(found);
    return status_exit_code(status);
}

static int finish(const struct ceremony_output *output, bool json, status_t status,
                  struct problem *problem)
{
    if (!json) {
        (void)fwrite(output->text.data, 1, output->text.size, stdout);
    } else if (status == STATUS_OK) {
        print_json(output->json);
    }
    return status == STATUS_OK ? 0 : print_problem(problem, status, json, output->json);
}

static int run(const struct ceremony_command *command, int argc, char **argv)
{
    struct problem problem = {0};
    struct ceremony_options options = {0};
    status_t status = ceremony_options_read(argc, argv, command->allowed, &options, &problem);
    if (status == STATUS_OK && options.help) {
        print_help(command);
        return 0;
    }
    if (status == STATUS_OK) {
        status = ceremony_options_check(&options, command->required, command->words_min,
                                        command->words_max, &problem);
    }
    if (status == STATUS_OK) {
        status = ceremony_transcript_check(&options, &problem);
    }
    struct ceremony_output output = {.json = json_object(),
                                     .transcript = json_pack("{s:[]}", "keys")};
    buf_init(&output.text, OUTPUT_MAX);
    if (status == STATUS_OK) {
        status = command->run(&options, &output, &problem);
    }
    if (status == STATUS_OK) {
        status = ceremony_transcript_write(command, &options, &output, &problem);
    }
    int code = finish(&output, options.json, status, &problem);
    json_decref(output.json);
    json_decref(output.transcript);
    buf_done(&output.text);
    return code;
}

/* How many words of argv name the command, or 0. */
static int match(const struct ceremony_command *command, int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], command->noun) != 0) {
        return 0;
    }
    if (command->verb[0] == '\0') {
        return 1;
    }
    return argc >= 3 && strcmp(argv[2], command->verb) == 0 ? 2 : 0;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        print_overview();
        return argc < 2 ? status_exit_code(STATUS_USAGE) : 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        int words = match(commands[i], argc, argv);
        if (words > 0) {
            return run(commands[i], argc - words, argv + words);
        }
    }
    (void)fprintf(stderr, "mintmark-hsm: no command '%s%s%s'; try mintmark-hsm --help\n", argv[1],
                  argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
    return status_exit_code(STATUS_USAGE);
}

int main(int argc, char **argv)
{
    bool locked = false;
    if (secret_process_init(&locked) != STATUS_OK) {
        (void)fprintf(stderr, "mintmark-hsm: cannot set up memory for secrets\n");
        return status_exit_code(STATUS_INTERNAL);
    }
    int code = dispatch(argc, argv);
    if (fflush(stdout) != 0) {
        code = status_exit_code(STATUS_IO);
    }
    /* modules are known to crash in exit handlers after C_Finalize */
    _exit(code);
}
