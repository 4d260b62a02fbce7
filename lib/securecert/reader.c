#include "lib/securecert/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/securecert/names.h"

struct securecert_reader {
    struct span image;
    size_t used;
    bool foreign_end;
    size_t count;
    struct securecert_entry entries[SECURECERT_ENTRIES_MAX];
    uint8_t seen[256][32]; /* bits by type and subtype */
};

static status_t refuse_at(size_t offset, struct problem *problem, const char *reason,
                          const char *words)
{
    char place[32];
    (void)snprintf(place, sizeof(place), "offset 0x%zX", offset);
    return problem_say(problem, STATUS_MALFORMED, reason, place, "%s", words);
}

static bool is_filled(struct span bytes, uint8_t byte)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] != byte) {
            return false;
        }
    }
    return true;
}

/* SPEC.md §1.1: header, value, zeros, CRC. `bytes` begins with a magic. */
static status_t parse_entry(struct span bytes, size_t offset, struct securecert_entry *ret_entry,
                            struct problem *problem)
{
    if (bytes.size < SECURECERT_HEADER_SIZE) {
        return refuse_at(offset, problem, "SECURECERT_CUT", "the image ends inside a header");
    }
    size_t length = read_le16(bytes.data + 10);
    size_t rest = length % SECURECERT_ALIGNMENT;
    size_t padding = rest == 0 ? 0 : SECURECERT_ALIGNMENT - rest;
    size_t covered = SECURECERT_HEADER_SIZE + length + padding;
    if (bytes.size < covered + SECURECERT_CRC_SIZE) {
        return refuse_at(offset, problem, "SECURECERT_CUT",
                         "the entry is longer than the rest of the image");
    }
    if (read_le32(bytes.data + covered) !=
        digest_crc(DIGEST_CRC_START, span_make(bytes.data, covered))) {
        return refuse_at(offset, problem, "SECURECERT_CRC",
                         "the entry's CRC is wrong: the firmware will not read it");
    }
    if (!is_filled(span_make(bytes.data + 5, 3), 0)) {
        return refuse_at(offset, problem, "SECURECERT_RESERVED", "reserved bytes are not zero");
    }
    if (!is_filled(span_make(bytes.data + SECURECERT_HEADER_SIZE + length, padding), 0)) {
        return refuse_at(offset, problem, "SECURECERT_PADDING",
                         "the bytes between value and CRC are not zero");
    }
    *ret_entry = (struct securecert_entry){
        .flags = bytes.data[4],
        .type = bytes.data[8],
        .subtype = bytes.data[9],
        .value = span_make(bytes.data + SECURECERT_HEADER_SIZE, length),
        .offset = offset,
    };
    return securecert_names_check(ret_entry, problem);
}

/* SPEC.md §1.3: of two equal ones the firmware sees the first, and of integrity entries the last.
 */
static status_t check_new(struct securecert_reader *reader, const struct securecert_entry *entry,
                          struct problem *problem)
{
    uint8_t *seen = &reader->seen[entry->type][entry->subtype / 8];
    uint8_t bit = (uint8_t)(1u << entry->subtype % 8);
    if ((*seen & bit) != 0) {
        char name[SECURECERT_NAME_MAX];
        securecert_names_entry(entry->type, entry->subtype, name);
        return problem_say(problem, STATUS_MALFORMED, "SECURECERT_DUPLICATE", name,
                           "type %u, subtype %u is there twice, again at offset 0x%zX", entry->type,
                           entry->subtype, entry->offset);
    }
    *seen |= bit;
    return STATUS_OK;
}

static status_t read_entries(struct securecert_reader *reader, struct problem *problem)
{
    struct span image = reader->image;
    size_t offset = 0;
    while (image.size - offset >= sizeof(uint32_t) &&
           read_le32(image.data + offset) == SECURECERT_MAGIC) {
        /* an entry takes at least one row of 16 bytes, so `entries` has room for all */
        struct securecert_entry *entry = &reader->entries[reader->count];
        struct span rest = span_make(image.data + offset, image.size - offset);
        TRY(parse_entry(rest, offset, entry, problem));
        TRY(check_new(reader, entry, problem));
        offset += securecert_entry_size(entry->value.size);
        reader->count++;
    }
    reader->used = offset;
    if (reader->count == 0) {
        return refuse_at(0, problem, "SECURECERT_EMPTY",
                         "no entry begins here: not an esp_secure_cert partition, or encrypted by "
                         "flash encryption");
    }
    return STATUS_OK;
}

/* SPEC.md §1.4. */
static status_t check_end(struct securecert_reader *reader, struct problem *problem)
{
    static const uint8_t foreign[] = {0xFF, 0xFF, 0x00, 0x00};
    struct span rest =
        span_make(reader->image.data + reader->used, reader->image.size - reader->used);
    if (rest.size >= sizeof(foreign) && memcmp(rest.data, foreign, sizeof(foreign)) == 0) {
        reader->foreign_end = true;
        rest = span_make(rest.data + sizeof(foreign), rest.size - sizeof(foreign));
    }
    if (!is_filled(rest, 0xFF)) {
        return refuse_at(reader->used, problem, "SECURECERT_END",
                         "behind the last entry there is something else than FF: a damaged entry, "
                         "behind which the firmware reads nothing more");
    }
    return STATUS_OK;
}

status_t securecert_reader_new(struct span image, struct securecert_reader **ret_reader,
                               struct problem *problem)
{
    if (image.size > SECURECERT_PARTITION_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "SECURECERT_SIZE", "size",
                           "an esp_secure_cert partition has at most 0x%X bytes",
                           SECURECERT_PARTITION_MAX);
    }
    AUTO(securecert_reader_free) struct securecert_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return STATUS_NO_MEMORY;
    }
    reader->image = image;
    TRY(read_entries(reader, problem));
    TRY(check_end(reader, problem));
    *ret_reader = TAKE(reader);
    return STATUS_OK;
}

void securecert_reader_free(struct securecert_reader *reader)
{
    free(reader);
}

size_t securecert_reader_count(const struct securecert_reader *reader)
{
    return reader->count;
}

const struct securecert_entry *securecert_reader_entry(const struct securecert_reader *reader,
                                                       size_t index)
{
    return index < reader->count ? &reader->entries[index] : NULL;
}

const struct securecert_entry *securecert_reader_find(const struct securecert_reader *reader,
                                                      uint8_t type, uint8_t subtype)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->entries[i].type == type && reader->entries[i].subtype == subtype) {
            return &reader->entries[i];
        }
    }
    return NULL;
}

struct span securecert_reader_image(const struct securecert_reader *reader)
{
    return reader->image;
}

size_t securecert_reader_used(const struct securecert_reader *reader)
{
    return reader->used;
}

bool securecert_reader_has_foreign_end(const struct securecert_reader *reader)
{
    return reader->foreign_end;
}
