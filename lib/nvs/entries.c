#include "lib/nvs/entries.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/nvs/reader.h"

enum { FIRST_CAPACITY = 128, PLACE_MAX = 48 };

void nvs_entries_done(struct nvs_entries *entries)
{
    free(entries->list);
    *entries = (struct nvs_entries){0};
}

static status_t add(struct nvs_entries *entries, const struct nvs_entry *entry,
                    struct problem *problem)
{
    if (entries->count == NVS_READER_ITEM_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "NVS_TOO_MANY_ENTRIES", "",
                           "the image has more than %d entries, which is the limit here",
                           NVS_READER_ITEM_MAX);
    }
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity > 0 ? entries->capacity * 2 : FIRST_CAPACITY;
        struct nvs_entry *list = reallocarray(entries->list, capacity, sizeof(*list));
        if (list == NULL) {
            return STATUS_NO_MEMORY;
        }
        entries->list = list;
        entries->capacity = capacity;
    }
    entries->list[entries->count++] = *entry;
    return STATUS_OK;
}

/* ---- refusals name their place ---- */

status_t nvs_entries_refuse(const struct nvs_entry *entry, struct problem *problem,
                            const char *reason, const char *what)
{
    char place[PLACE_MAX];
    char key[NVS_KEY_FIELD];
    (void)snprintf(place, sizeof(place), "page %u entry %u", (unsigned)entry->page,
                   (unsigned)entry->row);
    for (size_t i = 0; i < sizeof(key); i++) {
        bool visible = entry->key[i] == '\0' || (entry->key[i] >= 0x20 && entry->key[i] <= 0x7E);
        key[i] = '?'; /* the text goes to a terminal */
        if (visible) {
            key[i] = entry->key[i];
        }
    }
    return problem_say(problem, STATUS_MALFORMED, reason, place, "key '%.15s': %s", key, what);
}

static status_t refuse_page(size_t page, struct problem *problem, const char *reason,
                            const char *what)
{
    char place[PLACE_MAX];
    (void)snprintf(place, sizeof(place), "page %zu", page);
    return problem_say(problem, STATUS_MALFORMED, reason, place, "%s", what);
}

static status_t refuse_row(size_t page, unsigned row, struct problem *problem, const char *reason,
                           const char *what)
{
    char place[PLACE_MAX];
    (void)snprintf(place, sizeof(place), "page %zu entry %u", page, row);
    return problem_say(problem, STATUS_MALFORMED, reason, place, "%s", what);
}

/* ---- one entry, SPEC.md §1.4 ---- */

static bool is_blank(const uint8_t *bytes, size_t size)
{
    /* each byte equals the one before it: most of an image is blank, and memcmp is fast */
    return size == 0 || (bytes[0] == 0xFF && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static bool key_is_padded(const uint8_t *field)
{
    size_t length = strnlen((const char *)field, NVS_KEY_FIELD);
    for (size_t i = length; i < NVS_KEY_FIELD; i++) {
        if (field[i] != 0) {
            return false;
        }
    }
    return length > 0 && length < NVS_KEY_FIELD;
}

static bool is_variable(uint8_t type)
{
    return type == NVS_STRING || type == NVS_BLOB_V1 || type == NVS_BLOB_DATA;
}

static bool is_known(uint8_t type)
{
    switch (type) {
    case NVS_U8:
    case NVS_I8:
    case NVS_U16:
    case NVS_I16:
    case NVS_U32:
    case NVS_I32:
    case NVS_U64:
    case NVS_I64:
    case NVS_BLOB_INDEX:
        return true;
    default:
        return is_variable(type);
    }
}

/* Size, data CRC and span of a string, blob or chunk; all its rows are written. */
static status_t read_bytes(const uint8_t *row, struct nvs_entry *entry, unsigned span,
                           struct problem *problem)
{
    size_t size = read_le16(row + NVS_ENTRY_DATA);
    if (span != 1 + (size + NVS_ROW_SIZE - 1) / NVS_ROW_SIZE) {
        return nvs_entries_refuse(entry, problem, "NVS_SPAN", "its span does not fit its size");
    }
    entry->bytes = span_make(row + NVS_ROW_SIZE, size);
    if (digest_crc(DIGEST_CRC_START, entry->bytes) != read_le32(row + NVS_ENTRY_DATA_CRC)) {
        return nvs_entries_refuse(entry, problem, "NVS_DATA_CRC",
                                  "the CRC of its data is wrong: the image is damaged");
    }
    if (entry->type != NVS_STRING) {
        return STATUS_OK;
    }
    bool ended = size > 0 && memchr(entry->bytes.data, 0, size) == entry->bytes.data + size - 1;
    if (!ended || size > NVS_STRING_FIRMWARE_MAX) {
        return nvs_entries_refuse(entry, problem, "NVS_STRING_END",
                                  "the string does not end with its only NUL within 4000 bytes");
    }
    return STATUS_OK;
}

static status_t check_fields(const uint8_t *row, const struct nvs_entry *entry, unsigned span,
                             struct problem *problem)
{
    if (!is_known(entry->type)) {
        return nvs_entries_refuse(entry, problem, "NVS_TYPE", "its type is unknown here");
    }
    if (!key_is_padded(row + NVS_ENTRY_KEY)) {
        return nvs_entries_refuse(entry, problem, "NVS_KEY",
                                  "the key is empty or not padded with zeros");
    }
    if (entry->namespace_index > NVS_NAMESPACES_MAX) {
        return nvs_entries_refuse(entry, problem, "NVS_NAMESPACE_INDEX",
                                  "namespace 255 means any and must not be used");
    }
    if ((entry->chunk == NVS_CHUNK_NONE) == (entry->type == NVS_BLOB_DATA)) {
        return nvs_entries_refuse(entry, problem, "NVS_CHUNK",
                                  "its chunk index does not fit its type");
    }
    if (!is_variable(entry->type) && span != 1) {
        return nvs_entries_refuse(entry, problem, "NVS_SPAN", "its span is not 1");
    }
    return STATUS_OK;
}

static bool rows_written(const uint8_t *page, unsigned row, unsigned span)
{
    if (span == 0 || row + span > NVS_PAGE_ROWS) {
        return false;
    }
    for (unsigned i = 0; i < span; i++) {
        if (nvs_row_state(page, row + i) != NVS_ROW_WRITTEN) {
            return false;
        }
    }
    return true;
}

static status_t read_entry(const uint8_t *page, struct nvs_entry *entry, unsigned *ret_span,
                           struct problem *problem)
{
    const uint8_t *row = page + nvs_row_offset(entry->row);
    uint32_t crc = digest_crc(DIGEST_CRC_START, span_make(row, NVS_ENTRY_CRC));
    crc = digest_crc(crc, span_make(row + NVS_ENTRY_KEY, NVS_ROW_SIZE - NVS_ENTRY_KEY));
    if (crc != read_le32(row + NVS_ENTRY_CRC)) {
        return refuse_row(entry->page, entry->row, problem, "NVS_ENTRY_CRC",
                          "the CRC of the entry is wrong: the image is damaged, encrypted, or "
                          "decrypted with the wrong keys");
    }
    entry->namespace_index = row[NVS_ENTRY_NAMESPACE];
    entry->type = row[NVS_ENTRY_TYPE];
    entry->chunk = row[NVS_ENTRY_CHUNK];
    entry->value = row + NVS_ENTRY_DATA;
    memcpy(entry->key, row + NVS_ENTRY_KEY, NVS_KEY_FIELD);
    unsigned span = row[NVS_ENTRY_SPAN];
    TRY(check_fields(row, entry, span, problem));
    if (!rows_written(page, entry->row, span)) {
        return nvs_entries_refuse(entry, problem, "NVS_SPAN",
                                  "its span covers rows that are not written");
    }
    if (is_variable(entry->type)) {
        TRY(read_bytes(row, entry, span, problem));
    }
    *ret_span = span;
    return STATUS_OK;
}

/* ---- one page ---- */

/* Rows are used from the front: nothing behind the first empty row, and that one onwards blank. */
static status_t check_rest(const uint8_t *page, size_t number, unsigned row,
                           struct problem *problem)
{
    for (; row < NVS_PAGE_ROWS; row++) {
        if (nvs_row_state(page, row) != NVS_ROW_EMPTY) {
            return refuse_row(number, row, problem, "NVS_ROW_HOLE",
                              "a used row follows an empty one");
        }
        if (!is_blank(page + nvs_row_offset(row), NVS_ROW_SIZE)) {
            return refuse_row(number, row, problem, "NVS_ROW_NOT_BLANK",
                              "a row marked empty is not blank");
        }
    }
    return STATUS_OK;
}

static status_t read_page(struct span image, size_t number, struct nvs_entries *entries,
                          struct problem *problem)
{
    const uint8_t *page = image.data + number * NVS_PAGE_SIZE;
    unsigned row = 0;
    while (row < NVS_PAGE_ROWS && nvs_row_state(page, row) != NVS_ROW_EMPTY) {
        unsigned span = 1;
        unsigned state = nvs_row_state(page, row);
        if (state == NVS_ROW_ILLEGAL) {
            return refuse_row(number, row, problem, "NVS_BITMAP", "its state bits are illegal");
        }
        if (state == NVS_ROW_WRITTEN) {
            struct nvs_entry entry = {.page = (uint32_t)number, .row = (uint8_t)row};
            TRY(read_entry(page, &entry, &span, problem));
            TRY(add(entries, &entry, problem));
        }
        row += span;
    }
    if (page[NVS_BITMAP_OFFSET + NVS_BITMAP_SIZE - 1] >> 4 != 0xF) {
        return refuse_page(number, problem, "NVS_BITMAP", "the unused bits of its bitmap are set");
    }
    return check_rest(page, number, row, problem);
}

/* SPEC.md §1.1; *ret_used is false for a blank page. */
static status_t check_header(struct span image, size_t number, bool *ret_used,
                             struct problem *problem)
{
    const uint8_t *page = image.data + number * NVS_PAGE_SIZE;
    uint32_t state = read_le32(page);
    *ret_used = false;
    if (state == NVS_STATE_BLANK) {
        return is_blank(page, NVS_PAGE_SIZE)
                   ? STATUS_OK
                   : refuse_page(number, problem, "NVS_PAGE_NOT_BLANK",
                                 "the page is marked unused but is not blank");
    }
    if (state != NVS_STATE_ACTIVE && state != NVS_STATE_FULL) {
        return refuse_page(number, problem, "NVS_PAGE_STATE",
                           state == NVS_STATE_FREEING
                               ? "the page was being compacted: let the firmware finish it"
                               : "its state is unknown: this is no NVS page");
    }
    struct span covered =
        span_make(page + NVS_HEADER_SEQUENCE, NVS_HEADER_CRC - NVS_HEADER_SEQUENCE);
    if (digest_crc(DIGEST_CRC_START, covered) != read_le32(page + NVS_HEADER_CRC)) {
        return refuse_page(number, problem, "NVS_PAGE_CRC", "the CRC of its header is wrong");
    }
    uint8_t version = page[NVS_HEADER_VERSION];
    if (version != NVS_VERSION_BYTE_1 && version != NVS_VERSION_BYTE_2) {
        return refuse_page(number, problem, "NVS_PAGE_VERSION", "its format version is not 1 or 2");
    }
    *ret_used = true;
    return STATUS_OK;
}

/* ---- all pages ---- */

struct page_order {
    uint32_t sequence;
    uint32_t number;
};

static int compare_sequence(const void *a, const void *b)
{
    uint32_t left = ((const struct page_order *)a)->sequence;
    uint32_t right = ((const struct page_order *)b)->sequence;
    return (left > right) - (left < right);
}

/* Used pages by sequence number; two of one number, or two active ones, have no clear order. */
static status_t order_pages(struct span image, struct page_order *order, size_t *ret_count,
                            struct problem *problem)
{
    size_t count = 0;
    size_t active = 0;
    for (size_t number = 0; number < image.size / NVS_PAGE_SIZE; number++) {
        const uint8_t *page = image.data + number * NVS_PAGE_SIZE;
        bool used = false;
        TRY(check_header(image, number, &used, problem));
        if (used) {
            active += read_le32(page) == NVS_STATE_ACTIVE;
            order[count++] = (struct page_order){.sequence = read_le32(page + NVS_HEADER_SEQUENCE),
                                                 .number = (uint32_t)number};
        }
    }
    if (active > 1) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_PAGES_ACTIVE", "",
                           "%zu pages are active; the bootloader accepts one", active);
    }
    qsort(order, count, sizeof(*order), compare_sequence);
    for (size_t i = 1; i < count; i++) {
        if (order[i].sequence == order[i - 1].sequence) {
            return refuse_page(order[i].number, problem, "NVS_PAGE_SEQUENCE",
                               "another page has the same sequence number");
        }
    }
    *ret_count = count;
    return STATUS_OK;
}

static inline void order_free(struct page_order *order)
{
    free(order);
}
OWN_POINTER(struct page_order, order_free)

status_t nvs_entries_read(struct span image, struct nvs_entries *ret_entries,
                          struct problem *problem)
{
    *ret_entries = (struct nvs_entries){0};
    if (image.size == 0 || image.size % NVS_PAGE_SIZE != 0 || image.size > NVS_READER_IMAGE_MAX) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_IMAGE_SIZE", "",
                           "an NVS image is 1 to 4096 pages of 4096 bytes, this has %zu bytes",
                           image.size);
    }
    AUTO(order_free)
    struct page_order *order = calloc(image.size / NVS_PAGE_SIZE, sizeof(*order));
    if (order == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t count = 0;
    TRY(order_pages(image, order, &count, problem));
    for (size_t i = 0; i < count; i++) {
        TRY(read_page(image, order[i].number, ret_entries, problem));
    }
    return STATUS_OK;
}
