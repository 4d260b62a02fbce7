/* mintmark nvs dump */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/command.h"
#include "client/json.h"
#include "client/nvs.h"
#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/nvs/reader.h"

static const char HELP[] =
    "Usage: mintmark nvs dump IMAGE [--keys FILE | --hmac-key FILE] [--json]\n"
    "Shows every entry of an NVS partition image. The image is checked more strictly than the\n"
    "firmware does: what the firmware would drop, erase or read ambiguously ends the command\n"
    "with page and entry. The output contains the secrets of the image.\n"
    "\n"
    "  --keys FILE      the image is encrypted with the keys of this key partition (4096 bytes)\n"
    "  --hmac-key FILE  the image is encrypted with keys derived from this HMAC key (32 bytes)\n"
    "  --json           one JSON object; strings and blobs in full\n"
    "\n"
    "Examples:\n"
    "  mintmark nvs dump factory.bin\n"
    "  mintmark nvs dump factory.bin --keys keys.bin --json\n";

static const struct nvs_command COMMAND_NVS_DUMP = {
    .name = "nvs dump",
    .help = HELP,
    .options = NVS_OPTION_KEYS | NVS_OPTION_HMAC_KEY,
    .operands_min = 1,
    .operands_max = 1,
};

enum { BLOB_SHOWN = 16, STRING_SHOWN = 64 };
static const size_t OUTPUT_MAX = (size_t)128 * 1024 * 1024; /* 16 MiB in hex, with names */

static const char *type_name(enum nvs_type type)
{
    static const struct {
        enum nvs_type type;
        const char *name;
    } NAMES[] = {{NVS_U8, "u8"},         {NVS_I8, "i8"},         {NVS_U16, "u16"}, {NVS_I16, "i16"},
                 {NVS_U32, "u32"},       {NVS_I32, "i32"},       {NVS_U64, "u64"}, {NVS_I64, "i64"},
                 {NVS_STRING, "string"}, {NVS_BLOB_DATA, "blob"}};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
        if (NAMES[i].type == type) {
            return NAMES[i].name;
        }
    }
    return "?";
}

static void append_integer(struct buf *output, const struct nvs_item *item)
{
    if (((unsigned)item->type & 0x10) != 0) {
        buf_print(output, "%" PRId64, (int64_t)item->integer);
    } else {
        buf_print(output, "%" PRIu64, item->integer);
    }
}

static void append_hex(struct buf *output, struct span bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        char digits[3];
        hex_encode(span_make(bytes.data + i, 1), digits);
        buf_append(output, digits, 2);
    }
}

/* ---- for people ---- */

/* Bytes from the image never reach the terminal raw: control characters and what is not ASCII are
 * shown as \xHH. */
static void append_visible(struct buf *output, struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c < 0x20 || c > 0x7E || c == '\\') {
            buf_print(output, "\\x%02x", c);
        } else {
            buf_append_byte(output, c);
        }
    }
}

static void append_value(struct buf *output, const struct nvs_item *item)
{
    if (item->type != NVS_STRING && item->type != NVS_BLOB_DATA) {
        append_integer(output, item);
        return;
    }
    bool string = item->type == NVS_STRING;
    size_t most = string ? STRING_SHOWN : BLOB_SHOWN;
    size_t shown = item->bytes.size < most ? item->bytes.size : most;
    struct span head = span_make(item->bytes.data, shown);
    if (string) {
        append_visible(output, head);
    } else {
        append_hex(output, head);
    }
    if (shown < item->bytes.size || !string) {
        buf_print(output, "%s (%zu bytes)", shown < item->bytes.size ? "..." : "",
                  item->bytes.size);
    }
}

static void append_name(struct buf *output, const char *name)
{
    size_t before = output->size;
    append_visible(output, span_text(name));
    do {
        buf_append_byte(output, ' ');
    } while (!output->failed && output->size - before < NVS_KEY_MAX + 2);
}

static void print_table(const struct nvs_reader *reader, struct buf *output)
{
    buf_print(output, "%-17s%-17s%-8s%s\n", "NAMESPACE", "KEY", "TYPE", "VALUE");
    for (size_t i = 0; i < nvs_reader_count(reader); i++) {
        const struct nvs_item *item = nvs_reader_item(reader, i);
        append_name(output, item->namespace_name);
        append_name(output, item->key);
        buf_print(output, "%-8s", type_name(item->type));
        append_value(output, item);
        buf_append_byte(output, '\n');
    }
    buf_print(output, "%zu items\n", nvs_reader_count(reader));
}

/* ---- for programs ---- */

/* Text where it is text; else its bytes in hex under another name, so that nothing is lost. */
static void append_text_member(struct buf *output, const char *name, struct span text, bool first)
{
    char hex_name[32];
    bool valid = utf8_is_text(text);
    (void)snprintf(hex_name, sizeof(hex_name), "%s_hex", name);
    json_append_name(output, valid ? name : hex_name, first);
    if (valid) {
        json_append_text(output, text);
    } else {
        buf_append_byte(output, '"');
        append_hex(output, text);
        buf_append_byte(output, '"');
    }
}

static void append_item(struct buf *output, const struct nvs_item *item)
{
    buf_append_byte(output, '{');
    append_text_member(output, "namespace", span_text(item->namespace_name), true);
    append_text_member(output, "key", span_text(item->key), false);
    json_append_name(output, "type", false);
    json_append_text(output, span_text(type_name(item->type)));
    if (item->type == NVS_STRING) {
        append_text_member(output, "value", item->bytes, false);
    } else if (item->type == NVS_BLOB_DATA) {
        json_append_name(output, "value_hex", false);
        buf_append_byte(output, '"');
        append_hex(output, item->bytes);
        buf_append_byte(output, '"');
    } else {
        json_append_name(output, "value", false);
        append_integer(output, item);
    }
    buf_append_byte(output, '}');
}

static void print_json(const struct nvs_reader *reader, struct buf *output)
{
    buf_append_text(output, "{\"items\": [");
    for (size_t i = 0; i < nvs_reader_count(reader); i++) {
        buf_append_text(output, i == 0 ? "\n  " : ",\n  ");
        append_item(output, nvs_reader_item(reader, i));
    }
    buf_append_text(output, "\n]}\n");
}

static status_t dump(const struct nvs_arguments *arguments, struct buf *ret_output,
                     struct problem *problem)
{
    AUTO(secret_wipe) struct secret keys = {0};
    AUTO(buf_done) struct buf image;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    buf_init_secret(&image, NVS_READER_IMAGE_MAX);
    TRY(nvs_keys_read(arguments, &keys, problem));
    TRY(nvs_image_read(arguments->operands[0], &keys, &image, &reader, problem));
    if (arguments->json) {
        print_json(reader, ret_output);
    } else {
        print_table(reader, ret_output);
    }
    return buf_status(ret_output);
}

int nvs_dump_command(int argc, char **argv)
{
    struct nvs_arguments arguments;
    int code = 0;
    if (!nvs_arguments_read(&COMMAND_NVS_DUMP, argc, argv, &arguments, &code)) {
        return code;
    }
    struct problem problem = {0};
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, OUTPUT_MAX);
    status_t status = dump(&arguments, &output, &problem);
    return nvs_finish(status, &problem, arguments.json, &output);
}
