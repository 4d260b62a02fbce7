/* Any bytes as a list of chips: what is accepted is canonical, and reads as itself again. */
#include <stdlib.h>

#include "lib/unit/mac_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MACS_MAX = UNIT_NAME_HARDWARE_ID_SIZE * (UNIT_MAC_LIST_MAX + 1) };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf_done) struct buf macs;
    AUTO(buf_done) struct buf again;
    struct problem problem;
    buf_init(&macs, MACS_MAX);
    buf_init(&again, MACS_MAX);
    if (unit_mac_list_read("fuzz", span_make(data, size), &macs, &problem) != STATUS_OK) {
        return 0;
    }
    for (size_t i = UNIT_NAME_HARDWARE_ID_SIZE - 1; i < macs.size;
         i += UNIT_NAME_HARDWARE_ID_SIZE) {
        macs.data[i] = '\n'; /* was its NUL */
    }
    if (unit_mac_list_read("again", buf_span(&macs), &again, &problem) != STATUS_OK ||
        again.size != macs.size) {
        abort();
    }
    return 0;
}
