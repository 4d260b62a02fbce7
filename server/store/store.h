/* The store: operations in the terms of issuing, not SQL. The engine is SQLite.
 *
 * Every operation that changes something is one durable transaction: when it returns STATUS_OK the
 * change survives a power failure, otherwise nothing happened. STATUS_UNAVAILABLE: disk full,
 * locked, read-only; nothing happened, try again. STATUS_DATA_LOSS: the file is corrupted. */
#ifndef MINTMARK_SERVER_STORE_STORE_H
#define MINTMARK_SERVER_STORE_STORE_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    STORE_SCHEMA_VERSION = 7,
    STORE_RECORD_ID_SIZE = 16,
    STORE_DAC_SERIAL_SIZE = 16,
    STORE_NAME_MAX = 64, /* product and order names */
    STORE_UNIT_ID_MAX = 64,
    STORE_IDENTITY_MAX = 255, /* as FRAME_IDENTITY_MAX */
    STORE_SERIAL_NUMBER_MAX = 32,
    STORE_ORIGIN_MAX = STORE_NAME_MAX + 8,
    STORE_SPKI_MAX = 128, /* a P-256 key has 91 bytes */
    STORE_DIGEST_SIZE = 32,
    STORE_LINES_MAX = 512,
    STORE_SLOT_MAX = 32,        /* of a fixture; also a report's phase */
    STORE_CODE_MAX = 64,        /* a report's failure code and attempt id */
    STORE_CODE_READS_MAX = 100, /* of one unit's codes, for the same reason as deliveries */
    STORE_DELIVERIES_MAX = 100, /* of one unit: each leaves an entry in the log for ever */
    STORE_ATTEMPTS_MAX = 64, /* failed attempts kept per unit: a station in a loop fills no disk */
    STORE_BLOB_MAX = 64 * 1024,  /* a product with its CD, a TBS, a certificate, sealed secrets */
    STORE_LOCK_WAIT_MS = 5000,   /* fallback behind the lock file */
    STORE_CLOCK_SLACK_MS = 2000, /* a leaf of a concurrent worker may be this much newer */
};

struct store;

struct store_identity;

/* What a store begins with. Borrows. */
struct store_genesis {
    const char *origin; /* "<site>/1": names the log; a recovery counts on (recovery.h) */
    const struct store_identity *identities;
    const struct span *certificates; /* one for each identity, DER; kept as contents */
    const struct span *enrolments;   /* one for each identity: the log's entry */
    size_t identity_count;
    struct span leaf; /* the log's first entry */
    int64_t now_ms;
};

/* Makes <folder>/mintmark.db, once and whole. STATUS_EXISTS STORE_EXISTS: it was made before. */
MUST_USE status_t store_create(const char *folder, const struct store_genesis *genesis,
                               struct problem *problem);

/* Opens it. STATUS_REFUSED: STORE_MISSING, STORE_VERSION (another program's schema). */
MUST_USE status_t store_open(const char *folder, struct store **ret_store, struct problem *problem);
void store_close(struct store *store); /* accepts NULL */
OWN_POINTER(struct store, store_close)

/* The log's origin now, "<site>/<epoch>"; it must be of `site`. STATUS_REFUSED STORE_SITE. */
MUST_USE status_t store_origin(struct store *store, const char *site, char *ret_origin, size_t size,
                               struct problem *problem);

/* --- identities --------------------------------------------------------------------------------
 */

struct store_identity {
    char id[STORE_IDENTITY_MAX + 1]; /* SPIFFE id */
    int role;                        /* mintmark.v1.Role */
    char line[STORE_NAME_MAX + 1];   /* a station's; "": none */
    bool blocked;
    uint8_t spki[STORE_SPKI_MAX]; /* the key it must show, DER SubjectPublicKeyInfo */
    size_t spki_size;             /* 0: any key that the listener's CA certified for this id */
    int64_t not_after; /* Unix seconds, of the certificate it was enrolled with; 0: none */
    int64_t enrolled_ms;
    uint8_t change_id[STORE_DIGEST_SIZE]; /* what enrolled or blocked it; zero: genesis */
};

/* STATUS_NOT_FOUND. */
MUST_USE status_t store_identity_get(struct store *store, struct span id,
                                     struct store_identity *ret_identity);

/* Enrols, or replaces, with its leaf. */
MUST_USE status_t store_identity_put(struct store *store, const struct store_identity *identity,
                                     struct span leaf, struct problem *problem);

/* --- products ----------------------------------------------------------------------------------
 */

/* Stores the serialized product as the next revision unless the newest one has the same bytes.
 * `leaf` is appended only when a revision is made. */
MUST_USE status_t store_product_put(struct store *store, const char *name, struct span content,
                                    struct span leaf, int64_t now_ms, uint32_t *ret_revision,
                                    bool *ret_new, struct problem *problem);
/* These two take a variant's name ("a19-lamp/white") for its product's.
 * Appends the exact bytes; STATUS_DATA_LOSS when they do not match their digest. */
MUST_USE status_t store_product_get(struct store *store, const char *name, uint32_t revision,
                                    struct buf *ret_content, struct problem *problem);
/* The newest revision; STATUS_NOT_FOUND. */
MUST_USE status_t store_product_newest(struct store *store, const char *name,
                                       uint32_t *ret_revision);

/* --- orders ------------------------------------------------------------------------------------
 */

enum store_order_state { STORE_ORDER_OPEN = 1, STORE_ORDER_PAUSED = 2, STORE_ORDER_CLOSED = 3 };

struct store_order {
    char id[STORE_NAME_MAX + 1];
    char product[STORE_NAME_MAX + 1];
    uint32_t product_revision;
    enum store_order_state state;
    uint32_t quantity;
    uint32_t identities_limit;       /* quantity + overage */
    char lines[STORE_LINES_MAX + 1]; /* ";line1;line2;" or "" for every line */
    int64_t window_from;             /* Unix seconds; 0: no bound */
    int64_t window_to;               /* exclusive; 0: no bound */
    int64_t dac_not_before;          /* Unix seconds */
    int64_t created_ms;
    uint32_t counted; /* identities reserved so far, never decreasing */
    uint32_t issued;  /* of these, ever recorded as issued */
    /* Where they are now. What is left of `issued` is open at a station, what is left of `counted`
     * is reserved: quantity + overage = flashed + scrapped + superseded + voided + open + unused.
     */
    uint32_t flashed;
    uint32_t scrapped;
    uint32_t superseded; /* by rework; the successor is counted by itself */
    uint32_t voided;     /* reserved, never issued, and never will be */
    uint32_t data_rows;  /* imported (data.h) */
    uint32_t data_used;  /* by units */
    uint32_t data_left;  /* neither used nor erased */
    int64_t data_staged; /* sealed bytes of rows that nobody has signed for */
};

/* STATUS_EXISTS when the id is taken by an order that says something else; the same order again is
 * STATUS_OK with *ret_new false. */
MUST_USE status_t store_order_put(struct store *store, const struct store_order *order,
                                  struct span leaf, bool *ret_new, struct problem *problem);
MUST_USE status_t store_order_get(struct store *store, const char *id,
                                  struct store_order *ret_order);

/* --- units -------------------------------------------------------------------------------------
 */

/* RESERVED → ISSUED → FLASHED | SCRAPPED | SUPERSEDED; RESERVED → VOID; FLASHED → SCRAPPED |
 * SUPERSEDED; SCRAPPED → SUPERSEDED. A unit has one live identity at most; superseded
 * and void ones are not live. */
enum store_unit_state {
    STORE_UNIT_RESERVED = 1,
    STORE_UNIT_ISSUED = 2,
    STORE_UNIT_FLASHED = 3,
    STORE_UNIT_SCRAPPED = 4,
    STORE_UNIT_SUPERSEDED = 5,
    STORE_UNIT_VOID = 6,
};
/* A unit's secrets are sealed in two parts, each erased at its own time. */
enum store_part { STORE_PART_DEVICE, STORE_PART_CODES, STORE_PARTS };
enum store_key_source { STORE_KEY_IMAGE = 1, STORE_KEY_CSR = 2 };

/* One identity. Blobs are owned by the struct. */
struct store_unit {
    int64_t row; /* in this store; set by find and reserve */
    uint8_t record_id[STORE_RECORD_ID_SIZE];
    char order[STORE_NAME_MAX + 1];
    char unit_id[STORE_UNIT_ID_MAX + 1];
    char hardware_id[18]; /* canonical text, "" when not known */
    enum store_key_source key_source;
    enum store_unit_state state;
    char station[STORE_IDENTITY_MAX + 1]; /* the reserving station */
    char line[STORE_NAME_MAX + 1];        /* its line then, "" when it had none */
    char product[STORE_NAME_MAX + 1];
    uint32_t product_revision;
    uint32_t image_revision;
    uint16_t vendor_id;
    char serial_number[STORE_SERIAL_NUMBER_MAX + 1]; /* "" for a CSR unit */
    uint8_t dac_serial[16]; /* of a DAC that was bought its pki_certificate_name */
    uint8_t public_key[65];
    uint8_t chain_sha256[32]; /* of PAI ‖ PAA as they were when the unit was reserved */
    char seal_day[11];        /* YYYY-MM-DD of the day salt */
    struct buf tbs;
    struct buf sealed[STORE_PARTS]; /* empty for a CSR unit, and when erased */
    struct buf certificate;         /* empty while reserved */
    uint8_t set_digest[32];         /* SHA-256(nonce ‖ image digests); zero while reserved */
    uint32_t deliveries;            /* of recorded bytes */
    uint32_t attempts;              /* failed ones that were reported and kept */
    bool revoked;                   /* its identity is not delivered any more */
    bool bought;                    /* to be reserved with a DAC that was not made here */
    bool serial_supplied;           /* to be reserved with a serial number that was not drawn */
    int64_t data_row;               /* to be taken with the reservation (data.h); 0: none */
    int64_t created_ms;
};
void store_unit_done(struct store_unit *unit); /* accepts a zeroed struct */
OWN_VALUE(struct store_unit, store_unit_done)

/* The live identity of a unit, by unit id, over all orders. STATUS_NOT_FOUND. */
MUST_USE status_t store_unit_find(struct store *store, const char *unit_id,
                                  struct store_unit *ret_unit);

/* By the device's serial number. STATUS_EXISTS: units of several vendors have it. */
MUST_USE status_t store_unit_find_serial(struct store *store, const char *serial_number,
                                         struct store_unit *ret_unit);

/* Counts a read of its onboarding codes and appends its leaf. STATUS_EXHAUSTED CODE_READS. */
MUST_USE status_t store_unit_codes_read(struct store *store, const struct store_unit *unit,
                                        struct span leaf, int64_t now_ms, struct problem *problem);

/* What {counter:N} of a pattern counts; each vendor id's patterns count for themselves. */
struct store_counter {
    const char *pattern;
    uint32_t last; /* the largest number */
};

/* The next number, counted from 1, in a transaction of its own: it is given to nobody again, and is
 * lost when the reservation after it fails. Wants the unit's order, station and vendor id.
 * STATUS_EXHAUSTED: SERIAL_NUMBER_EXHAUSTED, all numbers are taken; ORDER_EXHAUSTED or STATION_OPEN
 * as store_unit_reserve would say, and then none is taken. */
MUST_USE status_t store_counter_take(struct store *store, const struct store_unit *unit,
                                     const struct store_counter *counter, uint32_t max_open,
                                     uint32_t *ret_number, struct problem *problem);

/* Step 5 (reserve): count, uniques, unit row, sealed secrets, leaf. Refusals:
 *   STATUS_REFUSED    ORDER_NOT_OPEN
 *   STATUS_EXHAUSTED  ORDER_EXHAUSTED; STATION_OPEN: the unit's station has max_open units that it
 *                     has not reported
 *   STATUS_ABORTED    UNIT_RACE: another call reserved this unit or drew the same random value
 *                     ROW_RACE: another took its row of order data; in both cases look up again
 *   STATUS_EXISTS     KEY_USED (a device's own key is on record already), HARDWARE_ID_USED,
 *                     ORDER_DATA_USED (its row's serial number or DAC is another unit's)
 *   STATUS_UNAVAILABLE  CLOCK: the clock stands before the newest leaf */
MUST_USE status_t store_unit_reserve(struct store *store, struct store_unit *unit,
                                     uint32_t max_open, struct span leaf, int64_t now_ms,
                                     struct problem *problem);

/* Step 8 (record): only from RESERVED. *ret_recorded is false when another call was first: drop the
 * own result and answer from the row. */
MUST_USE status_t store_unit_record(struct store *store, const struct store_unit *unit,
                                    struct span leaf, int64_t now_ms, bool *ret_recorded,
                                    struct problem *problem);

/* Binds a unit that was named without its chip to the hardware id it shows later, for ever.
 * STATUS_EXISTS HARDWARE_ID_USED: that chip has an identity under another name. */
MUST_USE status_t store_unit_bind(struct store *store, const struct store_unit *unit,
                                  const char *hardware_id, struct span leaf, int64_t now_ms,
                                  struct problem *problem);

/* A released unit goes on at unit->station of unit->line, if its order is open and that station has
 * fewer than `max_open` open units. STATUS_ABORTED: another was first. */
MUST_USE status_t store_unit_take(struct store *store, const struct store_unit *unit,
                                  uint32_t max_open, struct span leaf, int64_t now_ms,
                                  struct problem *problem);

/* Appends the certificate with this serial number; STATUS_NOT_FOUND also for a mere intent. */
MUST_USE status_t store_unit_certificate(struct store *store,
                                         const uint8_t dac_serial[static STORE_DAC_SERIAL_SIZE],
                                         struct buf *ret_certificate);

/* Step 9 (deliver again): counts the delivery and appends its leaf. */
MUST_USE status_t store_unit_deliver(struct store *store, const struct store_unit *unit,
                                     struct span leaf, int64_t now_ms, struct problem *problem);

/* What a station says about an issued unit. */
enum store_outcome {
    STORE_OUTCOME_FLASHED = 1,
    STORE_OUTCOME_ATTEMPT_FAILED = 2, /* the unit stays as it is */
    STORE_OUTCOME_SCRAPPED = 3,
};

struct store_report {
    enum store_outcome outcome;
    const char *station;
    const char *slot;       /* of the fixture; "" when it has one */
    const char *phase;      /* what failed: "write", "verify" … */
    const char *code;       /* how */
    const char *attempt_id; /* chosen by the station; names a failed attempt within its unit */
};

/* Where a report has left its unit. */
struct store_reported {
    enum store_unit_state state;
    uint32_t attempts;
    bool known; /* said before: nothing was changed */
    bool kept;  /* false: an attempt beyond STORE_ATTEMPTS_MAX */
};

/* Takes a report about the live unit `unit` (its row). FLASHED and SCRAPPED erase its device
 * secrets in the same transaction. Refusals:
 *   STATUS_REFUSED  NOT_ISSUED         nothing was ever delivered
 *                   ALREADY_FLASHED, ALREADY_SCRAPPED: says the opposite of what is on record
 *   STATUS_ABORTED  UNIT_RACE          superseded meanwhile; look up again */
MUST_USE status_t store_unit_report(struct store *store, const struct store_unit *unit,
                                    const struct store_report *report, struct span leaf,
                                    int64_t now_ms, struct store_reported *ret_reported,
                                    struct problem *problem);

/* --- the log; its tree is in log.h -------------------------------------------------------------
 */

/* Number of leaves; the newest's time in ms, 0 when there is none. */
MUST_USE status_t store_log_size(struct store *store, uint64_t *ret_size, int64_t *ret_newest_ms);

#endif
