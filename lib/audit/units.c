#include <stdio.h>

#include "lib/audit/state.h"
#include "lib/base/hex.h"

static struct audit_order *order_of(struct audit *audit, const struct audit_unit *unit)
{
    return audit_list_at(&audit->orders, unit->order);
}

static void move(struct audit *audit, struct audit_unit *unit, enum audit_unit_state state)
{
    struct audit_order *order = order_of(audit, unit);
    order->units[unit->state]--;
    order->units[state]++;
    unit->state = (uint8_t)state;
}

/* The unit that the entry names: its record, in its order, with its unit id where it is alive. */
static status_t find_unit(struct audit *audit, const struct event *event,
                          struct audit_unit **ret_unit, struct problem *problem)
{
    uint32_t number =
        audit_table_get(&audit->names, AUDIT_NAME_UNIT, audit_bytes(event, EVENT_RECORD));
    if (number == 0) {
        return audit_wrong(problem, "NO_INTENT", "no such identity was ever reserved");
    }
    struct audit_unit *unit = audit_list_at(&audit->units, number);
    uint32_t live = audit_table_get(&audit->names, AUDIT_NAME_LIVE, audit_bytes(event, EVENT_UNIT));
    bool ended = unit->state == AUDIT_UNIT_SUPERSEDED || unit->state == AUDIT_UNIT_VOID;
    if (audit_table_get(&audit->names, AUDIT_NAME_ORDER, audit_bytes(event, EVENT_ORDER)) !=
            unit->order ||
        (!ended && live != number)) {
        return audit_wrong(problem, "OTHER_UNIT",
                           "order and unit are not those the identity was reserved for");
    }
    *ret_unit = unit;
    return STATUS_OK;
}

static status_t find_in(struct audit *audit, const struct event *event, unsigned states,
                        struct audit_unit **ret_unit, struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_unit(audit, event, &unit, problem));
    if ((states & 1u << unit->state) == 0) {
        return audit_wrong(problem, "UNIT_STATE", "this cannot happen to an identity in its state");
    }
    *ret_unit = unit;
    return STATUS_OK;
}

/* Behind a release it is taken first. */
static status_t check_held(const struct audit_unit *unit, struct problem *problem)
{
    return unit->released
               ? audit_wrong(problem, "UNIT_RELEASED", "the unit was at no station at that time")
               : STATUS_OK;
}

enum {
    RESERVED = 1u << AUDIT_UNIT_RESERVED,
    ISSUED = 1u << AUDIT_UNIT_ISSUED,
    FLASHED = 1u << AUDIT_UNIT_FLASHED,
    SCRAPPED = 1u << AUDIT_UNIT_SCRAPPED,
};

static bool line_allowed(const struct audit_order *order, const char *line)
{
    char wanted[70];
    (void)snprintf(wanted, sizeof(wanted), ";%s;", line);
    return order->lines[0] == '\0' || (line[0] != '\0' && strstr(order->lines, wanted) != NULL);
}

/* A reservation that began in time may be on record a moment later. */
static bool in_window(const struct audit_order *order, int64_t time_ms)
{
    int64_t now = time_ms / 1000;
    return now >= order->window[0] &&
           (order->window[1] == 0 || now < order->window[1] + AUDIT_WINDOW_SLACK_S);
}

/* The order has room and is of this product. */
static status_t check_fits(const struct audit *audit, const struct event *event,
                           const struct audit_order *order, struct problem *problem)
{
    char name[65];
    uint64_t used = 0;
    int64_t revision = audit_number(event, EVENT_REVISION);
    for (size_t i = 0; i < AUDIT_UNIT_STATES; i++) {
        used += order->units[i];
    }
    if (used >= order->identities_limit) {
        return audit_wrong(problem, "ORDER_EXCEEDED", "the order's %llu identities were all used",
                           (unsigned long long)order->identities_limit);
    }
    audit_text(event, EVENT_PRODUCT, name, sizeof(name));
    if (strcmp(name, order->product_name) != 0 ||
        audit_product_find(audit, name, revision) != order->product) {
        return audit_wrong(problem, "OTHER_PRODUCT", "the order is not of product %s@%lld", name,
                           (long long)revision);
    }
    return STATUS_OK;
}

static status_t find_order(struct audit *audit, const struct event *event, uint32_t *ret_order,
                           struct problem *problem)
{
    *ret_order = audit_table_get(&audit->names, AUDIT_NAME_ORDER, audit_bytes(event, EVENT_ORDER));
    return *ret_order == 0 ? audit_wrong(problem, "NO_ORDER", "no such order was ever opened")
                           : STATUS_OK;
}

/* It is open besides, and the station may work on it. */
static status_t check_order(struct audit *audit, const struct event *event, uint32_t *ret_order,
                            struct problem *problem)
{
    const struct audit_person *station = NULL;
    TRY(find_order(audit, event, ret_order, problem));
    const struct audit_order *order = audit_list_at(&audit->orders, *ret_order);
    if (order->state != AUDIT_ORDER_OPEN) {
        return audit_wrong(problem, "ORDER_NOT_OPEN", "the order was not open");
    }
    if (!in_window(order, event->time_ms)) {
        return audit_wrong(problem, "ORDER_WINDOW",
                           "the order was not begun, or over, by the dates that were signed");
    }
    TRY(check_fits(audit, event, order, problem));
    TRY(audit_person_acts(audit, audit_bytes(event, EVENT_STATION), "station", &station, problem));
    if (!line_allowed(order, station->line)) {
        return audit_wrong(problem, "LINE", "the order is not for the line of this station");
    }
    return STATUS_OK;
}

/* A serial number is unique for its vendor, for ever. */
static status_t take_serial_number(struct audit *audit, const struct event *event,
                                   const struct audit_product *product, struct problem *problem)
{
    uint8_t name[2 + 64];
    struct span number = audit_bytes(event, EVENT_SERIAL_NUMBER);
    if (number.size == 0 || number.size > sizeof(name) - 2) {
        return STATUS_OK; /* the device has its own */
    }
    name[0] = (uint8_t)(product->vendor_id >> 8);
    name[1] = (uint8_t)product->vendor_id;
    memcpy(name + 2, number.data, number.size);
    return audit_take(audit, AUDIT_NAME_SERIAL_NUMBER, span_make(name, 2 + number.size), 1,
                      "SERIAL_NUMBER_TWICE", problem);
}

static status_t take_names(struct audit *audit, const struct event *event,
                           const struct audit_unit *unit, struct problem *problem)
{
    uint32_t number = (uint32_t)audit->units.count;
    const struct audit_product *product = audit_list_at(&audit->products, unit->product);
    TRY(audit_take(audit, AUDIT_NAME_UNIT, audit_bytes(event, EVENT_RECORD), number, "RECORD_TWICE",
                   problem));
    TRY(audit_take(audit, AUDIT_NAME_LIVE, audit_bytes(event, EVENT_UNIT), number, "UNIT_TWICE",
                   problem));
    TRY(audit_take(audit, AUDIT_NAME_DAC_SERIAL, audit_bytes(event, EVENT_DAC_SERIAL), number,
                   "DAC_SERIAL_TWICE", problem));
    TRY(audit_take(audit, AUDIT_NAME_PUBLIC_KEY, audit_bytes(event, EVENT_PUBLIC_KEY), number,
                   "PUBLIC_KEY_TWICE", problem));
    if (unit->hardware_id[0] != '\0') {
        TRY(audit_take(audit, AUDIT_NAME_HARDWARE, audit_bytes(event, EVENT_HARDWARE_ID), number,
                       "HARDWARE_TWICE", problem));
    }
    return take_serial_number(audit, event, product, problem);
}

static void copy(uint8_t *place, struct span bytes, size_t size)
{
    if (bytes.size == size) { /* as the schema says */
        memcpy(place, bytes.data, size);
    }
}

/* A new identity in its order: all that is unique is taken. */
static status_t add_unit(struct audit *audit, const struct event *event, uint32_t order_number,
                         struct audit_unit **ret_unit, struct problem *problem)
{
    struct audit_order *order = audit_list_at(&audit->orders, order_number);
    struct audit_unit unit = {
        .reserved_at = audit->summary.entries, .order = order_number, .product = order->product};
    audit_text(event, EVENT_HARDWARE_ID, unit.hardware_id, sizeof(unit.hardware_id));
    copy(unit.dac_serial, audit_bytes(event, EVENT_DAC_SERIAL), sizeof(unit.dac_serial));
    copy(unit.public_key, audit_bytes(event, EVENT_PUBLIC_KEY), sizeof(unit.public_key));
    unit.bought = span_equal(audit_bytes(event, EVENT_KEY_SOURCE), span_text("bought"));
    copy(unit.tbs_sha256, audit_bytes(event, EVENT_TBS_SHA256), sizeof(unit.tbs_sha256));
    TRY(audit_order_gives(audit, event, order, problem));
    TRY(audit_list_add(&audit->units, &unit));
    TRY(take_names(audit, event, &unit, problem));
    order->units[AUDIT_UNIT_RESERVED]++;
    audit->summary.open_intents++;
    *ret_unit = audit_list_at(&audit->units, (uint32_t)audit->units.count);
    return STATUS_OK;
}

status_t audit_on_DEVICE_RESERVED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    uint32_t order = 0;
    struct audit_unit *unit = NULL;
    TRY(check_order(audit, event, &order, problem));
    return add_unit(audit, event, order, &unit, problem);
}

static status_t issue(struct audit *audit, const struct event *event, struct audit_unit *unit)
{
    uint32_t number =
        audit_table_get(&audit->names, AUDIT_NAME_UNIT, audit_bytes(event, EVENT_RECORD));
    TRY(audit_list_add(&audit->issued, &number));
    copy(unit->certificate_sha256, audit_bytes(event, EVENT_CERTIFICATE_SHA256), SHA256_SIZE);
    unit->issued_at = audit->summary.entries;
    move(audit, unit, AUDIT_UNIT_ISSUED);
    audit->summary.open_intents--;
    audit->summary.unreported++;
    return STATUS_OK;
}

status_t audit_on_DEVICE_ISSUED(struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, RESERVED, &unit, problem));
    TRY(check_held(unit, problem));
    if (!span_equal(SPAN_OF(unit->dac_serial), audit_bytes(event, EVENT_DAC_SERIAL))) {
        return audit_wrong(problem, "OTHER_UNIT", "issued under another serial number");
    }
    return issue(audit, event, unit);
}

/* Reserved before the backup, issued after it. */
static status_t recover_intent(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, RESERVED, &unit, problem));
    if (!span_equal(SPAN_OF(unit->dac_serial), audit_bytes(event, EVENT_DAC_SERIAL)) ||
        !span_equal(SPAN_OF(unit->public_key), audit_bytes(event, EVENT_PUBLIC_KEY)) ||
        !span_equal(SPAN_OF(unit->tbs_sha256), audit_bytes(event, EVENT_TBS_SHA256))) {
        return audit_wrong(problem, "OTHER_UNIT", "recovered as another than it was reserved as");
    }
    return issue(audit, event, unit);
}

/* Intent and issue in one: both entries were lost. */
static status_t recover_unit(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    uint32_t number = 0;
    struct audit_unit *unit = NULL;
    TRY(find_order(audit, event, &number, problem));
    const struct audit_order *order = audit_list_at(&audit->orders, number);
    if (order->state == AUDIT_ORDER_CLOSED) {
        return audit_wrong(problem, "ORDER_CLOSED", "the order was closed before");
    }
    TRY(check_fits(audit, event, order, problem));
    TRY(add_unit(audit, event, number, &unit, problem));
    return issue(audit, event, unit);
}

status_t audit_on_DEVICE_RECOVERED(struct audit *audit, const struct event *event,
                                   struct problem *problem)
{
    bool intended =
        audit_table_get(&audit->names, AUDIT_NAME_UNIT, audit_bytes(event, EVENT_RECORD)) != 0;
    TRY(audit_recovery_unit(audit, event, problem));
    TRY(audit_person_known(audit, audit_bytes(event, EVENT_STATION), "station", problem));
    return intended ? recover_intent(audit, event, problem) : recover_unit(audit, event, problem);
}

status_t audit_on_DEVICE_BOUND(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, RESERVED | ISSUED | FLASHED, &unit, problem));
    if (unit->hardware_id[0] != '\0') {
        return audit_wrong(problem, "HARDWARE_AGAIN", "the identity had its chip already");
    }
    audit_text(event, EVENT_HARDWARE_ID, unit->hardware_id, sizeof(unit->hardware_id));
    uint32_t number =
        audit_table_get(&audit->names, AUDIT_NAME_UNIT, audit_bytes(event, EVENT_RECORD));
    return audit_take(audit, AUDIT_NAME_HARDWARE, audit_bytes(event, EVENT_HARDWARE_ID), number,
                      "HARDWARE_TWICE", problem);
}

static status_t check_station(const struct audit *audit, const struct event *event,
                              struct problem *problem)
{
    const struct audit_person *station = NULL;
    return audit_person_acts(audit, audit_bytes(event, EVENT_STATION), "station", &station,
                             problem);
}

status_t audit_on_DEVICE_DELIVERED(struct audit *audit, const struct event *event,
                                   struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, ISSUED | FLASHED | SCRAPPED, &unit, problem));
    TRY(check_held(unit, problem));
    if (audit_table_get(&audit->names, AUDIT_NAME_REVOKED, SPAN_OF(unit->dac_serial)) != 0) {
        return audit_wrong(problem, "DELIVERED_REVOKED", "a revoked identity was delivered");
    }
    return check_station(audit, event, problem);
}

status_t audit_on_DEVICE_REPORTED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    struct audit_unit *unit = NULL;
    struct span outcome = audit_bytes(event, EVENT_OUTCOME);
    TRY(check_station(audit, event, problem));
    TRY(find_in(audit, event, ISSUED | FLASHED, &unit, problem));
    if (span_equal(outcome, span_text("attempt_failed"))) {
        audit->summary.attempts_failed++;
        return STATUS_OK;
    }
    audit->summary.unreported -= unit->state == AUDIT_UNIT_ISSUED;
    move(audit, unit,
         span_equal(outcome, span_text("flashed")) ? AUDIT_UNIT_FLASHED : AUDIT_UNIT_SCRAPPED);
    return STATUS_OK;
}

status_t audit_on_DEVICE_ERASED(struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    struct span first = audit_bytes(event, EVENT_FIRST_RECORD);
    struct span last = audit_bytes(event, EVENT_LAST_RECORD);
    if (audit_table_get(&audit->names, AUDIT_NAME_UNIT, first) == 0 ||
        audit_table_get(&audit->names, AUDIT_NAME_UNIT, last) == 0) {
        return audit_wrong(problem, "NO_INTENT", "no such identity was ever reserved");
    }
    return STATUS_OK;
}

/* The identity is over: its unit and its chip may get another. */
static void end_life(struct audit *audit, const struct event *event, struct audit_unit *unit,
                     enum audit_unit_state state)
{
    audit->summary.unreported -= unit->state == AUDIT_UNIT_ISSUED;
    audit->summary.open_intents -= unit->state == AUDIT_UNIT_RESERVED;
    move(audit, unit, state);
    audit_table_remove(&audit->names, AUDIT_NAME_LIVE, audit_bytes(event, EVENT_UNIT));
    if (unit->hardware_id[0] != '\0') {
        audit_table_remove(&audit->names, AUDIT_NAME_HARDWARE, span_text(unit->hardware_id));
    }
}

enum { SUBJECT_SIZE = sizeof("dac/") + 32 };

/* What an act on a unit is about: its id, or its DAC where that is no word (lib/approval/SPEC.md).
 */
static struct span subject_of(const struct event *event, const struct audit_unit *unit,
                              char place[static SUBJECT_SIZE])
{
    struct span id = audit_bytes(event, EVENT_UNIT);
    bool word = id.size > 0;
    for (size_t i = 0; i < id.size; i++) {
        word = word && id.data[i] > 0x20 && id.data[i] < 0x7F;
    }
    if (word) {
        return id;
    }
    memcpy(place, "dac/", sizeof("dac/"));
    hex_encode(SPAN_OF(unit->dac_serial), place + strlen(place));
    return span_text(place);
}

/* One person's act on one unit. */
static status_t one_person(struct audit *audit, const struct event *event, const char *kind,
                           const struct audit_unit *unit, struct problem *problem)
{
    bool single = false;
    char place[SUBJECT_SIZE];
    return audit_change_effect(audit, event, kind, subject_of(event, unit, place), AUDIT_ONE,
                               &single, problem);
}

/* By time alone, or by an operator who scrapped what was never delivered. */
status_t audit_on_DEVICE_VOID(struct audit *audit, const struct event *event,
                              struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, RESERVED, &unit, problem));
    if (audit_bytes(event, EVENT_CHANGE).size > 0) {
        TRY(one_person(audit, event, "device-scrap", unit, problem));
    }
    end_life(audit, event, unit, AUDIT_UNIT_VOID);
    return STATUS_OK;
}

status_t audit_on_DEVICE_RELEASED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, RESERVED | ISSUED, &unit, problem));
    TRY(check_held(unit, problem));
    TRY(one_person(audit, event, "device-release", unit, problem));
    unit->released = true;
    return STATUS_OK;
}

status_t audit_on_DEVICE_TAKEN(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    struct audit_unit *unit = NULL;
    const struct audit_person *station = NULL;
    TRY(find_in(audit, event, RESERVED | ISSUED, &unit, problem));
    if (!unit->released) {
        return audit_wrong(problem, "UNIT_HELD", "the unit was at a station at that time");
    }
    TRY(audit_person_acts(audit, audit_bytes(event, EVENT_STATION), "station", &station, problem));
    const struct audit_order *order = order_of(audit, unit);
    if (order->state != AUDIT_ORDER_OPEN) {
        return audit_wrong(problem, "ORDER_NOT_OPEN", "the order was not open");
    }
    if (!line_allowed(order, station->line)) {
        return audit_wrong(problem, "LINE", "the order is not for the line of this station");
    }
    unit->released = false;
    return STATUS_OK;
}

status_t audit_on_DEVICE_SCRAPPED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    struct audit_unit *unit = NULL;
    TRY(find_in(audit, event, ISSUED | FLASHED, &unit, problem));
    TRY(one_person(audit, event, "device-scrap", unit, problem));
    audit->summary.unreported -= unit->state == AUDIT_UNIT_ISSUED;
    move(audit, unit, AUDIT_UNIT_SCRAPPED);
    return STATUS_OK;
}

/* One person may rework inside the limits of the order's approved product. */
static status_t check_rework(struct audit *audit, const struct event *event,
                             const struct audit_order *order, struct problem *problem)
{
    const struct audit_product *product = audit_list_at(&audit->products, order->product);
    uint64_t most = order->quantity * product->rework_percent / 100;
    if (order->units[AUDIT_UNIT_SUPERSEDED] >= most || !audit_may_alone(audit, event, product) ||
        !audit_product_is_newest(audit, order)) {
        return audit_wrong(problem, "ONE_PERSON",
                           "one person reworked more than the product's limits leave to one");
    }
    return STATUS_OK;
}

status_t audit_on_DEVICE_REWORKED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    struct audit_unit *unit = NULL;
    bool single = false;
    char place[SUBJECT_SIZE];
    TRY(find_in(audit, event, ISSUED | FLASHED | SCRAPPED, &unit, problem));
    TRY(audit_change_effect(audit, event, "device-rework", subject_of(event, unit, place),
                            AUDIT_TWO_OR_LIMITS, &single, problem));
    if (single && audit->summary.two_person_rule) {
        TRY(check_rework(audit, event, order_of(audit, unit), problem));
    }
    end_life(audit, event, unit, AUDIT_UNIT_SUPERSEDED);
    return STATUS_OK;
}

status_t audit_on_CODES_READ(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    const struct audit_person *reader = NULL;
    struct audit_unit *unit = NULL;
    TRY(find_unit(audit, event, &unit, problem));
    return audit_person_acts(audit, audit_bytes(event, EVENT_IDENTITY), "label", &reader, problem);
}

size_t audit_certificate_count(const struct audit *audit)
{
    return audit->issued.count;
}

void audit_certificate_get(const struct audit *audit, size_t index,
                           struct audit_certificate *ret_certificate)
{
    const uint32_t *number = audit_list_at(&audit->issued, (uint32_t)index + 1);
    const struct audit_unit *unit = audit_list_at(&audit->units, *number);
    const struct audit_product *product = audit_list_at(&audit->products, unit->product);
    *ret_certificate = (struct audit_certificate){
        .reserved_at = unit->reserved_at,
        .issued_at = unit->issued_at,
        .vendor_id = product->vendor_id,
    };
    memcpy(ret_certificate->sha256, unit->certificate_sha256, SHA256_SIZE);
    memcpy(ret_certificate->tbs_sha256, unit->tbs_sha256, SHA256_SIZE);
    memcpy(ret_certificate->dac_serial, unit->dac_serial, sizeof(unit->dac_serial));
    ret_certificate->bought = unit->bought;
    memcpy(ret_certificate->public_key, unit->public_key, sizeof(unit->public_key));
}
