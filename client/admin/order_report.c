/* mintmark order report, order export */
#include <assert.h>
#include <stdio.h>

#include "client/admin/pages.h"
#include "client/call.h"
#include "client/command.h"
#include "client/csv.h"
#include "client/files.h"
#include "proto/text/enum.h"
#include "proto/text/timestamp.h"

enum { TABLE_MAX = 1 << 30 }; /* some 300 bytes a unit: orders of three million */

static const struct option_command REPORT = {
    "order report",
    "Usage: mintmark order report ORDER [options]\n"
    "Shows what an order came to: where each identity is, closing to zero, and the yield of each\n"
    "station and slot.\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark order report WO-4711\n",
    1, 1, "one ORDER is"};

static const struct option_command EXPORT = {
    "order export",
    "Usage: mintmark order export ORDER --csv FILE [options]\n"
    "Writes a table of the order's units, one a row: ids, state, station, DAC, digests and times. "
    "It\n"
    "holds no secret.\n"
    "\n"
    "  --csv FILE             the table (RFC 4180, UTF-8, with a header)\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark order export WO-4711 --csv devices.csv\n",
    1, 1, "one ORDER is"};

static void print_sums(const Mintmark__V1__Order *order, struct buf *output)
{
    char state[TEXT_ENUM_NAME_MAX] = "?";
    uint32_t quantity = order->spec == NULL ? 0 : order->spec->quantity;
    (void)text_enum_name(&mintmark__v1__order_state__descriptor, (int)order->state, state);
    buf_print(output, "%s %s: wanted %u + overage %u = %u", order->spec->order, state, quantity,
              order->identities_limit - quantity, order->identities_limit);
    buf_print(output,
              " = %u flashed + %u scrapped + %u superseded + %u void + %u open + %u unused\n",
              order->flashed, order->scrapped, order->superseded, order->voided,
              order->reserved + order->issued, order->unused);
    if (order->data_rows > 0) {
        buf_print(output, "order data: %u rows, %u used, %u left\n", order->data_rows,
                  order->data_used, order->data_left);
    }
}

static status_t print_slots(const Mintmark__V1__OrderReport *report, struct buf *output)
{
    static const char *const HEADER[] = {"STATION", "SLOT",     "FLASHED", "FIRST PASS",
                                         "FAILED",  "SCRAPPED", NULL};
    AUTO(table_done) struct table table;
    table_init(&table, HEADER);
    if (report->n_slots == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < report->n_slots; i++) {
        const Mintmark__V1__SlotYield *slot = report->slots[i];
        table_add(&table, slot->station);
        table_add(&table, slot->slot);
        table_print(&table, "%u", slot->flashed);
        table_print(&table, "%u", slot->first_pass);
        table_print(&table, "%u", slot->attempts_failed);
        table_print(&table, "%u", slot->scrapped);
    }
    TRY(table_write(&table, output));
    buf_append_text(output, report->slots_cut ? "… and more\n" : "");
    return buf_status(output);
}

static status_t print_report(const Mintmark__V1__OrderReport *report, struct buf *output)
{
    print_sums(report->order, output);
    buf_print(output,
              "first pass %u of %u flashed, %u failed attempts, %u issued and never "
              "reported\n",
              report->first_pass, report->order->flashed, report->attempts_failed,
              report->never_reported);
    return print_slots(report, output);
}

static status_t report(struct admin_command *command)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetOrderRequest request;
    mintmark__v1__get_order_request__init(&request);
    request.order = call_text(command->operands[0]);
    TRY(admin_command_call(command, "GetOrderReport", &request.base,
                           &mintmark__v1__order_report__descriptor, &answer, &message));
    const Mintmark__V1__OrderReport *found = (const Mintmark__V1__OrderReport *)message;
    if (found->order == NULL || found->order->spec == NULL) {
        return problem_say(&command->problem, STATUS_DATA_LOSS, "ANSWER", "order",
                           "the answer holds no order");
    }
    return command->options.json ? admin_command_json(command, message)
                                 : print_report(found, &command->output);
}

int order_report_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    if (!admin_command_begin(&command, &REPORT, NULL, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, report(&command));
}

static void append_time(struct buf *table, const Google__Protobuf__Timestamp *time, const char *end)
{
    char text[TEXT_TIMESTAMP_MAX] = "";
    if (time != NULL) {
        text_timestamp_print(&time->base, text);
    }
    csv_append(table, text, end);
}

#define EXPORT_MAGIC 0x4558504Fu /* "EXPO" */

struct export
{
    uint32_t magic; /* it travels as a void pointer */
    struct buf table;
    size_t count;
};

static status_t append_device(void *context, const ProtobufCMessage *item)
{
    struct export *export = context;
    assert(export->magic == EXPORT_MAGIC);
    const Mintmark__V1__Device *device = (const Mintmark__V1__Device *)item;
    char state[TEXT_ENUM_NAME_MAX] = "?";
    (void)text_enum_name(&mintmark__v1__unit_state__descriptor, (int)device->state, state);
    const char *const texts[] = {device->unit_id,
                                 device->hardware_id,
                                 device->serial_number,
                                 state,
                                 device->revoked ? "yes" : "no",
                                 device->product,
                                 device->station,
                                 device->line,
                                 device->record_id,
                                 device->dac_serial,
                                 device->certificate_sha256,
                                 device->set_commitment};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        csv_append(&export->table, texts[i], ",");
    }
    buf_print(&export->table, "%u,%u,", device->deliveries, device->attempts_failed);
    append_time(&export->table, device->reserved, ",");
    append_time(&export->table, device->issued, ",");
    append_time(&export->table, device->reported, CSV_END);
    export->count++;
    return buf_status(&export->table);
}

static status_t export_devices(struct admin_command *command, const char *path)
{
    static const struct admin_pages PAGES = {
        "ListDevices", &mintmark__v1__list_devices_response__descriptor, "devices", NULL, NULL, ""};
    struct export export = {.magic = EXPORT_MAGIC};
    Mintmark__V1__ListDevicesRequest request;
    mintmark__v1__list_devices_request__init(&request);
    request.order = call_text(command->operands[0]);
    buf_init(&export.table, TABLE_MAX);
    buf_append_text(&export.table,
                    "unit_id,hardware_id,serial_number,state,revoked,product,station,line,"
                    "record_id,dac_serial,certificate_sha256,set_commitment,deliveries,"
                    "attempts_failed,reserved,issued,reported" CSV_END);
    status_t status = admin_pages_walk(command, &PAGES, &request.base, append_device, &export);
    if (status == STATUS_OK && export.count == 0) {
        status = problem_say(&command->problem, STATUS_NOT_FOUND, "ORDER_EMPTY", "ORDER",
                             "no such order, or it has no units yet");
    }
    if (status == STATUS_OK) {
        status = files_write(path, buf_span(&export.table), &command->problem);
    }
    if (status == STATUS_OK) {
        buf_print(&command->output, command->options.json ? "{\"units\": %zu}\n" : "%zu units\n",
                  export.count);
    }
    buf_done(&export.table);
    return status;
}

int order_export_command(int argc, char **argv)
{
    const char *path = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"csv", .text = &path}, {.name = NULL}};
    if (!admin_command_begin(&command, &EXPORT, rows, argc, argv)) {
        return command.exit_code;
    }
    if (path == NULL) {
        (void)problem_say(&command.problem, STATUS_USAGE, "MISSING", "--csv",
                          "--csv FILE is needed; try --help");
        return admin_command_end(&command, STATUS_USAGE);
    }
    return admin_command_end(&command, export_devices(&command, path));
}
