/* Counters under names that a log's entries bring: what they need grows with the names, up to a
 * limit, never with the entries. */
#ifndef MINTMARK_CLIENT_LOG_TALLY_H
#define MINTMARK_CLIENT_LOG_TALLY_H

#include "lib/audit/table.h"

enum {
    TALLY_COUNTS = 6,
    TALLY_ROWS_MAX = 10000, /* further names are only counted: refused callers choose theirs */
    TALLY_NAME_MAX = 2048,
    TALLY_PART = 0x1F, /* between the parts of a name; no field of an entry has one */
};

struct tally_row {
    char *name;
    uint64_t counts[TALLY_COUNTS];
    uint64_t first_at; /* entry */
    int64_t first_ms;
    int64_t last_ms;
};

/* All zero is the empty one. */
struct tally {
    struct audit_table names;
    struct tally_row *rows;
    size_t count;
    size_t capacity;
    uint64_t left_out; /* times that a name beyond the limit was asked for */
};
void tally_done(struct tally *tally);

/* The row of a name, made when it is new; *ret_row is NULL beyond the limit. Good until the next
 * call. STATUS_NO_MEMORY. */
MUST_USE status_t tally_row(struct tally *tally, const char *name, struct tally_row **ret_row);
/* The row there is, or NULL. */
const struct tally_row *tally_find(const struct tally *tally, const char *name);

/* By name, or by the first count (the largest first); tally_row and tally_find no longer work
 * after. */
void tally_sort_names(struct tally *tally);
void tally_sort_counts(struct tally *tally);

/* A part of a name, from 0, into ret_text; "" when there are fewer. */
void tally_part(const struct tally_row *row, size_t part, char *ret_text, size_t size);

#endif
