/* mintmark device show */
#include <inttypes.h>
#include <stdlib.h>

#include "client/call.h"
#include "client/command.h"
#include "client/json.h"
#include "client/log/entry_view.h"
#include "client/log/prover.h"
#include "lib/base/hex.h"
#include "proto/text/json.h"
#include "proto/text/yaml_write.h"

static const struct option_command WORDS = {
    "device show",
    "Usage: mintmark device show UNIT|--serial-number SN|--dac-serial HEX [options]\n"
    "Shows one unit: order, state, station, DAC, commitment to its images; and the entries of the\n"
    "log about it, each proven to be in a checkpoint that the log signed and that extends the one\n"
    "seen last time. That there are no others is what `mintmark log verify` finds.\n"
    "\n"
    "  UNIT                   unit id; by default that is its MAC\n"
    "  --serial-number SN     the device's serial number\n"
    "  --dac-serial HEX       its DAC's serial number; finds replaced identities "
    "too\n" LOG_PROVER_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit code 5: the server does not prove what it says.\n"
    "\n"
    "Example:\n"
    "  mintmark device show 60:55:f9:01:a2:10\n",
    0, 1, "one UNIT is"};

struct shown {
    struct log_prover *prover;
    const Mintmark__V1__Device *device;
    struct buf record; /* its record id */
    struct buf dac;    /* its DAC's serial number */
    struct buf lines;  /* entries, as they are printed */
    size_t count;
    bool issued; /* one of them is the issuance */
};

static status_t other(const struct shown *shown, uint64_t index, const char *what)
{
    return problem_say(&shown->prover->command->problem, STATUS_DATA_LOSS, "DEVICE_OTHER", "log",
                       "the server's %s of unit %s is not what entry %" PRIu64
                       " of its log says: tell the auditor",
                       what, shown->device->unit_id, index);
}

static bool is_hex(struct span bytes, const char *hex)
{
    char digits[2 * SHA256_SIZE + 1] = "";
    if (bytes.size <= SHA256_SIZE) {
        hex_encode(bytes, digits);
    }
    return strcmp(digits, hex) == 0;
}

/* What the entry of the issuance says, against what the server says now. */
static status_t check_issued(const struct shown *shown, uint64_t index, const struct event *event)
{
    const Mintmark__V1__Device *device = shown->device;
    const struct {
        const char *what;
        bool same;
    } checks[] = {
        {"order", span_equal(event->values[EVENT_ORDER].bytes, span_text(device->order))},
        {"name", span_equal(event->values[EVENT_UNIT].bytes, span_text(device->unit_id))},
        {"DAC serial number", is_hex(event->values[EVENT_DAC_SERIAL].bytes, device->dac_serial)},
        {"certificate",
         is_hex(event->values[EVENT_CERTIFICATE_SHA256].bytes, device->certificate_sha256)},
        {"commitment", is_hex(event->values[EVENT_SET_COMMITMENT].bytes, device->set_commitment)},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].same) {
            return other(shown, index, checks[i].what);
        }
    }
    return STATUS_OK;
}

/* A server could show the entries of another unit. */
static status_t check_entry(struct shown *shown, uint64_t index, struct span entry)
{
    struct event event;
    if (event_read(entry, &event, NULL) != STATUS_OK) {
        return STATUS_OK; /* of a newer server; shown as it is */
    }
    bool named = event.values[EVENT_RECORD].set
                     ? span_equal(event.values[EVENT_RECORD].bytes, buf_span(&shown->record))
                     : span_equal(event.values[EVENT_DAC_SERIAL].bytes, buf_span(&shown->dac));
    if (!named) {
        return other(shown, index, "entry");
    }
    if (event.type != EVENT_TYPE_DEVICE_ISSUED) {
        return STATUS_OK;
    }
    shown->issued = true;
    return check_issued(shown, index, &event);
}

static status_t add_entry(struct shown *shown, uint64_t index)
{
    struct tlog_proof proof;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, TLOG_LEAF_MAX);
    TRY(log_prover_entry(shown->prover, index, &proof, &entry));
    TRY(check_entry(shown, index, buf_span(&entry)));
    if (shown->prover->command->options.json) {
        buf_append_text(&shown->lines, shown->count > 0 ? ",\n    " : "\n    ");
        log_entry_view_json(index, buf_span(&entry), &shown->lines);
    } else {
        log_entry_view_line(index, buf_span(&entry), &shown->lines);
    }
    shown->count++;
    return STATUS_OK;
}

static status_t add_entries(struct shown *shown)
{
    uint64_t *indexes = NULL;
    size_t count = 0;
    TRY(hex_decode(span_text(shown->device->record_id), &shown->record));
    TRY(hex_decode(span_text(shown->device->dac_serial), &shown->dac));
    if (shown->record.size != LOG_PROVER_RECORD_SIZE) {
        return STATUS_MALFORMED;
    }
    TRY(log_prover_find(shown->prover, shown->record.data, &indexes, &count));
    status_t status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = add_entry(shown, indexes[i]);
    }
    free(indexes);
    TRY(status);
    if (shown->device->certificate_sha256[0] != '\0' && !shown->issued) {
        return problem_say(&shown->prover->command->problem, STATUS_DATA_LOSS, "DEVICE_OTHER",
                           "log",
                           "the server says that unit %s was issued, and shows no entry of its log "
                           "that does: tell the auditor",
                           shown->device->unit_id);
    }
    return STATUS_OK;
}

/* A server without a log's key has entries that nobody signed: the unit is shown without them. One
 * that had a log before is not such a server (witness_look_at). */
static status_t look(struct shown *shown, bool *ret_proven)
{
    struct problem *problem = &shown->prover->command->problem;
    status_t status = log_prover_look(shown->prover);
    *ret_proven = status == STATUS_OK;
    if (status == STATUS_REFUSED && strcmp(problem->reason, "LOG_KEY_NONE") == 0) {
        *problem = (struct problem){0};
        return STATUS_OK;
    }
    TRY(status);
    return add_entries(shown);
}

static status_t print_json(const struct shown *shown, bool proven, struct buf *ret_json)
{
    TRY(text_json_write(&shown->device->base, 2, ret_json));
    ret_json->size -= strlen("\n}"); /* more members */
    buf_append_text(ret_json, ",\n  \"entries\": [");
    buf_append_span(ret_json, buf_span(&shown->lines));
    buf_append_text(ret_json,
                    shown->count > 0 ? "\n  ],\n  \"log_size\": " : "],\n  \"log_size\": ");
    buf_print(ret_json, "%" PRIu64 "\n}\n", proven ? shown->prover->seen.newest.head.size : 0);
    return STATUS_OK;
}

static status_t print(const struct shown *shown, bool proven, struct buf *ret_text)
{
    TRY(text_yaml_write(&shown->device->base, ret_text));
    if (!proven) {
        buf_append_text(ret_text, "# the server has no key for its log: nothing is proven\n");
        return STATUS_OK;
    }
    buf_print(ret_text, "# in the log %s of %" PRIu64 " entries, each proven:\n",
              shown->prover->seen.newest.origin, shown->prover->seen.newest.head.size);
    struct span rest = buf_span(&shown->lines);
    for (size_t i = 0; i < shown->count; i++) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        size_t size = (size_t)(end - rest.data) + 1;
        buf_append_text(ret_text, "#");
        buf_append(ret_text, rest.data, size);
        rest = span_make(rest.data + size, rest.size - size);
    }
    return STATUS_OK;
}

static status_t get(struct shown *shown, Mintmark__V1__GetDeviceRequest *request,
                    struct admin_answer *answer)
{
    const ProtobufCMessage *message = NULL;
    struct admin_command *command = shown->prover->command;
    bool proven = false;
    TRY(admin_command_call(command, "GetDevice", &request->base, &mintmark__v1__device__descriptor,
                           answer, &message));
    shown->device = (const Mintmark__V1__Device *)message;
    TRY(look(shown, &proven));
    TRY(buf_status(&shown->lines));
    return command->options.json ? print_json(shown, proven, &command->output)
                                 : print(shown, proven, &command->output);
}

static status_t show(struct log_prover *prover, const char *serial_number, const char *dac_serial)
{
    struct shown shown = {.prover = prover};
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    AUTO(buf_done) struct buf serial;
    Mintmark__V1__GetDeviceRequest request;
    mintmark__v1__get_device_request__init(&request);
    buf_init(&serial, 64);
    if (dac_serial != NULL && hex_decode(span_text(dac_serial), &serial) != STATUS_OK) {
        return problem_say(&prover->command->problem, STATUS_USAGE, "HEX", "--dac-serial",
                           "--dac-serial is hexadecimal, two digits a byte");
    }
    request.unit_id = call_text(prover->command->operands[0]);
    request.serial_number = call_text(serial_number);
    request.dac_serial.data = serial.data;
    request.dac_serial.len = serial.size;
    buf_init(&shown.record, SHA256_SIZE);
    buf_init(&shown.dac, SHA256_SIZE);
    buf_init(&shown.lines, ADMIN_OUTPUT_MAX / 4);
    status_t status = get(&shown, &request, &answer);
    buf_done(&shown.record);
    buf_done(&shown.dac);
    buf_done(&shown.lines);
    return status;
}

int device_show_command(int argc, char **argv)
{
    const char *serial_number = NULL;
    const char *dac_serial = NULL;
    AUTO(admin_command_done) struct admin_command command;
    AUTO(log_prover_done) struct log_prover prover;
    admin_command_init(&command);
    log_prover_init(&prover, &command);
    const struct option_row rows[] = {{"serial-number", .text = &serial_number},
                                      {"dac-serial", .text = &dac_serial},
                                      {"witness", .text = &prover.folder},
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    if ((command.operands[0] != NULL) + (serial_number != NULL) + (dac_serial != NULL) != 1) {
        return command_usage(WORDS.name, "one UNIT, --serial-number or --dac-serial is needed");
    }
    return admin_command_end(&command, show(&prover, serial_number, dac_serial));
}
