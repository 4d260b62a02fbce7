/* mintmark order list, order show */
#include "client/admin/pages.h"
#include "client/call.h"
#include "client/command.h"
#include "proto/text/enum.h"
#include "proto/text/yaml_write.h"

static const struct option_command LIST = {
    "order list",
    "Usage: mintmark order list [--state STATE] [options]\n"
    "Lists orders with what is left of them.\n"
    "\n"
    "  --state STATE          only open, paused or closed ones\n" ADMIN_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark order list --state open\n",
    0, 0, NULL};

static const struct option_command SHOW = {"order show",
                                           "Usage: mintmark order show ORDER [options]\n"
                                           "Shows an order and where each of its identities is.\n"
                                           "\n" ADMIN_OPTIONS_HELP "\n"
                                           "Example:\n"
                                           "  mintmark order show WO-4711\n",
                                           1, 1, "one ORDER is"};

static void add_row(struct table *table, const ProtobufCMessage *item)
{
    const Mintmark__V1__Order *order = (const Mintmark__V1__Order *)item;
    const Mintmark__V1__OrderSpec *spec = order->spec;
    char state[TEXT_ENUM_NAME_MAX] = "?";
    (void)text_enum_name(&mintmark__v1__order_state__descriptor, (int)order->state, state);
    table_add(table, spec == NULL ? "?" : spec->order);
    table_add(table, state);
    table_print(table, "%s@%u", spec == NULL ? "?" : spec->product, order->product_revision);
    table_print(table, "%u", spec == NULL ? 0 : spec->quantity);
    table_print(table, "%u", order->identities_limit);
    table_print(table, "%u", order->flashed);
    table_print(table, "%u", order->reserved + order->issued);
    table_print(table, "%u", order->unused);
    table_add(table, spec == NULL ? "" : spec->not_after);
}

int order_list_command(int argc, char **argv)
{
    static const char *const HEADER[] = {"ORDER",   "STATE", "PRODUCT", "QUANTITY", "AT MOST",
                                         "FLASHED", "OPEN",  "UNUSED",  "UNTIL",    NULL};
    static const struct admin_pages PAGES = {
        "ListOrders", &mintmark__v1__list_orders_response__descriptor, "orders", HEADER, add_row,
        "no orders"};
    const char *word = NULL;
    int state = 0;
    Mintmark__V1__ListOrdersRequest request;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"state", .text = &word}, {.name = NULL}};
    if (!admin_command_begin(&command, &LIST, rows, argc, argv)) {
        return command.exit_code;
    }
    if (word != NULL && !text_enum_find(&mintmark__v1__order_state__descriptor, word, &state)) {
        return command_usage(LIST.name, "there is no state '%s'", word);
    }
    mintmark__v1__list_orders_request__init(&request);
    request.state = (Mintmark__V1__OrderState)state;
    return admin_command_end(&command, admin_pages_print(&command, &PAGES, &request.base));
}

static status_t show(struct admin_command *command)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *order = NULL;
    Mintmark__V1__GetOrderRequest request;
    mintmark__v1__get_order_request__init(&request);
    request.order = call_text(command->operands[0]);
    TRY(admin_command_call(command, "GetOrder", &request.base, &mintmark__v1__order__descriptor,
                           &answer, &order));
    return command->options.json ? admin_command_json(command, order)
                                 : text_yaml_write(order, &command->output);
}

int order_show_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    if (!admin_command_begin(&command, &SHOW, NULL, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, show(&command));
}
