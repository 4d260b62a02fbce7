#include "client/cert_check_arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/command.h"
#include "client/rfc3339.h"

static const char command_name[] = "cert check";

static const char help_text[] =
    "Usage: mintmark cert check --dac FILE --pai FILE --paa FILE [--cd FILE] [options]\n"
    "Judges a device's certificates as a commissioner does: the profile of each, names, ids,\n"
    "validity and signatures, and with --cd that the Certification Declaration covers the device.\n"
    "Needs no server. Stops at the first rule that does not hold and names it.\n"
    "\n"
    "  --dac, --pai, --paa FILE   certificates, PEM or DER; the PAA is the one you trust\n"
    "  --cd FILE                  Certification Declaration, DER\n"
    "  --cd-signer FILE           certificate of a CD signer besides the CSA's; may be repeated\n"
    "  --vendor-id, --product-id  what the device says of itself, 0x hexadecimal or decimal, for "
    "the\n"
    "                             CD (default: as in the DAC)\n"
    "  --at TIME                  judge at this time instead of now: 2026-11-22T08:00:00Z\n"
    "  --json                     one JSON object on standard output\n"
    "\n"
    "Exit code: 0 all rules hold, 1 a rule does not, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  mintmark cert check --dac dac.pem --pai pai.pem --paa paa.pem\n"
    "  mintmark cert check --dac dac.der --pai pai.der --paa paa.pem --cd cd.der \\\n"
    "      --cd-signer cd-signer.pem --vendor-id 0xFFF1 --product-id 0x8000 --json\n";

enum { CODE_DAC = 1000, CODE_PAI, CODE_PAA, CODE_CD, CODE_CD_SIGNER };
enum { CODE_VENDOR = 1100, CODE_PRODUCT, CODE_AT, CODE_JSON, CODE_HELP };

static const struct option long_options[] = {
    {"dac", required_argument, NULL, CODE_DAC},
    {"pai", required_argument, NULL, CODE_PAI},
    {"paa", required_argument, NULL, CODE_PAA},
    {"cd", required_argument, NULL, CODE_CD},
    {"cd-signer", required_argument, NULL, CODE_CD_SIGNER},
    {"vendor-id", required_argument, NULL, CODE_VENDOR},
    {"product-id", required_argument, NULL, CODE_PRODUCT},
    {"at", required_argument, NULL, CODE_AT},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

/* 0x hexadecimal or decimal without leading zeros, the whole word. */
static bool read_id(const char *text, int32_t *ret_id)
{
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *digits = hexadecimal ? text + 2 : text;
    size_t size = strlen(digits);
    if (size == 0 || size > 5 ||
        strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") != size ||
        (!hexadecimal && size > 1 && digits[0] == '0')) {
        return false;
    }
    unsigned long value = strtoul(digits, NULL, hexadecimal ? 16 : 10);
    *ret_id = (int32_t)value;
    return value <= UINT16_MAX;
}

static int read_id_option(const char *option, int32_t *ret_id)
{
    return read_id(optarg, ret_id)
               ? 0
               : command_usage(command_name, "%s '%s' is not a number from 0 to 0xFFFF", option,
                               optarg);
}

static int add_cd_signer(struct cert_check_arguments *arguments)
{
    if (arguments->cd_signer_count == CERT_CHECK_CD_SIGNERS_MAX) {
        return command_usage(command_name, "more than %d CD signers", CERT_CHECK_CD_SIGNERS_MAX);
    }
    arguments->cd_signers[arguments->cd_signer_count++] = optarg;
    return 0;
}

static int read_time_option(struct cert_check_arguments *arguments)
{
    return rfc3339_read(optarg, &arguments->at) == STATUS_OK
               ? 0
               : command_usage(command_name, "--at '%s' is not a time like 2026-11-22T08:00:00Z",
                               optarg);
}

static const char **path_of(struct cert_check_arguments *arguments, int code)
{
    switch (code) {
    case CODE_DAC:
        return &arguments->dac;
    case CODE_PAI:
        return &arguments->pai;
    case CODE_PAA:
        return &arguments->paa;
    default:
        return &arguments->cd;
    }
}

/* Exit code of wrong usage, or 0. */
static int take_option(struct cert_check_arguments *arguments, int code, char **argv)
{
    switch (code) {
    case CODE_DAC:
    case CODE_PAI:
    case CODE_PAA:
    case CODE_CD:
        *path_of(arguments, code) = optarg;
        return 0;
    case CODE_CD_SIGNER:
        return add_cd_signer(arguments);
    case CODE_VENDOR:
        return read_id_option("--vendor-id", &arguments->vendor_id);
    case CODE_PRODUCT:
        return read_id_option("--product-id", &arguments->product_id);
    case CODE_AT:
        return read_time_option(arguments);
    case CODE_JSON:
        arguments->json = true;
        return 0;
    case ':':
        return command_usage(command_name, "'%s' needs a value", argv[optind - 1]);
    default:
        return command_usage(command_name, "there is no option '%s'", argv[optind - 1]);
    }
}

static int check_usage(const struct cert_check_arguments *arguments, int operands, char **argv)
{
    if (operands > 0) {
        return command_usage(command_name, "'%s' is not an option", argv[optind]);
    }
    if (arguments->dac == NULL || arguments->pai == NULL || arguments->paa == NULL) {
        return command_usage(command_name, "--dac, --pai and --paa are required");
    }
    if (arguments->cd == NULL && (arguments->cd_signer_count > 0 || arguments->vendor_id >= 0 ||
                                  arguments->product_id >= 0)) {
        return command_usage(command_name,
                             "--cd-signer, --vendor-id and --product-id belong to --cd");
    }
    return 0;
}

int cert_check_arguments_read(int argc, char **argv, struct cert_check_arguments *ret_arguments)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(help_text, stdout);
            return -1;
        }
        int exit_code = take_option(ret_arguments, code, argv);
        if (exit_code != 0) {
            return exit_code;
        }
    }
    return check_usage(ret_arguments, argc - optind, argv);
}
