/* mintmark cd check */
#include <stdio.h>

#include "client/cd_arguments.h"
#include "client/cd_names.h"
#include "client/command.h"
#include "client/json.h"
#include "client/number.h"
#include "lib/matter/certificate.h"

static const char help_text[] =
    "Usage: mintmark cd check FILE --vendor-id ID --product-id ID [--cd-signer FILE]...\n"
    "           [--paa FILE] [--json]\n"
    "Does this Certification Declaration (DER) fit the product? Its form, its signature, that it\n"
    "covers vendor and product, and that it authorizes the PAA. Stops at the first rule that does\n"
    "not hold and names it. With a device's certificates at hand use `mintmark cert check --cd`.\n"
    "\n"
    "  --vendor-id, --product-id  of the product, 0x hexadecimal or decimal\n"
    "  --cd-signer FILE           certificate (PEM or DER) of a signer besides the CSA's keys and\n"
    "                             the public test key; may be repeated\n"
    "  --paa FILE                 the PAA (PEM or DER) under which the DACs will be\n"
    "  --json                     one JSON object on standard output\n"
    "\n"
    "Exit code: 0 all rules hold, 1 a rule does not, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  mintmark cd check cd.der --vendor-id 0xFFF1 --product-id 0x8000 --paa paa.pem\n"
    "  mintmark cd check cd.der --vendor-id 0xFFF1 --product-id 0x8000 \\\n"
    "      --cd-signer cd-signer.pem --json\n";

static const struct cd_command COMMAND_CD_CHECK = {
    .name = "cd check", .help = help_text, .checks = true};

enum { OUTPUT_MAX = 16 * 1024 };

struct check {
    const struct cd_arguments *arguments;
    struct cd_files files;
    struct matter_cd cd;
    enum matter_cd_signer signer;
    uint16_t vendor_id;
    uint16_t product_id;
    struct buf output;
    size_t passed;
};

static void check_done(struct check *check)
{
    cd_files_done(&check->files);
    buf_done(&check->output);
}
OWN_VALUE(struct check, check_done)

/* One line, or one member of the JSON list, for a rule. */
static status_t tell(struct check *check, status_t status, const char *words)
{
    bool holds = status == STATUS_OK;
    if (!check->arguments->json) {
        buf_print(&check->output, "%s%s\n", holds ? "ok    " : "FAIL  ", words);
    } else if (holds) {
        buf_append_text(&check->output, check->passed == 0 ? "{\"passed\": [" : ", ");
        json_append_text(&check->output, span_text(words));
    }
    check->passed += holds ? 1 : 0;
    return status;
}

static status_t read_ids(struct check *check, struct problem *problem)
{
    uint32_t vendor_id = 0;
    uint32_t product_id = 0;
    TRY(number_read("vendor-id", check->arguments->vendor_id, UINT16_MAX, &vendor_id, problem));
    TRY(number_read("product-id", check->arguments->product_id, UINT16_MAX, &product_id, problem));
    check->vendor_id = (uint16_t)vendor_id;
    check->product_id = (uint16_t)product_id;
    return STATUS_OK;
}

/* Without a chain at hand: the one that the CD itself asks for. */
static struct matter_cd_match match_of(const struct check *check)
{
    const struct matter_cd *cd = &check->cd;
    return (struct matter_cd_match){
        .vendor_id = check->vendor_id,
        .product_id = check->product_id,
        .dac_vendor_id = cd->has_dac_origin ? cd->dac_origin_vendor_id : check->vendor_id,
        .dac_product_id = cd->has_dac_origin ? cd->dac_origin_product_id : check->product_id,
        .pai_product_id = -1,
    };
}

static status_t match_product(const struct check *check, struct problem *problem)
{
    struct matter_cd_match match = match_of(check);
    struct matter_cd cd = check->cd;
    cd.paa_count = 0; /* the PAA has a rule of its own */
    return matter_cd_check(&cd, &match, problem);
}

static status_t match_paa(const struct check *check, struct problem *problem)
{
    struct pki_certificate paa;
    struct matter_cd_match match = match_of(check);
    TRY(pki_certificate_parse(buf_span(&check->files.paa), &paa, problem));
    TRY(matter_certificate_lint(&paa, MATTER_PAA, NULL, true, problem));
    match.paa_key_id = paa.subject_key_id;
    return matter_cd_check(&check->cd, &match, problem);
}

static void tell_verdict(struct check *check)
{
    const struct matter_cd *cd = &check->cd;
    struct buf *output = &check->output;
    bool certified = cd_names_is_certified(cd, check->signer);
    bool paa_open = check->arguments->paa == NULL && cd->paa_count > 0;
    if (check->arguments->json) {
        buf_append_text(output, "], \"verdict\": \"valid\", \"certificate_id\": ");
        json_append_text(output, span_text(cd->certificate_id));
        buf_print(output,
                  ", \"type\": \"%s\", \"signer\": \"%s\", \"certified\": %s, "
                  "\"paa_unchecked\": %s}\n",
                  cd_names_type(cd->type), cd_names_signer(check->signer),
                  certified ? "true" : "false", paa_open ? "true" : "false");
        return;
    }
    buf_print(output, "VALID: CD %s, %s, signer %s, for vendor 0x%04X, product 0x%04X\n",
              cd->certificate_id, cd_names_type(cd->type), cd_names_signer(check->signer),
              check->vendor_id, check->product_id);
    if (paa_open) {
        buf_print(output, "note: the CD authorizes %zu PAAs only: give yours as --paa\n",
                  cd->paa_count);
    }
    if (!certified) {
        buf_append_text(output, "NOT FOR SALE: the CD is not one that the CSA certified\n");
    }
}

static status_t run(struct check *check, struct problem *problem)
{
    const struct cd_arguments *arguments = check->arguments;
    TRY(read_ids(check, problem));
    TRY(cd_files_load(arguments, &check->files, problem));
    struct span der = buf_span(&check->files.cd);
    TRY(tell(check, matter_cd_parse(der, &check->cd, problem), "CD is strict CMS and TLV"));
    TRY(tell(check,
             matter_cd_verify(der, check->files.signers, arguments->cd_signer_count, &check->signer,
                              problem),
             "CD is signed by a known key"));
    TRY(tell(check, match_product(check, problem), "CD covers the product"));
    if (arguments->paa != NULL) {
        TRY(tell(check, match_paa(check, problem), "CD authorizes the PAA"));
    }
    tell_verdict(check);
    return buf_status(&check->output);
}

int cd_check_command(int argc, char **argv)
{
    struct cd_arguments arguments = {0};
    int code = cd_arguments_read(&COMMAND_CD_CHECK, argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    struct problem problem = {0};
    AUTO(check_done) struct check check = {.arguments = &arguments};
    cd_files_init(&check.files);
    buf_init(&check.output, OUTPUT_MAX);
    status_t status = run(&check, &problem);
    if (status == STATUS_OK || !arguments.json) {
        (void)fwrite(check.output.data, 1, check.output.size, stdout);
        (void)fflush(stdout);
    }
    return status == STATUS_OK ? 0 : command_fail(&problem, status, arguments.json);
}
