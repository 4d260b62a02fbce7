#include "server/rpc/unit.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/base/hex.h"
#include "proto/product/chip.h"
#include "server/method.h"

rpc_handler_t *const RPC_HANDLERS[] = {
#define METHOD(name, path, listener, role, request_max, time_limit_ms, handler) handler,
#include "proto/methods.def"
#undef METHOD
};

static status_t check_order_name(const char *order, struct problem *problem)
{
    size_t length = strlen(order);
    bool good = length >= 1 && length <= STORE_NAME_MAX;
    for (size_t i = 0; good && i < length; i++) {
        good = isalnum((unsigned char)order[i]) || strchr("._-", order[i]) != NULL;
    }
    return good
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "ORDER_ID", "order",
                             "an order id is 1 to %d of letters, digits and . _ -", STORE_NAME_MAX);
}

status_t rpc_unit_check_text(const char *text, const char *field, size_t most,
                             struct problem *problem)
{
    size_t length = strlen(text);
    bool good = length <= most;
    for (size_t i = 0; good && i < length; i++) {
        good = text[i] >= 0x20 && text[i] < 0x7F;
    }
    return good ? STATUS_OK
                : problem_say(problem, STATUS_INVALID, "TEXT", field,
                              "%s is at most %zu printable ASCII characters", field, most);
}

static void note(const char *text, char *ret_place, size_t size)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7E) {
            return;
        }
    }
    if (length < size) {
        memcpy(ret_place, text, length + 1);
    }
}

void rpc_note_ids(const struct rpc_call *call, const char *order, const char *unit)
{
    note(order, call->ids->order, sizeof(call->ids->order));
    note(unit, call->ids->unit, sizeof(call->ids->unit));
}

status_t rpc_unit_request(const struct rpc_call *call, const char *order,
                          const Mintmark__V1__Unit *unit, struct rpc_unit *storage,
                          struct issue_request *ret_request, struct problem *problem)
{
    *storage = (struct rpc_unit){0};
    if (unit == NULL) {
        return problem_say(problem, STATUS_INVALID, "UNIT_MISSING", "unit",
                           "name the unit: its hardware_id, or a unit_id");
    }
    TRY(check_order_name(order, problem));
    if (unit->hardware_id[0] != '\0') {
        TRY(unit_name_hardware_id(unit->hardware_id, storage->hardware_id, problem));
    }
    const char *unit_id = unit->unit_id[0] != '\0' ? unit->unit_id : storage->hardware_id;
    TRY(unit_name_check(unit_id, problem));
    rpc_note_ids(call, order, unit_id);
    *ret_request = (struct issue_request){
        .identity = call->identity,
        .line = call->line,
        .order = order,
        .unit_id = unit_id,
        .hardware_id = storage->hardware_id,
        .chip = product_chip_name(unit->chip),
        .deadline_ms = call->deadline_ms,
    };
    return STATUS_OK;
}

char *rpc_unit_borrow_text(const char *text)
{
    char *borrowed = NULL;
    memcpy(&borrowed, &text, sizeof(borrowed));
    return borrowed;
}

ProtobufCBinaryData rpc_unit_borrow(struct span bytes)
{
    ProtobufCBinaryData data = {.len = bytes.size};
    memcpy(&data.data, &bytes.data, sizeof(data.data));
    return data;
}

Mintmark__V1__Certificates rpc_unit_certificates(const struct issue_result *result)
{
    Mintmark__V1__Certificates certificates;
    mintmark__v1__certificates__init(&certificates);
    certificates.dac = rpc_unit_borrow(buf_span(&result->unit.certificate));
    certificates.pai = rpc_unit_borrow(result->product->pai->der);
    certificates.paa = rpc_unit_borrow(result->product->pai->paa_der);
    return certificates;
}

/* The numbers come from the code, so that codes and numbers cannot differ. */
status_t rpc_unit_codes(struct issue_result *result, Mintmark__V1__OnboardingCodes *ret_message)
{
    struct matter_onboarding values;
    struct buf tlv = {0};
    mintmark__v1__onboarding_codes__init(ret_message);
    if (result->qr_code[0] == '\0') {
        return STATUS_OK;
    }
    TRY(matter_onboarding_decode(span_text(result->qr_code), &values, &tlv, NULL));
    buf_done(&tlv);
    ret_message->qr_code = result->qr_code;
    ret_message->manual_code = result->manual_code;
    ret_message->discriminator = values.discriminator;
    ret_message->passcode = values.passcode;
    explicit_bzero(&values, sizeof(values));
    return STATUS_OK;
}

void rpc_unit_record_id(const struct issue_result *result, char *ret_text)
{
    hex_encode(SPAN_OF(result->unit.record_id), ret_text);
}

void rpc_unit_product(const struct issue_result *result, char *ret_text, size_t size)
{
    (void)snprintf(ret_text, size, "%s@%u", result->product->name, result->product->revision);
}

status_t rpc_unit_pack(const ProtobufCMessage *message, struct buf *ret_answer)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *place = buf_extend(ret_answer, size);
    TRY(buf_status(ret_answer));
    (void)protobuf_c_message_pack(message, place);
    return STATUS_OK;
}
