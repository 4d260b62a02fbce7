/* Any bytes as a Certification Declaration, or as its TLV. What is read is written again to the
 * same bytes: the reader knows one spelling only. */
#include <assert.h>

#include "lib/matter/cd.h"
#include "lib/matter/cd_content.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reaching one without harm is what is tested. */
static void any_verdict(status_t status)
{
    (void)status;
}

static void judge(struct span der)
{
    struct matter_cd cd;
    struct problem problem;
    enum matter_cd_signer signer;
    static const uint8_t paa_key_id[MATTER_KEY_ID_SIZE] = {1};
    const struct matter_cd_match match = {.vendor_id = 0xFFF1,
                                          .product_id = 0x8000,
                                          .dac_vendor_id = 0xFFF1,
                                          .dac_product_id = 0x8000,
                                          .pai_product_id = -1,
                                          .paa_key_id = SPAN_OF(paa_key_id)};
    if (matter_cd_parse(der, &cd, &problem) == STATUS_OK) {
        any_verdict(matter_cd_check(&cd, &match, &problem));
    }
    any_verdict(matter_cd_verify(der, &der, 1, &signer, &problem));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {data, size};
    struct matter_cd cd;
    struct problem problem;
    judge(bytes);
    if (matter_cd_content_parse(bytes, &cd, &problem) == STATUS_OK) {
        AUTO(buf_done) struct buf again;
        buf_init(&again, size);
        matter_cd_content_put(&cd, &again);
        assert(span_equal(buf_span(&again), bytes));
    }
    return 0;
}
