/* The words of `mintmark image build`. */
#include <stdio.h>

#include "client/command.h"
#include "client/image_build.h"
#include "client/options.h"

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
    "                          also {counter:N}, {mac}, {yyyy}, {yy}, {ww}, {mm}, {dd}\n"
    "  --counter-from N        the first unit's number of {counter:N}; who types it keeps numbers\n"
    "                          from coming twice\n"
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
    "  --show-codes            print one unit's QR code and manual code; they are secrets, and "
    "stand\n"
    "                          in its onboarding.json\n"
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

static bool read_words(int argc, char **argv, struct image_build_options *options,
                       struct option_list *signers, int *ret_exit_code)
{
#define TEXT(name, text, letter)                                                                   \
    {                                                                                              \
        name, NULL, &options->texts[text], NULL, letter                                            \
    }
#define FLAG(name, place)                                                                          \
    {                                                                                              \
        name, &options->place, NULL, NULL, 0                                                       \
    }
    const struct option_row rows[] = {
        TEXT("product", IMAGE_BUILD_PRODUCT, 0),
        TEXT("variant", IMAGE_BUILD_VARIANT, 0),
        TEXT("cd", IMAGE_BUILD_CD, 0),
        TEXT("paa", IMAGE_BUILD_PAA, 0),
        TEXT("pai-certificate", IMAGE_BUILD_PAI, 0),
        TEXT("pai-key", IMAGE_BUILD_PAI_KEY, 0),
        TEXT("dac-certificate", IMAGE_BUILD_DAC, 0),
        TEXT("dac-key", IMAGE_BUILD_DAC_KEY, 0),
        TEXT("passcode", IMAGE_BUILD_PASSCODE, 0),
        TEXT("discriminator", IMAGE_BUILD_DISCRIMINATOR, 0),
        TEXT("serial-number", IMAGE_BUILD_SERIAL_NUMBER, 0),
        TEXT("salt", IMAGE_BUILD_SALT, 0),
        TEXT("verifier", IMAGE_BUILD_VERIFIER, 0),
        TEXT("rotating-id", IMAGE_BUILD_ROTATING_ID, 0),
        TEXT("counter-from", IMAGE_BUILD_COUNTER_FROM, 0),
        TEXT("count", IMAGE_BUILD_COUNT, 'n'),
        TEXT("hardware-ids", IMAGE_BUILD_HARDWARE_IDS, 0),
        TEXT("vendor-csv", IMAGE_BUILD_VENDOR_CSV, 0),
        TEXT("master-csv", IMAGE_BUILD_MASTER_CSV, 0),
        TEXT("output", IMAGE_BUILD_OUTPUT, 'o'),
        {"cd-signer", NULL, NULL, signers, 0},
        FLAG("dry-run", dry_run),
        FLAG("show-codes", show_codes),
        FLAG("json", json),
        {0},
    };
#undef TEXT
#undef FLAG
    const struct option_command command = {command_name, help_text, 0, 0, ""};
    const char *operands[OPTIONS_OPERANDS_MAX];
    return options_read(&command, rows, NULL, argc, argv, operands, ret_exit_code);
}

bool image_build_options_read(int argc, char **argv, struct image_build_options *options,
                              int *ret_exit_code)
{
    struct option_list signers = {.count = 0};
    *options = (struct image_build_options){.dry_run = false};
    if (!read_words(argc, argv, options, &signers, ret_exit_code)) {
        return false;
    }
    for (size_t i = 0; i < signers.count; i++) {
        if (!trust_options_add_cd_signer(&options->trust, signers.items[i])) {
            *ret_exit_code =
                command_usage(command_name, "more than %d CD signers", TRUST_CD_SIGNERS_MAX);
            return false;
        }
    }
    options->trust.paa = options->texts[IMAGE_BUILD_PAA];
    *ret_exit_code = check_usage(options);
    return *ret_exit_code == 0;
}
