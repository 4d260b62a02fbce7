/* Any bytes as a private key file. */
#include <assert.h>

#include "lib/pki/plain_key.h"
#include "lib/pki/private_key.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem;
    AUTO(secret_wipe) struct secret scalar = {0};
    if (pki_private_key_decode(span_make(data, size), &scalar, &problem) == STATUS_OK) {
        uint8_t point[PKI_POINT_SIZE];
        status_t status = pki_plain_key_public(secret_span(&scalar), point);
        assert(status == STATUS_OK);
        (void)status;
    }
    return 0;
}
