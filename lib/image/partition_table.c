#include "lib/image/partition_table.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/image/partition_table_csv.h"

enum {
    ENTRY_SIZE = 32,
    TABLE_SIZE = 0xc00,
    ENTRY_MAGIC = 0x50aa,
    MD5_MAGIC = 0xebeb,
    MD5_PLACE = 16,
    ERASED = 0xffff,
    FLAG_ENCRYPTED = 1,
    FLAG_READONLY = 2,
    APP_SIZE_ALIGNMENT = 0x1000,
    NVS_WRITABLE_MIN = 0x3000,
};

static status_t malformed(const char *name, struct problem *problem, const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, "PARTITION_TABLE", name, "%s", what);
}

static bool is_erased(const uint8_t *row)
{
    for (size_t i = 0; i < ENTRY_SIZE; i++) {
        if (row[i] != 0xff) {
            return false;
        }
    }
    return true;
}

static void read_entry(const uint8_t *row, struct image_partition_entry *ret_entry)
{
    struct image_partition_entry entry = {
        .type = row[2],
        .subtype = row[3],
        .offset = read_le32(row + 4),
        .size = read_le32(row + 8),
        .encrypted = (read_le32(row + 28) & FLAG_ENCRYPTED) != 0,
        .readonly = (read_le32(row + 28) & FLAG_READONLY) != 0,
    };
    memcpy(entry.label, row + 12, IMAGE_PARTITION_TABLE_LABEL_MAX);
    *ret_entry = entry;
}

/* SPEC.md 6.1: the checksum covers all rows before it. */
static status_t check_md5(const char *name, struct span content, size_t at, struct problem *problem)
{
    uint8_t md5[MD5_SIZE];
    digest_md5(span_make(content.data, at), md5);
    if (memcmp(md5, content.data + at + MD5_PLACE, MD5_SIZE) != 0) {
        return malformed(name, problem,
                         "the table's MD5 checksum is wrong: the file is damaged, build it again");
    }
    return STATUS_OK;
}

static status_t read_row(const char *name, struct span content, size_t at,
                         struct image_partition_table *table, struct problem *problem)
{
    const uint8_t *row = content.data + at;
    if (table->has_md5) {
        return malformed(name, problem, "a row follows the MD5 checksum: not a partition table");
    }
    if (read_le16(row) == MD5_MAGIC) {
        TRY(check_md5(name, content, at, problem));
        table->has_md5 = true;
        return STATUS_OK;
    }
    if (read_le16(row) != ENTRY_MAGIC) {
        return malformed(name, problem, "a row is neither a partition nor the end of the table");
    }
    if (table->count == IMAGE_PARTITION_TABLE_ENTRIES_MAX) {
        return malformed(name, problem, "more than 95 partitions: the table has no end");
    }
    read_entry(row, &table->entries[table->count]);
    table->count++;
    return STATUS_OK;
}

/* SPEC.md 6.1. What lies behind the end row is padding or a signature. */
static status_t read_binary(const char *name, struct span content,
                            struct image_partition_table *table, struct problem *problem)
{
    for (size_t at = 0; at + ENTRY_SIZE <= content.size && at < TABLE_SIZE; at += ENTRY_SIZE) {
        if (is_erased(content.data + at)) {
            return STATUS_OK;
        }
        TRY(read_row(name, content, at, table, problem));
    }
    return malformed(name, problem, "the table has no end row: the file is cut or something else");
}

static status_t check_label(const char *name, const struct image_partition_entry *entry,
                            struct problem *problem)
{
    for (const char *c = entry->label; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e) {
            return image_partition_table_refuse(
                name, entry->line, problem,
                "a partition's label has characters other than printable ASCII");
        }
    }
    return STATUS_OK;
}

uint32_t image_partition_table_alignment(uint8_t type)
{
    return type == IMAGE_PARTITION_APP ? 0x10000 : 0x1000;
}

/* Bootloader and table may have rows of their own, which lie where those lie. */
static bool follows_table(const struct image_partition_entry *entry)
{
    return entry->type != IMAGE_PARTITION_BOOTLOADER && entry->type != IMAGE_PARTITION_TABLE;
}

/* SPEC.md 6.3 */
static status_t check_place(const char *name, const struct image_partition_entry *entry,
                            uint32_t table_offset, struct problem *problem)
{
    uint32_t alignment = image_partition_table_alignment(entry->type);
    if (entry->offset % alignment != 0) {
        return image_partition_table_refuse(name, entry->line, problem,
                                            "partition %s begins at 0x%x, which is no multiple of "
                                            "0x%x",
                                            entry->label, entry->offset, alignment);
    }
    if (entry->size == 0 || entry->size > UINT32_MAX - entry->offset) {
        return image_partition_table_refuse(name, entry->line, problem,
                                            "partition %s has size 0x%x, which cannot be",
                                            entry->label, entry->size);
    }
    if (entry->type == IMAGE_PARTITION_APP && entry->size % APP_SIZE_ALIGNMENT != 0) {
        return image_partition_table_refuse(name, entry->line, problem,
                                            "app partition %s has size 0x%x, which is no multiple "
                                            "of 0x1000",
                                            entry->label, entry->size);
    }
    if (follows_table(entry) && entry->offset < table_offset + IMAGE_PARTITION_TABLE_SECTOR) {
        return image_partition_table_refuse(name, entry->line, problem,
                                            "partition %s begins at 0x%x, before the end of the "
                                            "partition table at 0x%x",
                                            entry->label, entry->offset,
                                            table_offset + IMAGE_PARTITION_TABLE_SECTOR);
    }
    return STATUS_OK;
}

static status_t check_entry(const char *name, const struct image_partition_entry *entry,
                            uint32_t table_offset, struct problem *problem)
{
    TRY(check_label(name, entry, problem));
    TRY(check_place(name, entry, table_offset, problem));
    bool is_nvs = entry->type == IMAGE_PARTITION_DATA && entry->subtype == IMAGE_PARTITION_DATA_NVS;
    if (is_nvs && entry->size < NVS_WRITABLE_MIN && !entry->readonly) {
        return image_partition_table_refuse(name, entry->line, problem,
                                            "NVS partition %s has size 0x%x: it needs 0x3000, or "
                                            "the flag readonly",
                                            entry->label, entry->size);
    }
    return STATUS_OK;
}

static status_t check_pair(const char *name, const struct image_partition_entry *a,
                           const struct image_partition_entry *b, struct problem *problem)
{
    if (strcmp(a->label, b->label) == 0) {
        return image_partition_table_refuse(name, b->line, problem,
                                            "two partitions have the label \"%s\"", b->label);
    }
    if (a->offset < b->offset + b->size && b->offset < a->offset + a->size) {
        return image_partition_table_refuse(name, b->line, problem,
                                            "partition %s at 0x%x overlaps %s at 0x%x", b->label,
                                            b->offset, a->label, a->offset);
    }
    return STATUS_OK;
}

static status_t check_table(const char *name, const struct image_partition_table *table,
                            uint32_t table_offset, struct problem *problem)
{
    if (table->count == 0) {
        return malformed(name, problem, "the table names no partition");
    }
    for (size_t i = 0; i < table->count; i++) {
        TRY(check_entry(name, &table->entries[i], table_offset, problem));
        for (size_t j = 0; j < i; j++) {
            TRY(check_pair(name, &table->entries[j], &table->entries[i], problem));
        }
    }
    return STATUS_OK;
}

status_t image_partition_table_read(const char *name, struct span content, uint32_t table_offset,
                                    struct image_partition_table *ret_table,
                                    struct problem *problem)
{
    struct image_partition_table table = {.count = 0};
    if (content.size > IMAGE_PARTITION_TABLE_FILE_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "PARTITION_TABLE", name,
                           "larger than any partition table: 64 KiB are read");
    }
    if (table_offset % IMAGE_PARTITION_TABLE_SECTOR != 0 ||
        table_offset > UINT32_MAX - IMAGE_PARTITION_TABLE_SECTOR) {
        return problem_say(problem, STATUS_INVALID, "PARTITION_TABLE_OFFSET", name,
                           "a partition table does not lie at 0x%x: only at multiples of 0x1000",
                           table_offset);
    }
    /* An erased first row is a binary table without partitions; no text begins with it. */
    uint16_t first = content.size >= ENTRY_SIZE ? read_le16(content.data) : 0;
    bool binary = first == ENTRY_MAGIC || first == MD5_MAGIC || first == ERASED;
    TRY(binary ? read_binary(name, content, &table, problem)
               : image_partition_table_csv_read(name, content, table_offset, &table, problem));
    TRY(check_table(name, &table, table_offset, problem));
    *ret_table = table;
    return STATUS_OK;
}

const struct image_partition_entry *
image_partition_table_find(const struct image_partition_table *table, const char *label)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->entries[i].label, label) == 0) {
            return &table->entries[i];
        }
    }
    return NULL;
}

const struct image_partition_entry *
image_partition_table_first(const struct image_partition_table *table, uint8_t type,
                            uint8_t subtype)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].type == type && table->entries[i].subtype == subtype) {
            return &table->entries[i];
        }
    }
    return NULL;
}
