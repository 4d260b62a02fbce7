/* mintmark product show */
#include "client/admin/command.h"
#include "client/admin/name.h"
#include "client/call.h"
#include "client/command.h"
#include "proto/text/enum.h"
#include "proto/text/json.h"
#include "proto/text/visible.h"
#include "proto/text/yaml_write.h"

enum { ARENA_SIZE = 8 * 1024 * 1024 };

static const struct option_command WORDS = {
    "product show",
    "Usage: mintmark product show NAME[@REVISION] [options]\n"
    "Shows a product's revision, without one the newest approved, as YAML that `mintmark product\n"
    "apply` takes again. Bytes, such as the certification declaration, are named by size and\n"
    "SHA-256.\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Examples:\n"
    "  mintmark product show a19-lamp\n"
    "  mintmark product show a19-lamp@1 > lamp.yaml\n",
    1, 1, "one NAME[@REVISION] is"};

static status_t append_heading(const Mintmark__V1__ProductRevision *product, struct buf *text)
{
    char name[TEXT_ENUM_NAME_MAX] = "unknown";
    (void)text_enum_name(&mintmark__v1__product_class__descriptor, (int)product->product_class,
                         name);
    buf_append_text(text, "# ");
    TRY(text_visible_append(span_text(product->product), false, text));
    buf_print(text, " revision %u, class %s, %s\n", product->revision, name,
              product->approved ? "approved" : "not approved");
    return STATUS_OK;
}

/* {"product": ..., "revision": ..., "decoded_content": {...}} */
static status_t append_json(const Mintmark__V1__ProductRevision *product,
                            const ProtobufCMessage *content, struct buf *json)
{
    TRY(text_json_write(&product->base, 0, json));
    json->size--; /* the closing brace */
    buf_append_text(json, ", \"decoded_content\": ");
    TRY(text_json_write(content, 0, json));
    buf_append_text(json, "}\n");
    return STATUS_OK;
}

static status_t get(struct admin_command *command, const char *name, uint32_t revision,
                    struct admin_answer *answer, const Mintmark__V1__ProductRevision **ret_product)
{
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetProductRequest request;
    mintmark__v1__get_product_request__init(&request);
    request.product = call_text(name);
    request.revision = revision;
    TRY(admin_command_call(command, "GetProduct", &request.base,
                           &mintmark__v1__product_revision__descriptor, answer, &message));
    *ret_product = (const Mintmark__V1__ProductRevision *)message;
    return STATUS_OK;
}

static status_t run(struct admin_command *command)
{
    char name[NAME_MAX_SIZE];
    uint32_t revision = 0;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const Mintmark__V1__ProductRevision *product = NULL;
    const ProtobufCMessage *content = NULL;
    TRY(name_split("product", command->operands[0], name, &revision, &command->problem));
    TRY(get(command, name, revision, &answer, &product));
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode_message(arena, &mintmark__v1__product__descriptor,
                       span_make(product->content.data, product->content.len), true, &content,
                       &command->problem));
    if (command->options.json) {
        return append_json(product, content, &command->output);
    }
    TRY(append_heading(product, &command->output));
    return text_yaml_write(content, &command->output);
}

int product_show_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    if (!admin_command_begin(&command, &WORDS, NULL, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command));
}
