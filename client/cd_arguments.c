#include "client/cd_arguments.h"

#include <getopt.h>
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"

enum { FILE_MAX = 64 * 1024 };
enum { CODE_VENDOR = 1000, CODE_PRODUCT, CODE_PAA, CODE_CD_SIGNER, CODE_JSON, CODE_HELP };

static const struct option long_options[] = {
    {"vendor-id", required_argument, NULL, CODE_VENDOR},
    {"product-id", required_argument, NULL, CODE_PRODUCT},
    {"paa", required_argument, NULL, CODE_PAA},
    {"cd-signer", required_argument, NULL, CODE_CD_SIGNER},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

static int add_signer(const struct cd_command *command, struct cd_arguments *arguments)
{
    if (arguments->cd_signer_count == CD_SIGNERS_MAX) {
        return command_usage(command->name, "more than %d CD signers", CD_SIGNERS_MAX);
    }
    arguments->cd_signers[arguments->cd_signer_count++] = optarg;
    return 0;
}

/* Exit code of wrong usage, or 0. */
static int take_option(const struct cd_command *command, struct cd_arguments *arguments, int code,
                       char **argv)
{
    if (code == ':') {
        return command_usage(command->name, "option '%s' needs a value", argv[optind - 1]);
    }
    if (code == '?' || (!command->checks && code < CODE_CD_SIGNER)) {
        return command_usage(command->name, "there is no option '%s'",
                             argv[optind - (code == '?' || optarg != argv[optind - 1] ? 1 : 2)]);
    }
    switch (code) {
    case CODE_VENDOR:
        arguments->vendor_id = optarg;
        return 0;
    case CODE_PRODUCT:
        arguments->product_id = optarg;
        return 0;
    case CODE_PAA:
        arguments->paa = optarg;
        return 0;
    case CODE_CD_SIGNER:
        return add_signer(command, arguments);
    default:
        arguments->json = true;
        return 0;
    }
}

int cd_arguments_read(const struct cd_command *command, int argc, char **argv,
                      struct cd_arguments *ret_arguments)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(command->help, stdout);
            return -1;
        }
        int exit_code = take_option(command, ret_arguments, code, argv);
        if (exit_code != 0) {
            return exit_code;
        }
    }
    if (argc - optind != 1) {
        return command_usage(command->name, "one FILE is needed");
    }
    if (command->checks &&
        (ret_arguments->vendor_id == NULL || ret_arguments->product_id == NULL)) {
        return command_usage(command->name, "--vendor-id and --product-id are required");
    }
    ret_arguments->file = argv[optind];
    return 0;
}

/* ---- files ---- */

void cd_files_init(struct cd_files *files)
{
    *files = (struct cd_files){0};
    buf_init(&files->cd, FILE_MAX);
    buf_init(&files->paa, FILE_MAX);
    for (size_t i = 0; i < CD_SIGNERS_MAX; i++) {
        buf_init(&files->signer_bytes[i], FILE_MAX);
    }
}

void cd_files_done(struct cd_files *files)
{
    buf_done(&files->cd);
    buf_done(&files->paa);
    for (size_t i = 0; i < CD_SIGNERS_MAX; i++) {
        buf_done(&files->signer_bytes[i]);
    }
}

status_t cd_files_load(const struct cd_arguments *arguments, struct cd_files *files,
                       struct problem *problem)
{
    TRY(files_read(arguments->file, &files->cd, problem));
    if (arguments->paa != NULL) {
        TRY(files_read_certificate(arguments->paa, &files->paa, problem));
    }
    for (size_t i = 0; i < arguments->cd_signer_count; i++) {
        TRY(files_read_certificate(arguments->cd_signers[i], &files->signer_bytes[i], problem));
        files->signers[i] = buf_span(&files->signer_bytes[i]);
    }
    return STATUS_OK;
}
