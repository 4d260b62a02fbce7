/* Erasing sealed secrets when their time is over, and voiding reservations nobody
 * finished. Each erasing operation is one durable transaction with its leaf. */
#ifndef MINTMARK_SERVER_STORE_ERASE_H
#define MINTMARK_SERVER_STORE_ERASE_H

#include "server/store/store.h"

enum { STORE_ERASE_MAX = 64 }; /* units at a time: a sweep never holds the store for long */

/* A unit whose secrets are due. */
struct store_due {
    int64_t row;
    uint8_t record_id[STORE_RECORD_ID_SIZE];
    enum store_unit_state state;
    char order[STORE_NAME_MAX + 1];
    char unit_id[STORE_UNIT_ID_MAX + 1];
    char seal_day[11];
};

/* Units with device secrets whose last delivery, or reservation, is at or before `before_ms`, the
 * oldest first; at most STORE_ERASE_MAX. */
MUST_USE status_t store_erase_due_devices(struct store *store, int64_t before_ms,
                                          struct store_due *ret_due, size_t *ret_count);
/* Reservations of that age for devices with keys of their own: these have no secrets. */
MUST_USE status_t store_erase_due_requests(struct store *store, int64_t before_ms,
                                           struct store_due *ret_due, size_t *ret_count);
/* Units with onboarding codes of orders closed at or before `before_ms`. */
MUST_USE status_t store_erase_due_codes(struct store *store, int64_t before_ms,
                                        struct store_due *ret_due, size_t *ret_count);

/* Borrows `due`. */
struct store_erasure {
    enum store_part part;
    const struct store_due *due;
    size_t count;
    int64_t before_ms; /* device secrets only when not delivered since */
};

/* Erases one part of all of them. STATUS_ABORTED when one was delivered or erased meanwhile:
 * nothing is changed, look again. */
MUST_USE status_t store_erase(struct store *store, const struct store_erasure *erasure,
                              struct span leaf, int64_t now_ms, struct problem *problem);

/* RESERVED → VOID, with all its secrets: nothing was ever delivered and nothing will be. The unit
 * is free for another identity. STATUS_ABORTED when it is not reserved any more. */
MUST_USE status_t store_erase_void(struct store *store, const struct store_due *due,
                                   struct span leaf, int64_t now_ms, struct problem *problem);

/* A day before `before` ("YYYY-MM-DD") whose salt seals nothing any more; STATUS_NOT_FOUND. */
MUST_USE status_t store_erase_due_salt(struct store *store, const char *before,
                                       char ret_day[static 11]);
/* Its salt is destroyed. */
MUST_USE status_t store_erase_salt(struct store *store, const char *day, struct span leaf,
                                   int64_t now_ms, struct problem *problem);

#endif
