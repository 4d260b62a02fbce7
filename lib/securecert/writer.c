#include "lib/securecert/writer.h"

#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/securecert/names.h"

struct securecert_writer {
    size_t size;
    struct buf entries;
    struct {
        uint8_t type;
        uint8_t subtype;
    } taken[SECURECERT_ENTRIES_MAX];
    size_t count;
    bool has_integrity;
};

status_t securecert_writer_new(size_t size, struct securecert_writer **ret_writer,
                               struct problem *problem)
{
    if (size == 0 || size % SECURECERT_SECTOR_SIZE != 0 || size > SECURECERT_PARTITION_MAX) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_SIZE", "size",
                           "an esp_secure_cert partition has a multiple of 0x1000 bytes, 0xF000 at "
                           "most; usual is 0x2000");
    }
    struct securecert_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return STATUS_NO_MEMORY;
    }
    writer->size = size;
    buf_init_secret(&writer->entries, size);
    *ret_writer = writer;
    return STATUS_OK;
}

void securecert_writer_free(struct securecert_writer *writer)
{
    if (writer != NULL) {
        buf_done(&writer->entries);
        free(writer);
    }
}

static bool is_taken(const struct securecert_writer *writer, const struct securecert_entry *entry)
{
    for (size_t i = 0; i < writer->count; i++) {
        if (writer->taken[i].type == entry->type && writer->taken[i].subtype == entry->subtype) {
            return true;
        }
    }
    return false;
}

/* SPEC.md §1.3, §1.4. */
static status_t check_place(const struct securecert_writer *writer,
                            const struct securecert_entry *entry, struct problem *problem)
{
    char name[SECURECERT_NAME_MAX];
    securecert_names_entry(entry->type, entry->subtype, name);
    if (is_taken(writer, entry)) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_DUPLICATE", name,
                           "type %u, subtype %u is there already: the firmware would see only "
                           "one of the two",
                           entry->type, entry->subtype);
    }
    if (writer->has_integrity && entry->type != SECURECERT_SIGNATURE) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_AFTER_INTEGRITY", name,
                           "behind the integrity entry it would not be covered: add it before");
    }
    /* the firmware's reader stops at what is no magic, so one row of FF must remain */
    size_t room = writer->size - SECURECERT_ALIGNMENT - writer->entries.size;
    if (entry->value.size > UINT16_MAX || securecert_entry_size(entry->value.size) > room) {
        return problem_say(problem, STATUS_TOO_LARGE, "SECURECERT_FULL", name,
                           "%zu bytes do not fit the %zu that are left of the partition: make the "
                           "partition larger",
                           entry->value.size, room);
    }
    return STATUS_OK;
}

static void append_entry(struct buf *entries, const struct securecert_entry *entry)
{
    size_t start = entries->size;
    size_t size = securecert_entry_size(entry->value.size);
    buf_append_le32(entries, SECURECERT_MAGIC);
    buf_append_byte(entries, entry->flags);
    buf_append_fill(entries, 0, 3);
    buf_append_byte(entries, entry->type);
    buf_append_byte(entries, entry->subtype);
    buf_append_le16(entries, (uint16_t)entry->value.size);
    buf_append_span(entries, entry->value);
    buf_append_fill(entries, 0,
                    size - SECURECERT_HEADER_SIZE - entry->value.size - SECURECERT_CRC_SIZE);
    if (!entries->failed) {
        struct span covered = span_make(entries->data + start, entries->size - start);
        buf_append_le32(entries, digest_crc(DIGEST_CRC_START, covered));
    }
}

status_t securecert_writer_add(struct securecert_writer *writer,
                               const struct securecert_entry *entry, struct problem *problem)
{
    TRY(securecert_names_check(entry, problem));
    TRY(securecert_names_check_marker(entry, problem));
    TRY(check_place(writer, entry, problem));
    append_entry(&writer->entries, entry);
    TRY(buf_status(&writer->entries));
    writer->taken[writer->count].type = entry->type;
    writer->taken[writer->count].subtype = entry->subtype;
    writer->count++;
    writer->has_integrity |= entry->type == SECURECERT_INTEGRITY;
    return STATUS_OK;
}

status_t securecert_writer_integrity(struct securecert_writer *writer, struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(buf_span(&writer->entries), digest);
    struct securecert_entry entry = {.type = SECURECERT_INTEGRITY, .value = SPAN_OF(digest)};
    return securecert_writer_add(writer, &entry, problem);
}

status_t securecert_writer_finish(struct securecert_writer *writer, struct buf *ret_image)
{
    buf_append_span(ret_image, buf_span(&writer->entries));
    buf_append_fill(ret_image, 0xFF, writer->size - writer->entries.size);
    return buf_status(ret_image);
}
