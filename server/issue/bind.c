#include "server/issue/bind.h"

#include <stdio.h>

#include "server/issue/authorize.h"
#include "server/issue/leaf.h"

status_t issue_bind(const struct issue_environment *environment, struct store_unit *unit,
                    const char *hardware_id, struct problem *problem)
{
    if (unit->hardware_id[0] != '\0' || hardware_id[0] == '\0') {
        return STATUS_OK;
    }
    int64_t now = issue_authorize_now_ms(environment);
    AUTO(buf_done) struct buf leaf = {0};
    TRY(issue_leaf_bound(unit, hardware_id, now, &leaf, problem));
    TRY(store_unit_bind(environment->store, unit, hardware_id, buf_span(&leaf), now, problem));
    (void)snprintf(unit->hardware_id, sizeof(unit->hardware_id), "%s", hardware_id);
    return STATUS_OK;
}

status_t issue_bind_station(const struct issue_environment *environment,
                            const struct issue_request *request, struct store_unit *unit,
                            struct problem *problem)
{
    if (unit->station[0] != '\0') {
        return STATUS_OK;
    }
    int64_t now = issue_authorize_now_ms(environment);
    AUTO(buf_done) struct buf leaf = {0};
    (void)snprintf(unit->station, sizeof(unit->station), "%s", request->identity);
    (void)snprintf(unit->line, sizeof(unit->line), "%s", request->line);
    TRY(issue_leaf_taken(unit, now, &leaf, problem));
    return store_unit_take(environment->store, unit, environment->max_open, buf_span(&leaf), now,
                           problem);
}
