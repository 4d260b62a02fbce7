/* mintmark payload decode */
#include <getopt.h>
#include <stdio.h>

#include "client/command.h"
#include "client/payload.h"
#include "lib/base/hex.h"

static const char command_name[] = "payload decode";

static const char help_text[] =
    "Usage: mintmark payload decode CODE [--json]\n"
    "Shows what a QR payload (MT:...) or a manual pairing code (11 or 21 digits; dashes and "
    "blanks\n"
    "between them are fine) says, or why it is not one. CODE '-' reads it from standard input.\n"
    "\n"
    "  --json  one JSON object on standard output\n"
    "\n"
    "Examples:\n"
    "  mintmark payload decode MT:Y.K9042C00KA0648G00\n"
    "  mintmark payload decode 3497-011-2332\n";

enum { CODE_JSON = 1000, CODE_HELP };

static const struct option long_options[] = {
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_options(int argc, char **argv, bool *ret_json)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(help_text, stdout);
            return -1;
        }
        if (code != CODE_JSON) {
            return command_usage(command_name, "there is no option '%s'", argv[optind - 1]);
        }
        *ret_json = true;
    }
    return argc - optind == 1 ? 0 : command_usage(command_name, "one CODE is needed");
}

/* Labels print manual codes in groups. */
static void drop_separators(struct buf *code)
{
    if (code->size == 0 || code->data[0] < '0' || code->data[0] > '9') {
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < code->size; i++) {
        if (code->data[i] != '-' && code->data[i] != ' ') {
            code->data[kept++] = code->data[i];
        }
    }
    code->size = kept;
}

static void print_text(const struct matter_onboarding *found, struct buf *output)
{
    bool manual = found->from_manual_code;
    buf_print(output, "kind           %s\n", manual ? "manual code" : "QR payload");
    if (found->has_ids) {
        buf_print(output, "vendor id      0x%04X\nproduct id     0x%04X\n", found->vendor_id,
                  found->product_id);
    }
    buf_print(output, "flow           %s\n",
              manual && found->has_ids ? "user-intent or custom" : payload_flow_name(found->flow));
    if (!manual) {
        buf_append_text(output, "discovery      ");
        payload_discovery_print(found->discovery, "", output);
        buf_append_text(output, "\n");
    }
    if (manual) {
        buf_print(output, "discriminator  %u to %u (a manual code has the upper 4 of 12 bits)\n",
                  found->discriminator, found->discriminator | 0xffu);
    } else {
        buf_print(output, "discriminator  %u\n", found->discriminator);
    }
    buf_print(output, "passcode       %08u\n", found->passcode);
}

static void print_json(const struct matter_onboarding *found, struct buf *output)
{
    bool manual = found->from_manual_code;
    buf_print(output, "{\"kind\": \"%s\"", manual ? "manual" : "qr");
    if (found->has_ids) {
        buf_print(output, ", \"vendor_id\": %u, \"product_id\": %u", found->vendor_id,
                  found->product_id);
    }
    if (!manual || !found->has_ids) {
        buf_print(output, ", \"flow\": \"%s\"", payload_flow_name(found->flow));
    }
    if (!manual) {
        buf_append_text(output, ", \"discovery\": [");
        payload_discovery_print(found->discovery, "\"", output);
        buf_append_text(output, "]");
    }
    buf_print(output, manual ? ", \"short_discriminator\": %u" : ", \"discriminator\": %u",
              manual ? found->discriminator >> 8u : (unsigned)found->discriminator);
    buf_print(output, ", \"passcode\": %u", found->passcode);
}

static void print_tlv(struct span tlv, bool json, struct buf *output)
{
    if (tlv.size > 0) {
        buf_append_text(output, json ? ", \"tlv\": \"" : "further data   ");
        char *text = (char *)buf_extend(output, 2 * tlv.size + 1);
        if (text != NULL) {
            hex_encode(tlv, text);
            output->size--; /* its NUL */
        }
        buf_append_text(output, json ? "\"" : "\n");
    }
    buf_append_text(output, json ? "}\n" : "");
}

static status_t decode(const char *argument, bool json, struct buf *output, struct problem *problem)
{
    AUTO(buf_done) struct buf code;
    AUTO(buf_done) struct buf tlv;
    buf_init_secret(&code, (size_t)2 * MATTER_QR_TEXT_MAX);
    buf_init_secret(&tlv, MATTER_QR_TEXT_MAX);
    struct matter_onboarding found;
    TRY(payload_read_secret(argument, &code, problem));
    drop_separators(&code);
    TRY(matter_onboarding_decode(buf_span(&code), &found, &tlv, problem));
    if (json) {
        print_json(&found, output);
    } else {
        print_text(&found, output);
    }
    print_tlv(found.tlv, json, output);
    explicit_bzero(&found, sizeof(found));
    return STATUS_OK;
}

int payload_decode_command(int argc, char **argv)
{
    bool json = false;
    int code = read_options(argc, argv, &json);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, PAYLOAD_OUTPUT_MAX);
    struct problem problem = {0};
    status_t status = decode(argv[optind], json, &output, &problem);
    return payload_write(&output, status, &problem, json);
}
