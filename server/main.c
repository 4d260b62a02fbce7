#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/privileges.h"
#include "server/config.h"
#include "server/load.h"
#include "server/process.h"
#include "server/supervisor/commands.h"
#include "server/supervisor/log.h"
#include "server/supervisor/supervisor.h"

enum command { COMMAND_SERVE, COMMAND_CHECK, COMMAND_POLICY, COMMAND_LOAD, COMMAND_DONE };

struct options {
    const char *config;
    enum command command;
    int code; /* for COMMAND_DONE */
};

static int print_help(void)
{
    (void)printf(
        "usage: mintmarkd [--config FILE] [--foreground]\n"
        "       mintmarkd [--config FILE] --load FILE...\n"
        "       mintmarkd --check-config [FILE]\n"
        "       mintmarkd --print-policy | --version | --help\n"
        "\n"
        "Issues device attestation certificates and factory images to flashing stations.\n"
        "\n"
        "  --config FILE          configuration (default " CONFIG_DEFAULT_PATH ")\n"
        "  --foreground           stay in the foreground: mintmarkd always does\n"
        "  --check-config [FILE]  print everything that is wrong with the configuration, or ok\n"
        "  --load FILE...         store products and orders from YAML files (class test only)\n"
        "  --print-policy         print every method with its role, listener and limits\n"
        "  --version              print the version\n"
        "\n"
        "SIGTERM or SIGINT ends it in order: calls under way are finished first.\n"
        "\n"
        "examples:\n"
        "  mintmarkd --check-config ./mintmarkd.yaml\n"
        "  mintmarkd --config ./mintmarkd.yaml --load product.yaml order.yaml\n"
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
        (void)fprintf(stderr, "mintmarkd: one of --check-config, --load, --print-policy\n");
        finish(options, wrong_usage());
    }
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
    case 'l':
        choose(options, COMMAND_LOAD);
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

/* Files are taken by --load, one by --check-config. */
static void read_files(struct options *options, int argc, char **argv)
{
    int files = argc - optind;
    if (options->command == COMMAND_CHECK && files == 1 && options->config == NULL) {
        options->config = argv[optind];
    } else if (options->command == COMMAND_LOAD && files == 0) {
        (void)fprintf(stderr, "mintmarkd: --load needs files\n");
        finish(options, wrong_usage());
    } else if (files > 0 && options->command != COMMAND_LOAD && options->command != COMMAND_DONE) {
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
        {"config", required_argument, NULL, 'c'}, {"foreground", no_argument, NULL, 'f'},
        {"check-config", no_argument, NULL, 'k'}, {"load", no_argument, NULL, 'l'},
        {"print-policy", no_argument, NULL, 'p'}, {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    struct options options = {NULL, COMMAND_SERVE, 0};
    for (int option; options.command != COMMAND_DONE &&
                     (option = getopt_long(argc, argv, "", KNOWN, NULL)) != -1;) {
        read_option(&options, option);
    }
    read_files(&options, argc, argv);
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

static int with_config(const struct options *options, int argc, char **argv)
{
    int code = 0;
    Mintmark__V1__Config *config = commands_load_config(options->config, &code);
    if (config == NULL) {
        return code;
    }
    code = options->command == COMMAND_LOAD ? load_main(config, argc - optind, argv + optind)
                                            : serve(config);
    mintmark__v1__config__free_unpacked(config, NULL);
    return code;
}

/* `mintmarkd --child KIND`: only the supervisor says this, with the descriptors in place. */
static int run_child(const char *kind)
{
    static const struct {
        const char *kind;
        int (*main)(void);
    } CHILDREN[] = {{"front", front_main}, {"worker", worker_main}, {"signer", signer_main}};
    for (size_t i = 0; i < sizeof(CHILDREN) / sizeof(CHILDREN[0]); i++) {
        if (strcmp(CHILDREN[i].kind, kind) == 0) {
            if (privileges_drop() != STATUS_OK) {
                (void)fprintf(stderr, "mintmarkd: cannot give up privileges\n");
                return status_exit_code(STATUS_INTERNAL);
            }
            return CHILDREN[i].main();
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
    if (argc == 3 && strcmp(argv[1], "--child") == 0) {
        return run_child(argv[2]);
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
    case COMMAND_LOAD:
    default:
        return with_config(&options, argc, argv);
    }
}
