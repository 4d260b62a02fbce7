#include "server/store/change.h"
#include "server/store/sqlite.h"

static status_t read_row(sqlite3_stmt *statement, const char *id, struct store_order *ret_order)
{
    struct store_order order = {
        .product_revision = (uint32_t)sqlite3_column_int64(statement, 1),
        .state = (enum store_order_state)sqlite3_column_int(statement, 2),
        .quantity = (uint32_t)sqlite3_column_int64(statement, 3),
        .identities_limit = (uint32_t)sqlite3_column_int64(statement, 4),
        .window_from = sqlite3_column_int64(statement, 6),
        .window_to = sqlite3_column_int64(statement, 7),
        .dac_not_before = sqlite3_column_int64(statement, 8),
        .created_ms = sqlite3_column_int64(statement, 9),
        .counted = (uint32_t)sqlite3_column_int64(statement, 10),
        .issued = (uint32_t)sqlite3_column_int64(statement, 11),
        .flashed = (uint32_t)sqlite3_column_int64(statement, 12),
        .scrapped = (uint32_t)sqlite3_column_int64(statement, 13),
        .superseded = (uint32_t)sqlite3_column_int64(statement, 14),
        .voided = (uint32_t)sqlite3_column_int64(statement, 15),
        .data_rows = (uint32_t)sqlite3_column_int64(statement, 16),
        .data_used = (uint32_t)sqlite3_column_int64(statement, 17),
        .data_left = (uint32_t)sqlite3_column_int64(statement, 18),
        .data_staged = sqlite3_column_int64(statement, 19),
    };
    TRY(sqlite_column_text_into(statement, 0, order.product, sizeof(order.product)));
    TRY(sqlite_column_text_into(statement, 5, order.lines, sizeof(order.lines)));
    if (strlen(id) >= sizeof(order.id)) {
        return STATUS_NOT_FOUND;
    }
    memcpy(order.id, id, strlen(id) + 1);
    *ret_order = order;
    return STATUS_OK;
}

status_t store_order_get(struct store *store, const char *id, struct store_order *ret_order)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_ORDER_GET);
    sqlite_bind_text(statement, 1, id);
    TRY(sqlite_row(store, statement));
    status_t status = read_row(statement, id, ret_order);
    sqlite_end(statement);
    return status;
}

/* The same order in what was asked for; what the server chose (revision, notBefore) may differ. */
static bool same_order(const struct store_order *a, const struct store_order *b)
{
    return strcmp(a->product, b->product) == 0 && a->quantity == b->quantity &&
           a->identities_limit == b->identities_limit && strcmp(a->lines, b->lines) == 0 &&
           a->window_from == b->window_from && a->window_to == b->window_to;
}

status_t store_order_add(struct store *store, const struct store_order *order)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_ORDER_PUT);
    sqlite_bind_text(statement, 1, order->id);
    sqlite_bind_text(statement, 2, order->product);
    (void)sqlite3_bind_int64(statement, 3, order->product_revision);
    (void)sqlite3_bind_int64(statement, 4, order->state);
    (void)sqlite3_bind_int64(statement, 5, order->quantity);
    (void)sqlite3_bind_int64(statement, 6, order->identities_limit);
    sqlite_bind_text(statement, 7, order->lines);
    (void)sqlite3_bind_int64(statement, 8, order->window_from);
    (void)sqlite3_bind_int64(statement, 9, order->window_to);
    (void)sqlite3_bind_int64(statement, 10, order->dac_not_before);
    (void)sqlite3_bind_int64(statement, 11, order->created_ms);
    return sqlite_run(store, statement);
}

static status_t put(struct store *store, const struct store_order *order, struct span leaf,
                    bool *ret_new, struct problem *problem)
{
    struct store_order known;
    status_t status = store_order_get(store, order->id, &known);
    *ret_new = status == STATUS_NOT_FOUND;
    if (status == STATUS_OK && !same_order(&known, order)) {
        return problem_say(problem, STATUS_EXISTS, "ORDER_EXISTS", "order",
                           "order %s exists and says something else: choose another id", order->id);
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(store_order_add(store, order));
    return sqlite_append_leaf(store, leaf, order->created_ms);
}

status_t store_order_put(struct store *store, const struct store_order *order, struct span leaf,
                         bool *ret_new, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    return sqlite_finish(store, put(store, order, leaf, ret_new, problem), problem);
}

status_t store_order_change(struct store *store, const struct store_order *order, int64_t now_ms)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_ORDER_CHANGE);
    sqlite_bind_text(statement, 1, order->id);
    (void)sqlite3_bind_int64(statement, 2, order->state);
    (void)sqlite3_bind_int64(statement, 3, order->product_revision);
    (void)sqlite3_bind_int64(statement, 4, order->quantity);
    (void)sqlite3_bind_int64(statement, 5, order->identities_limit);
    (void)sqlite3_bind_int64(statement, 6, order->window_to);
    (void)sqlite3_bind_int64(statement, 7, order->state == STORE_ORDER_CLOSED ? now_ms : 0);
    return sqlite_run(store, statement);
}

status_t store_order_sum(struct store *store, const char *product, int64_t since_ms,
                         uint64_t *ret_identities)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_ORDER_SUM);
    (void)sqlite3_bind_text(statement, 1, product, (int)strcspn(product, "/"), SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(statement, 2, since_ms);
    TRY(sqlite_row(store, statement));
    *ret_identities = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_end(statement);
    return STATUS_OK;
}

status_t store_order_list(struct store *store, const struct store_order_filter *filter,
                          const char *after, unsigned count, store_order_visit_t *visit,
                          void *context)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_ORDER_LIST);
    sqlite_bind_text(statement, 1, after);
    (void)sqlite3_bind_int64(statement, 2, filter->state);
    (void)sqlite3_bind_int64(statement, 3, count);
    if (filter->line != NULL) {
        sqlite_bind_text(statement, 4, filter->line);
    }
    status_t status = STATUS_OK;
    while (status == STATUS_OK && (status = sqlite_row(store, statement)) == STATUS_OK) {
        char id[STORE_NAME_MAX + 1];
        struct store_order order;
        status = sqlite_column_text_into(statement, 0, id, sizeof(id));
        if (status == STATUS_OK) {
            status = store_order_get(store, id, &order);
        }
        if (status == STATUS_OK) {
            status = visit(context, &order);
        }
    }
    sqlite_end(statement);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
