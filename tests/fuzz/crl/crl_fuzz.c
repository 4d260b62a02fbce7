/* Any bytes as a revocation list and as its TBS. What is read strictly can be put together again to
 * the same bytes, entry by entry too. */
#include <assert.h>

#include "lib/matter/crl.h"
#include "lib/pki/oid.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entries(const struct pki_crl *crl)
{
    struct span rest = crl->entries;
    size_t count = 0;
    for (;;) {
        struct span before = rest;
        struct pki_crl_entry entry;
        status_t status = pki_crl_next(&rest, &entry);
        if (status == STATUS_NOT_FOUND) {
            break;
        }
        assert(status == STATUS_OK);
        count++;
        if (!entry.others) {
            AUTO(buf_done) struct buf again;
            buf_init(&again, PKI_CRL_MAX);
            status = pki_crl_put_entry(&again, &entry);
            assert(status == STATUS_OK);
            assert(span_equal(buf_span(&again), span_make(before.data, before.size - rest.size)));
        }
    }
    assert(count == crl->entry_count);
}

/* Any verdict will do; reaching one without harm is what is tested. */
static void judge(const struct pki_crl *crl)
{
    const struct pki_certificate pai = {
        .subject = crl->issuer, .subject_key_id = crl->authority_key_id, .not_after = INT64_MAX};
    struct problem problem;
    status_t status = matter_crl_lint(crl, &pai, &problem);
    (void)status;
    check_entries(crl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {data, size};
    struct problem problem;
    struct pki_crl crl;
    if (pki_crl_parse(bytes, &crl, &problem) == STATUS_OK) {
        judge(&crl);
        AUTO(buf_done) struct buf again;
        buf_init(&again, PKI_CRL_MAX + 1);
        if (span_equal(crl.tbs_algorithm, crl.signature_algorithm)) {
            status_t status = pki_crl_assemble(crl.tbs, crl.signature, &again);
            assert(status == STATUS_OK && span_equal(buf_span(&again), bytes));
            (void)status;
        }
    }
    if (pki_crl_parse_tbs(bytes, &crl, &problem) == STATUS_OK) {
        judge(&crl);
    }
    return 0;
}
