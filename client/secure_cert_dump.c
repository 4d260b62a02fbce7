/* mintmark secure-cert dump */
#include <stdio.h>
#include <stdlib.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/secure_cert.h"
#include "lib/base/hex.h"
#include "lib/securecert/names.h"
#include "lib/securecert/reader.h"

static const char help_text[] =
    "Usage: mintmark secure-cert dump IMAGE [--show-secrets] [--json]\n"
    "Shows every entry of an esp_secure_cert partition. Values are shown of what is public\n"
    "(certificates, configuration, discriminator, iterations, digests), of the rest the length.\n"
    "\n"
    "  --show-secrets   show keys, verifier, salts, ids and user data too\n"
    "  --json           one JSON object; values in full\n"
    "\n"
    "Examples:\n"
    "  mintmark secure-cert dump sc.bin\n"
    "  mintmark secure-cert dump sc.bin --json\n";

enum { BYTES_SHOWN = 16 };

/* Nothing else is, whatever its type will once mean. */
static bool is_public(const struct securecert_entry *entry)
{
    switch (entry->type) {
    case SECURECERT_CA_CERT:
    case SECURECERT_DEV_CERT:
    case SECURECERT_SEC_CFG:
    case SECURECERT_SIGNATURE:
    case SECURECERT_INTEGRITY:
        return true;
    case SECURECERT_MATTER_1:
        return entry->subtype == SECURECERT_DISCRIMINATOR ||
               entry->subtype == SECURECERT_ITERATIONS;
    default:
        return false;
    }
}

/* The number in an entry that holds one. */
static bool read_number(const struct securecert_entry *entry, uint32_t *ret_number)
{
    if (entry->type != SECURECERT_MATTER_1) {
        return false;
    }
    if (entry->subtype == SECURECERT_DISCRIMINATOR && entry->value.size == sizeof(uint16_t)) {
        *ret_number = read_le16(entry->value.data);
        return true;
    }
    if (entry->subtype == SECURECERT_ITERATIONS && entry->value.size == sizeof(uint32_t)) {
        *ret_number = read_le32(entry->value.data);
        return true;
    }
    return false;
}

static void append_hex(struct buf *output, struct span bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        char digits[3];
        hex_encode(span_make(bytes.data + i, 1), digits);
        buf_append(output, digits, 2);
    }
}

static void append_value(const struct securecert_entry *entry, bool show, struct buf *output)
{
    uint32_t number;
    size_t size = entry->value.size;
    if (!show && size > 0) {
        buf_append_text(output, "(hidden, --show-secrets)");
    } else if (read_number(entry, &number)) {
        buf_print(output, "%u", number);
    } else {
        append_hex(output, span_make(entry->value.data, size < BYTES_SHOWN ? size : BYTES_SHOWN));
        buf_append_text(output, size > BYTES_SHOWN ? "..." : "");
    }
}

static void print_table(const struct securecert_reader *reader, bool show, struct buf *output)
{
    buf_print(output, "%-8s%-22s%-6s%-16s%-8s%s\n", "OFFSET", "ENTRY", "TYPE", "FLAGS", "LENGTH",
              "VALUE");
    for (size_t i = 0; i < securecert_reader_count(reader); i++) {
        const struct securecert_entry *entry = securecert_reader_entry(reader, i);
        char name[SECURECERT_NAME_MAX];
        securecert_names_entry(entry->type, entry->subtype, name);
        buf_print(output, "0x%04zX  %-22s%-6u%-16s%-8zu", entry->offset, name, entry->type,
                  securecert_names_flags(entry->flags), entry->value.size);
        append_value(entry, show || is_public(entry), output);
        buf_append_byte(output, '\n');
    }
    buf_print(output, "%zu entries, %zu of %zu bytes used\n", securecert_reader_count(reader),
              securecert_reader_used(reader), securecert_reader_image(reader).size);
}

static void append_entry(const struct securecert_entry *entry, bool show, struct buf *output)
{
    char name[SECURECERT_NAME_MAX];
    uint32_t number;
    securecert_names_entry(entry->type, entry->subtype, name);
    buf_print(output, "{\"entry\": \"%s\", \"type\": %u, \"subtype\": %u, \"flags\": \"%s\"", name,
              entry->type, entry->subtype, securecert_names_flags(entry->flags));
    buf_print(output, ", \"offset\": %zu, \"length\": %zu", entry->offset, entry->value.size);
    if (!show) {
        buf_append_text(output, ", \"hidden\": true}");
        return;
    }
    if (read_number(entry, &number)) {
        buf_print(output, ", \"value\": %u", number);
    }
    buf_append_text(output, ", \"value_hex\": \"");
    append_hex(output, entry->value);
    buf_append_text(output, "\"}");
}

static void print_json(const struct securecert_reader *reader, bool show, struct buf *output)
{
    buf_print(output, "{\"size\": %zu, \"used\": %zu, \"entries\": [",
              securecert_reader_image(reader).size, securecert_reader_used(reader));
    for (size_t i = 0; i < securecert_reader_count(reader); i++) {
        const struct securecert_entry *entry = securecert_reader_entry(reader, i);
        buf_append_text(output, i == 0 ? "\n  " : ",\n  ");
        append_entry(entry, show || is_public(entry), output);
    }
    buf_append_text(output, "\n]}\n");
}

static status_t dump(const struct secure_cert_arguments *arguments, struct buf *output,
                     struct problem *problem)
{
    AUTO(buf_done) struct buf image;
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    bool show = arguments->switches[SECURE_CERT_SHOW_SECRETS];
    buf_init_secret(&image, SECURECERT_PARTITION_MAX);
    TRY(files_read(arguments->operands[0], &image, problem));
    TRY(securecert_reader_new(buf_span(&image), &reader, problem));
    if (arguments->switches[SECURE_CERT_JSON]) {
        print_json(reader, show, output);
    } else {
        print_table(reader, show, output);
    }
    return STATUS_OK;
}

static const struct secure_cert_command command = {
    .name = "secure-cert dump",
    .help = help_text,
    .switches = 1u << SECURE_CERT_SHOW_SECRETS,
    .operands = 1,
    .run = dump,
};

int secure_cert_dump_command(int argc, char **argv)
{
    return secure_cert_run(&command, argc, argv);
}
