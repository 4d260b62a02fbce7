#include "client/trust.h"

#include <stdio.h>

#include "client/files.h"
#include "lib/pki/certificate.h"

bool trust_options_add_cd_signer(struct trust_options *options, const char *path)
{
    if (options->cd_signer_count == TRUST_CD_SIGNERS_MAX) {
        return false;
    }
    options->cd_signers[options->cd_signer_count++] = path;
    return true;
}

void trust_init(struct trust *trust)
{
    *trust = (struct trust){0};
    buf_init(&trust->paa, PKI_CERTIFICATE_MAX);
    for (size_t i = 0; i < TRUST_CD_SIGNERS_MAX; i++) {
        buf_init(&trust->cd_signer_bytes[i], PKI_CERTIFICATE_MAX);
    }
}

void trust_done(struct trust *trust)
{
    buf_done(&trust->paa);
    for (size_t i = 0; i < TRUST_CD_SIGNERS_MAX; i++) {
        buf_done(&trust->cd_signer_bytes[i]);
    }
}

/* Parsed here, so that a wrong file is named before anything is asked of a server. */
static status_t load(const char *path, struct buf *ret_der, struct problem *problem)
{
    struct pki_certificate certificate;
    TRY(files_read_certificate(path, ret_der, problem));
    status_t status = pki_certificate_parse(buf_span(ret_der), &certificate, problem);
    if (status != STATUS_OK) {
        (void)snprintf(problem->field, sizeof(problem->field), "%s", path);
    }
    return status;
}

status_t trust_load(const struct trust_options *options, struct trust *trust,
                    struct problem *problem)
{
    if (options->paa != NULL) {
        TRY(load(options->paa, &trust->paa, problem));
    }
    for (size_t i = 0; i < options->cd_signer_count; i++) {
        TRY(load(options->cd_signers[i], &trust->cd_signer_bytes[i], problem));
        trust->cd_signers[i] = buf_span(&trust->cd_signer_bytes[i]);
        trust->cd_signer_count = i + 1;
    }
    return STATUS_OK;
}
