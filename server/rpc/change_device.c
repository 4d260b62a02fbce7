/* Kinds "device-scrap", "device-release" and "device-rework". */
#include <stdio.h>

#include "lib/base/hex.h"
#include "lib/unit/serial.h"
#include "lib/unit/supplied.h"
#include "server/issue/draw.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"
#include "server/store/trace.h"

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

/* The unit; one whose name is no word by its DAC, as a revocation names it. */
static void name_subject(struct change_plan *plan)
{
    char serial[2 * STORE_DAC_SERIAL_SIZE + 1];
    hex_encode(SPAN_OF(plan->device.dac_serial), serial);
    bool word = change_is_word(plan->device.unit_id);
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s%s", word ? "" : "dac/",
                   word ? plan->device.unit_id : serial);
}

/* What all of them begin with. */
static status_t check(const struct change *change, struct change_plan *plan,
                      struct problem *problem)
{
    const Mintmark__V1__DeviceAct *message = (const Mintmark__V1__DeviceAct *)change->message;
    TRY(change_check_reason(message->reason, problem));
    TRY(find(change, message, &plan->device, problem));
    name_subject(plan);
    change_find(plan, "unit of order %s, serial number %s", plan->device.order,
                plan->device.serial_number);
    return STATUS_OK;
}

status_t change_scrap_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    TRY(check(change, plan, problem));
    plan->unchanged = plan->device.state == STORE_UNIT_SCRAPPED;
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
    return store_trace_put(store, plan->device.record_id, buf_span(&leaf), change->now_ms);
}

status_t change_release_check(const struct change *change, struct change_plan *plan,
                              struct problem *problem)
{
    const struct store_device *device = &plan->device;
    TRY(check(change, plan, problem));
    if (device->state != STORE_UNIT_RESERVED && device->state != STORE_UNIT_ISSUED) {
        return problem_say(problem, STATUS_REFUSED, "UNIT_STATE", "unit_id",
                           "unit %s was reported: no station works on it any more; to give it "
                           "another identity see mintmark device rework",
                           device->unit_id);
    }
    plan->unchanged = device->station[0] == '\0';
    change_needs_one(plan, "a release takes one person: the identity stays the same");
    if (!plan->unchanged) {
        change_find(plan, "leaves %.170s", device->station);
    }
    if (device->deliveries > 0) {
        change_find(plan, "that station was given its images: make sure they are gone there");
    }
    return STATUS_OK;
}

status_t change_release_apply(const struct change *change, const struct change_plan *plan,
                              const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_device_release(store, &plan->device));
    TRY(issue_leaf_released(&plan->device, id, change->now_ms, &leaf, NULL));
    return store_trace_put(store, plan->device.record_id, buf_span(&leaf), change->now_ms);
}

/* The old label must not stay on a device that gets other codes. */
static void find_label(struct change_plan *plan)
{
    const struct store_device *device = &plan->device;
    if (device->serial_number[0] != '\0') {
        change_find(plan, "REMOVE OLD LABEL: serial %s", device->serial_number);
    } else {
        change_find(plan, "REMOVE OLD LABEL: of unit %s", device->unit_id);
    }
    if (!device->revoked) {
        change_find(plan, "its old DAC stays valid: see mintmark device revoke");
    }
}

/* A number that is made of the chip and the day alone is the same again on the same day. */
static bool repeats(const struct unit_product *product, const struct store_device *device,
                    int64_t now_ms)
{
    char again[UNIT_SERIAL_NUMBER_MAX + 1];
    struct problem problem = {0};
    const char *pattern = product->serial_number_pattern;
    if (device->serial_number[0] == '\0' || product->wants.serial_number ||
        strstr(pattern, "{random:") != NULL || strstr(pattern, "{counter:") != NULL) {
        return false;
    }
    const struct unit_serial serial = {.pattern = pattern,
                                       .random = &ISSUE_RANDOM,
                                       .now_ms = now_ms,
                                       .hardware_id = device->hardware_id};
    return unit_serial_draw(&serial, again, &problem) == STATUS_OK &&
           strcmp(again, device->serial_number) == 0;
}

/* What the unit's next identity needs. Where its product cannot be had now, it is not in the way of
 * ending this one. */
static status_t check_next(const struct change *change, const struct store_order *order,
                           struct change_plan *plan, struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    struct problem own = {0};
    const struct unit_product *product = NULL;
    const struct issue_environment *environment = change->call->environment;
    if (environment->find_product(environment->products, order->product, order->product_revision,
                                  &product, &own) != STATUS_OK) {
        return STATUS_OK;
    }
    if (unit_supplied_wanted(product, field)) {
        change_find(plan, "it needs another row of order data: %u are left", order->data_left);
    }
    return !repeats(product, &plan->device, change->now_ms)
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "REWORK_SERIAL", "unit_id",
                             "unit %s would get serial number %s again, which is its old "
                             "identity's for ever: amend the order to a revision of the product "
                             "whose serial_number has {random:N} or {counter:N}",
                             plan->device.unit_id, plan->device.serial_number);
}

status_t change_rework_check(const struct change *change, struct change_plan *plan,
                             struct problem *problem)
{
    struct store_order order;
    TRY(check(change, plan, problem));
    if (plan->device.state == STORE_UNIT_RESERVED) {
        return problem_say(problem, STATUS_REFUSED, "UNIT_STATE", "unit_id",
                           "unit %s was never given its identity: mintmark device scrap makes the "
                           "reservation void, then it is free",
                           plan->device.unit_id);
    }
    find_label(plan);
    TRY(store_order_get(change->call->environment->store, plan->device.order, &order));
    TRY(check_next(change, &order, plan, problem));
    return change_limits_rework(change, &order, plan, problem);
}

status_t change_rework_apply(const struct change *change, const struct change_plan *plan,
                             const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(store_device_supersede(store, &plan->device));
    TRY(issue_leaf_reworked(&plan->device, id, change->now_ms, &leaf, NULL));
    return store_trace_put(store, plan->device.record_id, buf_span(&leaf), change->now_ms);
}
