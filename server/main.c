#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/privileges.h"
#include "server/check_store.h"
#include "server/config.h"
#include "server/init.h"
#include "server/process.h"
#include "server/recovery/backup.h"
#include "server/recovery/recover.h"
#include "server/supervisor/commands.h"
#include "server/supervisor/log.h"
#include "server/supervisor/supervisor.h"

enum command {
    COMMAND_SERVE,
    COMMAND_CHECK,
    COMMAND_CHECK_STORE,
    COMMAND_POLICY,
    COMMAND_INIT,
    COMMAND_BACKUP,
    COMMAND_RESTORE,
    COMMAND_RECOVER,
    COMMAND_DONE,
};

struct options {
    const char *config;
    enum command command;
    int code; /* for COMMAND_DONE */
    struct init_person people[INIT_PEOPLE_MAX];
    size_t people_count;
    const char *folder; /* of --backup and --restore */
    struct recover_options recover;
};

static int print_help(void)
{
    (void)printf(
        "usage: mintmarkd [--config FILE] [--foreground]\n"
        "       mintmarkd [--config FILE] --init --operator CERT --operator CERT --auditor CERT\n"
        "       mintmarkd [--config FILE] --check-store\n"
        "       mintmarkd [--config FILE] --backup DIR | --restore DIR [--json]\n"
        "       mintmarkd [--config FILE] --recover --plan FILE [--journal DIR]... "
        "[--statement FILE --statement FILE] [--json]\n"
        "       mintmarkd --check-config [FILE]\n"
        "       mintmarkd --print-policy | --version | --help\n"
        "\n"
        "Issues device attestation certificates and factory images to flashing stations.\n"
        "\n"
        "  --config FILE          configuration (default " CONFIG_DEFAULT_PATH ")\n"
        "  --foreground           stay in the foreground: mintmarkd always does\n"
        "  --check-config [FILE]  print everything that is wrong with the configuration, or ok\n"
        "  --init                 make the store, once, with the people who administer it:\n"
        "  --operator CERT        certificate of an operator (two at least), PEM or DER\n"
        "  --auditor CERT         certificate of an auditor (one at least)\n"
        "  --check-store          hold the whole store against its log and the last signed head, "
        "and\n"
        "                         print what is not as it says: for a server that stands still, "
        "or\n"
        "                         a copy of its state directory\n"
        "  --backup DIR           copy the store, while serving or not, into a new folder\n"
        "  --restore DIR          put a backup's store into a state directory that has none\n"
        "  --recover              let a restored store that is behind what was signed go on, as a\n"
        "                         new epoch of the log; two operators sign the plan of it first\n"
        "  --plan FILE            the plan: written when no statement is given, done with two\n"
        "  --statement FILE       what `mintmark recovery sign` made of it; two of them\n"
        "  --journal DIR          folders of units that stations still have, or one such folder:\n"
        "                         identities issued after the backup are entered again\n"
        "  --highwater FILE       the newest signed checkpoint there is, when the state "
        "directory's\n"
        "                         highwater is lost: a station's or an auditor's\n"
        "  --json                 what was done as one JSON object\n"
        "  --print-policy         print every method with its role, listener and limits\n"
        "  --version              print the version\n"
        "\n"
        "SIGTERM or SIGINT ends it in order: calls under way are finished first.\n"
        "\n"
        "examples:\n"
        "  mintmarkd --check-config ./mintmarkd.yaml\n"
        "  mintmarkd --config ./mintmarkd.yaml --init --operator op-1.pem --operator op-2.pem \\\n"
        "      --auditor aud-1.pem\n"
        "  mintmarkd --config ./mintmarkd.yaml\n"
        "  mintmarkd --config ./mintmarkd.yaml --backup /backup/2026-11-22\n"
        "  mintmarkd --config ./mintmarkd.yaml --recover --plan recovery.plan --journal line1\n"
        "  mintmarkd --config ./mintmarkd.yaml --recover --plan recovery.plan --journal line1 \\\n"
        "      --statement op-1.statement --statement op-2.statement\n");
    return 0;
}

static int wrong_usage(void)
{
    (void)fprintf(stderr, "mintmarkd: try --help\n");
    return status_exit_code(STATUS_USAGE);
}

static void finish(struct options *options, int code)
{
    options->command = COMMAND_DONE;
    options->code = code;
}

static void choose(struct options *options, enum command command)
{
    if (options->command == COMMAND_SERVE) {
        options->command = command;
    } else if (options->command != COMMAND_DONE) {
        (void)fprintf(stderr, "mintmarkd: one of --check-config, --check-store, --init, --backup, "
                              "--restore, --recover, --print-policy\n");
        finish(options, wrong_usage());
    }
}

static void add_person(struct options *options, Mintmark__V1__Role role)
{
    if (options->people_count == INIT_PEOPLE_MAX) {
        (void)fprintf(stderr, "mintmarkd: at most %d people; the rest is enrolled by them\n",
                      INIT_PEOPLE_MAX);
        finish(options, wrong_usage());
        return;
    }
    options->people[options->people_count++] = (struct init_person){optarg, role};
}

static void choose_folder(struct options *options, enum command command)
{
    choose(options, command);
    options->folder = optarg;
}

static void add_word(struct options *options, const char **words, size_t most, size_t *count)
{
    if (*count == most) {
        (void)fprintf(stderr, "mintmarkd: too many of one option: %s\n", optarg);
        finish(options, wrong_usage());
        return;
    }
    words[(*count)++] = optarg;
}

/* What belongs to --recover, and --json. */
static void read_recover_option(struct options *options, int option)
{
    struct recover_options *recover = &options->recover;
    switch (option) {
    case 'P':
        recover->plan = optarg;
        break;
    case 'H':
        recover->highwater = optarg;
        break;
    case 'S':
        add_word(options, recover->statements, RECOVER_STATEMENTS, &recover->statement_count);
        break;
    case 'J':
        add_word(options, recover->journals, RECOVER_JOURNALS_MAX, &recover->journal_count);
        break;
    case 'j':
        recover->json = true;
        break;
    default:
        finish(options, wrong_usage());
        break;
    }
}

static void read_option(struct options *options, int option)
{
    switch (option) {
    case 'b':
        choose_folder(options, COMMAND_BACKUP);
        break;
    case 'r':
        choose_folder(options, COMMAND_RESTORE);
        break;
    case 'R':
        choose(options, COMMAND_RECOVER);
        break;
    case 'c':
        options->config = optarg;
        break;
    case 'f':
        break;
    case 'k':
        choose(options, COMMAND_CHECK);
        break;
    case 'i':
        choose(options, COMMAND_INIT);
        break;
    case 'o':
        add_person(options, MINTMARK__V1__ROLE__ROLE_OPERATOR);
        break;
    case 'a':
        add_person(options, MINTMARK__V1__ROLE__ROLE_AUDITOR);
        break;
    case 's':
        choose(options, COMMAND_CHECK_STORE);
        break;
    case 'p':
        choose(options, COMMAND_POLICY);
        break;
    case 'v':
        (void)printf("mintmarkd %s\n", MINTMARK_VERSION);
        finish(options, 0);
        break;
    case 'h':
        finish(options, print_help());
        break;
    default:
        read_recover_option(options, option);
        break;
    }
}

static void refuse(struct options *options, const char *why)
{
    (void)fprintf(stderr, "mintmarkd: %s\n", why);
    finish(options, wrong_usage());
}

/* Options that another command does not know are a mistake, not noise. */
static void check_others(struct options *options)
{
    const struct recover_options *recover = &options->recover;
    bool given = recover->plan != NULL || recover->highwater != NULL ||
                 recover->statement_count > 0 || recover->journal_count > 0;
    bool copies = options->command == COMMAND_BACKUP || options->command == COMMAND_RESTORE;
    if (given || (recover->json && !copies)) {
        refuse(options, "--plan, --statement, --journal and --highwater go with --recover; --json "
                        "also with --backup and --restore");
    }
}

static void check_recover(struct options *options)
{
    const struct recover_options *recover = &options->recover;
    if (options->command == COMMAND_RECOVER) {
        if (recover->plan == NULL || recover->statement_count == 1) {
            refuse(options, "--recover needs --plan FILE, and no --statement (to write the plan) "
                            "or two (to do it)");
        }
    } else if (options->command != COMMAND_DONE) {
        check_others(options);
    }
}

static void check_people(struct options *options)
{
    if (options->people_count > 0 && options->command != COMMAND_INIT &&
        options->command != COMMAND_DONE) {
        (void)fprintf(stderr, "mintmarkd: --operator and --auditor go with --init\n");
        finish(options, wrong_usage());
    }
}

/* Only --check-config takes one. */
static void read_files(struct options *options, int argc, char **argv)
{
    int files = argc - optind;
    if (options->command == COMMAND_CHECK && files == 1 && options->config == NULL) {
        options->config = argv[optind];
    } else if (files > 0 && options->command != COMMAND_DONE) {
        (void)fprintf(stderr, "mintmarkd: unexpected argument %s\n", argv[optind]);
        finish(options, wrong_usage());
    }
    if (options->config == NULL) {
        options->config = CONFIG_DEFAULT_PATH;
    }
}

static struct options read_options(int argc, char **argv)
{
    static const struct option KNOWN[] = {
        {"config", required_argument, NULL, 'c'},
        {"foreground", no_argument, NULL, 'f'},
        {"check-config", no_argument, NULL, 'k'},
        {"check-store", no_argument, NULL, 's'},
        {"init", no_argument, NULL, 'i'},
        {"operator", required_argument, NULL, 'o'},
        {"auditor", required_argument, NULL, 'a'},
        {"print-policy", no_argument, NULL, 'p'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"backup", required_argument, NULL, 'b'},
        {"restore", required_argument, NULL, 'r'},
        {"recover", no_argument, NULL, 'R'},
        {"plan", required_argument, NULL, 'P'},
        {"highwater", required_argument, NULL, 'H'},
        {"statement", required_argument, NULL, 'S'},
        {"journal", required_argument, NULL, 'J'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.command = COMMAND_SERVE};
    for (int option; options.command != COMMAND_DONE &&
                     (option = getopt_long(argc, argv, "", KNOWN, NULL)) != -1;) {
        read_option(&options, option);
    }
    read_files(&options, argc, argv);
    check_people(&options);
    check_recover(&options);
    return options;
}

static int serve(const Mintmark__V1__Config *config)
{
    struct problem problem = {0};
    status_t status = supervisor_run(config, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        supervisor_log_problem("start", &problem);
    }
    return status_exit_code(status);
}

static int run_command(const struct options *options, const Mintmark__V1__Config *config)
{
    switch (options->command) {
    case COMMAND_INIT:
        return init_main(config, options->people, options->people_count);
    case COMMAND_BACKUP:
        return backup_main(config, options->folder, options->recover.json);
    case COMMAND_RESTORE:
        return restore_main(config, options->folder, options->recover.json);
    case COMMAND_RECOVER:
        return recover_main(config, &options->recover);
    case COMMAND_CHECK_STORE:
        return check_store_main(config);
    case COMMAND_SERVE:
    case COMMAND_CHECK:
    case COMMAND_POLICY:
    case COMMAND_DONE:
    default:
        return serve(config);
    }
}

static int with_config(const struct options *options)
{
    int code = 0;
    Mintmark__V1__Config *config = commands_load_config(options->config, &code);
    if (config == NULL) {
        return code;
    }
    code = run_command(options, config);
    mintmark__v1__config__free_unpacked(config, NULL);
    return code;
}

/* `mintmarkd --child KIND LISTENER`: only the supervisor says this, with the descriptors in place.
 */
static int run_child(const char *kind, const char *name)
{
    enum listener listener = LISTENER_STATIONS;
    while (listener < LISTENER_COUNT && strcmp(LISTENER_NAMES[listener], name) != 0) {
        listener++;
    }
    static const struct {
        const char *kind;
        int (*main)(enum listener listener);
    } CHILDREN[] = {{"front", front_main}, {"worker", worker_main}, {"signer", signer_main}};
    for (size_t i = 0; i < sizeof(CHILDREN) / sizeof(CHILDREN[0]); i++) {
        if (strcmp(CHILDREN[i].kind, kind) == 0 && listener < LISTENER_COUNT) {
            if (privileges_drop() != STATUS_OK) {
                (void)fprintf(stderr, "mintmarkd: cannot give up privileges\n");
                return status_exit_code(STATUS_INTERNAL);
            }
            return CHILDREN[i].main(listener);
        }
    }
    return wrong_usage();
}

/* Descriptors 0 to 2 are open whoever started us, so that no socket gets their numbers; standard
 * input is not ours. */
static bool secure_standard_descriptors(void)
{
    int null = open("/dev/null", O_RDWR);
    while (null >= 0 && null <= STDERR_FILENO) {
        null = dup(null);
    }
    return null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO && close(null) == 0;
}

int main(int argc, char **argv)
{
    if (!secure_standard_descriptors()) {
        return status_exit_code(STATUS_INTERNAL);
    }
    if (argc == 4 && strcmp(argv[1], "--child") == 0) {
        return run_child(argv[2], argv[3]);
    }
    struct options options = read_options(argc, argv);
    switch (options.command) {
    case COMMAND_DONE:
        return options.code;
    case COMMAND_CHECK:
        return commands_check_config(options.config);
    case COMMAND_POLICY:
        return commands_print_policy();
    case COMMAND_SERVE:
    case COMMAND_INIT:
    case COMMAND_CHECK_STORE:
    case COMMAND_BACKUP:
    case COMMAND_RESTORE:
    case COMMAND_RECOVER:
    default:
        return with_config(&options);
    }
}
