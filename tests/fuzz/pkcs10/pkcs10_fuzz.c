/* Any bytes as a device's certificate request. */
#include <assert.h>

#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t point[PKI_POINT_SIZE];
    struct problem problem = {0};
    status_t status = pki_pkcs10_check(span_make(data, size), point, &problem);
    if (status == STATUS_OK) {
        assert(pki_plain_key_check_point(SPAN_OF(point)) == STATUS_OK);
    } else {
        assert(strncmp(problem.reason, "CSR_", 4) == 0);
    }
    return 0;
}
