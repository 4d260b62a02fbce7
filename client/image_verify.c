/* mintmark image verify */
#include "client/image_verify.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "client/command.h"
#include "client/json.h"
#include "client/trust.h"
#include "lib/image/manifest.h"

static const char command_name[] = "image verify";

static const char help_text[] =
    "Usage: mintmark image verify FOLDER [--paa FILE] [--cd-signer FILE]... [--json]\n"
    "Reads a unit's folder as `mintmark provision` or `image build` wrote it, and checks it as "
    "they\n"
    "did: manifest.json, flash_args and every image; the DAC, its key and its chain; the CD; the\n"
    "verifier, the codes and the serial number. The first file that is missing, damaged or of\n"
    "another unit is named.\n"
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
    "      esptool --chip esp32c6 write-flash @flash_args\n";

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

/* ---- the check ---- */

/* The set's check speaks of an answer; here each part of it is a file. */
static void name_file(struct problem *problem)
{
    static const struct {
        const char *reason; /* NULL: any */
        const char *field;  /* NULL: any */
        const char *file;
    } files[] = {
        {"IMAGE_CERTIFICATE", "dac-cert", "dac.der"},
        {"IMAGE_CERTIFICATE", "pai-cert", "pai.der"},
        {"CODE_MISMATCH", NULL, "onboarding.json"},
        {"IMAGE_VERIFIER", "verifier", "onboarding.json"},
        {"SERIAL_NUMBER_MISMATCH", NULL, "onboarding.json"},
        {"PAI_SIGNATURE", NULL, "paa.der"}, /* the PAI is the image's */
        {NULL, "dac", "dac.der"},
        {NULL, "pai", "pai.der"},
        {NULL, "paa", "paa.der"},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        if ((files[i].reason == NULL || strcmp(problem->reason, files[i].reason) == 0) &&
            (files[i].field == NULL || strcmp(problem->field, files[i].field) == 0)) {
            (void)snprintf(problem->field, sizeof(problem->field), "%s", files[i].file);
            return;
        }
    }
}

/* lib/image/SPEC.md §4: the manifest's bytes follow from the files and the chip, so a change of
 * anything in it shows, also of what no check reads. */
static status_t check_manifest_bytes(const struct image_verify_unit *unit, struct problem *problem)
{
    AUTO(buf_done) struct buf wanted;
    buf_init(&wanted, IMAGE_MANIFEST_MAX);
    if (unit->revision != IMAGE_REVISION) {
        return problem_say(problem, STATUS_REFUSED, "IMAGE_REVISION", "manifest.json",
                           "image_revision is %d, this program knows %d: use the mintmark that "
                           "provisioned the unit",
                           unit->revision, IMAGE_REVISION);
    }
    TRY(image_manifest_write(unit->chip, &unit->set, &wanted));
    return span_equal(buf_span(&wanted), buf_span(&unit->set.manifest))
               ? STATUS_OK
               : image_verify_unit_damaged("MANIFEST", "manifest.json",
                                           "is not what was written for these files", problem);
}

struct verdict {
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count;
};

static status_t check_unit(const struct image_verify_unit *unit, const struct trust *trust,
                           struct verdict *ret_verdict, struct problem *problem)
{
    const struct label_unit *codes = label_units_at(&unit->codes, 0);
    const struct image_check check = {
        .files = unit->set.files,
        .file_count = unit->set.file_count,
        .efuse_keys = unit->set.efuse_keys,
        .efuse_key_count = unit->set.efuse_key_count,
        .manifest = buf_span(&unit->set.manifest),
        .flash_args = buf_span(&unit->set.flash_args),
        .dac = buf_span(&unit->dac),
        .pai = buf_span(&unit->pai),
        .paa = buf_span(&unit->paa),
        .qr_code = codes->qr_code,
        .manual_code = codes->manual_code,
        .serial_number = codes->serial_number,
        .cd_signers = trust->cd_signers,
        .cd_signer_count = trust->cd_signer_count,
        .now = time(NULL),
    };
    if (trust->paa.size > 0 && !span_equal(buf_span(&trust->paa), check.paa)) {
        return problem_say(problem, STATUS_REFUSED, "PAA_OTHER", "paa.der",
                           "paa.der is not the PAA given with --paa: do not flash this unit");
    }
    status_t status = image_set_check(&check, ret_verdict->findings, &ret_verdict->count, problem);
    if (status != STATUS_OK) {
        name_file(problem);
        return status;
    }
    return check_manifest_bytes(unit, problem);
}

static void tell(const struct arguments *arguments, const struct verdict *verdict)
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

static status_t run(const struct arguments *arguments, struct problem *problem)
{
    AUTO(image_verify_unit_done) struct image_verify_unit unit;
    AUTO(trust_done) struct trust trust;
    struct verdict verdict;
    struct stat info;
    image_verify_unit_init(&unit);
    trust_init(&trust);
    if (stat(arguments->folder, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return problem_say(problem, STATUS_NOT_FOUND, "FOLDER", arguments->folder,
                           "there is no such folder: name one that mintmark provision wrote");
    }
    TRY(trust_load(&arguments->trust, &trust, problem));
    TRY(image_verify_unit_read(arguments->folder, &unit, problem));
    TRY(check_unit(&unit, &trust, &verdict, problem));
    tell(arguments, &verdict);
    return STATUS_OK;
}

int image_verify_command(int argc, char **argv)
{
    struct arguments arguments = {0};
    int code = read_options(argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    struct problem problem = {0};
    status_t status = run(&arguments, &problem);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, arguments.json);
}
