/* mintmark order amend */
#include "client/admin/change_draft.h"
#include "client/call.h"
#include "client/command.h"
#include "client/number.h"

static const struct option_command WORDS = {
    "order amend",
    "Usage: mintmark order amend ORDER [--quantity N] [--overage N|N%] [--until DATE]\n"
    "                            [--product-revision N] [options]\n"
    "Proposes other values for an order; what is not given stays. Unless it stays within the\n"
    "limits of the product, it needs a second person: `mintmark order approve`.\n"
    "\n"
    "  --quantity N           good devices wanted\n"
    "  --overage N|N%         identities more than that\n"
    "  --until YYYY-MM-DD     the last day\n"
    "  --product-revision N   an approved revision, for units that have no identity "
    "yet\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Example:\n"
    "  mintmark order amend WO-4711 --quantity 1200 --until 2026-12-04\n",
    1, 1, "one ORDER is"};

struct arguments {
    const char *quantity;
    const char *overage;
    const char *until;
    const char *revision;
};

static status_t run(struct admin_command *command, const struct arguments *arguments)
{
    Mintmark__V1__OrderAmendment content;
    mintmark__v1__order_amendment__init(&content);
    content.order = call_text(command->operands[0]);
    content.overage = call_text(arguments->overage);
    content.not_after = call_text(arguments->until);
    if (arguments->quantity != NULL) {
        TRY(number_read("--quantity", arguments->quantity, UINT32_MAX, &content.quantity,
                        &command->problem));
    }
    if (arguments->revision != NULL) {
        TRY(number_read("--product-revision", arguments->revision, UINT32_MAX,
                        &content.product_revision, &command->problem));
    }
    if (content.quantity == 0 && content.product_revision == 0 && content.overage[0] == '\0' &&
        content.not_after[0] == '\0') {
        return problem_say(&command->problem, STATUS_USAGE, "AMENDMENT", "",
                           "nothing to amend: give --quantity, --overage, --until or "
                           "--product-revision");
    }
    return change_draft_single(command, "order-amend", &content.base);
}

int order_amend_command(int argc, char **argv)
{
    struct arguments arguments = {.quantity = NULL};
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"quantity", .text = &arguments.quantity},
                                      {"overage", .text = &arguments.overage},
                                      {"until", .text = &arguments.until},
                                      {"product-revision", .text = &arguments.revision},
                                      ADMIN_CHANGE_ROWS(command),
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command, &arguments));
}
