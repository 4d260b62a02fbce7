#include <strings.h>

#include "client/call.h"
#include "client/provision.h"

static const char METHOD_PATH[] = "/mintmark.v1.Provisioning/ProvisionDevice";

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

static status_t pack_request(const struct provision_options *options, struct buf *ret_request,
                             struct problem *problem)
{
    Mintmark__V1__Unit unit;
    mintmark__v1__unit__init(&unit);
    Mintmark__V1__ProvisionDeviceRequest request;
    mintmark__v1__provision_device_request__init(&request);
    unit.unit_id = call_text(options->unit_id);
    unit.hardware_id = call_text(options->hardware_id);
    TRY(parse_chip(options->chip, &unit.chip, problem));
    request.order = call_text(options->order);
    request.unit = &unit;
    return call_pack(&request.base, ret_request);
}

status_t provision_fetch(const struct provision_options *options, struct decode_arena *arena,
                         const Mintmark__V1__ProvisionDeviceResponse **ret_response,
                         struct problem *problem)
{
    const struct wire_client_config config = {
        .server = options->server,
        .certificate = options->certificate,
        .key = options->key,
        .ca = options->ca,
        .timeout_ms = CALL_TIMEOUT_MS,
    };
    AUTO(wire_client_close) struct wire_client *client = NULL;
    AUTO(buf_done) struct buf request;
    AUTO(buf_done) struct buf answer;
    const ProtobufCMessage *message = NULL;
    buf_init(&request, 4096);
    buf_init_secret(&answer, PROVISION_ANSWER_MAX);
    TRY(pack_request(options, &request, problem));
    TRY(wire_client_open(&config, &client, problem));
    TRY(call_until(client, METHOD_PATH, buf_span(&request), options->timeout_ms, options->json,
                   &answer, problem));
    TRY(decode_message(arena, &mintmark__v1__provision_device_response__descriptor,
                       buf_span(&answer), true, &message, problem));
    *ret_response = (const Mintmark__V1__ProvisionDeviceResponse *)message;
    return STATUS_OK;
}
