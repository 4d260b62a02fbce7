#include "server/rpc/order.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/unit/dac.h"
#include "lib/unit/supplied.h"

enum { DAY = 86400, QUANTITY_MAX = 10000000 };

static bool is_name(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr("._-", text[i]) == NULL) {
            return false;
        }
    }
    return length >= 1 && length <= STORE_NAME_MAX;
}

/* Also "a19-lamp/white", a variant. */
static bool is_product(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "._-/");
    return length >= 1 && length <= STORE_NAME_MAX && text[length] == '\0';
}

/* "2%" of the quantity, rounded down so that it is never exceeded, or a number of units; at most as
 * many again as were wanted. */
static bool parse_overage(const char *text, uint32_t quantity, uint32_t *ret_overage)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 8) {
        return false;
    }
    uint64_t value = strtoul(text, NULL, 10);
    if (strcmp(text + digits, "%") == 0) {
        *ret_overage = (uint32_t)(quantity * value / 100);
        return value <= 100;
    }
    *ret_overage = (uint32_t)value;
    return text[digits] == '\0' && value <= quantity;
}

static status_t read_overage(const char *text, uint32_t quantity, uint32_t *ret_overage,
                             struct problem *problem)
{
    *ret_overage = 0;
    if (text[0] == '\0' || parse_overage(text, quantity, ret_overage)) {
        return STATUS_OK;
    }
    return problem_say(
        problem, STATUS_INVALID, "OVERAGE", "overage",
        "overage is a percentage up to 100%% (\"2%%\") or a number of units up to the "
        "quantity");
}

/* YYYY-MM-DD → 00:00 UTC; "" → 0. */
static status_t read_date(const char *text, const char *field, int64_t *ret_seconds,
                          struct problem *problem)
{
    struct tm date = {0};
    *ret_seconds = 0;
    if (text[0] == '\0') {
        return STATUS_OK;
    }
    const char *end = strlen(text) == 10 ? strptime(text, "%Y-%m-%d", &date) : NULL;
    struct tm again = date;
    time_t seconds = end == NULL || *end != '\0' ? -1 : timegm(&again);
    if (seconds <= 0 || again.tm_mday != date.tm_mday) { /* timegm moved it: no such day */
        return problem_say(problem, STATUS_INVALID, "DATE", field, "%s is a date as 2026-11-27",
                           field);
    }
    *ret_seconds = seconds;
    return STATUS_OK;
}

static status_t read_lines(const Mintmark__V1__OrderSpec *message, struct store_order *order,
                           struct problem *problem)
{
    size_t size = 0;
    for (size_t i = 0; i < message->n_lines; i++) {
        if (!is_name(message->lines[i]) || size + strlen(message->lines[i]) + 2 > STORE_LINES_MAX) {
            return problem_say(problem, STATUS_INVALID, "LINES", "lines",
                               "lines are names of letters, digits and . _ -, %d bytes in all",
                               STORE_LINES_MAX);
        }
        size += (size_t)snprintf(order->lines + size, sizeof(order->lines) - size, "%s%s;",
                                 i == 0 ? ";" : "", message->lines[i]);
    }
    return STATUS_OK;
}

static status_t check_quantity(uint32_t quantity, struct problem *problem)
{
    return quantity >= 1 && quantity <= QUANTITY_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "QUANTITY", "quantity",
                             "quantity is 1 to %d good devices", QUANTITY_MAX);
}

/* A bare date is the whole day. */
static status_t close_window(struct store_order *order, struct problem *problem)
{
    if (order->window_to == 0) {
        return STATUS_OK;
    }
    order->window_to += DAY;
    return order->window_to > order->window_from
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "WINDOW", "not_after",
                             "not_after lies before not_before");
}

status_t rpc_order_read(const Mintmark__V1__OrderSpec *message, int64_t now_ms,
                        struct store_order *ret_order, struct problem *problem)
{
    struct store_order order = {.state = STORE_ORDER_OPEN,
                                .quantity = message->quantity,
                                .product_revision = message->product_revision};
    uint32_t overage = 0;
    if (!is_name(message->order)) {
        return problem_say(problem, STATUS_INVALID, "ORDER_ID", "order",
                           "an order id is 1 to %d of letters, digits and . _ -", STORE_NAME_MAX);
    }
    if (!is_product(message->product)) {
        return problem_say(problem, STATUS_INVALID, "MISSING", "product", "name the product");
    }
    TRY(check_quantity(message->quantity, problem));
    TRY(read_overage(message->overage, message->quantity, &overage, problem));
    TRY(read_date(message->not_before, "not_before", &order.window_from, problem));
    TRY(read_date(message->not_after, "not_after", &order.window_to, problem));
    TRY(read_lines(message, &order, problem));
    TRY(close_window(&order, problem));
    (void)snprintf(order.id, sizeof(order.id), "%s", message->order);
    (void)snprintf(order.product, sizeof(order.product), "%s", message->product);
    order.identities_limit = order.quantity + overage;
    order.created_ms = now_ms;
    order.dac_not_before = now_ms / 1000 / DAY * DAY;
    *ret_order = order;
    return STATUS_OK;
}

status_t rpc_order_amend(const Mintmark__V1__OrderAmendment *message, struct store_order *order,
                         struct problem *problem)
{
    uint32_t overage = order->identities_limit - order->quantity; /* stays as a number of units */
    if (message->quantity != 0) {
        TRY(check_quantity(message->quantity, problem));
        order->quantity = message->quantity;
    }
    if (message->overage[0] != '\0') {
        TRY(read_overage(message->overage, order->quantity, &overage, problem));
    }
    if (message->not_after[0] != '\0') {
        TRY(read_date(message->not_after, "not_after", &order->window_to, problem));
        TRY(close_window(order, problem));
    }
    if (message->product_revision != 0) {
        order->product_revision = message->product_revision;
    }
    if (overage > order->quantity) {
        return problem_say(problem, STATUS_INVALID, "OVERAGE", "overage",
                           "an overage of %u is more than the quantity: give another", overage);
    }
    order->identities_limit = order->quantity + overage;
    return STATUS_OK;
}

/* DACs are signed here, or come with the order: that is a matter of their PAI. */
static status_t check_dac(const struct unit_product *product, struct problem *problem)
{
    if (product->dac_supplied == product->pai->bought) {
        return STATUS_OK;
    }
    return problem_say(
        problem, STATUS_REFUSED, "PAI_BOUGHT", "dac.key",
        product->dac_supplied
            ? "product %.64s brings its DACs (dac.key: supplied), and the key of its "
              "PAI %.64s is in the token: a PAI whose DACs are bought says bought: "
              "true in the server's configuration"
            : "the DACs of product %.64s are to be signed here, and PAI %.64s is one "
              "whose DACs are bought: write dac: {key: supplied}",
        product->name, product->pai->name);
}

/* Rows of order data become images. */
static status_t check_supplied(const struct unit_product *product, struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    if (product->has_variants) {
        return problem_say(problem, STATUS_REFUSED, "VARIANT_MISSING", "product",
                           "product %.64s has variants: order one of them, as %.64s/NAME",
                           product->name, product->name);
    }
    if (!unit_supplied_wanted(product, field) || product->image.dac_key != IMAGE_DAC_KEY_DEVICE) {
        return check_dac(product, problem);
    }
    return problem_say(problem, STATUS_REFUSED, "SUPPLIED_WANTED", field,
                       "orders bring no values for devices that make their own key: product %.64s "
                       "cannot be ordered",
                       product->name);
}

status_t rpc_order_check(const struct store_order *order, const struct unit_product *product,
                         struct problem *problem)
{
    int64_t not_before = 0;
    int64_t not_after = 0;
    TRY(check_supplied(product, problem));
    return unit_dac_validity(product, order->dac_not_before, &not_before, &not_after, problem);
}
