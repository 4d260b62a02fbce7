#include "lib/nvs/key_map.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 128 };

void nvs_key_map_done(struct nvs_key_map *map)
{
    free(map->slots);
    *map = (struct nvs_key_map){0};
}

/* FNV-1a: the keys come from our own product files, not from an attacker who picks collisions. */
static size_t hash(uint8_t namespace_index, const char *key)
{
    uint32_t value = (2166136261u ^ namespace_index) * 16777619u;
    for (; *key != '\0'; key++) {
        value = (value ^ (uint8_t)*key) * 16777619u;
    }
    return value;
}

/* The slot that holds the key, or the free one where it belongs. */
static struct nvs_key_slot *place(const struct nvs_key_map *map, uint8_t namespace_index,
                                  const char *key)
{
    size_t mask = map->capacity - 1;
    size_t at = hash(namespace_index, key) & mask;
    while (map->slots[at].key[0] != '\0' && (map->slots[at].namespace_index != namespace_index ||
                                             strcmp(map->slots[at].key, key) != 0)) {
        at = (at + 1) & mask;
    }
    return &map->slots[at];
}

const struct nvs_key_slot *nvs_key_map_find(const struct nvs_key_map *map, uint8_t namespace_index,
                                            const char *key)
{
    if (map->count == 0) {
        return NULL;
    }
    const struct nvs_key_slot *slot = place(map, namespace_index, key);
    return slot->key[0] == '\0' ? NULL : slot;
}

static status_t grow(struct nvs_key_map *map)
{
    struct nvs_key_map larger = {.capacity = map->capacity > 0 ? map->capacity * 2 : FIRST_CAPACITY,
                                 .count = map->count};
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (larger.slots == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        const struct nvs_key_slot *slot = &map->slots[i];
        if (slot->key[0] != '\0') {
            *place(&larger, slot->namespace_index, slot->key) = *slot;
        }
    }
    nvs_key_map_done(map);
    *map = larger;
    return STATUS_OK;
}

status_t nvs_key_map_add(struct nvs_key_map *map, uint8_t namespace_index, const char *key,
                         uint8_t value)
{
    size_t length = strlen(key);
    assert(length >= 1 && length <= NVS_KEY_MAX);
    if (map->count * 2 >= map->capacity) {
        TRY(grow(map));
    }
    struct nvs_key_slot *slot = place(map, namespace_index, key);
    assert(slot->key[0] == '\0');
    memcpy(slot->key, key, length + 1);
    slot->namespace_index = namespace_index;
    slot->value = value;
    map->count++;
    return STATUS_OK;
}
