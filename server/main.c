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
#include "server/supervisor/commands.h"
#include "server/supervisor/log.h"
#include "server/supervisor/supervisor.h"

enum command {
    COMMAND_SERVE,
    COMMAND_CHECK,
    COMMAND_CHECK_STORE,
    COMMAND_POLICY,
    COMMAND_INIT,
    COMMAND_DONE
};

struct options {
    const char *config;
    enum command command;
    int code; /* for COMMAND_DONE */
    struct init_person people[INIT_PEOPLE_MAX];
    size_t people_count;
};

static int print_help(void)
{
    (void)printf(
        "usage: mintmarkd [--config FILE] [--foreground]\n"
        "       mintmarkd [--config FILE] --init --operator CERT --operator CERT --auditor CERT\n"
        "       mintmarkd [--config FILE] --check-store\n"
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
        "  --print-policy         print every method with its role, listener and limits\n"
        "  --version              print the version\n"
        "\n"
        "SIGTERM or SIGINT ends it in order: calls under way are finished first.\n"
        "\n"
        "examples:\n"
        "  mintmarkd --check-config ./mintmarkd.yaml\n"
        "  mintmarkd --config ./mintmarkd.yaml --init --operator op-1.pem --operator op-2.pem \\\n"
        "      --auditor aud-1.pem\n"
        "  mintmarkd --config ./mintmarkd.yaml\n");
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
        (void)fprintf(stderr,
                      "mintmarkd: one of --check-config, --check-store, --init, --print-policy\n");
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

static void read_option(struct options *options, int option)
{
    switch (option) {
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
        finish(options, wrong_usage());
        break;
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
        {NULL, 0, NULL, 0},
    };
    struct options options = {.command = COMMAND_SERVE};
    for (int option; options.command != COMMAND_DONE &&
                     (option = getopt_long(argc, argv, "", KNOWN, NULL)) != -1;) {
        read_option(&options, option);
    }
    read_files(&options, argc, argv);
    check_people(&options);
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

static int with_config(const struct options *options)
{
    int code = 0;
    Mintmark__V1__Config *config = commands_load_config(options->config, &code);
    if (config == NULL) {
        return code;
    }
    if (options->command == COMMAND_INIT) {
        code = init_main(config, options->people, options->people_count);
    } else if (options->command == COMMAND_CHECK_STORE) {
        code = check_store_main(config);
    } else {
        code = serve(config);
    }
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
    default:
        return with_config(&options);
    }
}
