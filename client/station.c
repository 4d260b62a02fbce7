#include "client/station.h"

#include <stdio.h>

#include "client/call.h"

enum { PATIENCE_MS = 30000, REQUEST_MAX = 4096 };

void station_rows(struct station_options *options, struct option_row ret_rows[static STATION_ROWS])
{
    const struct option_row rows[STATION_ROWS] = {
        {"server", .text = &options->server},
        {"certificate", .text = &options->certificate},
        {"key", .text = &options->key},
        {"ca", .text = &options->ca},
        {"timeout", .text = &options->timeout},
        {"witness", .text = &options->witness},
        {"no-witness", .flag = &options->no_witness},
        {"json", .flag = &options->json},
        {.name = NULL},
    };
    memcpy(ret_rows, rows, sizeof(rows));
}

status_t station_check(const struct station_options *options, struct problem *problem)
{
    const struct {
        const char *name;
        const char *value;
    } required[] = {{"--server", options->server},
                    {"--certificate", options->certificate},
                    {"--key", options->key},
                    {"--ca", options->ca}};
    uint32_t patience_ms = 0;
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (required[i].value == NULL) {
            return problem_say(problem, STATUS_USAGE, "MISSING", required[i].name,
                               "%s is needed; try --help", required[i].name);
        }
    }
    if (options->timeout != NULL && !call_read_patience(options->timeout, &patience_ms)) {
        return problem_say(problem, STATUS_USAGE, "TIMEOUT", "--timeout",
                           "--timeout is seconds, not %.20s", options->timeout);
    }
    return options->no_witness ? STATUS_OK
                               : witness_check_home(options->server, options->witness, problem);
}

status_t station_open(const struct station_options *options, struct wire_client **ret_client,
                      struct problem *problem)
{
    const struct wire_client_config config = {
        .server = options->server,
        .certificate = options->certificate,
        .key = options->key,
        .ca = options->ca,
        .timeout_ms = CALL_TIMEOUT_MS,
    };
    return wire_client_open(&config, ret_client, problem);
}

status_t station_ask(const struct station_options *options, struct wire_client *client,
                     const char *method, const ProtobufCMessage *request, struct buf *ret_answer,
                     struct problem *problem)
{
    char path[96];
    uint32_t patience_ms = PATIENCE_MS;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, REQUEST_MAX);
    buf_init_secret(ret_answer, STATION_ANSWER_MAX);
    (void)snprintf(path, sizeof(path), "/mintmark.v1.Provisioning/%s", method);
    if (options->timeout != NULL) {
        (void)call_read_patience(options->timeout, &patience_ms); /* checked */
    }
    TRY(call_pack(request, &bytes));
    return call_until(client, path, buf_span(&bytes), patience_ms, options->json, ret_answer,
                      problem);
}

status_t station_witness(const struct station_options *options, struct wire_client *client,
                         struct witness_proof *proof, struct problem *problem)
{
    return options->no_witness
               ? STATUS_OK
               : witness_look(client, options->server, options->witness, proof, problem);
}

status_t station_call(const struct station_options *options, const char *method,
                      const ProtobufCMessage *request, const ProtobufCMessageDescriptor *descriptor,
                      struct decode_arena *arena, const ProtobufCMessage **ret_answer,
                      struct problem *problem)
{
    AUTO(wire_client_close) struct wire_client *client = NULL;
    AUTO(buf_done) struct buf answer = {0};
    TRY(station_open(options, &client, problem));
    TRY(station_ask(options, client, method, request, &answer, problem));
    TRY(station_witness(options, client, NULL, problem));
    return decode_message(arena, descriptor, buf_span(&answer), true, ret_answer, problem);
}
