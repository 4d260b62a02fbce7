#include "client/admin/pages.h"

#include <assert.h>
#include <stdio.h>

#include "proto/text/field.h"
#include "proto/text/json.h"

enum { PAGE_SIZE = 100, PAGES_MAX = 100000, TOKEN_MAX = 512 };

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    assert(field != NULL);
    return field;
}

static void ask_for(ProtobufCMessage *request, char *token)
{
    const uint32_t size = PAGE_SIZE;
    uint8_t *base = (uint8_t *)request;
    memcpy(base + field_of(request, "page_size")->offset, &size, sizeof(size));
    memcpy(base + field_of(request, "page_token")->offset, &token, sizeof(token));
}

static status_t take_token(const ProtobufCMessage *answer, char ret_token[static TOKEN_MAX],
                           struct problem *problem)
{
    size_t count = 0;
    const char *token = *(const char *const *)(const void *)text_field_values(
        field_of(answer, "next_page_token"), answer, &count);
    if (snprintf(ret_token, TOKEN_MAX, "%s", token) >= TOKEN_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "PAGE_TOKEN", "next_page_token",
                           "the server's page token is longer than %d bytes", TOKEN_MAX - 1);
    }
    return STATUS_OK;
}

static status_t visit_all(const ProtobufCMessage *answer, const char *items,
                          admin_pages_visit_t *visit, void *context)
{
    size_t count = 0;
    const ProtobufCMessage *const *messages =
        (const void *)text_field_values(field_of(answer, items), answer, &count);
    for (size_t i = 0; i < count; i++) {
        TRY(visit(context, messages[i]));
    }
    return STATUS_OK;
}

status_t admin_pages_walk(struct admin_command *command, const struct admin_pages *pages,
                          ProtobufCMessage *request, admin_pages_visit_t *visit, void *context)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    char token[TOKEN_MAX] = "";
    for (unsigned page = 0; page < PAGES_MAX; page++) {
        const ProtobufCMessage *message = NULL;
        ask_for(request, token);
        TRY(admin_command_call(command, pages->method, request, pages->answer, &answer, &message));
        TRY(visit_all(message, pages->items, visit, context));
        TRY(take_token(message, token, &command->problem));
        if (token[0] == '\0') {
            return STATUS_OK;
        }
    }
    return problem_say(&command->problem, STATUS_TOO_LARGE, "PAGES", "next_page_token",
                       "the server's list does not end");
}

#define PRINT_MAGIC 0x50524E54u /* "PRNT" */

struct print {
    uint32_t magic; /* it travels as a void pointer */
    struct admin_command *command;
    const struct admin_pages *pages;
    struct table table;
    size_t count;
};

static status_t print_item(void *context, const ProtobufCMessage *item)
{
    struct print *print = context;
    assert(print->magic == PRINT_MAGIC);
    if (!print->command->options.json) {
        print->pages->add_row(&print->table, item);
    } else {
        buf_append_text(&print->command->output, print->count == 0 ? "\n  " : ",\n  ");
        TRY(text_json_write(item, 0, &print->command->output));
    }
    print->count++;
    if (buf_status(&print->table.cells) == STATUS_OK &&
        buf_status(&print->command->output) == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(&print->command->problem, STATUS_TOO_LARGE, "LIST", "",
                       "the list has more than %zu elements, too many to print: ask for fewer, by "
                       "the options of --help",
                       print->count - 1);
}

status_t admin_pages_print(struct admin_command *command, const struct admin_pages *pages,
                           ProtobufCMessage *request)
{
    struct print print = {.magic = PRINT_MAGIC, .command = command, .pages = pages};
    bool json = command->options.json;
    table_init(&print.table, pages->header);
    if (json) {
        buf_print(&command->output, "{\"%s\": [", pages->items);
    }
    status_t status = admin_pages_walk(command, pages, request, print_item, &print);
    if (status == STATUS_OK && json) {
        buf_append_text(&command->output, "]}\n");
    } else if (status == STATUS_OK && print.count == 0) {
        buf_print(&command->output, "%s\n", pages->none);
    } else if (status == STATUS_OK) {
        status = table_write(&print.table, &command->output);
    }
    table_done(&print.table);
    return status;
}
