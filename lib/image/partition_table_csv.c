#include "lib/image/partition_table_csv.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/image/number.h"

enum { FIELD_LABEL, FIELD_TYPE, FIELD_SUBTYPE, FIELD_OFFSET, FIELD_SIZE, FIELD_FLAGS, FIELDS };

enum {
    SUBTYPE_DATA_UNDEFINED = 6,
    SUBTYPE_OTA_0 = 0x10,
    SUBTYPE_OTA_COUNT = 16,
    SUBTYPE_TEE_0 = 0x30,
    SUBTYPE_TEE_COUNT = 2,
};

struct name {
    const char *word;
    uint8_t type; /* of subtypes */
    uint8_t value;
};

static const struct name type_names[] = {
    {"app", 0, IMAGE_PARTITION_APP},
    {"data", 0, IMAGE_PARTITION_DATA},
    {"bootloader", 0, IMAGE_PARTITION_BOOTLOADER},
    {"partition_table", 0, IMAGE_PARTITION_TABLE},
};

static const struct name subtype_names[] = {
    {"factory", IMAGE_PARTITION_APP, 0x00},      {"test", IMAGE_PARTITION_APP, 0x20},
    {"ota", IMAGE_PARTITION_DATA, 0x00},         {"phy", IMAGE_PARTITION_DATA, 0x01},
    {"nvs", IMAGE_PARTITION_DATA, 0x02},         {"coredump", IMAGE_PARTITION_DATA, 0x03},
    {"nvs_keys", IMAGE_PARTITION_DATA, 0x04},    {"efuse", IMAGE_PARTITION_DATA, 0x05},
    {"undefined", IMAGE_PARTITION_DATA, 0x06},   {"esphttpd", IMAGE_PARTITION_DATA, 0x80},
    {"fat", IMAGE_PARTITION_DATA, 0x81},         {"spiffs", IMAGE_PARTITION_DATA, 0x82},
    {"littlefs", IMAGE_PARTITION_DATA, 0x83},    {"tee_ota", IMAGE_PARTITION_DATA, 0x90},
    {"primary", IMAGE_PARTITION_BOOTLOADER, 0},  {"ota", IMAGE_PARTITION_BOOTLOADER, 1},
    {"recovery", IMAGE_PARTITION_BOOTLOADER, 2}, {"primary", IMAGE_PARTITION_TABLE, 0},
    {"ota", IMAGE_PARTITION_TABLE, 1},
};

struct row {
    const char *name; /* of the file */
    unsigned line;
    struct span fields[FIELDS];
    size_t count;
    struct problem *problem;
};

status_t image_partition_table_refuse(const char *name, unsigned line, struct problem *problem,
                                      const char *format, ...)
{
    char what[PROBLEM_MESSAGE_MAX];
    char field[PROBLEM_FIELD_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    (void)snprintf(field, sizeof(field), line != 0 ? "%.80s:%u" : "%.80s", name, line);
    return problem_say(problem, STATUS_INVALID, "PARTITION_TABLE", field, "%s", what);
}

static status_t refuse(const struct row *row, const char *what, struct span field)
{
    return image_partition_table_refuse(row->name, row->line, row->problem, "%s: '%.*s'", what,
                                        (int)(field.size < 40 ? field.size : 40),
                                        field.data != NULL ? (const char *)field.data : "");
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span text)
{
    while (text.size > 0 && is_blank(text.data[0])) {
        text = span_make(text.data + 1, text.size - 1);
    }
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

/* The part before the next `separator`; *rest goes behind it. */
static struct span take(struct span *rest, char separator)
{
    const uint8_t *end = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
    size_t skip = end != NULL ? size + 1 : size;
    struct span part = span_make(rest->data, size);
    *rest = rest->size > 0 ? span_make(rest->data + skip, rest->size - skip) : *rest;
    return part;
}

static char lower(uint8_t c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool is_word(struct span field, const char *word)
{
    if (strlen(word) != field.size) {
        return false;
    }
    for (size_t i = 0; i < field.size; i++) {
        if (lower(field.data[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

/* The factor of a K or M at the end, which is taken off. */
static uint32_t take_suffix(struct span *text)
{
    unsigned last = text->size > 0 ? text->data[text->size - 1] | 0x20u : 0;
    if (last != 'k' && last != 'm') {
        return 1;
    }
    text->size--;
    return last == 'k' ? 1024 : 1024 * 1024;
}

/* SPEC.md 6.2: a number, K or M behind it. */
static bool read_number(struct span text, uint32_t *ret_number)
{
    uint32_t factor = take_suffix(&text);
    uint32_t number;
    if (!image_number_read(text, &number) || number > UINT32_MAX / factor) {
        return false;
    }
    *ret_number = number * factor;
    return true;
}

static bool read_byte(struct span field, uint8_t *ret_value)
{
    uint32_t number;
    if (!read_number(field, &number) || number > UINT8_MAX - 1) {
        return false;
    }
    *ret_value = (uint8_t)number;
    return true;
}

static bool find_name(const struct name *names, size_t count, uint8_t type, struct span field,
                      uint8_t *ret_value)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].type == type && is_word(field, names[i].word)) {
            *ret_value = names[i].value;
            return true;
        }
    }
    return false;
}

/* "ota_0" … "ota_15", "tee_0", "tee_1" */
static bool find_slot(struct span field, uint8_t *ret_value)
{
    char word[16];
    for (unsigned i = 0; i < SUBTYPE_OTA_COUNT + SUBTYPE_TEE_COUNT; i++) {
        bool ota = i < SUBTYPE_OTA_COUNT;
        unsigned slot = ota ? i : i - SUBTYPE_OTA_COUNT;
        (void)snprintf(word, sizeof(word), ota ? "ota_%u" : "tee_%u", slot);
        if (is_word(field, word)) {
            *ret_value = (uint8_t)((ota ? SUBTYPE_OTA_0 : SUBTYPE_TEE_0) + slot);
            return true;
        }
    }
    return false;
}

static status_t read_type(const struct row *row, struct image_partition_entry *entry)
{
    struct span field = row->fields[FIELD_TYPE];
    if (find_name(type_names, sizeof(type_names) / sizeof(*type_names), 0, field, &entry->type) ||
        read_byte(field, &entry->type)) {
        return STATUS_OK;
    }
    return refuse(row, "a partition's type is app, data or a number from 0 to 254", field);
}

static status_t read_subtype(const struct row *row, struct image_partition_entry *entry)
{
    struct span field = row->fields[FIELD_SUBTYPE];
    if (field.size == 0 && entry->type != IMAGE_PARTITION_APP) {
        entry->subtype = SUBTYPE_DATA_UNDEFINED;
        return STATUS_OK;
    }
    if (find_name(subtype_names, sizeof(subtype_names) / sizeof(*subtype_names), entry->type, field,
                  &entry->subtype) ||
        (entry->type == IMAGE_PARTITION_APP && find_slot(field, &entry->subtype)) ||
        read_byte(field, &entry->subtype)) {
        return STATUS_OK;
    }
    return refuse(row,
                  "not a subtype of this type, nor a number from 0 to 254: for names that a "
                  "component adds, give the binary table",
                  field);
}

static status_t read_flags(const struct row *row, struct image_partition_entry *entry)
{
    struct span rest = row->fields[FIELD_FLAGS];
    while (rest.size > 0) {
        struct span flag = trim(take(&rest, ':'));
        if (is_word(flag, "encrypted")) {
            entry->encrypted = true;
        } else if (is_word(flag, "readonly")) {
            entry->readonly = true;
        } else if (flag.size > 0) {
            return refuse(row, "a flag is encrypted or readonly, several with ':'", flag);
        }
    }
    return STATUS_OK;
}

/* `end`: of the partition before. */
static status_t read_offset(const struct row *row, uint32_t end,
                            struct image_partition_entry *entry)
{
    struct span field = row->fields[FIELD_OFFSET];
    uint32_t alignment = image_partition_table_alignment(entry->type);
    bool fixed = entry->type == IMAGE_PARTITION_BOOTLOADER || entry->type == IMAGE_PARTITION_TABLE;
    if (field.size != 0 || fixed) {
        if (!read_number(field, &entry->offset)) {
            return refuse(row, "an offset is decimal or 0x hexadecimal, with K or M", field);
        }
        if (!fixed && entry->offset < end) {
            return refuse(row, "the partition begins before the one above, or the table, ends",
                          field);
        }
        return STATUS_OK;
    }
    if (end > UINT32_MAX - alignment) {
        return refuse(row, "no room is left for this partition", field);
    }
    entry->offset = (end + alignment - 1) / alignment * alignment;
    return STATUS_OK;
}

static status_t read_size(const struct row *row, struct image_partition_entry *entry)
{
    struct span field = row->fields[FIELD_SIZE];
    bool to_address = field.size > 0 && field.data[0] == '-';
    uint32_t number = 0;
    if (!read_number(to_address ? span_make(field.data + 1, field.size - 1) : field, &number)) {
        return refuse(row, "a size is decimal or 0x hexadecimal, with K or M", field);
    }
    if (to_address && number <= entry->offset) {
        return refuse(row, "a negative size is the address where the partition ends", field);
    }
    entry->size = to_address ? number - entry->offset : number;
    if (entry->size > UINT32_MAX - entry->offset) {
        return refuse(row, "the partition ends beyond all flash", field);
    }
    return STATUS_OK;
}

static status_t split(struct span line, struct row *row)
{
    row->count = 0;
    for (struct span rest = line; rest.size > 0;) {
        struct span field = trim(take(&rest, ','));
        if (row->count < FIELDS) {
            row->fields[row->count++] = field;
        } else if (field.size > 0) {
            return refuse(row, "a row has six fields: name, type, subtype, offset, size, flags",
                          field);
        }
    }
    for (size_t i = row->count; i < FIELDS; i++) {
        row->fields[i] = span_make("", 0);
    }
    return STATUS_OK;
}

static status_t read_entry(const struct row *row, uint32_t end,
                           struct image_partition_entry *ret_entry)
{
    struct image_partition_entry entry = {.line = row->line};
    struct span label = row->fields[FIELD_LABEL];
    if (label.size > IMAGE_PARTITION_TABLE_LABEL_MAX) {
        return refuse(row, "a label has at most 16 bytes (ESP-IDF would cut it)", label);
    }
    if (label.size > 0 && memchr(label.data, '\0', label.size) != NULL) {
        return refuse(row, "a label has a NUL in it", span_make("", 0));
    }
    memcpy(entry.label, label.data, label.size);
    TRY(read_type(row, &entry));
    TRY(read_subtype(row, &entry));
    TRY(read_offset(row, end, &entry));
    TRY(read_size(row, &entry));
    TRY(read_flags(row, &entry));
    *ret_entry = entry;
    return STATUS_OK;
}

status_t image_partition_table_csv_read(const char *name, struct span content,
                                        uint32_t table_offset, struct image_partition_table *table,
                                        struct problem *problem)
{
    struct row row = {.name = name, .problem = problem};
    uint32_t end = table_offset + IMAGE_PARTITION_TABLE_SECTOR;
    for (struct span rest = content; rest.size > 0;) {
        struct span line = trim(take(&rest, '\n'));
        row.line++;
        if (line.size == 0 || line.data[0] == '#') {
            continue;
        }
        if (table->count == IMAGE_PARTITION_TABLE_ENTRIES_MAX) {
            return refuse(&row, "more than 95 partitions", line);
        }
        TRY(split(line, &row));
        struct image_partition_entry *entry = &table->entries[table->count];
        TRY(read_entry(&row, end, entry));
        bool behind_table = entry->offset + entry->size > end;
        end = behind_table ? entry->offset + entry->size : end;
        table->count++;
    }
    return STATUS_OK;
}
