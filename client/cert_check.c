/* mintmark cert check */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "client/cd_names.h"
#include "client/cert_check_arguments.h"
#include "client/command.h"
#include "client/json.h"
#include "lib/base/file.h"
#include "lib/matter/cd.h"
#include "lib/matter/certificate_chain.h"
#include "lib/pki/pem.h"

enum {
    FILE_MAX = 64 * 1024, /* a PEM file may hold explanatory text */
    OUTPUT_MAX = 64 * 1024,
};

/* What the check found, borrowing from the files' bytes. */
struct check {
    struct cert_check_arguments arguments;
    struct buf dac;
    struct buf pai;
    struct buf paa;
    struct buf cd_der;
    struct buf signer_bytes[CERT_CHECK_CD_SIGNERS_MAX];
    struct matter_certificate_chain chain;
    struct matter_ids dac_ids;
    struct matter_ids pai_ids;
    struct matter_cd cd;
    enum matter_cd_signer cd_signer;
    struct buf output;
    size_t passed;
};

static void check_init(struct check *check)
{
    *check = (struct check){.arguments = {.vendor_id = -1, .product_id = -1, .at = time(NULL)}};
    buf_init(&check->dac, FILE_MAX);
    buf_init(&check->pai, FILE_MAX);
    buf_init(&check->paa, FILE_MAX);
    buf_init(&check->cd_der, FILE_MAX);
    buf_init(&check->output, OUTPUT_MAX);
    for (size_t i = 0; i < CERT_CHECK_CD_SIGNERS_MAX; i++) {
        buf_init(&check->signer_bytes[i], FILE_MAX);
    }
}

static void check_done(struct check *check)
{
    buf_done(&check->dac);
    buf_done(&check->pai);
    buf_done(&check->paa);
    buf_done(&check->cd_der);
    buf_done(&check->output);
    for (size_t i = 0; i < CERT_CHECK_CD_SIGNERS_MAX; i++) {
        buf_done(&check->signer_bytes[i]);
    }
}
OWN_VALUE(struct check, check_done)

static status_t load(const char *path, bool is_certificate, struct buf *ret_der,
                     struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, FILE_MAX);
    status_t status = file_read(path, &content);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_READ", path, "cannot read %s: %s", path,
                           status == STATUS_TOO_LARGE ? "larger than 64 KiB" : strerror(errno));
    }
    if (is_certificate) {
        status = pki_pem_decode(buf_span(&content), "CERTIFICATE", ret_der, problem);
        if (status != STATUS_OK && problem->message[0] != '\0') {
            (void)snprintf(problem->field, sizeof(problem->field), "%s", path);
        }
        return status;
    }
    buf_append_span(ret_der, buf_span(&content));
    return buf_status(ret_der);
}

static status_t load_files(struct check *check, struct problem *problem)
{
    const struct cert_check_arguments *arguments = &check->arguments;
    TRY(load(arguments->dac, true, &check->dac, problem));
    TRY(load(arguments->pai, true, &check->pai, problem));
    TRY(load(arguments->paa, true, &check->paa, problem));
    if (arguments->cd != NULL) {
        TRY(load(arguments->cd, false, &check->cd_der, problem));
    }
    for (size_t i = 0; i < arguments->cd_signer_count; i++) {
        TRY(load(arguments->cd_signers[i], true, &check->signer_bytes[i], problem));
    }
    return STATUS_OK;
}

/* One line, or one member of the JSON list, for a rule that holds. */
static void tell_passed(struct check *check, const char *words)
{
    if (check->arguments.json) {
        buf_append_text(&check->output, check->passed == 0 ? "" : ", ");
        json_append_text(&check->output, span_text(words));
    } else {
        buf_print(&check->output, "ok    %s\n", words);
    }
    check->passed++;
}

static status_t tell(struct check *check, status_t status, const char *words)
{
    if (status == STATUS_OK) {
        tell_passed(check, words);
    } else if (!check->arguments.json) {
        buf_print(&check->output, "FAIL  %s\n", words);
    }
    return status;
}

static status_t check_chain(struct check *check, struct problem *problem)
{
    struct matter_certificate_chain *chain = &check->chain;
    chain->dac_der = buf_span(&check->dac);
    chain->pai_der = buf_span(&check->pai);
    chain->paa_der = buf_span(&check->paa);
    chain->now = check->arguments.at;
    for (size_t i = 0; i < MATTER_CERTIFICATE_CHAIN_STEPS; i++) {
        const struct matter_certificate_chain_step *step = &matter_certificate_chain_steps[i];
        TRY(tell(check, step->run(chain, problem), step->words));
    }
    TRY(matter_certificate_ids(chain->dac.subject, &check->dac_ids, problem));
    return matter_certificate_ids(chain->pai.subject, &check->pai_ids, problem);
}

static status_t match_cd(const struct check *check, struct problem *problem)
{
    const struct cert_check_arguments *arguments = &check->arguments;
    int32_t vendor_id = arguments->vendor_id >= 0 ? arguments->vendor_id : check->dac_ids.vendor_id;
    int32_t product_id =
        arguments->product_id >= 0 ? arguments->product_id : check->dac_ids.product_id;
    const struct matter_cd_match match = {
        .vendor_id = (uint16_t)vendor_id,
        .product_id = (uint16_t)product_id,
        .dac_vendor_id = (uint16_t)check->dac_ids.vendor_id,
        .dac_product_id = (uint16_t)check->dac_ids.product_id,
        .pai_product_id = check->pai_ids.product_id,
        .paa_key_id = check->chain.paa.subject_key_id,
    };
    return matter_cd_check(&check->cd, &match, problem);
}

static status_t check_cd(struct check *check, struct problem *problem)
{
    struct span der = buf_span(&check->cd_der);
    struct span signers[CERT_CHECK_CD_SIGNERS_MAX];
    size_t count = check->arguments.cd_signer_count;
    for (size_t i = 0; i < count; i++) {
        signers[i] = buf_span(&check->signer_bytes[i]);
    }
    TRY(tell(check, matter_cd_parse(der, &check->cd, problem), "CD is strict CMS and TLV"));
    TRY(tell(check, matter_cd_verify(der, signers, count, &check->cd_signer, problem),
             "CD is signed by a known key"));
    return tell(check, match_cd(check, problem), "CD covers the device and its chain");
}

static void tell_verdict_text(struct check *check)
{
    struct buf *output = &check->output;
    buf_print(output, "VALID: vendor 0x%04X, product 0x%04X, %zu rules hold\n",
              (unsigned)check->dac_ids.vendor_id, (unsigned)check->dac_ids.product_id,
              check->passed);
    if (check->arguments.cd != NULL) {
        buf_print(output, "       CD %s: %s, signer %s\n", check->cd.certificate_id,
                  cd_names_type(check->cd.type), cd_names_signer(check->cd_signer));
    }
    bool test_cd =
        check->arguments.cd != NULL && !cd_names_is_certified(&check->cd, check->cd_signer);
    if (matter_certificate_is_test_paa(&check->chain.paa)) {
        buf_append_text(output, "NOT FOR SALE: the PAA is a public test PAA\n");
    }
    if (test_cd) {
        buf_append_text(output, "NOT FOR SALE: the CD is not one that the CSA certified\n");
    }
}

static void tell_verdict_json(struct check *check)
{
    struct buf *output = &check->output;
    buf_print(output, "], \"verdict\": \"valid\", \"vendor_id\": %d, \"product_id\": %d",
              check->dac_ids.vendor_id, check->dac_ids.product_id);
    buf_print(output, ", \"test_paa\": %s",
              matter_certificate_is_test_paa(&check->chain.paa) ? "true" : "false");
    if (check->arguments.cd != NULL) {
        buf_append_text(output, ", \"cd\": {\"certificate_id\": ");
        json_append_text(output, span_text(check->cd.certificate_id));
        buf_print(output, ", \"type\": \"%s\", \"signer\": \"%s\"}", cd_names_type(check->cd.type),
                  cd_names_signer(check->cd_signer));
    }
    buf_append_text(output, "}\n");
}

static status_t run(struct check *check, struct problem *problem)
{
    bool json = check->arguments.json;
    TRY(load_files(check, problem));
    buf_append_text(&check->output, json ? "{\"passed\": [" : "");
    TRY(check_chain(check, problem));
    if (check->arguments.cd != NULL) {
        TRY(check_cd(check, problem));
    }
    if (json) {
        tell_verdict_json(check);
    } else {
        tell_verdict_text(check);
    }
    return buf_status(&check->output);
}

int cert_check_command(int argc, char **argv)
{
    AUTO(check_done) struct check check;
    check_init(&check);
    int code = cert_check_arguments_read(argc, argv, &check.arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    struct problem problem = {0};
    status_t status = run(&check, &problem);
    if (status == STATUS_OK || !check.arguments.json) {
        (void)fwrite(check.output.data, 1, check.output.size, stdout);
        (void)fflush(stdout);
    }
    return status == STATUS_OK ? 0 : command_fail(&problem, status, check.arguments.json);
}
