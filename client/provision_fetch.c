#include <strings.h>

#include "client/call.h"
#include "client/provision.h"

static status_t parse_chip(const char *word, Mintmark__V1__Chip *ret_chip, struct problem *problem)
{
    const ProtobufCEnumDescriptor *chips = &mintmark__v1__chip__descriptor;
    for (unsigned i = 0; word != NULL && i < chips->n_values; i++) {
        if (strcasecmp(chips->values[i].name + strlen("CHIP_"), word) == 0) {
            *ret_chip = (Mintmark__V1__Chip)chips->values[i].value;
            return STATUS_OK;
        }
    }
    return word == NULL ? STATUS_OK
                        : problem_say(problem, STATUS_USAGE, "CHIP", "--chip",
                                      "unknown chip %.32s: esp32, esp32c6, esp32h2 …", word);
}

status_t provision_fetch(const struct provision_options *options, struct decode_arena *arena,
                         const Mintmark__V1__ProvisionDeviceResponse **ret_response,
                         struct problem *problem)
{
    Mintmark__V1__Unit unit;
    Mintmark__V1__ProvisionDeviceRequest request;
    const ProtobufCMessage *message = NULL;
    mintmark__v1__unit__init(&unit);
    mintmark__v1__provision_device_request__init(&request);
    unit.unit_id = call_text(options->unit_id);
    unit.hardware_id = call_text(options->hardware_id);
    TRY(parse_chip(options->chip, &unit.chip, problem));
    request.order = call_text(options->order);
    request.unit = &unit;
    TRY(station_call(&options->station, "ProvisionDevice", &request.base,
                     &mintmark__v1__provision_device_response__descriptor, arena, &message,
                     problem));
    *ret_response = (const Mintmark__V1__ProvisionDeviceResponse *)message;
    return STATUS_OK;
}
