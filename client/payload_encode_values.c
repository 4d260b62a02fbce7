/* From the words of `mintmark payload encode` to their values. */
#include <stdio.h>

#include "client/number.h"
#include "client/payload.h"
#include "client/payload_encode_arguments.h"
#include "lib/base/hex.h"
#include "lib/matter/spake2p.h"

static status_t read_passcode(const char *argument, uint32_t *ret_passcode, struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init_secret(&text, 16);
    status_t status = payload_read_secret(argument, &text, problem);
    buf_append_byte(&text, '\0');
    if (status == STATUS_TOO_LARGE || buf_status(&text) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "NUMBER", "passcode",
                           "not a passcode: longer "
                           "than any");
    }
    TRY(status);
    return number_read("passcode", (const char *)text.data, UINT32_MAX, ret_passcode, problem);
}

static status_t read_names(const struct payload_encode_arguments *arguments,
                           struct matter_onboarding *onboarding, struct problem *problem)
{
    const char *flow = arguments->texts[PAYLOAD_FLOW];
    const char *discovery = arguments->texts[PAYLOAD_DISCOVERY];
    onboarding->discovery = MATTER_DISCOVERY_BLE;
    if (flow != NULL && !payload_flow_find(flow, &onboarding->flow)) {
        return problem_say(problem, STATUS_INVALID, "ONBOARDING_FLOW", "flow",
                           "not a flow: write standard, user-intent or custom");
    }
    if (discovery != NULL && !payload_discovery_find(discovery, &onboarding->discovery)) {
        return problem_say(problem, STATUS_INVALID, "ONBOARDING_DISCOVERY", "discovery",
                           "not a list of softap, ble, on-network, wifi-paf, nfc and thread");
    }
    return STATUS_OK;
}

/* ---- further data ---- */

/* An option that may be absent, then 0; given, it is at least 1. */
static status_t read_optional(const char *field, const char *text, uint32_t max,
                              uint32_t *ret_number, struct problem *problem)
{
    uint32_t number = 0;
    if (text != NULL) {
        TRY(number_read(field, text, max, &number, problem));
        if (number == 0) {
            return problem_say(problem, STATUS_INVALID, "NUMBER", field,
                               "0 says nothing: leave the option out, or give 1 to %u", max);
        }
    }
    *ret_number = number;
    return STATUS_OK;
}

static status_t read_vendor_data(const char *word, struct matter_onboarding_vendor *ret_vendor,
                                 struct problem *problem)
{
    const char *equals = strchr(word, '=');
    char tag_text[8] = "";
    uint32_t tag = 0;
    if (equals == NULL || (size_t)(equals - word) >= sizeof(tag_text)) {
        return problem_say(problem, STATUS_INVALID, "VENDOR_TAG", "vendor-data",
                           "not TAG=TEXT: write for example 0x80=blue");
    }
    memcpy(tag_text, word, (size_t)(equals - word));
    TRY(number_read("vendor-data", tag_text, UINT8_MAX, &tag, problem));
    *ret_vendor = (struct matter_onboarding_vendor){.tag = (uint8_t)tag, .text = equals + 1};
    return STATUS_OK;
}

static status_t read_salt(const char *text, struct buf *ret_salt, struct problem *problem)
{
    if (text == NULL) {
        return STATUS_OK;
    }
    if (text[0] == '\0' || hex_decode(span_text(text), ret_salt) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "SALT_SIZE", "salt",
                           "not the hexadecimal digits of %d to %d bytes", MATTER_SPAKE2P_SALT_MIN,
                           MATTER_SPAKE2P_SALT_MAX);
    }
    return STATUS_OK;
}

static status_t read_extra(const struct payload_encode_arguments *arguments, struct buf *ret_tlv,
                           struct problem *problem)
{
    const char *const *texts = arguments->texts;
    AUTO(buf_done) struct buf salt;
    uint32_t device_count = 0;
    uint32_t timeout = 0;
    struct matter_onboarding_extra extra = {.serial_number = texts[PAYLOAD_SERIAL_NUMBER],
                                            .vendor_count = arguments->vendor_data_count};
    buf_init_secret(&salt, MATTER_SPAKE2P_SALT_MAX);
    TRY(read_optional("iterations", texts[PAYLOAD_ITERATIONS], MATTER_SPAKE2P_ITERATIONS_MAX,
                      &extra.iterations, problem));
    TRY(read_salt(texts[PAYLOAD_SALT], &salt, problem));
    TRY(read_optional("device-count", texts[PAYLOAD_DEVICE_COUNT], UINT8_MAX, &device_count,
                      problem));
    TRY(read_optional("timeout", texts[PAYLOAD_TIMEOUT], UINT16_MAX, &timeout, problem));
    for (size_t i = 0; i < arguments->vendor_data_count; i++) {
        TRY(read_vendor_data(arguments->vendor_data[i], &extra.vendor[i], problem));
    }
    extra.salt = buf_span(&salt);
    extra.device_count = (uint8_t)device_count;
    extra.timeout = (uint16_t)timeout;
    return matter_onboarding_tlv_write(&extra, ret_tlv, problem);
}

/* ---- all of them ---- */

status_t payload_encode_values(const struct payload_encode_arguments *arguments,
                               struct matter_onboarding *ret_onboarding, struct buf *ret_tlv,
                               struct problem *problem)
{
    const char *const *texts = arguments->texts;
    struct matter_onboarding onboarding = {.long_manual = arguments->long_manual};
    uint32_t vendor_id, product_id, discriminator;
    TRY(number_read("vendor-id", texts[PAYLOAD_VENDOR_ID], UINT16_MAX, &vendor_id, problem));
    TRY(number_read("product-id", texts[PAYLOAD_PRODUCT_ID], UINT16_MAX, &product_id, problem));
    TRY(number_read("discriminator", texts[PAYLOAD_DISCRIMINATOR], 4095, &discriminator, problem));
    TRY(read_names(arguments, &onboarding, problem));
    TRY(read_extra(arguments, ret_tlv, problem));
    TRY(read_passcode(texts[PAYLOAD_PASSCODE], &onboarding.passcode, problem));
    onboarding.vendor_id = (uint16_t)vendor_id;
    onboarding.product_id = (uint16_t)product_id;
    onboarding.discriminator = (uint16_t)discriminator;
    onboarding.tlv = buf_span(ret_tlv);
    *ret_onboarding = onboarding;
    explicit_bzero(&onboarding, sizeof(onboarding));
    return STATUS_OK;
}

status_t payload_encode_drawing(const struct payload_encode_arguments *arguments,
                                struct qr_drawing *ret_drawing, struct problem *problem)
{
    const char *margin = arguments->texts[PAYLOAD_MARGIN];
    struct qr_drawing drawing = {.scale = QR_SYMBOL_SCALE, .margin = QR_SYMBOL_MARGIN};
    if (arguments->texts[PAYLOAD_SCALE] != NULL) {
        TRY(read_optional("scale", arguments->texts[PAYLOAD_SCALE], QR_SYMBOL_SCALE_MAX,
                          &drawing.scale, problem));
    }
    if (margin != NULL) {
        TRY(number_read("margin", margin, QR_SYMBOL_MARGIN_MAX, &drawing.margin, problem));
    }
    *ret_drawing = drawing;
    return STATUS_OK;
}
