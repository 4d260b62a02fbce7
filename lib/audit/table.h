/* A growing map from names (any bytes, with a kind) to numbers. Names are kept as the first 128
 * bits of their SHA-256, so a map of millions has one size per entry; who can make two names
 * collide has broken SHA-256. */
#ifndef MINTMARK_LIB_AUDIT_TABLE_H
#define MINTMARK_LIB_AUDIT_TABLE_H

#include "lib/base/buf.h"

enum { AUDIT_TABLE_KEY_SIZE = 16 };

struct audit_table_slot {
    uint8_t key[AUDIT_TABLE_KEY_SIZE];
    uint32_t value; /* 0: free */
};

/* All zero is the empty table. */
struct audit_table {
    struct audit_table_slot *slots;
    size_t capacity; /* 0, or a power of two */
    size_t count;
};

void audit_table_done(struct audit_table *table);
OWN_VALUE(struct audit_table, audit_table_done)

/* The number stored under a name, or 0. `kind` keeps names of different things apart. */
uint32_t audit_table_get(const struct audit_table *table, char kind, struct span name);

/* Sets it (1 or more), in place of what was there. STATUS_NO_MEMORY. */
MUST_USE status_t audit_table_put(struct audit_table *table, char kind, struct span name,
                                  uint32_t value);

void audit_table_remove(struct audit_table *table, char kind, struct span name);

#endif
