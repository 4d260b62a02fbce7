/* mintmark payload encode */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "client/payload.h"
#include "client/qr_terminal.h"

static const char command_name[] = "payload encode";

static const char help_text[] =
    "Usage: mintmark payload encode --vendor-id ID --product-id ID --discriminator N --passcode N\n"
    "           [--flow FLOW] [--discovery NAMES] [--qr] [--json]\n"
    "Prints the QR payload and the manual pairing code of a device, and on a terminal the QR "
    "symbol.\n"
    "\n"
    "  --vendor-id, --product-id  0x hexadecimal or decimal, at most 0xFFFF\n"
    "  --discriminator N          0 to 4095\n"
    "  --passcode N               1 to 99999998, not a trivial one; '-' reads it from standard\n"
    "                             input (other users of this host see arguments)\n"
    "  --flow FLOW                standard (default), user-intent, custom\n"
    "  --discovery NAMES          ble (default), softap, on-network, wifi-paf, nfc, thread; "
    "several\n"
    "                             with commas\n"
    "  --qr                       draw the symbol even if the output is no terminal\n"
    "  --json                     one JSON object on standard output, no symbol\n"
    "\n"
    "Examples:\n"
    "  mintmark payload encode --vendor-id 0xFFF1 --product-id 0x8000 --discriminator 3840 \\\n"
    "      --passcode 20202021\n"
    "  mintmark payload encode --vendor-id 0xFFF1 --product-id 0x8000 --discriminator 3840 \\\n"
    "      --passcode - --flow custom --discovery ble,on-network --json < passcode.txt\n";

enum { CODE_VENDOR = 1000, CODE_PRODUCT, CODE_DISCRIMINATOR, CODE_PASSCODE, CODE_FLOW };
enum { CODE_DISCOVERY = 1100, CODE_QR, CODE_JSON, CODE_HELP };

static const struct option long_options[] = {
    {"vendor-id", required_argument, NULL, CODE_VENDOR},
    {"product-id", required_argument, NULL, CODE_PRODUCT},
    {"discriminator", required_argument, NULL, CODE_DISCRIMINATOR},
    {"passcode", required_argument, NULL, CODE_PASSCODE},
    {"flow", required_argument, NULL, CODE_FLOW},
    {"discovery", required_argument, NULL, CODE_DISCOVERY},
    {"qr", no_argument, NULL, CODE_QR},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

struct arguments {
    const char *vendor_id;
    const char *product_id;
    const char *discriminator;
    const char *passcode;
    const char *flow;
    const char *discovery;
    bool qr;
    bool json;
};

static void set_option(struct arguments *arguments, int code)
{
    const char **const texts[] = {&arguments->vendor_id, &arguments->product_id,
                                  &arguments->discriminator, &arguments->passcode,
                                  &arguments->flow};
    if (code == CODE_QR) {
        arguments->qr = true;
    } else if (code == CODE_JSON) {
        arguments->json = true;
    } else if (code == CODE_DISCOVERY) {
        arguments->discovery = optarg;
    } else {
        *texts[code - CODE_VENDOR] = optarg;
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
        if (code == ':' || code == '?') {
            return command_usage(
                command_name, code == ':' ? "option '%s' needs a value" : "there is no option '%s'",
                argv[optind - 1]);
        }
        set_option(arguments, code);
    }
    if (optind < argc) {
        return command_usage(command_name, "'%s' is not an option", argv[optind]);
    }
    if (arguments->vendor_id == NULL || arguments->product_id == NULL ||
        arguments->discriminator == NULL || arguments->passcode == NULL) {
        return command_usage(command_name,
                             "--vendor-id, --product-id, --discriminator and --passcode are "
                             "required");
    }
    return 0;
}

/* 16 for what is not a digit. */
static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return (unsigned)(digit - '0');
    }
    if (digit >= 'a' && digit <= 'f') {
        return (unsigned)(digit - 'a') + 10;
    }
    return digit >= 'A' && digit <= 'F' ? (unsigned)(digit - 'A') + 10 : 16;
}

/* Wholly decimal without leading zeros (010 may be meant as octal), or 0x and hexadecimal. The
 * message does not repeat the text: it may be a passcode. */
static status_t read_number(const char *field, const char *text, uint32_t max, uint32_t *ret_number,
                            struct problem *problem)
{
    bool hexadecimal = text[0] == '0' && text[1] == 'x';
    const char *digits = hexadecimal ? text + 2 : text;
    unsigned base = hexadecimal ? 16 : 10;
    bool valid = digits[0] != '\0' && (hexadecimal || digits[0] != '0' || digits[1] == '\0');
    uint64_t value = 0;
    for (; valid && *digits != '\0'; digits++) {
        unsigned digit = digit_value(*digits);
        valid = digit < base && value <= UINT32_MAX;
        value = value * base + digit;
    }
    if (!valid || value > max) {
        return problem_say(problem, STATUS_INVALID, "NUMBER", field,
                           "not a number from 0 to %u: write it in decimal without leading zeros, "
                           "or as 0x and hexadecimal digits",
                           max);
    }
    *ret_number = (uint32_t)value;
    return STATUS_OK;
}

static status_t read_passcode(const char *argument, uint32_t *ret_passcode, struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init_secret(&text, 16);
    status_t status = payload_read_secret(argument, &text, problem);
    buf_append_byte(&text, '\0');
    if (status == STATUS_TOO_LARGE || buf_status(&text) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "NUMBER", "passcode",
                           "not a passcode: longer "
                           "than any");
    }
    TRY(status);
    return read_number("passcode", (const char *)text.data, UINT32_MAX, ret_passcode, problem);
}

static status_t read_values(const struct arguments *arguments, struct matter_onboarding *onboarding,
                            struct problem *problem)
{
    uint32_t vendor_id, product_id, discriminator;
    TRY(read_number("vendor-id", arguments->vendor_id, UINT16_MAX, &vendor_id, problem));
    TRY(read_number("product-id", arguments->product_id, UINT16_MAX, &product_id, problem));
    TRY(read_number("discriminator", arguments->discriminator, 4095, &discriminator, problem));
    TRY(read_passcode(arguments->passcode, &onboarding->passcode, problem));
    onboarding->vendor_id = (uint16_t)vendor_id;
    onboarding->product_id = (uint16_t)product_id;
    onboarding->discriminator = (uint16_t)discriminator;
    onboarding->discovery = MATTER_DISCOVERY_BLE;
    if (arguments->flow != NULL && !payload_flow_find(arguments->flow, &onboarding->flow)) {
        return problem_say(problem, STATUS_INVALID, "ONBOARDING_FLOW", "flow",
                           "not a flow: write standard, user-intent or custom");
    }
    if (arguments->discovery != NULL &&
        !payload_discovery_find(arguments->discovery, &onboarding->discovery)) {
        return problem_say(problem, STATUS_INVALID, "ONBOARDING_DISCOVERY", "discovery",
                           "not a list of softap, ble, on-network, wifi-paf, nfc and thread");
    }
    return STATUS_OK;
}

static status_t encode(const struct arguments *arguments, char *ret_qr, struct buf *output,
                       struct problem *problem)
{
    struct matter_onboarding onboarding = {0};
    char manual[MATTER_MANUAL_SIZE];
    TRY(read_values(arguments, &onboarding, problem));
    TRY(matter_onboarding_qr(&onboarding, ret_qr, problem));
    TRY(matter_onboarding_manual(&onboarding, manual, problem));
    if (arguments->json) {
        buf_print(output, "{\"qr_code\": \"%s\", \"manual_code\": \"%s\"}\n", ret_qr, manual);
    } else {
        buf_print(output, "QR payload   %s\nManual code  ", ret_qr);
        payload_print_manual(manual, output);
        buf_append_text(output, "\n");
    }
    explicit_bzero(&onboarding, sizeof(onboarding));
    explicit_bzero(manual, sizeof(manual));
    return STATUS_OK;
}

int payload_encode_command(int argc, char **argv)
{
    struct arguments arguments = {0};
    int code = read_options(argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, PAYLOAD_OUTPUT_MAX);
    char qr[MATTER_QR_SIZE];
    struct problem problem = {0};
    status_t status = encode(&arguments, qr, &output, &problem);
    code = payload_write(&output, status, &problem, arguments.json);
    if (code == 0 && !arguments.json && (arguments.qr || isatty(STDOUT_FILENO) == 1)) {
        qr_terminal_print(stdout, qr);
    }
    explicit_bzero(qr, sizeof(qr));
    return code;
}
