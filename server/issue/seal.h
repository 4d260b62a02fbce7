/* Sealing a unit's secrets for the store: AES-256-GCM under a key of the day.
 *
 * The day key is HMAC-SHA-256 by the token's seal key over a random salt of the day; the salts are
 * files outside the database and its backup. Without the token or without the salt a stolen
 * database tells nothing, and destroying a salt erases a day's secrets everywhere. */
#ifndef MINTMARK_SERVER_ISSUE_SEAL_H
#define MINTMARK_SERVER_ISSUE_SEAL_H

#include "server/issue/issue.h"
#include "server/store/data.h"

enum {
    ISSUE_SEAL_DAYS = 8, /* day keys kept: retries reach back days, not months */
    ISSUE_SEAL_SALT_SIZE = 32,
    ISSUE_SEAL_OVERHEAD = 1 + 12 + 16, /* format, nonce, tag */
};

/* Keys derived so far, newest use first. */
struct issue_seal_keys {
    struct issue_seal_day {
        char day[11]; /* YYYY-MM-DD, "" when free */
        struct secret key;
    } days[ISSUE_SEAL_DAYS];
};
void issue_seal_keys_wipe(struct issue_seal_keys *keys);

/* Seals both parts with today's key, making the day's salt when it is the first unit of the day;
 * fills the unit's seal_day and sealed. Part, record_id, order and unit_id are bound to each. */
MUST_USE status_t issue_seal(const struct issue_environment *environment, struct span device,
                             struct span codes, struct store_unit *unit, struct problem *problem);

/* STATUS_REFUSED ERASED when this part's time was over; STATUS_DATA_LOSS when the salt is gone or
 * the bytes, or what they are bound to, were changed. ret_plain is a secret of the plain size. */
MUST_USE status_t issue_seal_open(const struct issue_environment *environment,
                                  const struct store_unit *unit, enum store_part part,
                                  struct secret *ret_plain, struct problem *problem);

/* A row of order data in the same way; fills its seal_day and sealed. Log, order, upload and number
 * are bound to it. */
MUST_USE status_t issue_seal_row(const struct issue_environment *environment, struct span plain,
                                 struct store_data_row *row, struct problem *problem);
MUST_USE status_t issue_seal_open_row(const struct issue_environment *environment,
                                      const struct store_data_row *row, struct secret *ret_plain,
                                      struct problem *problem);

/* Overwrites and removes the salt of a day; gone already is STATUS_OK. What was sealed that day can
 * never be opened again, in no copy of the database. */
MUST_USE status_t issue_seal_destroy(const struct issue_environment *environment, const char *day,
                                     struct problem *problem);

/* "YYYY-MM-DD" in UTC, as the salts are named. */
void issue_seal_day_name(int64_t now_ms, char ret_day[static 11]);

#endif
