/* Units as operators and auditors see them: where each is and what it was given, no secret. */
#ifndef MINTMARK_SERVER_STORE_DEVICE_H
#define MINTMARK_SERVER_STORE_DEVICE_H

#include "server/store/store.h"

/* An identity, live or not. */
enum { STORE_DEVICES_LOOKED_AT = 20000 /* rows of one call: some 20 ms */ };

struct store_device {
    int64_t row;
    uint8_t record_id[STORE_RECORD_ID_SIZE];
    char order[STORE_NAME_MAX + 1];
    char unit_id[STORE_UNIT_ID_MAX + 1];
    char hardware_id[18];
    enum store_key_source key_source;
    enum store_unit_state state;
    bool revoked;
    char station[STORE_IDENTITY_MAX + 1];
    char line[STORE_NAME_MAX + 1];
    char product[STORE_NAME_MAX + 1];
    uint32_t product_revision;
    char serial_number[STORE_SERIAL_NUMBER_MAX + 1];
    uint8_t dac_serial[16];
    bool has_certificate; /* it was issued; then the next two are set */
    uint8_t certificate_sha256[STORE_DIGEST_SIZE];
    uint8_t set_digest[STORE_DIGEST_SIZE]; /* commitment to its images */
    uint32_t deliveries;
    uint32_t attempts;
    int64_t created_ms;
    int64_t issued_ms;   /* 0: not yet, as the next */
    int64_t reported_ms; /* flashed or scrapped */
    char seal_day[11];
};

typedef status_t store_device_visit_t(void *context, const struct store_device *device);

/* Which devices are listed, and from where. */
struct store_device_choice {
    const char *order; /* "": of all */
    int state;         /* 0: in any */
    int64_t after;     /* row; 0: from the first */
    unsigned count;    /* at most so many, of STORE_DEVICES_LOOKED_AT rows */
};

/* In the order they were reserved. *ret_after: where to go on; 0: there are no more. Few of many
 * may be in a state: a call that found none yet ends too, so that none is long. */
MUST_USE status_t store_device_list(struct store *store, const struct store_device_choice *choice,
                                    store_device_visit_t *visit, void *context, int64_t *ret_after);

/* The live one with this unit id or serial number, or any with this DAC serial number; the other
 * names are "" or empty. STATUS_NOT_FOUND; STATUS_EXISTS: several vendors' have that serial number.
 */
MUST_USE status_t store_device_find(struct store *store, const char *unit_id,
                                    const char *serial_number, struct span dac_serial,
                                    struct store_device *ret_device);

/* Inside a change's transaction (change.h): ISSUED or FLASHED → SCRAPPED, with its device secrets;
 * RESERVED → VOID, with all of them. STATUS_ABORTED when it is not in the state that `device` says.
 */
MUST_USE status_t store_device_scrap(struct store *store, const struct store_device *device,
                                     int64_t now_ms);

/* The same way: RESERVED or ISSUED, at no station any more, free to be taken by another
 * (store_unit_take); its station counts it no longer as open. */
MUST_USE status_t store_device_release(struct store *store, const struct store_device *device);

/* The same way: ISSUED, FLASHED or SCRAPPED → SUPERSEDED, with all its secrets; its unit and its
 * chip are free for a successor. */
MUST_USE status_t store_device_supersede(struct store *store, const struct store_device *device);

/* What an order's reports say of one slot of one station. */
struct store_yield {
    char station[STORE_IDENTITY_MAX + 1];
    char slot[STORE_SLOT_MAX + 1];
    uint32_t flashed;
    uint32_t first_pass; /* of these, without a failed attempt before */
    uint32_t attempts_failed;
    uint32_t scrapped;
};

/* By station and slot, at most `count`; reads every report of the order. */
MUST_USE status_t store_device_yield(struct store *store, const char *order, unsigned count,
                                     struct store_yield *ret_yields, size_t *ret_count);

#endif
