#include "lib/nvs/reader.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/nvs/entries.h"

struct sorted_entry {
    struct nvs_entry *entry;
};

struct nvs_reader {
    struct buf image;  /* our copy; entries and most items point into it */
    struct buf joined; /* the blobs of several chunks */
    struct nvs_entries entries;
    struct sorted_entry *sorted; /* by namespace, key, chunk */
    const char *namespaces[NVS_NAMESPACES_MAX + 1];
    struct nvs_item *items;
    size_t item_count;
};

void nvs_reader_free(struct nvs_reader *reader)
{
    if (reader != NULL) {
        nvs_entries_done(&reader->entries);
        free(reader->sorted);
        free(reader->items);
        buf_done(&reader->image);
        buf_done(&reader->joined);
        free(reader);
    }
}

/* ---- finding ---- */

static int compare_entry(const struct nvs_entry *a, const struct nvs_entry *b)
{
    if (a->namespace_index != b->namespace_index) {
        return a->namespace_index < b->namespace_index ? -1 : 1;
    }
    int keys = memcmp(a->key, b->key, NVS_KEY_FIELD); /* zero padded */
    return keys != 0 ? keys : (int)a->chunk - (int)b->chunk;
}

static int compare_sorted(const void *a, const void *b)
{
    return compare_entry(((const struct sorted_entry *)a)->entry,
                         ((const struct sorted_entry *)b)->entry);
}

/* Needs `sorted`. `key` holds at most 15 bytes. */
static struct nvs_entry *find(const struct nvs_reader *reader, uint8_t namespace_index,
                              const char *key, uint8_t chunk)
{
    struct nvs_entry entry = {.namespace_index = namespace_index, .chunk = chunk};
    memcpy(entry.key, key, strlen(key));
    struct sorted_entry wanted = {&entry};
    const struct sorted_entry *found = bsearch(&wanted, reader->sorted, reader->entries.count,
                                               sizeof(*reader->sorted), compare_sorted);
    return found == NULL ? NULL : found->entry;
}

/* Which of two equal keys the firmware reads depends on their places: none is right. */
static status_t sort_entries(struct nvs_reader *reader, struct problem *problem)
{
    size_t count = reader->entries.count;
    reader->sorted = calloc(count + 1, sizeof(*reader->sorted));
    if (reader->sorted == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        reader->sorted[i].entry = &reader->entries.list[i];
    }
    qsort(reader->sorted, count, sizeof(*reader->sorted), compare_sorted);
    for (size_t i = 1; i < count; i++) {
        const struct nvs_entry *one = reader->sorted[i - 1].entry;
        const struct nvs_entry *other = reader->sorted[i].entry;
        if (compare_entry(one, other) == 0) {
            return nvs_entries_refuse(other > one ? other : one, problem, "NVS_KEY_DUPLICATE",
                                      "the key is there twice in its namespace");
        }
    }
    return STATUS_OK;
}

/* ---- namespaces, SPEC.md §1.6 ---- */

static status_t read_namespaces(struct nvs_reader *reader, struct problem *problem)
{
    for (size_t i = 0; i < reader->entries.count; i++) {
        const struct nvs_entry *entry = &reader->entries.list[i];
        if (entry->namespace_index != 0) {
            continue;
        }
        uint8_t index = entry->value[0];
        if (entry->type != NVS_U8 || index == 0 || index > NVS_NAMESPACES_MAX) {
            return nvs_entries_refuse(entry, problem, "NVS_NAMESPACE",
                                      "a namespace is a u8 from 1 to 254");
        }
        if (reader->namespaces[index] != NULL) {
            return nvs_entries_refuse(entry, problem, "NVS_NAMESPACE",
                                      "another namespace has the same index");
        }
        reader->namespaces[index] = entry->key;
    }
    return STATUS_OK;
}

/* ---- items ---- */

static uint64_t integer_of(const struct nvs_entry *entry)
{
    unsigned bits = 8 * (entry->type & 0x0Fu);
    uint64_t value = read_le64(entry->value);
    if (bits == 64) {
        return value;
    }
    value &= (UINT64_C(1) << bits) - 1;
    bool negative = (entry->type & 0x10) != 0 && value >> (bits - 1) != 0;
    return negative ? value | UINT64_MAX << bits : value;
}

/* SPEC.md §1.5: the chunks are start, start + 1, …, and their sizes add up to the index's. */
static status_t check_chunks(const struct nvs_reader *reader, const struct nvs_entry *index,
                             struct problem *problem)
{
    uint8_t count = index->value[NVS_ENTRY_CHUNK_COUNT - NVS_ENTRY_DATA];
    uint8_t start = index->value[NVS_ENTRY_CHUNK_START - NVS_ENTRY_DATA];
    if ((start != 0 && start != NVS_CHUNK_START_2) || count > NVS_CHUNKS_MAX) {
        return nvs_entries_refuse(index, problem, "NVS_BLOB_INDEX",
                                  "the blob index has an impossible start or count");
    }
    uint64_t size = 0;
    for (unsigned i = 0; i < count; i++) {
        struct nvs_entry *chunk =
            find(reader, index->namespace_index, index->key, (uint8_t)(start + i));
        if (chunk == NULL) {
            return nvs_entries_refuse(index, problem, "NVS_BLOB_CHUNK",
                                      "a chunk of the blob is missing");
        }
        chunk->joined = true;
        size += chunk->bytes.size;
    }
    if (size != read_le32(index->value) || size > NVS_BLOB_MAX) {
        return nvs_entries_refuse(index, problem, "NVS_BLOB_SIZE",
                                  "its chunks do not add up to the blob's size");
    }
    return STATUS_OK;
}

/* A chunk that check_chunks has found. */
static struct span chunk_bytes(const struct nvs_reader *reader, const struct nvs_entry *index,
                               unsigned number)
{
    uint8_t start = index->value[NVS_ENTRY_CHUNK_START - NVS_ENTRY_DATA];
    const struct nvs_entry *chunk =
        find(reader, index->namespace_index, index->key, (uint8_t)(start + number));
    assert(chunk != NULL);
    return chunk->bytes;
}

/* The whole blob in one piece: in the image when it is one chunk, else joined in `joined`. */
static status_t join(struct nvs_reader *reader, const struct nvs_entry *index,
                     struct span *ret_bytes)
{
    uint8_t count = index->value[NVS_ENTRY_CHUNK_COUNT - NVS_ENTRY_DATA];
    if (count <= 1) {
        *ret_bytes = count == 0 ? span_make(NULL, 0) : chunk_bytes(reader, index, 0);
        return STATUS_OK;
    }
    size_t before = reader->joined.size;
    for (unsigned i = 0; i < count; i++) {
        buf_append_span(&reader->joined, chunk_bytes(reader, index, i));
    }
    TRY(buf_status(&reader->joined));
    *ret_bytes = span_make(reader->joined.data + before, reader->joined.size - before);
    return STATUS_OK;
}

/* Room for every blob at once, so that earlier items stay where they are. */
static status_t check_blobs(struct nvs_reader *reader, struct problem *problem)
{
    bool several = false;
    for (size_t i = 0; i < reader->entries.count; i++) {
        const struct nvs_entry *entry = &reader->entries.list[i];
        if (entry->type == NVS_BLOB_INDEX) {
            TRY(check_chunks(reader, entry, problem));
            several |= entry->value[NVS_ENTRY_CHUNK_COUNT - NVS_ENTRY_DATA] > 1;
        }
    }
    for (size_t i = 0; i < reader->entries.count; i++) {
        const struct nvs_entry *entry = &reader->entries.list[i];
        if (entry->type == NVS_BLOB_DATA && !entry->joined) {
            return nvs_entries_refuse(entry, problem, "NVS_BLOB_ORPHAN",
                                      "the chunk belongs to no blob index");
        }
    }
    if (several && buf_extend(&reader->joined, reader->image.size) == NULL) {
        return buf_status(&reader->joined);
    }
    buf_clear(&reader->joined);
    return STATUS_OK;
}

static status_t add_item(struct nvs_reader *reader, struct nvs_entry *entry,
                         struct problem *problem)
{
    struct nvs_item item = {.namespace_name = reader->namespaces[entry->namespace_index],
                            .key = entry->key,
                            .type = (enum nvs_type)entry->type};
    if (item.namespace_name == NULL) {
        return nvs_entries_refuse(entry, problem, "NVS_NAMESPACE_UNDEFINED",
                                  "its namespace is not defined, so no firmware can read it");
    }
    if (entry->type == NVS_BLOB_INDEX) {
        item.type = NVS_BLOB_DATA;
        TRY(join(reader, entry, &item.bytes));
    } else if (entry->type == NVS_BLOB_V1) {
        item.type = NVS_BLOB_DATA;
        item.bytes = entry->bytes;
    } else if (entry->type == NVS_STRING) {
        item.bytes = span_make(entry->bytes.data, entry->bytes.size - 1);
    } else {
        item.integer = integer_of(entry);
    }
    entry->item = (uint32_t)reader->item_count;
    reader->items[reader->item_count++] = item;
    return STATUS_OK;
}

static status_t read_items(struct nvs_reader *reader, struct problem *problem)
{
    reader->items = calloc(reader->entries.count + 1, sizeof(*reader->items));
    if (reader->items == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < reader->entries.count; i++) {
        struct nvs_entry *entry = &reader->entries.list[i];
        if (entry->namespace_index != 0 && entry->type != NVS_BLOB_DATA) {
            TRY(add_item(reader, entry, problem));
        }
    }
    return STATUS_OK;
}

status_t nvs_reader_new(struct span image, struct nvs_reader **ret_reader, struct problem *problem)
{
    AUTO(nvs_reader_free) struct nvs_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return STATUS_NO_MEMORY;
    }
    buf_init_secret(&reader->image, NVS_READER_IMAGE_MAX);
    buf_init_secret(&reader->joined, NVS_READER_IMAGE_MAX);
    if (image.size <= NVS_READER_IMAGE_MAX) { /* else nvs_entries_read refuses the size */
        buf_append_span(&reader->image, image);
        TRY(buf_status(&reader->image));
        image = buf_span(&reader->image);
    }
    TRY(nvs_entries_read(image, &reader->entries, problem));
    TRY(sort_entries(reader, problem));
    TRY(read_namespaces(reader, problem));
    TRY(check_blobs(reader, problem));
    TRY(read_items(reader, problem));
    *ret_reader = TAKE(reader);
    return STATUS_OK;
}

size_t nvs_reader_count(const struct nvs_reader *reader)
{
    return reader->item_count;
}

size_t nvs_reader_namespace_count(const struct nvs_reader *reader)
{
    size_t count = 0;
    for (size_t index = 1; index <= NVS_NAMESPACES_MAX; index++) {
        count += reader->namespaces[index] != NULL ? 1 : 0;
    }
    return count;
}

size_t nvs_reader_used_pages(const struct nvs_reader *reader)
{
    size_t count = 0;
    for (size_t at = 0; at < reader->image.size; at += NVS_PAGE_SIZE) {
        count += read_le32(reader->image.data + at) != NVS_STATE_BLANK ? 1 : 0;
    }
    return count;
}

const struct nvs_item *nvs_reader_item(const struct nvs_reader *reader, size_t index)
{
    return index < reader->item_count ? &reader->items[index] : NULL;
}

const struct nvs_item *nvs_reader_find(const struct nvs_reader *reader, const char *namespace_name,
                                       const char *key)
{
    size_t length = strlen(key);
    for (unsigned index = 1; index <= NVS_NAMESPACES_MAX; index++) {
        const char *name = reader->namespaces[index];
        if (name != NULL && strcmp(name, namespace_name) == 0) {
            const struct nvs_entry *entry = length == 0 || length > NVS_KEY_MAX
                                                ? NULL
                                                : find(reader, (uint8_t)index, key, NVS_CHUNK_NONE);
            return entry == NULL ? NULL : &reader->items[entry->item];
        }
    }
    return NULL;
}
