/* `mintmark`: finds the row of commands.def that the words name, and runs it. */
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client/command.h"
#include "lib/base/secret.h"

struct command {
    const char *noun; /* "" for station verbs */
    const char *verb;
    command_run_t *run;
    const char *summary;
};

static const struct command COMMANDS[] = {
#define COMMAND(noun, verb, function, summary) {noun, verb, function, summary},
#include "client/commands.def"
#undef COMMAND
};
enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(*COMMANDS) };

static bool is_noun(const char *word)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (word[0] != '\0' && strcmp(COMMANDS[i].noun, word) == 0) {
            return true;
        }
    }
    return false;
}

static const struct command *find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMANDS[i].noun, noun) == 0 && strcmp(COMMANDS[i].verb, verb) == 0) {
            return &COMMANDS[i];
        }
    }
    return NULL;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The commands of one noun, or all of them for NULL. */
static void print_commands(FILE *out, const char *noun)
{
    const char *last = NULL;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &COMMANDS[i];
        if (noun != NULL && strcmp(command->noun, noun) != 0) {
            continue;
        }
        if (last != NULL && strcmp(last, command->noun) != 0) {
            (void)fputc('\n', out);
        }
        last = command->noun;
        char name[32];
        (void)snprintf(name, sizeof(name), "%s%s%s", command->noun,
                       command->noun[0] == '\0' ? "" : " ", command->verb);
        (void)fprintf(out, "  mintmark %-20s %s\n", name, command->summary);
    }
}

static void print_help(FILE *out)
{
    (void)fprintf(out, "Usage: mintmark NOUN VERB [ARGUMENTS]\n"
                       "Gives Matter devices their identity: station commands and offline tools.\n"
                       "\nCommands:\n");
    print_commands(out, NULL);
    (void)fprintf(out, "\n  mintmark NOUN --help           the commands of one noun\n"
                       "  mintmark NOUN VERB --help      a command's arguments, with examples\n"
                       "  mintmark --version\n"
                       "\nExit codes: 0 ok, 1 refused by a check, 2 wrong usage, 3 unavailable "
                       "(retry),\n4 not permitted, 5 corrupted or rewritten.\n");
}

/* OpenSSL does not have to take down its tables one by one: the process ends. The sanitizer's leak
 * checker wants to see it done. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define LEAK_CHECKED
#endif
#endif
#ifdef LEAK_CHECKED
#define NO_TEARDOWN 0
#else
#define NO_TEARDOWN OPENSSL_INIT_NO_ATEXIT
#endif

/* Nouns that never need the network depend on nothing in openssl.cnf, and ask for no algorithm by
 * the names of OpenSSL 1, as TLS does: making ready for both takes a fifth of the time of a short
 * command. */
static void start_quickly(const char *noun)
{
    static const char *const NOUNS[] = {"image", "nvs", "secure-cert", "payload", "cd", "cert"};
    bool quick = false;
    for (size_t i = 0; i < sizeof(NOUNS) / sizeof(NOUNS[0]); i++) {
        quick = quick || strcmp(noun, NOUNS[i]) == 0;
    }
    if (!quick) {
        return;
    }
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                                  OPENSSL_INIT_NO_ADD_ALL_DIGESTS | NO_TEARDOWN,
                              NULL);
}

static int run_noun(int argc, char **argv)
{
    const char *noun = argv[1];
    if (argc >= 3 && is_help(argv[2])) {
        (void)printf("Commands of `mintmark %s`:\n", noun);
        print_commands(stdout, noun);
        return 0;
    }
    const struct command *command = argc < 3 ? NULL : find(noun, argv[2]);
    if (command == NULL) {
        return argc < 3 ? command_usage(noun, "a verb is missing")
                        : command_usage(noun, "there is no verb '%s'", argv[2]);
    }
    start_quickly(noun);
    return command->run(argc - 2, argv + 2);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return status_exit_code(STATUS_USAGE);
    }
    const struct command *station_verb = find("", argv[1]);
    if (is_help(argv[1])) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("mintmark %s\n", MINTMARK_VERSION);
        return 0;
    }
    if (is_noun(argv[1])) {
        return run_noun(argc, argv);
    }
    return station_verb != NULL ? station_verb->run(argc - 1, argv + 1)
                                : command_usage("", "there is no command '%s'", argv[1]);
}

int main(int argc, char **argv)
{
    bool locked = false; /* a tool works without locked memory: secrets live for one command */
    (void)signal(SIGPIPE, SIG_IGN); /* a server that died is a status, not our death */
    status_t status = secret_process_init(&locked);
    if (status != STATUS_OK) {
        return command_fail(&(struct problem){0}, status, false);
    }
    int code = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        struct problem problem = {0};
        (void)problem_say(&problem, STATUS_IO, "OUTPUT", "", "cannot write to standard output");
        return code == 0 ? command_fail(&problem, STATUS_IO, false) : code;
    }
    return code;
}
