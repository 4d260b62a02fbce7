/* mintmark device list */
#include "client/admin/pages.h"
#include "client/call.h"
#include "client/command.h"
#include "proto/text/enum.h"

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
