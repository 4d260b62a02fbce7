#include <stdio.h>

#include "lib/audit/state.h"
#include "lib/pki/spiffe.h"

/* --- products --- */

/* Revisions of a product follow each other without a gap. */
static status_t take_revision(struct audit *audit, struct span name, int64_t revision,
                              struct problem *problem)
{
    uint32_t newest = audit_table_get(&audit->names, AUDIT_NAME_NEWEST, name);
    if (revision != (int64_t)newest + 1) {
        return audit_wrong(problem, "REVISION", "revision %lld does not follow revision %u",
                           (long long)revision, newest);
    }
    return audit_table_put(&audit->names, AUDIT_NAME_NEWEST, name, newest + 1);
}

/* The content that was agreed on is the one that is in force. */
static status_t check_content(const struct audit *audit, const struct event *event,
                              struct problem *problem)
{
    const struct audit_change *change =
        audit_list_at(&audit->changes, audit_change_of(audit, event));
    if (!span_equal(SPAN_OF(change->content), audit_bytes(event, EVENT_CONTENT_SHA256))) {
        return audit_wrong(problem, "OTHER_CONTENT", "this is not the content that was signed");
    }
    return STATUS_OK;
}

status_t audit_on_PRODUCT_APPLIED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    char name[65];
    char subject[96];
    bool single = false;
    uint8_t digest[SHA256_SIZE];
    int64_t revision = audit_number(event, EVENT_REVISION);
    audit_text(event, EVENT_PRODUCT, name, sizeof(name));
    (void)snprintf(subject, sizeof(subject), "%s@%lld", name, (long long)revision);
    TRY(audit_change_effect(audit, event, "product", span_text(subject), AUDIT_TWO, &single,
                            problem));
    TRY(check_content(audit, event, problem));
    TRY(take_revision(audit, span_text(name), revision, problem));
    struct audit_product product = {0};
    memcpy(digest, audit_bytes(event, EVENT_CONTENT_SHA256).data, sizeof(digest));
    TRY(audit->sources.product(audit->sources.context, digest, &product, problem));
    TRY(audit_list_add(&audit->products, &product));
    return audit_take(audit, AUDIT_NAME_PRODUCT, span_text(subject),
                      (uint32_t)audit->products.count, "REVISION", problem);
}

/* Without the variant. */
static int base_size(const char *name)
{
    return (int)strcspn(name, "/");
}

uint32_t audit_product_find(const struct audit *audit, const char *name, int64_t revision)
{
    char product[96];
    (void)snprintf(product, sizeof(product), "%.*s@%lld", base_size(name), name,
                   (long long)revision);
    return audit_table_get(&audit->names, AUDIT_NAME_PRODUCT, span_text(product));
}

/* --- orders --- */

/* Adds to what was ordered of a product, whatever the variants, on a UTC day. */
static status_t add_to_day(struct audit *audit, const char *product, int64_t time_ms,
                           uint64_t added, uint64_t *ret_sum)
{
    char name[96];
    (void)snprintf(name, sizeof(name), "%.*s %lld", base_size(product), product,
                   (long long)(time_ms / 86400000));
    uint64_t sum = added + audit_table_get(&audit->names, AUDIT_NAME_DAY, span_text(name));
    *ret_sum = sum;
    return audit_table_put(&audit->names, AUDIT_NAME_DAY, span_text(name),
                           sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX);
}

bool audit_product_is_newest(const struct audit *audit, const struct audit_order *order)
{
    struct span name = span_make(order->product_name, (size_t)base_size(order->product_name));
    uint32_t newest = audit_table_get(&audit->names, AUDIT_NAME_NEWEST, name);
    return audit_product_find(audit, order->product_name, newest) == order->product;
}

bool audit_may_alone(const struct audit *audit, const struct event *event,
                     const struct audit_product *product)
{
    const struct audit_change *change =
        audit_list_at(&audit->changes, audit_change_of(audit, event));
    const char *next = product->created_by;
    char name[sizeof(product->created_by)];
    while (*next == ';' && next[1] != '\0') {
        size_t size = strcspn(next + 1, ";");
        (void)snprintf(name, sizeof(name), "%.*s", (int)size, next + 1);
        if (pki_spiffe_is_named(change->by, "operator", name)) {
            return true;
        }
        next += 1 + size;
    }
    return product->created_by[0] == '\0';
}

/* One person may open an order inside the limits of the approved product. */
static status_t check_limits(struct audit *audit, const struct event *event,
                             const struct audit_order *order, uint64_t added, bool single,
                             struct problem *problem)
{
    uint64_t day = 0;
    const struct audit_product *product = audit_list_at(&audit->products, order->product);
    TRY(add_to_day(audit, order->product_name, event->time_ms, added, &day));
    if (!single || !audit->summary.two_person_rule) {
        return STATUS_OK;
    }
    if (order->identities_limit > product->limit_per_order ||
        (product->limit_per_day != 0 && day > product->limit_per_day) ||
        !audit_may_alone(audit, event, product) || !audit_product_is_newest(audit, order)) {
        return audit_wrong(problem, "ONE_PERSON",
                           "one person opened more than the product's limits leave to one");
    }
    return STATUS_OK;
}

/* Orders are of approved revisions. */
static status_t set_product(const struct audit *audit, const struct event *event,
                            struct audit_order *order, struct problem *problem)
{
    int64_t revision = audit_number(event, EVENT_REVISION);
    order->product = audit_product_find(audit, order->product_name, revision);
    if (order->product == 0) {
        return audit_wrong(problem, "NO_PRODUCT", "%s@%lld was never approved", order->product_name,
                           (long long)revision);
    }
    return STATUS_OK;
}

/* What an amendment does not say stays. */
static status_t set_window(struct audit *audit, const struct event *event,
                           struct audit_order *order, struct problem *problem)
{
    int64_t window[2] = {0};
    const struct audit_change *change =
        audit_list_at(&audit->changes, audit_change_of(audit, event));
    if (audit->sources.window == NULL) {
        return STATUS_OK;
    }
    TRY(audit->sources.window(audit->sources.context, change->content, event, window, problem));
    for (size_t i = 0; i < 2; i++) {
        order->window[i] = window[i] != 0 ? window[i] : order->window[i];
    }
    return STATUS_OK;
}

status_t audit_on_ORDER_CREATED(struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    bool single = false;
    TRY(audit_change_effect(audit, event, "order", audit_bytes(event, EVENT_ORDER),
                            AUDIT_TWO_OR_LIMITS, &single, problem));
    struct audit_order order = {
        .quantity = (uint64_t)audit_number(event, EVENT_QUANTITY),
        .identities_limit = (uint64_t)audit_number(event, EVENT_IDENTITIES_LIMIT),
        .opened_by = audit_change_of(audit, event),
    };
    audit_text(event, EVENT_ORDER, order.id, sizeof(order.id));
    audit_text(event, EVENT_PRODUCT, order.product_name, sizeof(order.product_name));
    audit_text(event, EVENT_LINES, order.lines, sizeof(order.lines));
    TRY(set_product(audit, event, &order, problem));
    TRY(set_window(audit, event, &order, problem));
    TRY(check_limits(audit, event, &order, order.identities_limit, single, problem));
    TRY(audit_list_add(&audit->orders, &order));
    return audit_take(audit, AUDIT_NAME_ORDER, audit_bytes(event, EVENT_ORDER),
                      (uint32_t)audit->orders.count, "ORDER_TWICE", problem);
}

static status_t find_order(struct audit *audit, const struct event *event,
                           struct audit_order **ret_order, struct problem *problem)
{
    uint32_t number =
        audit_table_get(&audit->names, AUDIT_NAME_ORDER, audit_bytes(event, EVENT_ORDER));
    if (number == 0) {
        return audit_wrong(problem, "NO_ORDER", "no such order was ever opened");
    }
    *ret_order = audit_list_at(&audit->orders, number);
    if ((*ret_order)->state == AUDIT_ORDER_CLOSED) {
        return audit_wrong(problem, "ORDER_CLOSED", "the order was closed before");
    }
    return STATUS_OK;
}

static uint64_t used_of(const struct audit_order *order)
{
    uint64_t used = 0;
    for (size_t i = 0; i < AUDIT_UNIT_STATES; i++) {
        used += order->units[i];
    }
    return used;
}

status_t audit_on_ORDER_AMENDED(struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    struct audit_order *order = NULL;
    bool single = false;
    TRY(find_order(audit, event, &order, problem));
    TRY(audit_change_effect(audit, event, "order-amend", audit_bytes(event, EVENT_ORDER),
                            AUDIT_TWO_OR_LIMITS, &single, problem));
    uint64_t before = order->identities_limit;
    order->identities_limit = (uint64_t)audit_number(event, EVENT_IDENTITIES_LIMIT);
    order->quantity = (uint64_t)audit_number(event, EVENT_QUANTITY);
    TRY(set_product(audit, event, order, problem));
    TRY(set_window(audit, event, order, problem));
    if (order->identities_limit < used_of(order)) {
        return audit_wrong(problem, "ORDER_EXCEEDED", "the order was made smaller than it is used");
    }
    uint64_t added = order->identities_limit > before ? order->identities_limit - before : 0;
    return check_limits(audit, event, order, added, single, problem);
}

/* Rows that the order's units take; who imported them signed their digest. */
status_t audit_on_ORDER_DATA(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    struct audit_order *order = NULL;
    bool single = false;
    TRY(find_order(audit, event, &order, problem));
    TRY(audit_change_effect(audit, event, "order-data", audit_bytes(event, EVENT_ORDER), AUDIT_ONE,
                            &single, problem));
    order->data_rows += (uint64_t)audit_number(event, EVENT_COUNT);
    return STATUS_OK;
}

/* What is left goes when the order is history. */
status_t audit_on_ORDER_DATA_ERASED(struct audit *audit, const struct event *event,
                                    struct problem *problem)
{
    uint32_t number =
        audit_table_get(&audit->names, AUDIT_NAME_ORDER, audit_bytes(event, EVENT_ORDER));
    struct audit_order *order = number > 0 ? audit_list_at(&audit->orders, number) : NULL;
    uint64_t count = (uint64_t)audit_number(event, EVENT_COUNT);
    if (order == NULL || order->state != AUDIT_ORDER_CLOSED ||
        count > order->data_rows - order->data_taken) {
        return audit_wrong(problem, "ORDER_DATA",
                           "rows of order data erased that were not there, or before the order was "
                           "closed");
    }
    order->data_rows -= count;
    return STATUS_OK;
}

status_t audit_order_gives(const struct audit *audit, const struct event *event,
                           struct audit_order *order, struct problem *problem)
{
    const struct audit_product *product = audit_list_at(&audit->products, order->product);
    bool bought = span_equal(audit_bytes(event, EVENT_KEY_SOURCE), span_text("bought"));
    if (bought != product->dac_supplied) {
        return audit_wrong(problem, "KEY_SOURCE",
                           "the product says that its DACs %s with their units",
                           product->dac_supplied ? "come" : "do not come");
    }
    if (!product->data) {
        return STATUS_OK;
    }
    order->data_taken++;
    return order->data_taken <= order->data_rows
               ? STATUS_OK
               : audit_wrong(problem, "ORDER_DATA", "the order had no row of data for it");
}

static status_t set_state(struct audit *audit, const struct event *event, const char *kind,
                          enum audit_agreement agreement, enum audit_order_state state,
                          struct problem *problem)
{
    struct audit_order *order = NULL;
    bool single = false;
    TRY(find_order(audit, event, &order, problem));
    TRY(audit_change_effect(audit, event, kind, audit_bytes(event, EVENT_ORDER), agreement, &single,
                            problem));
    order->state = (uint8_t)state;
    order->closed_by = state == AUDIT_ORDER_CLOSED ? audit_change_of(audit, event) : 0;
    return STATUS_OK;
}

status_t audit_on_ORDER_PAUSED(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    return set_state(audit, event, "order-pause", AUDIT_ONE, AUDIT_ORDER_PAUSED, problem);
}

status_t audit_on_ORDER_RESUMED(struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    return set_state(audit, event, "order-resume", AUDIT_TWO, AUDIT_ORDER_OPEN, problem);
}

/* What the closing entry says must be what the entries before it add up to. */
static status_t check_sums(const struct audit_order *order, const struct event *event,
                           struct problem *problem)
{
    uint64_t open = order->units[AUDIT_UNIT_RESERVED] + order->units[AUDIT_UNIT_ISSUED];
    const struct {
        enum event_field field;
        uint64_t sum;
    } sums[] = {
        {EVENT_FLASHED, order->units[AUDIT_UNIT_FLASHED]},
        {EVENT_SCRAPPED, order->units[AUDIT_UNIT_SCRAPPED]},
        {EVENT_SUPERSEDED, order->units[AUDIT_UNIT_SUPERSEDED]},
        {EVENT_VOID, order->units[AUDIT_UNIT_VOID]},
        {EVENT_OPEN, open},
        {EVENT_UNUSED, order->identities_limit - used_of(order)},
    };
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        if (audit_number(event, sums[i].field) != (int64_t)sums[i].sum) {
            return audit_wrong(problem, "ORDER_SUM", "it says %s %lld, the entries before say %llu",
                               event_field_name(sums[i].field),
                               (long long)audit_number(event, sums[i].field),
                               (unsigned long long)sums[i].sum);
        }
    }
    return STATUS_OK;
}

status_t audit_on_ORDER_CLOSED(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    struct audit_order *order = NULL;
    TRY(find_order(audit, event, &order, problem));
    TRY(check_sums(order, event, problem));
    return set_state(audit, event, "order-close", AUDIT_ONE, AUDIT_ORDER_CLOSED, problem);
}
