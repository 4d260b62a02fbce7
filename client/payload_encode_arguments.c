#include "client/payload_encode_arguments.h"

#include <getopt.h>
#include <stdio.h>

#include "client/command.h"

static const char command_name[] = "payload encode";

static const char help_text[] =
    "Usage: mintmark payload encode --vendor-id ID --product-id ID --discriminator N --passcode N\n"
    "           [OPTIONS]\n"
    "Prints the QR payload and the manual pairing code of a device, and on a terminal the QR\n"
    "symbol.\n"
    "\n"
    "  --vendor-id, --product-id  0x hexadecimal or decimal, at most 0xFFFF\n"
    "  --discriminator N          0 to 4095\n"
    "  --passcode N               1 to 99999998, not a trivial one; '-' reads it from standard\n"
    "                             input (other users of this host see arguments)\n"
    "  --flow FLOW                standard (default), user-intent, custom\n"
    "  --discovery NAMES          ble (default), softap, on-network, wifi-paf, nfc, thread;\n"
    "                             several with commas\n"
    "  --long                     a manual code of 21 digits, with vendor and product id, for the\n"
    "                             standard flow too; readers then take the flow for another one\n"
    "  --png FILE, --svg FILE     write the QR symbol (error correction M) to a file, mode 0600\n"
    "  --scale N                  pixels of a module in these files, 1 to 64 (default 8)\n"
    "  --margin N                 modules of white around the symbol, 0 to 64 (default 4; a "
    "symbol\n"
    "                             with fewer needs white paper around it)\n"
    "  --qr                       draw the symbol on standard output even if it is no terminal\n"
    "  --json                     one JSON object on standard output, no symbol there\n"
    "\n"
    "Further data in the QR payload, which makes it longer:\n"
    "  --serial-number TEXT       1 to 32 bytes\n"
    "  --iterations N, --salt HEX of the SPAKE2+ verifier\n"
    "  --device-count N           1 to 255\n"
    "  --timeout SECONDS          of the commissioning window, 1 to 65535\n"
    "  --vendor-data TAG=TEXT     TAG 0x80 to 0xFF; may be repeated, with rising tags\n"
    "\n"
    "Examples:\n"
    "  mintmark payload encode --vendor-id 0xFFF1 --product-id 0x8000 --discriminator 3840 \\\n"
    "      --passcode 20202021 --png label.png --svg label.svg\n"
    "  mintmark payload encode --vendor-id 0xFFF1 --product-id 0x8000 --discriminator 3840 \\\n"
    "      --passcode - --flow custom --discovery ble,on-network --json < passcode.txt\n"
    "  mintmark payload encode --vendor-id 0xFFF1 --product-id 0x8000 --discriminator 3840 \\\n"
    "      --passcode 20202021 --serial-number SN-1 --vendor-data 0x80=blue\n";

enum { CODE_TEXT = 1000, CODE_VENDOR_DATA = 1100, CODE_LONG, CODE_QR, CODE_JSON, CODE_HELP };

static const struct option long_options[] = {
    {"vendor-id", required_argument, NULL, CODE_TEXT + PAYLOAD_VENDOR_ID},
    {"product-id", required_argument, NULL, CODE_TEXT + PAYLOAD_PRODUCT_ID},
    {"discriminator", required_argument, NULL, CODE_TEXT + PAYLOAD_DISCRIMINATOR},
    {"passcode", required_argument, NULL, CODE_TEXT + PAYLOAD_PASSCODE},
    {"flow", required_argument, NULL, CODE_TEXT + PAYLOAD_FLOW},
    {"discovery", required_argument, NULL, CODE_TEXT + PAYLOAD_DISCOVERY},
    {"serial-number", required_argument, NULL, CODE_TEXT + PAYLOAD_SERIAL_NUMBER},
    {"iterations", required_argument, NULL, CODE_TEXT + PAYLOAD_ITERATIONS},
    {"salt", required_argument, NULL, CODE_TEXT + PAYLOAD_SALT},
    {"device-count", required_argument, NULL, CODE_TEXT + PAYLOAD_DEVICE_COUNT},
    {"timeout", required_argument, NULL, CODE_TEXT + PAYLOAD_TIMEOUT},
    {"png", required_argument, NULL, CODE_TEXT + PAYLOAD_PNG},
    {"svg", required_argument, NULL, CODE_TEXT + PAYLOAD_SVG},
    {"scale", required_argument, NULL, CODE_TEXT + PAYLOAD_SCALE},
    {"margin", required_argument, NULL, CODE_TEXT + PAYLOAD_MARGIN},
    {"vendor-data", required_argument, NULL, CODE_VENDOR_DATA},
    {"long", no_argument, NULL, CODE_LONG},
    {"qr", no_argument, NULL, CODE_QR},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

/* Exit code of wrong usage, or 0. */
static int take_option(struct payload_encode_arguments *arguments, int code, char **argv)
{
    switch (code) {
    case ':':
        return command_usage(command_name, "option '%s' needs a value", argv[optind - 1]);
    case '?':
        return command_usage(command_name, "there is no option '%s'", argv[optind - 1]);
    case CODE_LONG:
        arguments->long_manual = true;
        return 0;
    case CODE_QR:
        arguments->qr = true;
        return 0;
    case CODE_JSON:
        arguments->json = true;
        return 0;
    case CODE_VENDOR_DATA:
        if (arguments->vendor_data_count == MATTER_ONBOARDING_VENDOR_MAX) {
            return command_usage(command_name, "more than %d --vendor-data",
                                 MATTER_ONBOARDING_VENDOR_MAX);
        }
        arguments->vendor_data[arguments->vendor_data_count++] = optarg;
        return 0;
    default:
        arguments->texts[code - CODE_TEXT] = optarg;
        return 0;
    }
}

static int check_usage(const struct payload_encode_arguments *arguments, int argc, char **argv)
{
    const char *const *texts = arguments->texts;
    if (optind < argc) {
        return command_usage(command_name, "'%s' is not an option", argv[optind]);
    }
    if (texts[PAYLOAD_VENDOR_ID] == NULL || texts[PAYLOAD_PRODUCT_ID] == NULL ||
        texts[PAYLOAD_DISCRIMINATOR] == NULL || texts[PAYLOAD_PASSCODE] == NULL) {
        return command_usage(command_name,
                             "--vendor-id, --product-id, --discriminator and --passcode are "
                             "required");
    }
    bool drawn = texts[PAYLOAD_PNG] != NULL || texts[PAYLOAD_SVG] != NULL;
    if (!drawn && (texts[PAYLOAD_SCALE] != NULL || texts[PAYLOAD_MARGIN] != NULL)) {
        return command_usage(command_name, "--scale and --margin belong to --png or --svg");
    }
    return 0;
}

int payload_encode_arguments_read(int argc, char **argv,
                                  struct payload_encode_arguments *ret_arguments)
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
    return check_usage(ret_arguments, argc, argv);
}
