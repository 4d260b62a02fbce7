/* mintmark product list */
#include "client/admin/pages.h"
#include "client/command.h"
#include "proto/text/enum.h"
#include "proto/text/timestamp.h"

static const struct option_command WORDS = {"product list",
                                            "Usage: mintmark product list [options]\n"
                                            "Lists products and their revisions.\n"
                                            "\n" ADMIN_OPTIONS_HELP "\n"
                                            "Example:\n"
                                            "  mintmark product list\n",
                                            0, 0, NULL};

static void add_row(struct table *table, const ProtobufCMessage *item)
{
    const Mintmark__V1__ProductRevision *product = (const Mintmark__V1__ProductRevision *)item;
    char class_name[TEXT_ENUM_NAME_MAX] = "?";
    char created[TEXT_TIMESTAMP_MAX] = "";
    (void)text_enum_name(&mintmark__v1__product_class__descriptor, (int)product->product_class,
                         class_name);
    if (product->created != NULL) {
        text_timestamp_print(&product->created->base, created);
    }
    table_add(table, product->product);
    table_print(table, "%u", product->revision);
    table_add(table, class_name);
    table_add(table, product->approved ? "approved" : "waiting");
    table_add(table, created);
    table_print(table, "%.16s", product->change_id);
}

int product_list_command(int argc, char **argv)
{
    static const char *const HEADER[] = {"PRODUCT", "REVISION", "CLASS", "STATE",
                                         "CREATED", "CHANGE",   NULL};
    static const struct admin_pages PAGES = {
        "ListProducts", &mintmark__v1__list_products_response__descriptor,
        "products",     HEADER,
        add_row,        "no products"};
    Mintmark__V1__ListProductsRequest request;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    if (!admin_command_begin(&command, &WORDS, NULL, argc, argv)) {
        return command.exit_code;
    }
    mintmark__v1__list_products_request__init(&request);
    return admin_command_end(&command, admin_pages_print(&command, &PAGES, &request.base));
}
