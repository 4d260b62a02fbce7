/* Onboarding codes: the QR payload "MT:…" and the manual pairing code (SPEC.md). */
#ifndef MINTMARK_LIB_MATTER_ONBOARDING_H
#define MINTMARK_LIB_MATTER_ONBOARDING_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    MATTER_QR_SIZE = 23,       /* "MT:" and 19 base38 digits, with NUL */
    MATTER_MANUAL_SIZE = 22,   /* 11 or 21 digits, with NUL */
    MATTER_QR_TEXT_MAX = 4296, /* characters the largest QR symbol holds in alphanumeric mode */
};

enum matter_flow { MATTER_FLOW_STANDARD, MATTER_FLOW_USER_INTENT, MATTER_FLOW_CUSTOM };

/* Discovery capability bits. */
enum {
    MATTER_DISCOVERY_SOFTAP = 1,
    MATTER_DISCOVERY_BLE = 2,
    MATTER_DISCOVERY_ON_NETWORK = 4,
    MATTER_DISCOVERY_WIFI_PAF = 8,
    MATTER_DISCOVERY_NFC = 16,
    MATTER_DISCOVERY_THREAD = 32,
};

struct matter_onboarding {
    uint8_t version; /* 0 */
    uint16_t vendor_id;
    uint16_t product_id;
    enum matter_flow flow;
    uint8_t discovery;
    uint16_t discriminator; /* from a manual code: the upper 4 bits, shifted to their place */
    uint32_t passcode;
    struct span tlv;  /* optional TLV data behind the 88 bits; decoded, it borrows from ret_tlv */
    bool long_manual; /* encode: a manual code of 21 digits for the standard flow too. It reads as
                         one of another flow, which a manual code cannot tell apart */
    /* set by decoding only */
    bool from_manual_code; /* then discovery and (11 digits) VID/PID are unknown, and 21 digits say
                              only that flow is not standard: MATTER_FLOW_CUSTOM stands for both */
    bool has_ids;          /* VID and PID are known */
};

/* ret_code has MATTER_QR_SIZE places. STATUS_INVALID (field named) for values out of range. Without
 * the TLV data. */
MUST_USE status_t matter_onboarding_qr(const struct matter_onboarding *onboarding, char *ret_code,
                                       struct problem *problem);
/* Appends the payload with its TLV data, which must be well formed; at most MATTER_QR_TEXT_MAX
 * characters. */
MUST_USE status_t matter_onboarding_qr_append(const struct matter_onboarding *onboarding,
                                              struct buf *ret_code, struct problem *problem);
/* ret_code has MATTER_MANUAL_SIZE places; 21 digits when flow is not standard, or long_manual. */
MUST_USE status_t matter_onboarding_manual(const struct matter_onboarding *onboarding,
                                           char *ret_code, struct problem *problem);
/* Either kind of code, whole and without separators; whatever the two functions above would not
 * write is refused, other than TLV data, which is checked for structure only and appended to
 * ret_tlv. Several payloads joined by '*' are refused. The problem never repeats the code. */
MUST_USE status_t matter_onboarding_decode(struct span code,
                                           struct matter_onboarding *ret_onboarding,
                                           struct buf *ret_tlv, struct problem *problem);

#endif
