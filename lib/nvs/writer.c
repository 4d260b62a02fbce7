#include "lib/nvs/writer.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/nvs/format.h"
#include "lib/nvs/key_map.h"

struct nvs_writer {
    struct buf image; /* the whole partition, FF where nothing is written */
    enum nvs_version version;
    size_t data_pages;       /* how many pages may hold data */
    size_t page;             /* the active one */
    unsigned row;            /* its next free row; NVS_PAGE_ROWS when full */
    uint8_t namespace_index; /* where keys go; 0 before the first namespace */
    uint8_t namespace_count;
    struct nvs_key_map keys; /* namespaces as keys of index 0, as in the format itself */
};

/* ---- pages and rows ---- */

static uint8_t *current_page(const struct nvs_writer *writer)
{
    return writer->image.data + writer->page * NVS_PAGE_SIZE;
}

/* SPEC.md §1.1 */
static void begin_page(struct nvs_writer *writer, size_t page)
{
    writer->page = page;
    writer->row = 0;
    uint8_t *header = current_page(writer);
    write_le32(header, NVS_STATE_ACTIVE);
    write_le32(header + NVS_HEADER_SEQUENCE, (uint32_t)page);
    header[NVS_HEADER_VERSION] =
        writer->version == NVS_VERSION_1 ? NVS_VERSION_BYTE_1 : NVS_VERSION_BYTE_2;
    struct span covered =
        span_make(header + NVS_HEADER_SEQUENCE, NVS_HEADER_CRC - NVS_HEADER_SEQUENCE);
    write_le32(header + NVS_HEADER_CRC, digest_crc(DIGEST_CRC_START, covered));
}

/* SPEC.md §2.6 */
static status_t next_page(struct nvs_writer *writer, const char *key, struct problem *problem)
{
    if (writer->page + 1 == writer->data_pages) {
        return problem_say(problem, STATUS_TOO_LARGE, "NVS_FULL", key,
                           "the %zu data pages of the partition have no room for key '%s': make "
                           "the partition larger or the data smaller",
                           writer->data_pages, key);
    }
    write_le32(current_page(writer), NVS_STATE_FULL);
    begin_page(writer, writer->page + 1);
    return STATUS_OK;
}

/* SPEC.md §2.3 */
static status_t need_row(struct nvs_writer *writer, const char *key, struct problem *problem)
{
    return writer->row == NVS_PAGE_ROWS ? next_page(writer, key, problem) : STATUS_OK;
}

/* Marks `count` rows of the page written and returns the first. */
static uint8_t *take_rows(struct nvs_writer *writer, unsigned count)
{
    uint8_t *page = current_page(writer);
    uint8_t *first = page + nvs_row_offset(writer->row);
    for (unsigned i = 0; i < count; i++, writer->row++) {
        uint8_t low_bit = (uint8_t)(1u << (2 * (writer->row % 4)));
        page[NVS_BITMAP_OFFSET + writer->row / 4] &= (uint8_t)~low_bit;
    }
    return first;
}

/* ---- entries, SPEC.md §1.4 ---- */

struct entry {
    uint8_t namespace_index;
    enum nvs_type type;
    uint8_t chunk;
    const char *key;
    uint8_t data[8]; /* all FF where the type leaves bytes unused */
};

static void write_entry(uint8_t *row, const struct entry *entry, unsigned span)
{
    row[NVS_ENTRY_NAMESPACE] = entry->namespace_index;
    row[NVS_ENTRY_TYPE] = (uint8_t)entry->type;
    row[NVS_ENTRY_SPAN] = (uint8_t)span;
    row[NVS_ENTRY_CHUNK] = entry->chunk;
    memset(row + NVS_ENTRY_KEY, 0, NVS_KEY_FIELD);
    memcpy(row + NVS_ENTRY_KEY, entry->key, strlen(entry->key));
    memcpy(row + NVS_ENTRY_DATA, entry->data, sizeof(entry->data));
    uint32_t crc = digest_crc(DIGEST_CRC_START, span_make(row, NVS_ENTRY_CRC));
    crc = digest_crc(crc, span_make(row + NVS_ENTRY_KEY, NVS_ROW_SIZE - NVS_ENTRY_KEY));
    write_le32(row + NVS_ENTRY_CRC, crc);
}

static struct entry entry_make(const struct nvs_writer *writer, const char *key, enum nvs_type type)
{
    struct entry entry = {.namespace_index = writer->namespace_index,
                          .type = type,
                          .chunk = NVS_CHUNK_NONE,
                          .key = key};
    memset(entry.data, 0xFF, sizeof(entry.data));
    return entry;
}

static unsigned rows_for(size_t size)
{
    return 1 + (unsigned)((size + NVS_ROW_SIZE - 1) / NVS_ROW_SIZE);
}

/* An entry followed by its bytes; the page has room. `terminated` adds the NUL of a string. */
static void write_variable(struct nvs_writer *writer, struct entry *entry, struct span bytes,
                           bool terminated)
{
    static const uint8_t NUL = 0;
    size_t size = bytes.size + (terminated ? 1 : 0);
    unsigned span = rows_for(size);
    uint32_t crc = digest_crc(DIGEST_CRC_START, bytes);
    crc = digest_crc(crc, span_make(&NUL, terminated ? 1 : 0));
    write_le16(entry->data, (uint16_t)size);
    write_le32(entry->data + (NVS_ENTRY_DATA_CRC - NVS_ENTRY_DATA), crc);
    uint8_t *row = take_rows(writer, span);
    write_entry(row, entry, span);
    if (bytes.size > 0) {
        memcpy(row + NVS_ROW_SIZE, bytes.data, bytes.size);
    }
    if (terminated) {
        row[NVS_ROW_SIZE + bytes.size] = NUL;
    }
}

/* ---- what is refused ---- */

static status_t check_name(const char *what, const char *name, struct problem *problem)
{
    size_t length = strnlen(name, NVS_KEY_FIELD);
    if (length == 0) {
        return problem_say(problem, STATUS_INVALID, "NVS_NAME_EMPTY", what,
                           "a %s is empty: give it 1 to %d characters", what, NVS_KEY_MAX);
    }
    if (length > NVS_KEY_MAX) {
        return problem_say(problem, STATUS_INVALID, "NVS_NAME_TOO_LONG", name,
                           "%s '%.40s' is longer than %d characters: shorten it", what, name,
                           NVS_KEY_MAX);
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < 0x20 || name[i] > 0x7E) {
            return problem_say(problem, STATUS_INVALID, "NVS_NAME_NOT_ASCII", what,
                               "a %s has a byte outside printable ASCII at place %zu: rename it",
                               what, i + 1);
        }
    }
    return STATUS_OK;
}

/* Common to all values: a good name, inside a namespace, new there; remembers it. */
static status_t claim_key(struct nvs_writer *writer, const char *key, struct problem *problem)
{
    TRY(check_name("key", key, problem));
    if (writer->namespace_index == 0) {
        return problem_say(problem, STATUS_INVALID, "NVS_NO_NAMESPACE", key,
                           "key '%s' stands before the first namespace: start one first", key);
    }
    if (nvs_key_map_find(&writer->keys, writer->namespace_index, key) != NULL) {
        return problem_say(problem, STATUS_INVALID, "NVS_KEY_DUPLICATE", key,
                           "key '%s' is in its namespace already, and which value the firmware "
                           "would read depends on its place: keep one",
                           key);
    }
    return nvs_key_map_add(&writer->keys, writer->namespace_index, key, 0);
}

static status_t too_long(struct problem *problem, const char *key, size_t size, size_t limit,
                         const char *remedy)
{
    return problem_say(problem, STATUS_INVALID, "NVS_VALUE_TOO_LONG", key,
                       "the value of key '%s' has %zu bytes, the limit is %zu: %s", key, size,
                       limit, remedy);
}

/* ---- the contract ---- */

status_t nvs_writer_new(size_t size, enum nvs_version version, struct nvs_writer **ret_writer,
                        struct problem *problem)
{
    if (size < NVS_SIZE_MIN || size > NVS_SIZE_MAX || size % NVS_PAGE_SIZE != 0) {
        return problem_say(problem, STATUS_INVALID, "NVS_SIZE", "size",
                           "partition size 0x%zx is not a multiple of 0x1000 from 0x1000 to 0x%x",
                           size, (unsigned)NVS_SIZE_MAX);
    }
    AUTO(nvs_writer_free) struct nvs_writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        return STATUS_NO_MEMORY;
    }
    buf_init_secret(&writer->image, size);
    buf_append_fill(&writer->image, 0xFF, size);
    TRY(buf_status(&writer->image));
    writer->version = version;
    /* SPEC.md §2.7: the firmware needs one page free to compact */
    writer->data_pages = size / NVS_PAGE_SIZE - (size < NVS_SIZE_READ_WRITE_MIN ? 0 : 1);
    begin_page(writer, 0);
    *ret_writer = TAKE(writer);
    return STATUS_OK;
}

void nvs_writer_free(struct nvs_writer *writer)
{
    if (writer != NULL) {
        buf_done(&writer->image);
        nvs_key_map_done(&writer->keys);
        free(writer);
    }
}

/* SPEC.md §1.6, §2.2 */
status_t nvs_writer_namespace(struct nvs_writer *writer, const char *name, struct problem *problem)
{
    TRY(check_name("namespace", name, problem));
    const struct nvs_key_slot *known = nvs_key_map_find(&writer->keys, 0, name);
    if (known != NULL) {
        writer->namespace_index = known->value;
        return STATUS_OK;
    }
    if (writer->namespace_count == NVS_NAMESPACES_MAX) {
        return problem_say(problem, STATUS_INVALID, "NVS_NAMESPACES", name,
                           "namespace '%s' would be number %d, the limit is %d: use fewer", name,
                           NVS_NAMESPACES_MAX + 1, NVS_NAMESPACES_MAX);
    }
    uint8_t index = (uint8_t)(writer->namespace_count + 1);
    TRY(nvs_key_map_add(&writer->keys, 0, name, index));
    TRY(need_row(writer, name, problem));
    struct entry entry = entry_make(writer, name, NVS_U8);
    entry.namespace_index = 0;
    entry.data[0] = index;
    write_entry(take_rows(writer, 1), &entry, 1);
    writer->namespace_index = writer->namespace_count = index;
    return STATUS_OK;
}

/* The type byte of an integer: bytes in the low digit, sign in the high one. */
bool nvs_writer_integer_fits(enum nvs_type type, uint64_t value)
{
    unsigned bits = 8 * ((unsigned)type & 0x0F);
    bool is_signed = ((unsigned)type & 0x10) != 0;
    if (bits == 64) {
        return true;
    }
    if (!is_signed) {
        return value >> bits == 0;
    }
    uint64_t high = value >> (bits - 1); /* all copies of the sign */
    return high == 0 || high == UINT64_MAX >> (bits - 1);
}

static bool is_integer(enum nvs_type type)
{
    unsigned size = (unsigned)type & 0x0F;
    return ((unsigned)type & 0xE0) == 0 && (size == 1 || size == 2 || size == 4 || size == 8);
}

status_t nvs_writer_integer(struct nvs_writer *writer, const char *key, enum nvs_type type,
                            uint64_t value, struct problem *problem)
{
    TRY(claim_key(writer, key, problem));
    if (!is_integer(type)) {
        return problem_say(problem, STATUS_INVALID, "NVS_TYPE", key,
                           "type 0x%02x of key '%s' is not an integer", (unsigned)type, key);
    }
    if (!nvs_writer_integer_fits(type, value)) {
        return problem_say(problem, STATUS_INVALID, "NVS_VALUE_RANGE", key,
                           "the value of key '%s' does not fit its type: use a wider one", key);
    }
    TRY(need_row(writer, key, problem));
    struct entry entry = entry_make(writer, key, type);
    uint8_t bytes[8];
    write_le64(bytes, value);
    memcpy(entry.data, bytes, (unsigned)type & 0x0F);
    write_entry(take_rows(writer, 1), &entry, 1);
    return STATUS_OK;
}

/* SPEC.md §2.4: strings and version-1 blobs stay on one page and never use its last row. */
static status_t need_page_with(struct nvs_writer *writer, unsigned rows, const char *key,
                               struct problem *problem)
{
    return writer->row + rows >= NVS_PAGE_ROWS ? next_page(writer, key, problem) : STATUS_OK;
}

status_t nvs_writer_string(struct nvs_writer *writer, const char *key, struct span text,
                           struct problem *problem)
{
    TRY(claim_key(writer, key, problem));
    size_t limit = writer->version == NVS_VERSION_1 ? NVS_STRING_V1_MAX : NVS_STRING_MAX;
    if (text.size > limit) {
        return too_long(problem, key, text.size, limit, "shorten it, or store a blob");
    }
    if (text.size > 0 && memchr(text.data, 0, text.size) != NULL) {
        return problem_say(problem, STATUS_INVALID, "NVS_STRING_NUL", key,
                           "the string of key '%s' contains a NUL, which would end it: store a "
                           "blob",
                           key);
    }
    TRY(need_page_with(writer, rows_for(text.size + 1), key, problem));
    struct entry entry = entry_make(writer, key, NVS_STRING);
    write_variable(writer, &entry, text, true);
    return STATUS_OK;
}

/* SPEC.md §2.5. Writes one chunk of at most the page's room (which may be none: an empty chunk),
 * then moves to the page where the next row belongs. */
static status_t write_chunk(struct nvs_writer *writer, struct entry *entry, struct span *rest,
                            struct problem *problem)
{
    size_t room = (size_t)(NVS_PAGE_ROWS - writer->row - 1) * NVS_ROW_SIZE;
    size_t size = rest->size < room ? rest->size : room;
    write_variable(writer, entry, span_make(rest->data, size), false);
    if (size > 0) {
        *rest = span_make(rest->data + size, rest->size - size);
    }
    return rest->size > 0 || room - size < NVS_ROW_SIZE ? next_page(writer, entry->key, problem)
                                                        : STATUS_OK;
}

static status_t write_blob_2(struct nvs_writer *writer, const char *key, struct span bytes,
                             struct problem *problem)
{
    TRY(need_row(writer, key, problem));
    struct entry entry = entry_make(writer, key, NVS_BLOB_DATA);
    struct span rest = bytes;
    uint8_t count = 0;
    do {
        if (count == NVS_CHUNKS_MAX) {
            return too_long(problem, key, bytes.size, bytes.size - rest.size, "split it");
        }
        entry.chunk = count++;
        TRY(write_chunk(writer, &entry, &rest, problem));
    } while (rest.size > 0);
    struct entry index = entry_make(writer, key, NVS_BLOB_INDEX);
    write_le32(index.data, (uint32_t)bytes.size);
    index.data[NVS_ENTRY_CHUNK_COUNT - NVS_ENTRY_DATA] = count;
    index.data[NVS_ENTRY_CHUNK_START - NVS_ENTRY_DATA] = 0;
    write_entry(take_rows(writer, 1), &index, 1);
    return STATUS_OK;
}

status_t nvs_writer_blob(struct nvs_writer *writer, const char *key, struct span bytes,
                         struct problem *problem)
{
    TRY(claim_key(writer, key, problem));
    bool old = writer->version == NVS_VERSION_1;
    size_t limit = old ? NVS_BLOB_V1_MAX : NVS_BLOB_MAX;
    if (bytes.size > limit) {
        return too_long(problem, key, bytes.size, limit,
                        old ? "use version 2, or split it" : "split it");
    }
    if (!old) {
        return write_blob_2(writer, key, bytes, problem);
    }
    TRY(need_page_with(writer, rows_for(bytes.size), key, problem));
    struct entry entry = entry_make(writer, key, NVS_BLOB_V1);
    write_variable(writer, &entry, bytes, false);
    return STATUS_OK;
}

size_t nvs_writer_used_size(const struct nvs_writer *writer)
{
    return (writer->page + 1) * NVS_PAGE_SIZE;
}

bool nvs_writer_is_behind(const struct nvs_writer *writer)
{
    return writer->namespace_index != writer->namespace_count;
}

bool nvs_writer_is_full(const struct nvs_writer *writer)
{
    return writer->image.size >= NVS_SIZE_READ_WRITE_MIN &&
           writer->page + 1 == writer->data_pages && writer->row == NVS_PAGE_ROWS;
}

status_t nvs_writer_finish(struct nvs_writer *writer, struct buf *ret_image)
{
    buf_append_span(ret_image, buf_span(&writer->image));
    return buf_status(ret_image);
}
