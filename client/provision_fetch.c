#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>

#include "client/provision.h"
#include "lib/base/secret.h"
#include "proto/wire/client.h"

enum { CALL_TIMEOUT_MS = 15000, BACKOFF_FIRST_MS = 200, BACKOFF_MOST_MS = 8000 };

static const char METHOD_PATH[] = "/mintmark.v1.Provisioning/ProvisionDevice";

static uint64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wait_ms(uint32_t milliseconds)
{
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&rest, &rest) != 0) {
    }
}

/* Doubles, with half of it random: stations that lost the same server must not come back together.
 */
static uint32_t backoff(unsigned attempt)
{
    uint32_t most = (uint32_t)BACKOFF_FIRST_MS << (attempt < 6 ? attempt : 6);
    uint16_t random = 0;
    (void)RAND_bytes((uint8_t *)&random, sizeof(random));
    most = most < BACKOFF_MOST_MS ? most : BACKOFF_MOST_MS;
    return most / 2 + random % (most / 2);
}

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

/* protobuf-c's types have no const; packing only reads. */
static char *text(const char *word)
{
    char *borrowed = NULL;
    word = word == NULL ? "" : word;
    memcpy(&borrowed, &word, sizeof(borrowed));
    return borrowed;
}

static status_t pack_request(const struct provision_options *options, struct buf *ret_request,
                             struct problem *problem)
{
    Mintmark__V1__Unit unit;
    mintmark__v1__unit__init(&unit);
    Mintmark__V1__ProvisionDeviceRequest request;
    mintmark__v1__provision_device_request__init(&request);
    unit.unit_id = text(options->unit_id);
    unit.hardware_id = text(options->hardware_id);
    TRY(parse_chip(options->chip, &unit.chip, problem));
    request.order = text(options->order);
    request.unit = &unit;
    uint8_t *place =
        buf_extend(ret_request, mintmark__v1__provision_device_request__get_packed_size(&request));
    TRY(buf_status(ret_request));
    (void)mintmark__v1__provision_device_request__pack(&request, place);
    return STATUS_OK;
}

static status_t call_until(struct wire_client *client, const struct provision_options *options,
                           struct span request, struct buf *ret_answer, struct problem *problem)
{
    uint64_t end = monotonic_ms() + options->timeout_ms;
    for (unsigned attempt = 0;; attempt++) {
        uint32_t retry_ms = 0;
        buf_clear(ret_answer);
        status_t status =
            wire_client_call(client, METHOD_PATH, request, ret_answer, &retry_ms, problem);
        if (status == STATUS_OK || retry_ms == 0) {
            return status;
        }
        uint32_t pause = backoff(attempt);
        pause = pause > retry_ms ? pause : retry_ms;
        if (monotonic_ms() + pause >= end) {
            return status;
        }
        if (!options->json && attempt % 4 == 1) {
            (void)fprintf(stderr, "  %s; trying again\n", problem->message);
        }
        wait_ms(pause);
    }
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
    TRY(call_until(client, options, buf_span(&request), &answer, problem));
    TRY(decode_message(arena, &mintmark__v1__provision_device_response__descriptor,
                       buf_span(&answer), true, &message, problem));
    *ret_response = (const Mintmark__V1__ProvisionDeviceResponse *)message;
    return STATUS_OK;
}
