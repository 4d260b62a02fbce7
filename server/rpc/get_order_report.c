#include <stdlib.h>

#include "server/rpc/device.h"
#include "server/rpc/order_answer.h"
#include "server/rpc/unit.h"

enum { SLOTS_MAX = 500 };

/* What one answer is made of; too large for the stack. */
struct report {
    struct store_yield yields[SLOTS_MAX + 1];
    Mintmark__V1__SlotYield slots[SLOTS_MAX];
    Mintmark__V1__SlotYield *pointers[SLOTS_MAX];
    struct rpc_order_answer order;
    Mintmark__V1__OrderReport message;
};

static void fill_slots(struct report *report, size_t count)
{
    Mintmark__V1__OrderReport *message = &report->message;
    message->slots_cut = count > SLOTS_MAX;
    message->n_slots = message->slots_cut ? SLOTS_MAX : count;
    message->slots = report->pointers;
    for (size_t i = 0; i < message->n_slots; i++) {
        struct store_yield *yield = &report->yields[i];
        Mintmark__V1__SlotYield *slot = &report->slots[i];
        mintmark__v1__slot_yield__init(slot);
        slot->station = yield->station;
        slot->slot = yield->slot;
        slot->flashed = yield->flashed;
        slot->first_pass = yield->first_pass;
        slot->attempts_failed = yield->attempts_failed;
        slot->scrapped = yield->scrapped;
        message->first_pass += yield->first_pass;
        message->attempts_failed += yield->attempts_failed;
        report->pointers[i] = slot;
    }
}

static status_t answer(const struct rpc_call *call, const struct store_order *order,
                       struct report *report, struct buf *ret_answer)
{
    size_t count = 0;
    mintmark__v1__order_report__init(&report->message);
    TRY(store_device_yield(call->environment->store, order->id, SLOTS_MAX + 1, report->yields,
                           &count));
    fill_slots(report, count);
    rpc_order_answer_fill(order, &report->order);
    report->message.order = &report->order.message;
    report->message.never_reported = report->order.message.issued;
    return rpc_unit_pack(&report->message.base, ret_answer);
}

status_t rpc_get_order_report(const struct rpc_call *call, struct span request,
                              struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct store_order order;
    TRY(decode_message(call->arena, &mintmark__v1__get_order_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__GetOrderRequest *get = (const Mintmark__V1__GetOrderRequest *)message;
    status_t status = store_order_get(call->environment->store, get->order, &order);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_NOT_FOUND, "ORDER_UNKNOWN", "order",
                           "no such order: check the work order's id");
    }
    TRY(status);
    struct report *report = calloc(1, sizeof(*report));
    if (report == NULL) {
        return STATUS_NO_MEMORY;
    }
    status = answer(call, &order, report, ret_answer);
    free(report);
    return status;
}
