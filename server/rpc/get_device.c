#include "server/rpc/device.h"
#include "server/rpc/unit.h"

static status_t check_one_name(const Mintmark__V1__GetDeviceRequest *get, struct problem *problem)
{
    int names =
        (get->unit_id[0] != '\0') + (get->serial_number[0] != '\0') + (get->dac_serial.len > 0);
    return names == 1 ? STATUS_OK
                      : problem_say(problem, STATUS_INVALID, "UNIT_MISSING", "unit_id",
                                    "name the unit by its unit_id, its serial_number or its DAC's "
                                    "serial number, by one of them");
}

status_t rpc_get_device(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                        struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct store_device device;
    struct rpc_device answer;
    TRY(decode_message(call->arena, &mintmark__v1__get_device_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__GetDeviceRequest *get = (const Mintmark__V1__GetDeviceRequest *)message;
    TRY(check_one_name(get, problem));
    status_t status =
        store_device_find(call->environment->store, get->unit_id, get->serial_number,
                          span_make(get->dac_serial.data, get->dac_serial.len), &device);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_NOT_FOUND, "UNIT_UNKNOWN", "unit_id", "no such unit");
    }
    if (status == STATUS_EXISTS) {
        return problem_say(problem, STATUS_REFUSED, "SERIAL_NUMBER_AMBIGUOUS", "serial_number",
                           "devices of several vendors have this serial number: give the unit_id");
    }
    TRY(status);
    rpc_device_fill(&device, &answer);
    return rpc_unit_pack(&answer.message.base, ret_answer);
}
