/* mintmark image verify */
#include "client/image_verify.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "client/command.h"
#include "client/json.h"

static const char command_name[] = "image verify";

static const char help_text[] =
    "Usage: mintmark image verify FOLDER [--paa FILE] [--cd-signer FILE]... [--json]\n"
    "Reads a unit's folder as `mintmark provision` or `image build` wrote it, and checks it as "
    "they\n"
    "did: manifest.json, flash_args and every image; the DAC, its key and its chain; the CD; the\n"
    "verifier, the codes and the serial number. The first file that is missing, damaged or of\n"
    "another unit is named.\n"
    "With a batch's folder (batch.json) every unit of it is checked so, and against batch.json; "
    "each\n"
    "that is not whole is named with its first fault, and the units are counted.\n"
    "\n"
    "  --paa FILE        the PAA this station trusts, PEM or DER; without it paa.der counts\n"
    "  --cd-signer FILE  certificate, PEM or DER, of a CD signer this station trusts beside the\n"
    "                    CSA; may be repeated\n"
    "  --json            one JSON object on standard output\n"
    "\n"
    "Exit codes: 0 whole, 1 refused by a check, 2 usage, 5 damaged.\n"
    "\n"
    "Examples:\n"
    "  mintmark image verify unit\n"
    "  mintmark image verify unit --paa paa.pem --cd-signer cd-signer.pem && cd unit &&\n"
    "      esptool --chip esp32c6 write-flash @flash_args\n"
    "  mintmark image verify prototypes\n";

enum { CODE_PAA = 1000, CODE_CD_SIGNER, CODE_JSON, CODE_HELP };
enum { OUTPUT_MAX = 16 * 1024 };

static const struct option long_options[] = {
    {"paa", required_argument, NULL, CODE_PAA},
    {"cd-signer", required_argument, NULL, CODE_CD_SIGNER},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

struct arguments {
    const char *folder;
    struct trust_options trust;
    bool json;
};

/* Exit code of wrong usage, or 0. */
static int take_option(int code, char **argv, struct arguments *arguments)
{
    switch (code) {
    case CODE_PAA:
        arguments->trust.paa = optarg;
        return 0;
    case CODE_CD_SIGNER:
        return trust_options_add_cd_signer(&arguments->trust, optarg)
                   ? 0
                   : command_usage(command_name, "more than %d CD signers", TRUST_CD_SIGNERS_MAX);
    case CODE_JSON:
        arguments->json = true;
        return 0;
    default:
        return command_usage(command_name,
                             code == ':' ? "option '%s' needs a value" : "there is no option '%s'",
                             argv[optind - 1]);
    }
}

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_options(int argc, char **argv, struct arguments *arguments)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(help_text, stdout);
            return -1;
        }
        int exit_code = take_option(code, argv, arguments);
        if (exit_code != 0) {
            return exit_code;
        }
    }
    if (argc - optind != 1) {
        return command_usage(command_name, "one FOLDER is needed");
    }
    arguments->folder = argv[optind];
    return 0;
}

static void tell(const struct arguments *arguments, const struct image_verify_verdict *verdict)
{
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    if (arguments->json) {
        buf_append_text(&output, "{\"verdict\": \"whole\", \"findings\": [");
    }
    for (size_t i = 0; i < verdict->count; i++) {
        const struct image_finding *finding = &verdict->findings[i];
        if (arguments->json) {
            buf_append_text(&output, i == 0 ? "{\"what\": " : ", {\"what\": ");
            json_append_text(&output, span_text(finding->what));
            json_append_name(&output, "text", false);
            json_append_text(&output, span_text(finding->text));
            buf_append_text(&output, "}");
        } else {
            buf_print(&output, "  %-12s %s\n", finding->what, finding->text);
        }
    }
    buf_append_text(&output, arguments->json ? "]}\n" : "The folder is whole.\n");
    (void)fwrite(output.data, 1, output.size, stdout);
}

static status_t verify_unit(const struct arguments *arguments, const struct trust *trust,
                            struct problem *problem)
{
    AUTO(image_verify_unit_done) struct image_verify_unit unit;
    struct image_verify_verdict verdict;
    image_verify_unit_init(&unit);
    TRY(image_verify_unit_read(arguments->folder, &unit, problem));
    TRY(image_verify_unit_check(&unit, trust, &verdict, problem));
    tell(arguments, &verdict);
    return STATUS_OK;
}

/* *ret_exit_code: 0, or that of the first unit of a batch that is not whole, which is told. */
static status_t run(const struct arguments *arguments, int *ret_exit_code, struct problem *problem)
{
    AUTO(trust_done) struct trust trust;
    struct stat info;
    trust_init(&trust);
    if (stat(arguments->folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return problem_say(problem, STATUS_NOT_FOUND, "FOLDER", arguments->folder,
                           "there is no such folder: name one that mintmark provision wrote");
    }
    TRY(trust_load(&arguments->trust, &trust, problem));
    *ret_exit_code = 0;
    return image_verify_is_batch(arguments->folder)
               ? image_verify_batch(arguments->folder, &trust, arguments->json, ret_exit_code,
                                    problem)
               : verify_unit(arguments, &trust, problem);
}

int image_verify_command(int argc, char **argv)
{
    struct arguments arguments = {0};
    int code = read_options(argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    struct problem problem = {0};
    status_t status = run(&arguments, &code, &problem);
    return status == STATUS_OK ? code : command_fail(&problem, status, arguments.json);
}
