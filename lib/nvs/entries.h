/* The first half of reading: pages and rows, each checked alone. What entries mean together
 * (namespaces, joined blobs, duplicates) is reader.c's. */
#ifndef MINTMARK_LIB_NVS_ENTRIES_H
#define MINTMARK_LIB_NVS_ENTRIES_H

#include "lib/nvs/format.h"

struct nvs_entry {
    uint32_t page; /* by address */
    uint8_t row;
    uint8_t namespace_index;
    uint8_t type;
    uint8_t chunk;
    bool joined;             /* blob data: its index has been found */
    uint32_t item;           /* number of the item made of it */
    char key[NVS_KEY_FIELD]; /* never empty */
    const uint8_t *value;    /* the 8 bytes of the data field */
    struct span bytes;       /* of variable length types; a string's with its NUL */
};

struct nvs_entries {
    struct nvs_entry *list; /* pages by sequence number, then rows */
    size_t count;
    size_t capacity;
};

/* Entries borrow from the image. On failure *ret_entries holds what was read so far, to be freed by
 * nvs_entries_done like a complete one. */
MUST_USE status_t nvs_entries_read(struct span image, struct nvs_entries *ret_entries,
                                   struct problem *problem);
void nvs_entries_done(struct nvs_entries *entries);

/* problem_say with the entry's page, row and key: "page 2 entry 17", "key 'x': <what>". */
status_t nvs_entries_refuse(const struct nvs_entry *entry, struct problem *problem,
                            const char *reason, const char *what);

#endif
