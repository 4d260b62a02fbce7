/* Kind "device-scrap". */
#include <stdio.h>

#include "lib/base/hex.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"

static status_t find(const struct change *change, const Mintmark__V1__DeviceAct *message,
                     struct store_device *ret_device, struct problem *problem)
{
    char record_id[2 * STORE_RECORD_ID_SIZE + 1];
    status_t status = store_device_find(change->call->environment->store, message->unit_id, "",
                                        (struct span){0}, ret_device);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "UNIT_UNKNOWN", "unit_id",
                           "no such unit: see mintmark device list");
    }
    TRY(status);
    hex_encode(SPAN_OF(ret_device->record_id), record_id);
    return strcmp(message->record_id, record_id) == 0
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "RECORD_CHANGED", "record_id",
                             "unit %s has record %s now: look at it again", ret_device->unit_id,
                             record_id);
}

status_t change_scrap_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    const Mintmark__V1__DeviceAct *message = (const Mintmark__V1__DeviceAct *)change->message;
    TRY(change_check_reason(message->reason, problem));
    TRY(find(change, message, &plan->device, problem));
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", plan->device.unit_id);
    plan->unchanged = plan->device.state == STORE_UNIT_SCRAPPED;
    change_find(plan, "unit of order %s, serial number %s", plan->device.order,
                plan->device.serial_number);
    if (plan->device.state == STORE_UNIT_RESERVED) {
        change_find(plan, "never delivered: its reservation becomes void, the unit is free");
    }
    return STATUS_OK;
}

status_t change_scrap_apply(const struct change *change, const struct change_plan *plan,
                            const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_device_scrap(store, &plan->device, change->now_ms));
    TRY(issue_leaf_scrapped(&plan->device, id, change->now_ms, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}
