/* The words of `mintmark payload encode`. */
#ifndef MINTMARK_CLIENT_PAYLOAD_ENCODE_ARGUMENTS_H
#define MINTMARK_CLIENT_PAYLOAD_ENCODE_ARGUMENTS_H

#include "client/qr_symbol.h"
#include "lib/matter/onboarding.h"
#include "lib/matter/onboarding_tlv.h"

/* The options with a value that may be given once. */
enum payload_option {
    PAYLOAD_VENDOR_ID,
    PAYLOAD_PRODUCT_ID,
    PAYLOAD_DISCRIMINATOR,
    PAYLOAD_PASSCODE,
    PAYLOAD_FLOW,
    PAYLOAD_DISCOVERY,
    PAYLOAD_SERIAL_NUMBER,
    PAYLOAD_ITERATIONS,
    PAYLOAD_SALT,
    PAYLOAD_DEVICE_COUNT,
    PAYLOAD_TIMEOUT,
    PAYLOAD_PNG,
    PAYLOAD_SVG,
    PAYLOAD_SCALE,
    PAYLOAD_MARGIN,
    PAYLOAD_OPTIONS,
};

struct payload_encode_arguments {
    const char *texts[PAYLOAD_OPTIONS]; /* NULL: not given */
    const char *vendor_data[MATTER_ONBOARDING_VENDOR_MAX];
    size_t vendor_data_count;
    bool long_manual;
    bool qr;
    bool json;
};

/* Exit code of wrong usage (told already), 0 when all is well, -1 after --help. */
int payload_encode_arguments_read(int argc, char **argv,
                                  struct payload_encode_arguments *ret_arguments);

/* The values that the words stand for. ret_onboarding->tlv borrows from ret_tlv, a secret buf. */
MUST_USE status_t payload_encode_values(const struct payload_encode_arguments *arguments,
                                        struct matter_onboarding *ret_onboarding,
                                        struct buf *ret_tlv, struct problem *problem);
MUST_USE status_t payload_encode_drawing(const struct payload_encode_arguments *arguments,
                                         struct qr_drawing *ret_drawing, struct problem *problem);

#endif
