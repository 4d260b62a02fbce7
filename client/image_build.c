/* mintmark image build */
#include "client/image_build.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "client/command.h"
#include "client/json.h"
#include "client/payload.h"
#include "client/unit_folder.h"

static const char command_name[] = "image build";

static const char help_text[] =
    "Usage: mintmark image build --product FILE --paa FILE --pai-certificate FILE DAC -o DIR\n"
    "           [options]\n"
    "Makes what `mintmark provision` fetches, without a server: a unit's images, certificates and\n"
    "onboarding codes, by the same code and with the same checks. `mintmark image verify` reads "
    "it\n"
    "again. The server has what this command cannot have: keys in a token, values that no other\n"
    "unit ever had, and a log.\n"
    "\n"
    "  --product FILE          product.yaml; the CD that it names lies beside it\n"
    "  --variant NAME          of a product that has variants\n"
    "  --cd FILE               this CD instead\n"
    "  --cd-signer FILE        certificate of a CD signer beside the CSA; may be repeated\n"
    "  --paa FILE, --pai-certificate FILE\n"
    "                          certificates, PEM or DER\n"
    "DAC, one of:\n"
    "  --dac-certificate FILE --dac-key FILE\n"
    "                          an existing one: for one unit; the key PEM or DER, mode 0600\n"
    "  --pai-key FILE          sign new ones with the PAI's key; class test only\n"
    "  columns dac-cert (DER) and dac-key (32 bytes, PEM or DER) of --master-csv, with\n"
    "                          dac: {key: supplied} in the product; every row is checked first\n"
    "Values (default: as the product says, random where it says so):\n"
    "  --passcode N            1 to 99999998; '-' reads standard input. For several units class\n"
    "                          test only\n"
    "  --discriminator N       0 to 4095; the same\n"
    "  --serial-number TEXT    at most 32 characters; {random:N} is N random ones;\n"
    "                          also {mac}, {yyyy}, {yy}, {ww}, {mm}, {dd}\n"
    "  --salt BASE64           of one unit's verifier, 16 to 32 bytes\n"
    "  --verifier BASE64       with --salt and --passcode: refused unless it is theirs\n"
    "  --rotating-id HEX       one unit's, 16 bytes\n"
    "\n"
    "  --vendor-csv FILE --master-csv FILE\n"
    "                          a table of units, a folder for each: the config and master CSV of\n"
    "                          esp-matter-mfg-tool (--csv, --mcsv) or mfg_gen, for what the "
    "product\n"
    "                          wants supplied; further columns: passcode, mac\n"
    "  -n, --count N           N units, each in DIR/unit-NNNNNN, and beside them batch.json and\n"
    "                          batch.csv (no secrets), dacs.csv (for a cloud's registration) and\n"
    "                          secrets.csv (passcodes and codes; keep it apart). Without it DIR "
    "is\n"
    "                          one unit's folder\n"
    "  --hardware-ids FILE     a unit for each MAC address of the file, one a line; instead of -n\n"
    "  -o, --output DIR        new or empty; everything in it is mode 0600\n"
    "  --dry-run               make and check one unit, write nothing\n"
    "  --json                  one JSON object on standard output\n"
    "\n"
    "Exit codes: 0 made, 1 refused by a check, 2 usage, 3 a file cannot be read or written.\n"
    "\n"
    "Examples:\n"
    "  mintmark image build --product lamp.yaml --paa paa.pem --pai-certificate pai.pem \\\n"
    "      --dac-certificate dac.pem --dac-key dac.key -o unit\n"
    "  mintmark image build --product lamp.yaml --paa paa.pem --pai-certificate pai.pem \\\n"
    "      --pai-key pai.key --cd-signer cd-signer.pem -n 20 -o prototypes\n"
    "  mintmark image verify prototypes/unit-000001\n";

enum { CODE_TEXT = 1000, CODE_CD_SIGNER = 2000, CODE_DRY_RUN, CODE_JSON, CODE_HELP };
enum { OUTPUT_MAX = 16 * 1024 };

static const struct option long_options[] = {
    {"product", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_PRODUCT},
    {"variant", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_VARIANT},
    {"cd", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_CD},
    {"paa", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_PAA},
    {"pai-certificate", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_PAI},
    {"pai-key", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_PAI_KEY},
    {"dac-certificate", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_DAC},
    {"dac-key", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_DAC_KEY},
    {"passcode", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_PASSCODE},
    {"discriminator", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_DISCRIMINATOR},
    {"serial-number", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_SERIAL_NUMBER},
    {"salt", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_SALT},
    {"verifier", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_VERIFIER},
    {"rotating-id", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_ROTATING_ID},
    {"count", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_COUNT},
    {"hardware-ids", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_HARDWARE_IDS},
    {"vendor-csv", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_VENDOR_CSV},
    {"master-csv", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_MASTER_CSV},
    {"output", required_argument, NULL, CODE_TEXT + IMAGE_BUILD_OUTPUT},
    {"cd-signer", required_argument, NULL, CODE_CD_SIGNER},
    {"dry-run", no_argument, NULL, CODE_DRY_RUN},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

/* ---- arguments ---- */

/* Exit code of wrong usage, or 0. */
static int take_option(int code, char **argv, struct image_build_options *options)
{
    switch (code) {
    case 'n':
        options->texts[IMAGE_BUILD_COUNT] = optarg;
        return 0;
    case 'o':
        options->texts[IMAGE_BUILD_OUTPUT] = optarg;
        return 0;
    case CODE_CD_SIGNER:
        return trust_options_add_cd_signer(&options->trust, optarg)
                   ? 0
                   : command_usage(command_name, "more than %d CD signers", TRUST_CD_SIGNERS_MAX);
    case CODE_DRY_RUN:
        options->dry_run = true;
        return 0;
    case CODE_JSON:
        options->json = true;
        return 0;
    case ':':
    case '?':
        return command_usage(command_name,
                             code == ':' ? "option '%s' needs a value" : "there is no option '%s'",
                             argv[optind - 1]);
    default:
        options->texts[code - CODE_TEXT] = optarg;
        return 0;
    }
}

/* Options that do not go together: their exit code, or 0. */
static int check_together(const char *const *texts)
{
    bool batch = texts[IMAGE_BUILD_COUNT] != NULL || texts[IMAGE_BUILD_HARDWARE_IDS] != NULL;
    if (batch && texts[IMAGE_BUILD_DAC] != NULL) {
        return command_usage(command_name, "a given DAC is one unit's: leave --count out");
    }
    if (batch && (texts[IMAGE_BUILD_SALT] != NULL || texts[IMAGE_BUILD_ROTATING_ID] != NULL)) {
        return command_usage(command_name, "--salt and --rotating-id are one unit's: leave --count "
                                           "out");
    }
    if (texts[IMAGE_BUILD_VERIFIER] != NULL &&
        (texts[IMAGE_BUILD_SALT] == NULL || texts[IMAGE_BUILD_PASSCODE] == NULL)) {
        return command_usage(command_name, "--verifier needs --salt and --passcode");
    }
    if (texts[IMAGE_BUILD_COUNT] != NULL && texts[IMAGE_BUILD_HARDWARE_IDS] != NULL) {
        return command_usage(command_name, "--hardware-ids says how many: leave --count out");
    }
    return 0;
}

/* A table has all values of its units, and says how many there are. */
static int check_sheet(const char *const *texts)
{
    static const enum image_build_text others[] = {
        IMAGE_BUILD_DAC,           IMAGE_BUILD_PASSCODE, IMAGE_BUILD_DISCRIMINATOR,
        IMAGE_BUILD_SERIAL_NUMBER, IMAGE_BUILD_SALT,     IMAGE_BUILD_VERIFIER,
        IMAGE_BUILD_ROTATING_ID,   IMAGE_BUILD_COUNT,    IMAGE_BUILD_HARDWARE_IDS};
    if ((texts[IMAGE_BUILD_VENDOR_CSV] != NULL) != (texts[IMAGE_BUILD_MASTER_CSV] != NULL)) {
        return command_usage(command_name, "--vendor-csv and --master-csv go together");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (texts[IMAGE_BUILD_MASTER_CSV] != NULL && texts[others[i]] != NULL) {
            return command_usage(command_name, "--master-csv has the values of its units: leave "
                                               "options for values, --count and a DAC out");
        }
    }
    return 0;
}

/* One source of DACs; none where the rows of a table can bring them. */
static bool check_dac(const char *const *texts)
{
    bool dac = texts[IMAGE_BUILD_DAC] != NULL;
    bool pai_key = texts[IMAGE_BUILD_PAI_KEY] != NULL;
    return dac == (texts[IMAGE_BUILD_DAC_KEY] != NULL) && !(dac && pai_key) &&
           (dac || pai_key || texts[IMAGE_BUILD_MASTER_CSV] != NULL);
}

static int check_usage(const struct image_build_options *options)
{
    static const struct {
        enum image_build_text text;
        const char *name;
    } required[] = {{IMAGE_BUILD_PRODUCT, "--product"},
                    {IMAGE_BUILD_PAA, "--paa"},
                    {IMAGE_BUILD_PAI, "--pai-certificate"}};
    const char *const *texts = options->texts;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (texts[required[i].text] == NULL) {
            return command_usage(command_name, "%s is missing", required[i].name);
        }
    }
    if (texts[IMAGE_BUILD_OUTPUT] == NULL && !options->dry_run) {
        return command_usage(command_name, "--output is missing");
    }
    if (!check_dac(texts)) {
        return command_usage(command_name,
                             "give --dac-certificate and --dac-key, or --pai-key instead");
    }
    int code = check_sheet(texts);
    return code != 0 ? code : check_together(texts);
}

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_options(int argc, char **argv, struct image_build_options *options)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":n:o:", long_options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(help_text, stdout);
            return -1;
        }
        int exit_code = take_option(code, argv, options);
        if (exit_code != 0) {
            return exit_code;
        }
    }
    if (optind < argc) {
        return command_usage(command_name, "argument '%s' is one too many", argv[optind]);
    }
    options->trust.paa = options->texts[IMAGE_BUILD_PAA];
    return check_usage(options);
}

/* ---- the output folder ---- */

/* A unit made once more has other keys and codes: what is there may be on a device already. */
static status_t refuse_used(const char *folder, struct problem *problem)
{
    DIR *listing = opendir(folder);
    if (listing == NULL) {
        return problem_say(problem, STATUS_IO, "OUTPUT", "--output", "cannot read %s: %s", folder,
                           strerror(errno));
    }
    bool used = false;
    for (const struct dirent *entry; !used && (entry = readdir(listing)) != NULL;) {
        used = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    (void)closedir(listing);
    return used ? problem_say(problem, STATUS_EXISTS, "OUTPUT_USED", "--output",
                              "%s is not empty: what was made there may be on a device; give a new "
                              "folder",
                              folder)
                : STATUS_OK;
}

static status_t prepare_folder(const char *folder, struct problem *problem)
{
    if (mkdir(folder, 0700) == 0) {
        return STATUS_OK;
    }
    return errno == EEXIST ? refuse_used(folder, problem)
                           : problem_say(problem, STATUS_IO, "OUTPUT", "--output",
                                         "cannot make %s: %s", folder, strerror(errno));
}

/* ---- result ---- */

static void tell_json(const struct image_build_options *options,
                      const struct image_build_inputs *inputs, struct buf *output)
{
    const struct unit_product *product = &inputs->product;
    buf_append_text(output, "{\"product\": ");
    json_append_text(output, span_text(product->name));
    json_append_name(output, "class", false);
    json_append_text(output, span_text(unit_product_class_name(product->product_class)));
    buf_print(output, ", \"units\": %u", inputs->count > 0 ? inputs->count : 1);
    if (!options->dry_run) {
        json_append_name(output, "output", false);
        json_append_text(output, span_text(options->texts[IMAGE_BUILD_OUTPUT]));
    }
    buf_append_text(output, "}\n");
}

static void tell_unit(const struct image_build_unit *unit, struct buf *output)
{
    for (size_t i = 0; i < unit->finding_count; i++) {
        buf_print(output, "  %-12s %s\n", unit->findings[i].what, unit->findings[i].text);
    }
    if (unit->qr_code[0] != '\0') {
        buf_print(output, "  QR code      %s\n  manual code  ", unit->qr_code);
        payload_print_manual(unit->manual_code, output);
        buf_append_byte(output, '\n');
    }
}

static void tell(const struct image_build_options *options, const struct image_build_inputs *inputs,
                 struct buf *output)
{
    const struct unit_product *product = &inputs->product;
    if (options->json) {
        tell_json(options, inputs, output);
        return;
    }
    if (product->product_class == UNIT_CLASS_TEST) {
        buf_append_text(output, "  class test: NOT FOR SALE\n");
    }
    if (options->dry_run) {
        buf_append_text(output, "  dry run: nothing was written\n");
    } else if (inputs->count > 0) {
        buf_print(output, "%u units of %s in %s; keep secrets.csv apart\n", inputs->count,
                  product->name, options->texts[IMAGE_BUILD_OUTPUT]);
    }
}

static void tell_next(const char *folder, const struct image_build_unit *unit, struct buf *output)
{
    buf_print(output, "  written to %s: cd there, then: ", folder);
    unit_folder_print_steps(&unit->check, output);
    buf_append_byte(output, '\n');
}

static status_t write_unit(const struct image_build_options *options,
                           const struct image_build_inputs *inputs,
                           const struct image_build_unit *unit, struct buf *output,
                           struct problem *problem)
{
    TRY(unit_folder_write(options->texts[IMAGE_BUILD_OUTPUT], &unit->check, "", problem));
    if (!options->json) {
        buf_print(output, "%s · %s · serial number %s\n", inputs->product.name,
                  unit_product_class_name(inputs->product.product_class), unit->serial_number);
        tell_unit(unit, output);
        tell_next(options->texts[IMAGE_BUILD_OUTPUT], unit, output);
    }
    return STATUS_OK;
}

/* A first unit is made before any folder: what is wrong with all would be wrong with it. */
static status_t run(const struct image_build_options *options, struct buf *output,
                    struct problem *problem)
{
    const char *folder = options->texts[IMAGE_BUILD_OUTPUT];
    AUTO(image_build_inputs_done) struct image_build_inputs inputs;
    AUTO(image_build_unit_done) struct image_build_unit unit = {0};
    AUTO(secret_wipe) struct secret supplied = {0};
    image_build_inputs_init(&inputs);
    TRY(secret_new(&supplied, sizeof(struct unit_supplied)));
    TRY(image_build_inputs_read(options, &inputs, problem));
    TRY(image_build_sheet_next(&inputs, unit_supplied_of(&supplied), problem));
    unit.hardware_id = image_build_mac(&inputs, 1);
    TRY(image_build_unit_draw(&inputs, unit_supplied_of(&supplied), &unit, problem));
    TRY(image_build_unit_make(&inputs, &unit, problem));
    TRY(image_build_sheet_rewind(options, &inputs, problem));
    if (!options->dry_run) {
        TRY(prepare_folder(folder, problem));
        TRY(inputs.count > 0 ? image_build_batch(&inputs, folder, problem)
                             : write_unit(options, &inputs, &unit, output, problem));
    }
    tell(options, &inputs, output);
    return STATUS_OK;
}

int image_build_command(int argc, char **argv)
{
    struct image_build_options options = {.dry_run = false};
    int code = read_options(argc, argv, &options);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, OUTPUT_MAX);
    struct problem problem = {0};
    status_t status = run(&options, &output, &problem);
    return payload_write(&output, status, &problem, options.json);
}
