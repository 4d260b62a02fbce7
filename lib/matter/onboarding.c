#include "lib/matter/onboarding.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "lib/matter/base38.h"
#include "lib/matter/onboarding_tlv.h"
#include "lib/matter/spake2p.h"
#include "lib/matter/verhoeff.h"

enum {
    PACKED_SIZE = 11,
    DISCRIMINATOR_MAX = 0xfff,
    DISCOVERY_KNOWN = 0x3f,
    PAYLOAD_MAX = (MATTER_QR_TEXT_MAX / 5) * 3 + 2,
    SHORT_DIGITS = 11,
    LONG_DIGITS = 21,
    PASSCODE_LOW_BITS = 14, /* of the passcode in digits 2..6; the rest in digits 7..10 */
    PASSCODE_BITS = 27,
    SHORT_DISCRIMINATOR_SHIFT = 8, /* a manual code carries the upper four of twelve bits */
};

/* SPEC.md "Onboarding codes", QR payload: widths from the least significant bit up. */
enum field { VERSION, VENDOR, PRODUCT, FLOW, DISCOVERY, DISCRIMINATOR, PASSCODE, PADDING, FIELDS };
static const uint8_t field_widths[FIELDS] = {3, 16, 16, 2, 8, 12, PASSCODE_BITS, 4};

static const char qr_prefix[] = "MT:";
enum { PREFIX_SIZE = sizeof(qr_prefix) - 1 };

static void pack(const uint32_t values[static FIELDS], uint8_t ret_packed[static PACKED_SIZE])
{
    memset(ret_packed, 0, PACKED_SIZE);
    size_t place = 0;
    for (size_t field = 0; field < FIELDS; field++) {
        for (size_t bit = 0; bit < field_widths[field]; bit++, place++) {
            ret_packed[place / 8] |= (uint8_t)((values[field] >> bit & 1) << (place % 8));
        }
    }
}

static void unpack(const uint8_t packed[static PACKED_SIZE], uint32_t ret_values[static FIELDS])
{
    memset(ret_values, 0, FIELDS * sizeof(ret_values[0]));
    size_t place = 0;
    for (size_t field = 0; field < FIELDS; field++) {
        for (size_t bit = 0; bit < field_widths[field]; bit++, place++) {
            ret_values[field] |= (uint32_t)(packed[place / 8] >> (place % 8) & 1) << bit;
        }
    }
}

/* The rules that hold for both kinds of code, in both directions. */
static status_t check_values(const struct matter_onboarding *onboarding, struct problem *problem)
{
    if (onboarding->version != 0) {
        return problem_say(problem, STATUS_INVALID, "ONBOARDING_VERSION", "version",
                           "onboarding payload version %u is not known: only 0 is defined",
                           onboarding->version);
    }
    if (onboarding->flow > MATTER_FLOW_CUSTOM) {
        return problem_say(
            problem, STATUS_INVALID, "ONBOARDING_FLOW", "flow",
            "commissioning flow %u is reserved: use 0 (standard), 1 (user intent) or "
            "2 (custom)",
            (unsigned)onboarding->flow);
    }
    if (onboarding->discriminator > DISCRIMINATOR_MAX) {
        return problem_say(problem, STATUS_INVALID, "DISCRIMINATOR_RANGE", "discriminator",
                           "discriminator %u is out of range: use 0 to 4095",
                           onboarding->discriminator);
    }
    if (!matter_spake2p_passcode_valid(onboarding->passcode)) {
        return problem_say(
            problem, STATUS_INVALID, "PASSCODE_FORBIDDEN", "passcode",
            "passcode is out of range or one of the trivial ones: use 1 to 99999998, "
            "not eight equal digits, 12345678 or 87654321");
    }
    return STATUS_OK;
}

static status_t check_discovery(uint8_t discovery, struct problem *problem)
{
    if (discovery == 0 || (discovery & ~DISCOVERY_KNOWN) != 0) {
        return problem_say(problem, STATUS_INVALID, "ONBOARDING_DISCOVERY", "discovery",
                           "discovery capabilities 0x%02x: at least one of the six known bits must "
                           "be set, and no other",
                           discovery);
    }
    return STATUS_OK;
}

static status_t pack_values(const struct matter_onboarding *onboarding,
                            uint8_t ret_packed[static PACKED_SIZE], struct problem *problem)
{
    TRY(check_values(onboarding, problem));
    TRY(check_discovery(onboarding->discovery, problem));
    uint32_t values[FIELDS] = {
        [VENDOR] = onboarding->vendor_id,
        [PRODUCT] = onboarding->product_id,
        [FLOW] = (uint32_t)onboarding->flow,
        [DISCOVERY] = onboarding->discovery,
        [DISCRIMINATOR] = onboarding->discriminator,
        [PASSCODE] = onboarding->passcode,
    };
    pack(values, ret_packed);
    OPENSSL_cleanse(values, sizeof(values));
    return STATUS_OK;
}

status_t matter_onboarding_qr(const struct matter_onboarding *onboarding, char *ret_code,
                              struct problem *problem)
{
    uint8_t packed[PACKED_SIZE];
    TRY(pack_values(onboarding, packed, problem));
    memcpy(ret_code, qr_prefix, PREFIX_SIZE);
    matter_base38_encode(SPAN_OF(packed), ret_code + PREFIX_SIZE);
    OPENSSL_cleanse(packed, sizeof(packed));
    return STATUS_OK;
}

static status_t check_tlv(struct span tlv, struct problem *problem)
{
    if (tlv.size + PACKED_SIZE > (size_t)PAYLOAD_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "ONBOARDING_LENGTH", "tlv",
                           "the TLV data has %zu bytes, and no QR symbol holds more than %d",
                           tlv.size, PAYLOAD_MAX - PACKED_SIZE);
    }
    if (tlv.size > 0 && !matter_onboarding_tlv_valid(tlv)) {
        return problem_say(problem, STATUS_INVALID, "QR_TLV", "tlv",
                           "the TLV data is not one anonymous structure, well formed to its end");
    }
    return STATUS_OK;
}

status_t matter_onboarding_qr_append(const struct matter_onboarding *onboarding,
                                     struct buf *ret_code, struct problem *problem)
{
    uint8_t packed[PACKED_SIZE];
    AUTO(buf_done) struct buf payload;
    buf_init_secret(&payload, PAYLOAD_MAX);
    TRY(check_tlv(onboarding->tlv, problem));
    TRY(pack_values(onboarding, packed, problem));
    buf_append(&payload, packed, sizeof(packed));
    OPENSSL_cleanse(packed, sizeof(packed));
    buf_append_span(&payload, onboarding->tlv);
    TRY(buf_status(&payload));
    buf_append_text(ret_code, qr_prefix);
    char *text = (char *)buf_extend(ret_code, matter_base38_length(payload.size) + 1);
    if (text != NULL) {
        matter_base38_encode(buf_span(&payload), text);
        ret_code->size--; /* its NUL */
    }
    return buf_status(ret_code);
}

status_t matter_onboarding_manual(const struct matter_onboarding *onboarding, char *ret_code,
                                  struct problem *problem)
{
    TRY(check_values(onboarding, problem));
    bool with_ids = onboarding->flow != MATTER_FLOW_STANDARD || onboarding->long_manual;
    unsigned discriminator = onboarding->discriminator >> SHORT_DISCRIMINATOR_SHIFT;
    uint32_t low = onboarding->passcode & ((1u << PASSCODE_LOW_BITS) - 1);
    size_t length = SHORT_DIGITS - 1;
    (void)snprintf(
        ret_code, MATTER_MANUAL_SIZE, "%u%05u%04u", discriminator >> 2 | (with_ids ? 4u : 0u),
        low | (discriminator & 3) << PASSCODE_LOW_BITS, onboarding->passcode >> PASSCODE_LOW_BITS);
    if (with_ids) {
        (void)snprintf(ret_code + length, MATTER_MANUAL_SIZE - length, "%05u%05u",
                       onboarding->vendor_id, onboarding->product_id);
        length = LONG_DIGITS - 1;
    }
    ret_code[length] = matter_verhoeff_digit(span_make(ret_code, length));
    ret_code[length + 1] = '\0';
    return STATUS_OK;
}

static status_t malformed(struct problem *problem, const char *reason, const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, reason, "code", "%s", what);
}

/* Decimal value of `count` digits. */
static uint32_t number(const uint8_t *digits, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (digits[i] - (uint32_t)'0');
    }
    return value;
}

static status_t check_digits(struct span code, struct problem *problem)
{
    for (size_t i = 0; i < code.size; i++) {
        if (code.data[i] < '0' || code.data[i] > '9') {
            return malformed(problem, "ONBOARDING_PREFIX",
                             "neither a QR payload (\"MT:\" first, upper case) nor a manual code "
                             "(digits only)");
        }
    }
    if (code.size != SHORT_DIGITS && code.size != LONG_DIGITS) {
        return malformed(problem, "MANUAL_CODE_LENGTH", "a manual code has 11 or 21 digits");
    }
    if (!matter_verhoeff_valid(code)) {
        return malformed(problem, "MANUAL_CODE_CHECK_DIGIT",
                         "the last digit does not fit the others: a digit is wrong or two are "
                         "exchanged");
    }
    if (code.data[0] > '7') {
        return malformed(problem, "ONBOARDING_VERSION",
                         "a first digit of 8 or 9 marks a later version of the manual code");
    }
    return STATUS_OK;
}

static status_t decode_manual(struct span code, struct matter_onboarding *ret_onboarding,
                              struct problem *problem)
{
    TRY(check_digits(code, problem));
    uint32_t first = number(code.data, 1);
    uint32_t middle = number(code.data + 1, 5);
    uint32_t high = number(code.data + 6, 4);
    bool with_ids = (first & 4) != 0;
    if (with_ids != (code.size == LONG_DIGITS)) {
        return malformed(problem, "MANUAL_CODE_LENGTH",
                         "the first digit says whether vendor and product follow, and the length "
                         "says otherwise");
    }
    uint32_t vendor_id = with_ids ? number(code.data + 10, 5) : 0;
    uint32_t product_id = with_ids ? number(code.data + 15, 5) : 0;
    if (middle > UINT16_MAX || high >> (PASSCODE_BITS - PASSCODE_LOW_BITS) != 0 ||
        vendor_id > UINT16_MAX || product_id > UINT16_MAX) {
        return malformed(problem, "MANUAL_CODE_GROUP",
                         "a group of digits is above the largest value it can hold");
    }
    uint32_t discriminator = (first & 3) << 2 | middle >> PASSCODE_LOW_BITS;
    *ret_onboarding = (struct matter_onboarding){
        .vendor_id = (uint16_t)vendor_id,
        .product_id = (uint16_t)product_id,
        .flow = with_ids ? MATTER_FLOW_CUSTOM : MATTER_FLOW_STANDARD,
        .discriminator = (uint16_t)(discriminator << SHORT_DISCRIMINATOR_SHIFT),
        .passcode = high << PASSCODE_LOW_BITS | (middle & ((1u << PASSCODE_LOW_BITS) - 1)),
        .from_manual_code = true,
        .has_ids = with_ids,
    };
    return check_values(ret_onboarding, problem);
}

static status_t decode_packed(const uint8_t packed[static PACKED_SIZE],
                              struct matter_onboarding *ret_onboarding, struct problem *problem)
{
    uint32_t values[FIELDS];
    unpack(packed, values);
    bool padded = values[PADDING] != 0;
    *ret_onboarding = (struct matter_onboarding){
        .version = (uint8_t)values[VERSION],
        .vendor_id = (uint16_t)values[VENDOR],
        .product_id = (uint16_t)values[PRODUCT],
        .flow = (enum matter_flow)values[FLOW],
        .discovery = (uint8_t)values[DISCOVERY],
        .discriminator = (uint16_t)values[DISCRIMINATOR],
        .passcode = values[PASSCODE],
        .has_ids = true,
    };
    OPENSSL_cleanse(values, sizeof(values));
    TRY(check_values(ret_onboarding, problem)); /* the version first: it rules the rest */
    TRY(check_discovery(ret_onboarding->discovery, problem));
    return padded ? malformed(problem, "QR_PADDING", "the four bits behind the passcode are not 0")
                  : STATUS_OK;
}

/* Base38 digits to bytes; the only place where a payload's length is looked at. */
static status_t decode_base38(struct span digits, struct buf *payload, struct problem *problem)
{
    if (memchr(digits.data, '*', digits.size) != NULL) {
        return malformed(problem, "QR_CONCATENATED",
                         "several payloads are joined by '*': split them and give one at a time");
    }
    status_t status = matter_base38_decode(digits, payload);
    if (status == STATUS_MALFORMED) {
        return malformed(problem, "QR_BASE38",
                         "not base38: digits, upper-case letters, '-' and '.' in groups of five");
    }
    TRY(status);
    if (payload->size < PACKED_SIZE) {
        return malformed(problem, "QR_LENGTH",
                         "a QR payload has at least 19 digits behind \"MT:\"");
    }
    return STATUS_OK;
}

static status_t decode_qr(struct span digits, struct matter_onboarding *ret_onboarding,
                          struct buf *ret_tlv, struct problem *problem)
{
    AUTO(buf_done) struct buf payload;
    buf_init_secret(&payload, PAYLOAD_MAX);
    TRY(decode_base38(digits, &payload, problem));
    TRY(decode_packed(payload.data, ret_onboarding, problem));
    struct span tlv = {payload.data + PACKED_SIZE, payload.size - PACKED_SIZE};
    if (tlv.size == 0) {
        return STATUS_OK;
    }
    if (!matter_onboarding_tlv_valid(tlv)) {
        return malformed(problem, "QR_TLV",
                         "the data behind the first 19 digits is not one TLV structure");
    }
    buf_append_span(ret_tlv, tlv);
    TRY(buf_status(ret_tlv));
    ret_onboarding->tlv = span_make(ret_tlv->data + ret_tlv->size - tlv.size, tlv.size);
    return STATUS_OK;
}

status_t matter_onboarding_decode(struct span code, struct matter_onboarding *ret_onboarding,
                                  struct buf *ret_tlv, struct problem *problem)
{
    if (code.size > MATTER_QR_TEXT_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "ONBOARDING_LENGTH", "code",
                           "longer than the %d characters a QR symbol can hold",
                           MATTER_QR_TEXT_MAX);
    }
    struct matter_onboarding onboarding;
    status_t status;
    if (code.size >= PREFIX_SIZE && memcmp(code.data, qr_prefix, PREFIX_SIZE) == 0) {
        status = decode_qr(span_make(code.data + PREFIX_SIZE, code.size - PREFIX_SIZE), &onboarding,
                           ret_tlv, problem);
    } else {
        status = decode_manual(code, &onboarding, problem);
    }
    if (status == STATUS_OK) {
        *ret_onboarding = onboarding;
    }
    OPENSSL_cleanse(&onboarding, sizeof(onboarding));
    return status;
}
