#include "lib/audit/table.h"

#include <stdlib.h>

#include "lib/base/digest.h"

enum { CAPACITY_FIRST = 1024, NAME_MAX_SIZE = 512 };

void audit_table_done(struct audit_table *table)
{
    free(table->slots);
    *table = (struct audit_table){0};
}

static void key_of(char kind, struct span name, uint8_t ret_key[static AUDIT_TABLE_KEY_SIZE])
{
    uint8_t bytes[1 + NAME_MAX_SIZE];
    uint8_t digest[SHA256_SIZE];
    size_t size = name.size < NAME_MAX_SIZE ? name.size : NAME_MAX_SIZE; /* fields end before */
    bytes[0] = (uint8_t)kind;
    if (size > 0) {
        memcpy(bytes + 1, name.data, size);
    }
    digest_sha256(span_make(bytes, 1 + size), digest);
    memcpy(ret_key, digest, AUDIT_TABLE_KEY_SIZE);
}

/* The slot that has the key, or the free one where it would stand. */
static size_t find(const struct audit_table *table, const uint8_t key[static AUDIT_TABLE_KEY_SIZE])
{
    size_t place = read_le32(key) & (table->capacity - 1); /* a digest's bits are even enough */
    while (table->slots[place].value != 0 &&
           memcmp(table->slots[place].key, key, AUDIT_TABLE_KEY_SIZE) != 0) {
        place = (place + 1) & (table->capacity - 1);
    }
    return place;
}

uint32_t audit_table_get(const struct audit_table *table, char kind, struct span name)
{
    uint8_t key[AUDIT_TABLE_KEY_SIZE];
    if (table->capacity == 0) {
        return 0;
    }
    key_of(kind, name, key);
    return table->slots[find(table, key)].value;
}

static status_t grow(struct audit_table *table)
{
    struct audit_table larger = {.capacity =
                                     table->capacity > 0 ? 2 * table->capacity : CAPACITY_FIRST,
                                 .count = table->count};
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (larger.slots == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].value != 0) {
            larger.slots[find(&larger, table->slots[i].key)] = table->slots[i];
        }
    }
    free(table->slots);
    *table = larger;
    return STATUS_OK;
}

status_t audit_table_put(struct audit_table *table, char kind, struct span name, uint32_t value)
{
    uint8_t key[AUDIT_TABLE_KEY_SIZE];
    if (table->count + 1 > table->capacity / 4 * 3) {
        TRY(grow(table));
    }
    key_of(kind, name, key);
    struct audit_table_slot *slot = &table->slots[find(table, key)];
    table->count += slot->value == 0;
    memcpy(slot->key, key, sizeof(key));
    slot->value = value;
    return STATUS_OK;
}

void audit_table_remove(struct audit_table *table, char kind, struct span name)
{
    uint8_t key[AUDIT_TABLE_KEY_SIZE];
    if (table->capacity == 0) {
        return;
    }
    key_of(kind, name, key);
    size_t hole = find(table, key);
    if (table->slots[hole].value == 0) {
        return;
    }
    table->slots[hole].value = 0;
    table->count--;
    /* whoever stood behind it may have to move up: put the rest of the run in anew */
    size_t next = (hole + 1) & (table->capacity - 1);
    while (table->slots[next].value != 0) {
        struct audit_table_slot moved = table->slots[next];
        table->slots[next].value = 0;
        table->slots[find(table, moved.key)] = moved;
        next = (next + 1) & (table->capacity - 1);
    }
}
