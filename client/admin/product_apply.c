/* mintmark product apply */
#include "client/admin/change_draft.h"
#include "client/command.h"
#include "client/files.h"
#include "client/product_sources.h"
#include "proto/product/file.h"
#include "proto/text/yaml.h"

static const struct option_command WORDS = {
    "product apply",
    "Usage: mintmark product apply FILE [options]\n"
    "Proposes a product's revision. The server checks it first (certification declaration, PAI,\n"
    "validity, whether the largest image fits its partition); what is new or different is shown\n"
    "before you are asked. Files that the product names are read beside FILE and sent with it;\n"
    "of a build (`firmware`, `sdkconfig`) only names and digests, once it agrees with the "
    "product.\n"
    "A revision needs a second person: `mintmark product approve`.\n"
    "\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Examples:\n"
    "  mintmark product apply lamp.yaml --dry-run\n"
    "  mintmark product apply lamp.yaml\n",
    1, 1, "one FILE is"};

static status_t apply(struct admin_command *command, const char *path, struct span document)
{
    ProtobufCMessage *message = NULL;
    TRY(text_yaml_read(path, document, &mintmark__v1__product__descriptor, &message,
                       &command->problem));
    status_t status = product_files_read(path, (Mintmark__V1__Product *)message, &command->problem);
    if (status == STATUS_OK) {
        status = product_sources_read(path, (Mintmark__V1__Product *)message, &command->problem);
    }
    if (status == STATUS_OK) {
        status = change_draft_single(command, "product", message);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    return status;
}

static status_t run(struct admin_command *command)
{
    const char *path = command->operands[0];
    AUTO(buf_done) struct buf document;
    buf_init(&document, TEXT_YAML_MAX);
    TRY(files_read(path, &document, &command->problem));
    return admin_command_place(command, path, buf_span(&document),
                               apply(command, path, buf_span(&document)));
}

int product_apply_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command));
}
