/* mintmark device list, device show */
#include "client/admin/pages.h"
#include "client/call.h"
#include "client/command.h"
#include "lib/base/hex.h"
#include "proto/text/enum.h"
#include "proto/text/yaml_write.h"

static const struct option_command LIST = {
    "device list",
    "Usage: mintmark device list [--order ORDER] [--state STATE] [options]\n"
    "Lists units: where each is, and what it was given.\n"
    "\n"
    "  --order ORDER          only this order's\n"
    "  --state STATE          only reserved, issued, flashed, scrapped, superseded or void "
    "ones\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark device list --order WO-4711 --state issued\n",
    0, 0, NULL};

static const struct option_command SHOW = {
    "device show",
    "Usage: mintmark device show UNIT|--serial-number SN|--dac-serial HEX [options]\n"
    "Shows one unit: order, state, station, DAC, commitment to its images.\n"
    "\n"
    "  UNIT                   unit id; by default that is its MAC\n"
    "  --serial-number SN     the device's serial number\n"
    "  --dac-serial HEX       its DAC's serial number; finds replaced identities "
    "too\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark device show 60:55:f9:01:a2:10\n",
    0, 1, "one UNIT is"};

static void add_row(struct table *table, const ProtobufCMessage *item)
{
    const Mintmark__V1__Device *device = (const Mintmark__V1__Device *)item;
    char state[TEXT_ENUM_NAME_MAX] = "?";
    (void)text_enum_name(&mintmark__v1__unit_state__descriptor, (int)device->state, state);
    table_add(table, device->unit_id);
    table_add(table, device->order);
    table_print(table, "%s%s", state, device->revoked ? ", revoked" : "");
    table_add(table, device->serial_number);
    table_add(table, device->station);
    table_print(table, "%u", device->attempts_failed);
    table_add(table, device->dac_serial);
}

int device_list_command(int argc, char **argv)
{
    static const char *const HEADER[] = {"UNIT",    "ORDER",  "STATE",      "SERIAL NUMBER",
                                         "STATION", "FAILED", "DAC SERIAL", NULL};
    static const struct admin_pages PAGES = {
        "ListDevices", &mintmark__v1__list_devices_response__descriptor, "devices", HEADER, add_row,
        "no units"};
    const char *word = NULL;
    const char *order = NULL;
    int state = 0;
    Mintmark__V1__ListDevicesRequest request;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {
        {"state", .text = &word}, {"order", .text = &order}, {.name = NULL}};
    if (!admin_command_begin(&command, &LIST, rows, argc, argv)) {
        return command.exit_code;
    }
    if (word != NULL && !text_enum_find(&mintmark__v1__unit_state__descriptor, word, &state)) {
        return command_usage(LIST.name, "there is no state '%s'", word);
    }
    mintmark__v1__list_devices_request__init(&request);
    request.state = (Mintmark__V1__UnitState)state;
    request.order = call_text(order);
    return admin_command_end(&command, admin_pages_print(&command, &PAGES, &request.base));
}

static status_t show(struct admin_command *command, const char *serial_number,
                     const char *dac_serial)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    AUTO(buf_done) struct buf serial;
    const ProtobufCMessage *device = NULL;
    Mintmark__V1__GetDeviceRequest request;
    mintmark__v1__get_device_request__init(&request);
    buf_init(&serial, 64);
    if (dac_serial != NULL && hex_decode(span_text(dac_serial), &serial) != STATUS_OK) {
        return problem_say(&command->problem, STATUS_USAGE, "HEX", "--dac-serial",
                           "--dac-serial is hexadecimal, two digits a byte");
    }
    request.unit_id = call_text(command->operands[0]);
    request.serial_number = call_text(serial_number);
    request.dac_serial.data = serial.data;
    request.dac_serial.len = serial.size;
    TRY(admin_command_call(command, "GetDevice", &request.base, &mintmark__v1__device__descriptor,
                           &answer, &device));
    return command->options.json ? admin_command_json(command, device)
                                 : text_yaml_write(device, &command->output);
}

int device_show_command(int argc, char **argv)
{
    const char *serial_number = NULL;
    const char *dac_serial = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"serial-number", .text = &serial_number},
                                      {"dac-serial", .text = &dac_serial},
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &SHOW, rows, argc, argv)) {
        return command.exit_code;
    }
    if ((command.operands[0] != NULL) + (serial_number != NULL) + (dac_serial != NULL) != 1) {
        return command_usage(SHOW.name, "one UNIT, --serial-number or --dac-serial is needed");
    }
    return admin_command_end(&command, show(&command, serial_number, dac_serial));
}
