/* mintmark cd show */
#include <stdio.h>

#include "client/cd_arguments.h"
#include "client/cd_names.h"
#include "client/command.h"
#include "client/json.h"
#include "lib/base/hex.h"

static const char help_text[] =
    "Usage: mintmark cd show FILE [--cd-signer FILE]... [--json]\n"
    "Shows everything a Certification Declaration (DER) says, who signed it and whether the\n"
    "signature verifies. Judges nothing else: see `mintmark cd check`.\n"
    "\n"
    "  --cd-signer FILE  certificate (PEM or DER) of a signer besides the CSA's keys and the\n"
    "                    public test key; may be repeated\n"
    "  --json            one JSON object on standard output\n"
    "\n"
    "Exit code: 0 it could be read, whoever signed it, 1 it is no Certification Declaration.\n"
    "\n"
    "Examples:\n"
    "  mintmark cd show cd.der\n"
    "  mintmark cd show cd.der --cd-signer cd-signer.pem --json\n";

static const struct cd_command COMMAND_CD_SHOW = {.name = "cd show", .help = help_text};

enum { OUTPUT_MAX = 64 * 1024 };

/* What is known of the signature. */
struct signature {
    status_t status; /* of matter_cd_verify */
    enum matter_cd_signer signer;
    struct problem problem;
};

static void append_key_id(struct buf *output, const uint8_t *key_id, const char *quote)
{
    char digits[2 * MATTER_KEY_ID_SIZE + 1];
    hex_encode(span_make(key_id, MATTER_KEY_ID_SIZE), digits);
    buf_print(output, "%s%s%s", quote, digits, quote);
}

static void append_paas(struct buf *output, const struct matter_cd *cd, const char *quote)
{
    for (size_t i = 0; i < cd->paa_count; i++) {
        buf_append_text(output, i == 0 ? "" : ", ");
        append_key_id(output, cd->paa_key_ids[i], quote);
    }
}

static void append_products(struct buf *output, const struct matter_cd *cd)
{
    for (size_t i = 0; i < cd->product_id_count; i++) {
        buf_print(output, "%s0x%04X", i == 0 ? "" : ", ", cd->product_ids[i]);
    }
}

/* ---- for people ---- */

static void print_signature(const struct signature *signature, struct buf *output)
{
    buf_append_text(output, "signature             ");
    if (signature->status == STATUS_OK) {
        buf_print(output, "verifies, signer %s\n", cd_names_signer(signature->signer));
    } else {
        buf_print(output, "NOT VERIFIED: %s (%s)\n", signature->problem.message,
                  signature->problem.reason);
    }
}

static void print_text(const struct matter_cd *cd, const struct signature *signature,
                       struct buf *output)
{
    buf_print(output, "certificate id        %s\n", cd->certificate_id);
    buf_print(output, "certification type    %u %s\n", cd->type, cd_names_type(cd->type));
    buf_print(output, "vendor id             0x%04X\nproduct ids           ", cd->vendor_id);
    append_products(output, cd);
    buf_print(output, "\ndevice type id        0x%04X\n", cd->device_type_id);
    buf_print(output, "security level        %u\nsecurity information  %u\n", cd->security_level,
              cd->security_information);
    buf_print(output, "version number        %u\nDAC origin            ", cd->version_number);
    if (cd->has_dac_origin) {
        buf_print(output, "vendor 0x%04X, product 0x%04X\n", cd->dac_origin_vendor_id,
                  cd->dac_origin_product_id);
    } else {
        buf_append_text(output, "the vendor and products above\n");
    }
    buf_append_text(output, "authorized PAAs       ");
    buf_append_text(output, cd->paa_count == 0 ? "any" : "");
    append_paas(output, cd, "");
    buf_append_text(output, "\nsigner key id         ");
    append_key_id(output, cd->signer_key_id, "");
    buf_append_text(output, "\n");
    print_signature(signature, output);
    if (signature->status != STATUS_OK || !cd_names_is_certified(cd, signature->signer)) {
        buf_append_text(output, "NOT FOR SALE: the CD is not one that the CSA certified\n");
    }
}

/* ---- for programs ---- */

static void print_numbers(const struct matter_cd *cd, struct buf *output)
{
    buf_print(output, ", \"vendor_id\": %u, \"product_ids\": [", cd->vendor_id);
    for (size_t i = 0; i < cd->product_id_count; i++) {
        buf_print(output, "%s%u", i == 0 ? "" : ", ", cd->product_ids[i]);
    }
    buf_print(output,
              "], \"device_type_id\": %u, \"security_level\": %u, \"security_information\": %u, "
              "\"version_number\": %u",
              cd->device_type_id, cd->security_level, cd->security_information, cd->version_number);
    if (cd->has_dac_origin) {
        buf_print(output, ", \"dac_origin\": {\"vendor_id\": %u, \"product_id\": %u}",
                  cd->dac_origin_vendor_id, cd->dac_origin_product_id);
    }
}

static void print_json(const struct matter_cd *cd, const struct signature *signature,
                       struct buf *output)
{
    bool verified = signature->status == STATUS_OK;
    buf_append_text(output, "{\"certificate_id\": ");
    json_append_text(output, span_text(cd->certificate_id));
    buf_print(output, ", \"certification_type\": \"%s\"", cd_names_type(cd->type));
    print_numbers(cd, output);
    buf_append_text(output, ", \"authorized_paas\": [");
    append_paas(output, cd, "\"");
    buf_append_text(output, "], \"signer_key_id\": ");
    append_key_id(output, cd->signer_key_id, "\"");
    buf_print(output, ", \"signature\": {\"verified\": %s, ", verified ? "true" : "false");
    buf_append_text(output, verified ? "\"signer\": " : "\"reason\": ");
    json_append_text(output, span_text(verified ? cd_names_signer(signature->signer)
                                                : signature->problem.reason));
    bool certified = verified && cd_names_is_certified(cd, signature->signer);
    buf_print(output, "}, \"certified\": %s}\n", certified ? "true" : "false");
}

static status_t show(const struct cd_arguments *arguments, struct buf *output,
                     struct problem *problem)
{
    AUTO(cd_files_done) struct cd_files files;
    struct matter_cd cd;
    struct signature signature = {0};
    cd_files_init(&files);
    TRY(cd_files_load(arguments, &files, problem));
    TRY(matter_cd_parse(buf_span(&files.cd), &cd, problem));
    signature.status =
        matter_cd_verify(buf_span(&files.cd), files.signers, arguments->cd_signer_count,
                         &signature.signer, &signature.problem);
    if (signature.status != STATUS_OK) {
        (void)problem_complete(&signature.problem, signature.status);
    }
    if (arguments->json) {
        print_json(&cd, &signature, output);
    } else {
        print_text(&cd, &signature, output);
    }
    return buf_status(output);
}

int cd_show_command(int argc, char **argv)
{
    struct cd_arguments arguments = {0};
    int code = cd_arguments_read(&COMMAND_CD_SHOW, argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    struct problem problem = {0};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    status_t status = show(&arguments, &output, &problem);
    if (status != STATUS_OK) {
        return command_fail(&problem, status, arguments.json);
    }
    (void)fwrite(output.data, 1, output.size, stdout);
    return 0;
}
