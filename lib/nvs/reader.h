/* Reads an NVS partition independently of the writer, with the firmware's rules but none of its
 * repairs: anything the firmware would drop, erase or read ambiguously is a failure here. */
#ifndef MINTMARK_LIB_NVS_READER_H
#define MINTMARK_LIB_NVS_READER_H

#include "lib/base/buf.h"
#include "lib/nvs/writer.h"

enum {
    NVS_READER_IMAGE_MAX = 16 * 1024 * 1024, /* the largest flash an ESP32 maps */
    NVS_READER_ITEM_MAX = 100000,            /* entries; bounds memory to about 8 MiB */
};

/* One item. Blob chunks are joined; strings are without their NUL. Borrows from the reader. */
struct nvs_item {
    const char *namespace_name;
    const char *key;
    enum nvs_type type; /* NVS_U8 … NVS_I64, NVS_STRING, NVS_BLOB_DATA (any blob) */
    uint64_t integer;   /* two's complement for signed types */
    struct span bytes;  /* string or blob */
};

struct nvs_reader;

/* Reads and checks the whole plain image. On failure the problem names page, entry and key. */
MUST_USE status_t nvs_reader_new(struct span image, struct nvs_reader **ret_reader,
                                 struct problem *problem);
void nvs_reader_free(struct nvs_reader *reader);
OWN_POINTER(struct nvs_reader, nvs_reader_free)

size_t nvs_reader_count(const struct nvs_reader *reader);
/* Namespaces that are defined, with keys or without. */
size_t nvs_reader_namespace_count(const struct nvs_reader *reader);
/* Pages that are not blank; a read/write partition needs one that is (SPEC.md §2.7). */
size_t nvs_reader_used_pages(const struct nvs_reader *reader);
/* In the order of writing: pages by sequence number, then rows. */
const struct nvs_item *nvs_reader_item(const struct nvs_reader *reader, size_t index);
/* NULL when absent. */
const struct nvs_item *nvs_reader_find(const struct nvs_reader *reader, const char *namespace_name,
                                       const char *key);

#endif
