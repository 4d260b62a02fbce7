#include "server/issue/data.h"

#include <stdio.h>

#include "server/issue/draw.h"
#include "server/issue/leaf.h"
#include "server/issue/seal.h"
#include "server/store/change.h"

status_t issue_data_read(const struct issue_environment *environment, struct issue_result *result,
                         struct problem *problem)
{
    TRY(secret_new(&result->supplied, sizeof(struct unit_supplied)));
    return environment->read_row(environment->rows, secret_span(&result->row),
                                 unit_supplied_of(&result->supplied), problem);
}

/* ---- finding ---- */

/* The next row; after a race one of the next few, each time of twice as many: whoever lost does not
 * meet the same rivals at the same row again. */
static status_t spread(unsigned attempt, uint32_t *ret_skip)
{
    enum { WIDEST = 6 };
    uint32_t random = 0;
    *ret_skip = 0;
    if (attempt > 0) {
        TRY(ISSUE_RANDOM.draw(ISSUE_RANDOM.context, &random, sizeof(random)));
        *ret_skip = random & ((1u << (attempt < WIDEST ? attempt : WIDEST)) - 1);
    }
    return STATUS_OK;
}

static status_t missing(const struct issue_environment *environment, const struct store_unit *unit,
                        struct problem *problem)
{
    struct store_order order;
    TRY(store_order_get(environment->store, unit->order, &order));
    if (order.data_left == 0) {
        return problem_say(problem, STATUS_EXHAUSTED, "ORDER_DATA_MISSING", "order",
                           "no row of order data is left of %u: import more, see mintmark order "
                           "data --help",
                           order.data_rows);
    }
    return problem_say(problem, STATUS_NOT_FOUND, "ORDER_DATA_MISSING", "unit",
                       "the order has no data for this unit, and the %u rows left are for others: "
                       "check unit id and chip",
                       order.data_left);
}

static status_t find(const struct issue_environment *environment, const struct store_unit *unit,
                     unsigned attempt, struct store_data_row *ret_row, struct problem *problem)
{
    struct store_data_wanted wanted = {
        .order = unit->order, .unit_id = unit->unit_id, .hardware_id = unit->hardware_id};
    TRY(spread(attempt, &wanted.skip));
    status_t status = store_data_find(environment->store, &wanted, ret_row);
    if (status == STATUS_NOT_FOUND && wanted.skip > 0) {
        wanted.skip = 0;
        status = store_data_find(environment->store, &wanted, ret_row);
    }
    if (status == STATUS_EXISTS) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_DATA_OTHER", "unit",
                           "one row of order data is for this unit id and another for this chip: "
                           "check which board is in the fixture");
    }
    return status == STATUS_NOT_FOUND ? missing(environment, unit, problem) : status;
}

/* A row that names both unit and chip is for both; the chip is known from now on. */
static status_t match(const struct store_data_row *row, struct store_unit *unit,
                      struct problem *problem)
{
    bool other_unit = row->unit_id[0] != '\0' && strcmp(row->unit_id, unit->unit_id) != 0;
    bool other_chip = row->hardware_id[0] != '\0' && unit->hardware_id[0] != '\0' &&
                      strcmp(row->hardware_id, unit->hardware_id) != 0;
    if (other_unit || other_chip) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_DATA_OTHER", "unit",
                           "the row of order data for this %s is for another %s: check which board "
                           "is in the fixture",
                           other_unit ? "chip" : "unit id", other_unit ? "unit id" : "chip");
    }
    if (row->hardware_id[0] != '\0') {
        (void)snprintf(unit->hardware_id, sizeof(unit->hardware_id), "%s", row->hardware_id);
    }
    unit->data_row = row->row;
    return STATUS_OK;
}

status_t issue_data_take(const struct issue_environment *environment, unsigned attempt,
                         struct issue_result *result, struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    AUTO(store_data_row_done) struct store_data_row row = {0};
    struct store_unit *unit = &result->unit;
    if (!unit_supplied_wanted(result->product, field)) {
        return STATUS_OK;
    }
    TRY(find(environment, unit, attempt, &row, problem));
    TRY(match(&row, unit, problem));
    TRY(issue_seal_open_row(environment, &row, &result->row, problem));
    TRY(issue_data_read(environment, result, problem));
    /* as it was at the desk, unless the order has been amended to a revision that wants others */
    return unit_supplied_check(result->product, unit_supplied_of(&result->supplied), problem);
}

/* ---- upkeep ---- */

static status_t erase(const struct issue_environment *environment, const struct store_data_due *due,
                      int64_t now_ms, struct problem *problem)
{
    uint32_t count = 0;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_data_erase(environment->store, due, &count));
    TRY(issue_leaf_data_erased(due->order, count, now_ms, &leaf, problem));
    return store_leaf_put(environment->store, buf_span(&leaf), now_ms);
}

/* A closed order never opens again. */
static status_t erase_left(const struct issue_environment *environment, bool *more,
                           struct problem *problem)
{
    struct store_data_due due;
    int64_t now = environment->now_ms();
    status_t status = store_data_due(environment->store, &due);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    *more = true;
    TRY(store_begin(environment->store, now, problem));
    return store_end(environment->store, erase(environment, &due, now, problem), problem);
}

status_t issue_data_upkeep(const struct issue_environment *environment, bool *more,
                           struct problem *problem)
{
    TRY(erase_left(environment, more, problem));
    status_t status = store_data_forget(environment->store,
                                        environment->now_ms() - ISSUE_DATA_STAGED_MS, problem);
    *more = *more || status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
