/* Onboarding codes from anywhere: whatever is accepted is written again as the same code. */
#include "lib/matter/onboarding.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf_done) struct buf tlv;
    buf_init(&tlv, MATTER_QR_TEXT_MAX);
    struct matter_onboarding onboarding;
    struct problem problem;
    if (matter_onboarding_decode(span_make(data, size), &onboarding, &tlv, &problem) != STATUS_OK) {
        require(tlv.size == 0);
        return 0;
    }
    char code[MATTER_QR_SIZE];
    require((onboarding.from_manual_code ? matter_onboarding_manual : matter_onboarding_qr)(
                &onboarding, code, &problem) == STATUS_OK);
    /* with TLV data behind, 11 bytes do not end on a group: only the first 15 digits are the same
     */
    size_t same = onboarding.tlv.size > 0 ? 3 + 15 : size;
    require(strlen(code) >= same && memcmp(code, data, same) == 0);
    return 0;
}
