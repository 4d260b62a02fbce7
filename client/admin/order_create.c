/* mintmark order create */
#include <stdlib.h>

#include "client/admin/change_draft.h"
#include "client/admin/name.h"
#include "client/admin/order_csv.h"
#include "client/call.h"
#include "client/command.h"
#include "client/files.h"
#include "client/number.h"
#include "proto/text/yaml.h"

enum { FILE_MAX = 1024 * 1024 };

static const struct option_command WORDS = {
    "order create",
    "Usage: mintmark order create ORDER --product NAME[@REVISION] --quantity N [options]\n"
    "       mintmark order create --file order.yaml|orders.csv [options]\n"
    "Proposes an order for N good devices of an approved product; without a revision it is the\n"
    "newest. Unless it is within the limits of the product, it needs a second person: `mintmark\n"
    "order approve`.\n"
    "\n"
    "  --quantity N           good devices wanted\n"
    "  --overage N|N%         identities more than that, for boards that fail (default none)\n"
    "  --line NAME            stations of this line only; may be given several times\n"
    "  --from YYYY-MM-DD      the first day (default today, UTC)\n"
    "  --until YYYY-MM-DD     the last day (default no end)\n"
    "  --file FILE            one order as YAML, or a CSV file with the columns order, product,\n"
    "                         quantity, overage, lines (with ';' between), not_before, "
    "not_after\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Examples:\n"
    "  mintmark order create WO-4711 --product a19-lamp --quantity 1000 --overage 2% \\\n"
    "      --line line1 --until 2026-11-27\n"
    "  mintmark order create --file orders.csv --dry-run\n",
    0, 1, "at most one ORDER is"};

struct arguments {
    const char *product;
    const char *quantity;
    const char *overage;
    const char *from;
    const char *until;
    const char *file;
    struct option_list lines;
};

/* NAME@REVISION as people write it. Without a revision the server says which one it would be, and
 * that is what is signed: a newer one cannot slip in between. */
static status_t check(struct admin_command *command, Mintmark__V1__OrderSpec *order,
                      struct change_draft *draft)
{
    char name[NAME_MAX_SIZE];
    uint32_t revision = 0;
    TRY(name_split("product", order->product, name, &revision, &command->problem));
    order->product = name;
    order->product_revision = revision != 0 ? revision : order->product_revision;
    return change_draft_check(command, "order", &order->base, draft);
}

static status_t create_single(struct admin_command *command, Mintmark__V1__OrderSpec *order)
{
    AUTO(change_draft_done) struct change_draft draft;
    change_draft_init(&draft);
    TRY(check(command, order, &draft));
    return change_draft_run(command, &draft, 1, true);
}

static status_t create_from_words(struct admin_command *command, struct arguments *arguments)
{
    char *lines[OPTIONS_LIST_MAX];
    Mintmark__V1__OrderSpec order;
    if (command->operands[0] == NULL || arguments->product == NULL || arguments->quantity == NULL) {
        return problem_say(&command->problem, STATUS_USAGE, "ORDER", "",
                           "ORDER, --product and --quantity are needed, or --file");
    }
    mintmark__v1__order_spec__init(&order);
    order.order = call_text(command->operands[0]);
    order.product = call_text(arguments->product);
    order.overage = call_text(arguments->overage);
    order.not_before = call_text(arguments->from);
    order.not_after = call_text(arguments->until);
    TRY(number_read("--quantity", arguments->quantity, UINT32_MAX, &order.quantity,
                    &command->problem));
    for (size_t i = 0; i < arguments->lines.count; i++) {
        lines[i] = call_text(arguments->lines.items[i]);
    }
    order.lines = lines;
    order.n_lines = arguments->lines.count;
    return create_single(command, &order);
}

static status_t create_from_yaml(struct admin_command *command, const char *path, struct span text)
{
    ProtobufCMessage *message = NULL;
    TRY(text_yaml_read(path, text, &mintmark__v1__order_spec__descriptor, &message,
                       &command->problem));
    Mintmark__V1__OrderSpec order = *(const Mintmark__V1__OrderSpec *)message; /* borrows */
    status_t status = create_single(command, &order);
    protobuf_c_message_free_unpacked(message, NULL);
    return admin_command_place(command, path, text, status);
}

struct drafts {
    struct change_draft *items;
    size_t count;
};

static void drafts_done(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++) {
        change_draft_done(&drafts->items[i]);
    }
    free(drafts->items);
}
OWN_VALUE(struct drafts, drafts_done)

/* All rows are checked before the first is proposed. */
static status_t create_from_csv(struct admin_command *command, const char *path, struct span text)
{
    AUTO(order_csv_done) struct order_csv csv = {.name = NULL};
    AUTO(drafts_done)
    struct drafts drafts = {calloc(ORDER_CSV_ROWS_MAX, sizeof(struct change_draft)), 0};
    if (drafts.items == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(order_csv_open(&csv, path, text, &command->problem));
    for (bool found = true;;) {
        Mintmark__V1__OrderSpec order;
        TRY(order_csv_next(&csv, &order, &found, &command->problem));
        if (!found) {
            break;
        }
        struct change_draft *draft = &drafts.items[drafts.count++];
        change_draft_init(draft);
        TRY(order_csv_place(&csv, check(command, &order, draft), &command->problem));
    }
    return change_draft_run(command, drafts.items, drafts.count, false);
}

static bool is_csv(const char *path)
{
    size_t size = strlen(path);
    return size > 4 && strcmp(path + size - 4, ".csv") == 0;
}

static status_t run(struct admin_command *command, struct arguments *arguments)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, FILE_MAX);
    if (arguments->file == NULL) {
        return create_from_words(command, arguments);
    }
    if (command->operands[0] != NULL || arguments->product != NULL || arguments->quantity != NULL ||
        arguments->overage != NULL || arguments->from != NULL || arguments->until != NULL ||
        arguments->lines.count > 0) {
        return problem_say(&command->problem, STATUS_USAGE, "ORDER", "--file",
                           "--file says everything about its orders: give no other values");
    }
    TRY(files_read(arguments->file, &text, &command->problem));
    return is_csv(arguments->file) ? create_from_csv(command, arguments->file, buf_span(&text))
                                   : create_from_yaml(command, arguments->file, buf_span(&text));
}

int order_create_command(int argc, char **argv)
{
    struct arguments arguments = {.product = NULL};
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"product", .text = &arguments.product},
                                      {"quantity", .text = &arguments.quantity},
                                      {"overage", .text = &arguments.overage},
                                      {"line", .list = &arguments.lines},
                                      {"from", .text = &arguments.from},
                                      {"until", .text = &arguments.until},
                                      {"file", .text = &arguments.file},
                                      ADMIN_CHANGE_ROWS(command),
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command, &arguments));
}
