/* What was signed, against what the log says came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "client/log/verify.h"
#include "lib/event/time.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "mintmark/v1/administration.pb-c.h"

enum { DAY_SECONDS = 86400 };

static status_t other(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "OTHER_CONTENT", "",
                       "the entry has another %s than what was signed", what);
}

static bool is_text(const struct event *event, enum event_field field, const char *wanted)
{
    return span_equal(event->values[field].bytes, span_text(wanted));
}

static bool is_number(const struct event *event, enum event_field field, int64_t wanted)
{
    return event->values[field].number == wanted;
}

/* ";line1;line2;", as an order's entry has them. */
static bool are_lines(const struct event *event, const Mintmark__V1__OrderSpec *spec)
{
    AUTO(buf_done) struct buf lines;
    buf_init(&lines, EVENT_MAX);
    for (size_t i = 0; i < spec->n_lines; i++) {
        buf_print(&lines, "%s%s;", i == 0 ? ";" : "", spec->lines[i]);
    }
    return span_equal(event->values[EVENT_LINES].bytes, buf_span(&lines));
}

/* "2%" of the quantity, rounded down, or a number of units (proto/mintmark/v1/order.proto). */
static int64_t limit_of(uint32_t quantity, const char *overage)
{
    uint64_t value = strtoul(overage, NULL, 10);
    bool percent = strchr(overage, '%') != NULL;
    return (int64_t)(quantity + (percent ? quantity * value / 100 : value));
}

static status_t check_order(const Mintmark__V1__OrderSpec *spec, const struct event *event,
                            struct problem *problem)
{
    if (!is_text(event, EVENT_ORDER, spec->order) ||
        !is_text(event, EVENT_PRODUCT, spec->product) ||
        !is_number(event, EVENT_REVISION, spec->product_revision)) {
        return other("order or product", problem);
    }
    if (!is_number(event, EVENT_QUANTITY, spec->quantity) ||
        !is_number(event, EVENT_IDENTITIES_LIMIT, limit_of(spec->quantity, spec->overage))) {
        return other("quantity", problem);
    }
    return are_lines(event, spec) ? STATUS_OK : other("lines", problem);
}

/* What an amendment leaves out stays as it was; here is judged what it says. */
static status_t check_amendment(const Mintmark__V1__OrderAmendment *amendment,
                                const struct event *event, struct problem *problem)
{
    bool quantity = amendment->quantity != 0;
    if (!is_text(event, EVENT_ORDER, amendment->order) ||
        (amendment->product_revision != 0 &&
         !is_number(event, EVENT_REVISION, amendment->product_revision))) {
        return other("order or revision", problem);
    }
    if (quantity && !is_number(event, EVENT_QUANTITY, amendment->quantity)) {
        return other("quantity", problem);
    }
    if (quantity && amendment->overage[0] != '\0' &&
        !is_number(event, EVENT_IDENTITIES_LIMIT,
                   limit_of(amendment->quantity, amendment->overage))) {
        return other("overage", problem);
    }
    return STATUS_OK;
}

static status_t check_data(const Mintmark__V1__OrderDataImport *data, const struct event *event,
                           struct problem *problem)
{
    struct span rows = span_make(data->rows_sha256.data, data->rows_sha256.len);
    return is_text(event, EVENT_ORDER, data->order) && is_number(event, EVENT_COUNT, data->rows) &&
                   span_equal(event->values[EVENT_ROWS_SHA256].bytes, rows)
               ? STATUS_OK
               : other("order or set of rows", problem);
}

static bool is_role(const struct event *event, Mintmark__V1__Role role)
{
    struct span word = event->values[EVENT_ROLE].bytes;
    const ProtobufCEnumValue *value =
        protobuf_c_enum_descriptor_get_value(&mintmark__v1__role__descriptor, (int)role);
    const char *wanted = value == NULL ? "" : value->name + strlen("ROLE_");
    return word.size == strlen(wanted) &&
           strncasecmp((const char *)word.data, wanted, word.size) == 0;
}

/* The key that a request brings, checked as the server checks it; appended. */
static status_t request_key(const Mintmark__V1__IdentitySpec *spec, struct buf *ret_spki)
{
    struct problem problem = {0};
    uint8_t point[PKI_POINT_SIZE];
    TRY(pki_pkcs10_check(span_make(spec->csr.data, spec->csr.len), point, &problem));
    return pki_plain_key_spki(SPAN_OF(point), ret_spki);
}

/* The key of the signed certificate or request, and none without one. */
static bool is_key(const struct event *event, const Mintmark__V1__IdentitySpec *spec)
{
    struct problem problem = {0};
    struct pki_certificate certificate = {0};
    AUTO(buf_done) struct buf spki;
    struct span key = event->values[EVENT_SPKI].bytes;
    struct span der = span_make(spec->certificate.data, spec->certificate.len);
    buf_init(&spki, PKI_CSR_MAX);
    if (spec->csr.len > 0) {
        return der.size == 0 && request_key(spec, &spki) == STATUS_OK &&
               span_equal(key, buf_span(&spki));
    }
    return (der.size == 0 || pki_certificate_parse(der, &certificate, &problem) == STATUS_OK) &&
           span_equal(key, certificate.spki);
}

static status_t check_identity(const Mintmark__V1__IdentitySpec *spec, const struct event *event,
                               struct problem *problem)
{
    if (!is_text(event, EVENT_IDENTITY, spec->identity) || !is_role(event, spec->role) ||
        !is_text(event, EVENT_LINE, spec->line)) {
        return other("identity, role or line", problem);
    }
    return is_key(event, spec) ? STATUS_OK : other("key", problem);
}

/* A certificate is made only of a signed request. */
static status_t check_request(const Mintmark__V1__IdentitySpec *spec, const struct event *event,
                              struct problem *problem)
{
    return is_text(event, EVENT_IDENTITY, spec->identity) && spec->csr.len > 0
               ? STATUS_OK
               : other("identity or no request", problem);
}

status_t log_verify_revocation(void *context, const uint8_t sha256[static SHA256_SIZE],
                               struct audit_revocation *ret_revocation, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(log_verify_content(context, sha256, &mintmark__v1__revocation__descriptor, &message,
                           problem));
    const Mintmark__V1__Revocation *revocation = (const Mintmark__V1__Revocation *)message;
    if (revocation->units_sha256.len != sizeof(ret_revocation->units_sha256)) {
        return other("set of units", problem);
    }
    ret_revocation->units = revocation->units;
    memcpy(ret_revocation->units_sha256, revocation->units_sha256.data,
           sizeof(ret_revocation->units_sha256));
    return STATUS_OK;
}

status_t log_verify_effect(void *context, const uint8_t sha256[static SHA256_SIZE],
                           const struct event *event, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    if (event->type == EVENT_TYPE_LOG_RECOVERED) {
        return log_verify_recovery(context, sha256, event, problem);
    }
    if (event->type == EVENT_TYPE_ORDER_CREATED) {
        TRY(log_verify_content(context, sha256, &mintmark__v1__order_spec__descriptor, &message,
                               problem));
        return check_order((const Mintmark__V1__OrderSpec *)message, event, problem);
    }
    if (event->type == EVENT_TYPE_ORDER_AMENDED) {
        TRY(log_verify_content(context, sha256, &mintmark__v1__order_amendment__descriptor,
                               &message, problem));
        return check_amendment((const Mintmark__V1__OrderAmendment *)message, event, problem);
    }
    if (event->type == EVENT_TYPE_ORDER_DATA) {
        TRY(log_verify_content(context, sha256, &mintmark__v1__order_data_import__descriptor,
                               &message, problem));
        return check_data((const Mintmark__V1__OrderDataImport *)message, event, problem);
    }
    if (event->type == EVENT_TYPE_IDENTITY_ENROLLED ||
        event->type == EVENT_TYPE_IDENTITY_REQUESTED) {
        TRY(log_verify_content(context, sha256, &mintmark__v1__identity_spec__descriptor, &message,
                               problem));
        const Mintmark__V1__IdentitySpec *spec = (const Mintmark__V1__IdentitySpec *)message;
        return event->type == EVENT_TYPE_IDENTITY_ENROLLED ? check_identity(spec, event, problem)
                                                           : check_request(spec, event, problem);
    }
    return STATUS_OK;
}

/* 00:00 UTC of a day "YYYY-MM-DD"; 0 when none is named. */
static status_t day_of(const char *text, int64_t *ret_seconds, struct problem *problem)
{
    char midnight[EVENT_TIME_SIZE + 8];
    int64_t ms = 0;
    if (text[0] != '\0') {
        (void)snprintf(midnight, sizeof(midnight), "%.12sT00:00:00.000Z", text);
        if (event_time_read(span_text(midnight), &ms) != STATUS_OK) {
            return other("day", problem);
        }
    }
    *ret_seconds = ms / 1000;
    return STATUS_OK;
}

status_t log_verify_window(void *context, const uint8_t sha256[static SHA256_SIZE],
                           const struct event *event, int64_t ret_window[static 2],
                           struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    const char *days[2] = {"", ""};
    int64_t window[2] = {0};
    if (event->type == EVENT_TYPE_ORDER_CREATED) {
        TRY(log_verify_content(context, sha256, &mintmark__v1__order_spec__descriptor, &message,
                               problem));
        days[0] = ((const Mintmark__V1__OrderSpec *)message)->not_before;
        days[1] = ((const Mintmark__V1__OrderSpec *)message)->not_after;
    } else {
        TRY(log_verify_content(context, sha256, &mintmark__v1__order_amendment__descriptor,
                               &message, problem));
        days[1] = ((const Mintmark__V1__OrderAmendment *)message)->not_after;
    }
    TRY(day_of(days[0], &window[0], problem));
    TRY(day_of(days[1], &window[1], problem));
    ret_window[0] = window[0];
    ret_window[1] = window[1] != 0 ? window[1] + DAY_SECONDS : 0; /* the whole day */
    return STATUS_OK;
}
