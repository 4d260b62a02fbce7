/* What is counted of each type of entry: one row of RULES each. */
#include <inttypes.h>
#include <stdio.h>

#include "client/log/report.h"
#include "lib/base/hex.h"
#include "lib/event/schema.h"

enum { NAME_PARTS_MAX = 6 };

/* How a count changes. */
enum act { ONE, SUM, LAST };

struct rule {
    enum event_type type;
    const char *word; /* outcome of a report, key source of a reservation; NULL: any */
    enum log_tally tally;
    enum event_field name[NAME_PARTS_MAX]; /* ends with EVENT_FIELD_COUNT; none: the day */
    int count;
    enum act act;
    enum event_field field; /* SUM, LAST */
};

#define NAME(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__, EVENT_FIELD_COUNT                                                             \
    }
#define DAY                                                                                        \
    {                                                                                              \
        EVENT_FIELD_COUNT                                                                          \
    }

/* clang-format off */
static const struct rule RULES[] = {
    {EVENT_TYPE_DEVICE_RESERVED, NULL, LOG_TALLY_DAYS, DAY, LOG_DAY_RESERVED, ONE, 0},
    {EVENT_TYPE_DEVICE_ISSUED, NULL, LOG_TALLY_DAYS, DAY, LOG_DAY_ISSUED, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "flashed", LOG_TALLY_DAYS, DAY, LOG_DAY_FLASHED, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "attempt_failed", LOG_TALLY_DAYS, DAY, LOG_DAY_FAILED, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "scrapped", LOG_TALLY_DAYS, DAY, LOG_DAY_SCRAPPED, ONE, 0},
    {EVENT_TYPE_CALL_DENIED, NULL, LOG_TALLY_DAYS, DAY, LOG_DAY_DENIED, ONE, 0},

    {EVENT_TYPE_DEVICE_RESERVED, NULL, LOG_TALLY_STATIONS, NAME(EVENT_STATION), LOG_STATION_RESERVED, ONE, 0},
    {EVENT_TYPE_DEVICE_TAKEN, NULL, LOG_TALLY_STATIONS, NAME(EVENT_STATION), LOG_STATION_TAKEN, ONE, 0},
    {EVENT_TYPE_DEVICE_DELIVERED, NULL, LOG_TALLY_STATIONS, NAME(EVENT_STATION), LOG_STATION_AGAIN, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "flashed", LOG_TALLY_STATIONS, NAME(EVENT_STATION), LOG_STATION_FLASHED, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "attempt_failed", LOG_TALLY_STATIONS, NAME(EVENT_STATION), LOG_STATION_FAILED, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "scrapped", LOG_TALLY_STATIONS, NAME(EVENT_STATION), LOG_STATION_SCRAPPED, ONE, 0},

    {EVENT_TYPE_DEVICE_REPORTED, "attempt_failed", LOG_TALLY_ORDERS, NAME(EVENT_ORDER), 0, ONE, 0},
    {EVENT_TYPE_ORDER_DATA, NULL, LOG_TALLY_DATA, NAME(EVENT_ORDER), LOG_DATA_IMPORTS, ONE, 0},
    {EVENT_TYPE_ORDER_DATA, NULL, LOG_TALLY_DATA, NAME(EVENT_ORDER), LOG_DATA_ROWS, SUM, EVENT_COUNT},
    {EVENT_TYPE_ORDER_DATA_ERASED, NULL, LOG_TALLY_DATA, NAME(EVENT_ORDER), LOG_DATA_ERASED, SUM, EVENT_COUNT},
    {EVENT_TYPE_DEVICE_RESERVED, "bought", LOG_TALLY_DATA, NAME(EVENT_ORDER), LOG_DATA_BOUGHT, ONE, 0},
    {EVENT_TYPE_DEVICE_REPORTED, "attempt_failed", LOG_TALLY_FAILURES, NAME(EVENT_PHASE, EVENT_CODE), 0, ONE, 0},
    {EVENT_TYPE_PRODUCT_APPLIED, NULL, LOG_TALLY_REVISIONS, NAME(EVENT_PRODUCT, EVENT_REVISION, EVENT_CONTENT_SHA256), 0, ONE, 0},

    {EVENT_TYPE_CALL_DENIED, NULL, LOG_TALLY_REASONS, NAME(EVENT_REASON), 0, ONE, 0},
    {EVENT_TYPE_CALL_DENIED, NULL, LOG_TALLY_DENIALS, NAME(EVENT_REASON, EVENT_IDENTITY, EVENT_METHOD), 0, ONE, 0},
    {EVENT_TYPE_CALL_DENIED, NULL, LOG_TALLY_DENIALS, NAME(EVENT_REASON, EVENT_IDENTITY, EVENT_METHOD), 1, SUM, EVENT_UNRECORDED},

    {EVENT_TYPE_DEVICE_REVOKED, NULL, LOG_TALLY_REVOKED, NAME(EVENT_DAC_SERIAL, EVENT_PAI, EVENT_REVOCATION_REASON), 0, ONE, 0},
    {EVENT_TYPE_DEVICE_REVOKED, NULL, LOG_TALLY_PAIS, NAME(EVENT_PAI), 0, ONE, 0},
    {EVENT_TYPE_CRL_ISSUED, NULL, LOG_TALLY_LISTS, NAME(EVENT_PAI), LOG_LIST_LISTS, ONE, 0},
    {EVENT_TYPE_CRL_ISSUED, NULL, LOG_TALLY_LISTS, NAME(EVENT_PAI), LOG_LIST_NUMBER, LAST, EVENT_CRL_NUMBER},
    {EVENT_TYPE_CRL_ISSUED, NULL, LOG_TALLY_LISTS, NAME(EVENT_PAI), LOG_LIST_COUNT, LAST, EVENT_COUNT},
    {EVENT_TYPE_CRL_ISSUED, NULL, LOG_TALLY_LISTS, NAME(EVENT_PAI), LOG_LIST_NEXT, LAST, EVENT_NEXT_UPDATE},

    {EVENT_TYPE_START, NULL, LOG_TALLY_TOKENS, NAME(EVENT_TOKEN_KIND, EVENT_TOKEN_LABEL, EVENT_TOKEN_MODEL, EVENT_TOKEN_SERIAL), 0, ONE, 0},
    {EVENT_TYPE_START, NULL, LOG_TALLY_VERSIONS, NAME(EVENT_VERSION, EVENT_CONFIG_SHA256), 0, ONE, 0},
    {EVENT_TYPE_KEY_SERVED, NULL, LOG_TALLY_KEYS, NAME(EVENT_KEY_PURPOSE, EVENT_KEY_LABEL, EVENT_KEY_CLASS, EVENT_PUBLIC_KEY_SHA256, EVENT_KEY_ATTRIBUTES), 0, ONE, 0},
    {EVENT_TYPE_KEY_CEREMONY, NULL, LOG_TALLY_CEREMONIES, NAME(EVENT_KEY_PURPOSE, EVENT_KEY_LABEL, EVENT_TOKEN_KIND, EVENT_TOKEN_SERIAL, EVENT_TRANSCRIPT_SHA256), 0, ONE, 0},
    {EVENT_TYPE_CLOCK_JUMP, NULL, LOG_TALLY_CLOCKS, NAME(EVENT_OFFSET_MS), 0, ONE, 0},
    {EVENT_TYPE_LOG_RECOVERED, NULL, LOG_TALLY_RECOVERIES, NAME(EVENT_OLD_ORIGIN, EVENT_ORIGIN, EVENT_SIZE), 0, ONE, 0},

    {EVENT_TYPE_DEVICE_ERASED, NULL, LOG_TALLY_ERASURES, NAME(EVENT_ERASED), 0, ONE, 0},
    {EVENT_TYPE_DEVICE_ERASED, NULL, LOG_TALLY_ERASURES, NAME(EVENT_ERASED), 1, SUM, EVENT_COUNT},
    {EVENT_TYPE_SALT_DESTROYED, NULL, LOG_TALLY_SALTS, NAME(EVENT_DAY), 0, ONE, 0},
    {EVENT_TYPE_CODES_READ, NULL, LOG_TALLY_CODES, NAME(EVENT_IDENTITY, EVENT_PURPOSE), 0, ONE, 0},
};
/* clang-format on */

void log_report_done(struct log_report *report)
{
    for (int i = 0; i < LOG_TALLIES; i++) {
        tally_done(&report->tallies[i]);
    }
    *report = (struct log_report){0};
}

static void append_value(const struct event *event, enum event_field field, struct buf *name)
{
    const struct event_value *value = &event->values[field];
    switch (EVENT_FIELD_TABLE[field].kind) {
    case EVENT_KIND_BYTES:
        html_hex(name, value->bytes);
        break;
    case EVENT_KIND_NUMBER:
    case EVENT_KIND_TIME:
        buf_print(name, "%" PRId64, value->number);
        break;
    case EVENT_KIND_TEXT:
    case EVENT_KIND_LINES:
    case EVENT_KIND_WORD:
        buf_append_span(name, value->bytes);
        break;
    }
}

static void name_of(const struct rule *rule, const struct event *event, struct buf *name)
{
    buf_clear(name);
    if (rule->name[0] == EVENT_FIELD_COUNT) {
        html_day(name, event->time_ms);
    }
    for (size_t i = 0; rule->name[i] != EVENT_FIELD_COUNT; i++) {
        if (i > 0) {
            buf_append_byte(name, TALLY_PART);
        }
        append_value(event, rule->name[i], name);
    }
    buf_append_byte(name, '\0');
}

static void count(const struct rule *rule, const struct event *event, uint64_t *counter)
{
    uint64_t value = rule->act == ONE ? 1 : (uint64_t)event->values[rule->field].number;
    *counter = rule->act == LAST ? value : *counter + value;
}

static status_t apply(struct log_report *report, const struct rule *rule, const struct event *event)
{
    struct tally_row *row = NULL;
    AUTO(buf_done) struct buf name;
    buf_init(&name, TALLY_NAME_MAX);
    name_of(rule, event, &name);
    TRY(buf_status(&name));
    TRY(tally_row(&report->tallies[rule->tally], (const char *)name.data, &row));
    if (row == NULL) {
        return STATUS_OK;
    }
    if (row->first_ms == 0) {
        row->first_ms = event->time_ms;
        row->first_at = audit_summary(report->verify->audit)->entries;
    }
    row->last_ms = event->time_ms;
    count(rule, event, &row->counts[rule->count]);
    return STATUS_OK;
}

/* No type of entry has both fields. */
static bool has_word(const struct event *event, const char *word)
{
    return span_equal(event->values[EVENT_OUTCOME].bytes, span_text(word)) ||
           span_equal(event->values[EVENT_KEY_SOURCE].bytes, span_text(word));
}

status_t log_report_entry(void *context, const struct event *event, struct problem *problem)
{
    struct log_report *report = context;
    (void)problem;
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
        const struct rule *rule = &RULES[i];
        if (rule->type == event->type && (rule->word == NULL || has_word(event, rule->word))) {
            TRY(apply(report, rule, event));
        }
    }
    return STATUS_OK;
}

status_t log_report_finish(struct log_report *report)
{
    const struct audit *audit = report->verify->audit;
    for (uint32_t i = 1; i <= audit_orders(audit); i++) {
        struct tally_row *row = NULL;
        const struct audit_order *order = audit_order(audit, i);
        TRY(tally_row(&report->tallies[LOG_TALLY_PRODUCTS], order->product_name, &row));
        for (int state = 0; row != NULL && state < AUDIT_UNIT_STATES; state++) {
            row->counts[state] += order->units[state];
        }
    }
    tally_sort_names(&report->tallies[LOG_TALLY_DAYS]); /* entries may cross by a moment */
    tally_sort_names(&report->tallies[LOG_TALLY_PRODUCTS]);
    tally_sort_names(&report->tallies[LOG_TALLY_STATIONS]);
    tally_sort_names(&report->tallies[LOG_TALLY_CODES]);
    tally_sort_counts(&report->tallies[LOG_TALLY_FAILURES]);
    tally_sort_counts(&report->tallies[LOG_TALLY_REASONS]);
    tally_sort_counts(&report->tallies[LOG_TALLY_DENIALS]);
    return STATUS_OK;
}

uint64_t log_report_open_units(const struct audit_order *order)
{
    return order->units[AUDIT_UNIT_RESERVED] + order->units[AUDIT_UNIT_ISSUED];
}

bool log_report_overdue(const struct log_report *report, const struct audit_order *order)
{
    int64_t now = audit_summary(report->verify->audit)->last_ms / 1000;
    return order->state != AUDIT_ORDER_CLOSED && order->window[1] != 0 && now >= order->window[1];
}

uint64_t log_report_data(const struct log_report *report, enum log_data what)
{
    const struct tally *data = &report->tallies[LOG_TALLY_DATA];
    uint64_t sum = 0;
    for (size_t i = 0; i < data->count; i++) {
        sum += data->rows[i].counts[what];
    }
    return sum;
}

const char *log_report_name(const struct log_report *report, const char *id)
{
    const struct audit *audit = report->verify->audit;
    const char *first = audit_people(audit) > 0 ? audit_person(audit, 1)->id : "";
    const char *domain = strncmp(first, "spiffe://", 9) == 0 ? strchr(first + 9, '/') : NULL;
    size_t length = domain != NULL ? (size_t)(domain - first) + 1 : 0;
    return length > 0 && strncmp(id, first, length) == 0 ? id + length : id;
}

enum log_change_state log_report_change_state(const struct log_report *report,
                                              const struct audit_change *change)
{
    static const enum log_change_state SINGLE[] = {
        [AUDIT_ONE] = LOG_CHANGE_ONE,
        [AUDIT_TWO] = LOG_CHANGE_RULE_OFF,
        [AUDIT_TWO_OR_LIMITS] = LOG_CHANGE_LIMITS,
    };
    if (change->used) {
        return change->approved ? LOG_CHANGE_TWO : SINGLE[change->needed];
    }
    if (change->ended) {
        return LOG_CHANGE_ENDED;
    }
    return audit_summary(report->verify->audit)->last_ms / 1000 >= change->expires
               ? LOG_CHANGE_EXPIRED
               : LOG_CHANGE_WAITING;
}
