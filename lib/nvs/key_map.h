/* Which keys a writer has written: (namespace index, key) to one byte. */
#ifndef MINTMARK_LIB_NVS_KEY_MAP_H
#define MINTMARK_LIB_NVS_KEY_MAP_H

#include "lib/nvs/format.h"

struct nvs_key_slot {
    char key[NVS_KEY_FIELD]; /* "" marks a free slot */
    uint8_t namespace_index;
    uint8_t value;
};

struct nvs_key_map {
    struct nvs_key_slot *slots; /* open addressing, a power of two, at most half full */
    size_t capacity;
    size_t count;
};

void nvs_key_map_done(struct nvs_key_map *map); /* accepts a zeroed struct */

/* The slot of a key of 1..15 bytes, or NULL. Borrows from the map until the next add. */
const struct nvs_key_slot *nvs_key_map_find(const struct nvs_key_map *map, uint8_t namespace_index,
                                            const char *key);

/* Adds a key that is not there yet. */
MUST_USE status_t nvs_key_map_add(struct nvs_key_map *map, uint8_t namespace_index, const char *key,
                                  uint8_t value);

#endif
