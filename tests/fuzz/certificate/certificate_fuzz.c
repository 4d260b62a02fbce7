/* Any bytes as a certificate, a TBS and a PEM file. What is read strictly can be put together again
 * to the same bytes. */
#include <assert.h>

#include "lib/matter/certificate.h"
#include "lib/pki/pem.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reaching one without harm is what is tested. */
static void any_verdict(status_t status)
{
    (void)status;
}

static void judge(const struct pki_certificate *certificate)
{
    struct problem problem;
    struct matter_ids ids;
    for (enum matter_kind kind = MATTER_PAA; kind <= MATTER_DAC; kind++) {
        any_verdict(matter_certificate_lint(certificate, kind, NULL, true, &problem));
        any_verdict(matter_certificate_lint(certificate, kind, certificate, false, &problem));
    }
    any_verdict(matter_certificate_ids(certificate->subject, &ids, &problem));
    (void)matter_certificate_is_test_paa(certificate);
}

static void check_assembled(const struct pki_certificate *certificate)
{
    AUTO(buf_done) struct buf again;
    buf_init(&again, PKI_CERTIFICATE_MAX);
    if (!span_equal(certificate->tbs_algorithm, certificate->signature_algorithm)) {
        return;
    }
    status_t status = pki_certificate_assemble(certificate->tbs, certificate->signature, &again);
    assert(status == STATUS_OK);
    assert(span_equal(buf_span(&again), certificate->der));
    (void)status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {data, size};
    struct pki_certificate certificate;
    struct problem problem;
    if (pki_certificate_parse(bytes, &certificate, &problem) == STATUS_OK) {
        check_assembled(&certificate);
        judge(&certificate);
        any_verdict(
            matter_certificate_check_chain(bytes, bytes, bytes, certificate.not_before, &problem));
    }
    if (pki_certificate_parse_tbs(bytes, &certificate, &problem) == STATUS_OK) {
        judge(&certificate);
    }
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    any_verdict(pki_pem_decode(bytes, "CERTIFICATE", &der, &problem));
    return 0;
}
