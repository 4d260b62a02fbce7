/* Revoked identities, and the lists (CRLs) that say so. An issuer is named by a digest of what
 * verifiers find its list by (server/issue/crl.h); a revocation is final. */
#ifndef MINTMARK_SERVER_STORE_REVOCATION_H
#define MINTMARK_SERVER_STORE_REVOCATION_H

#include "server/store/store.h"

enum {
    STORE_ISSUER_SIZE = 32,
    STORE_CRL_MAX = 3 * 1024 * 1024, /* as PKI_CRL_MAX */
};

/* Which units: all that is given must hold; one of the first three, or the time, is given. */
struct store_selection {
    const char *unit_id;    /* the live identity of this unit; "": any */
    struct span dac_serial; /* empty: any */
    const char *order;      /* "": any */
    const char *station;    /* that reserved it; "": any */
    int64_t from_ms;        /* reserved at or after; 0: no bound */
    int64_t until_ms;       /* reserved before; INT64_MAX: no bound */
};

struct store_revocable {
    int64_t row;
    uint8_t dac_serial[STORE_DAC_SERIAL_SIZE];
    uint8_t record_id[STORE_RECORD_ID_SIZE];
    char order[STORE_NAME_MAX + 1];
    char unit_id[STORE_UNIT_ID_MAX + 1];
    enum store_unit_state state;
};

typedef status_t store_revocable_visit_t(void *context, const struct store_revocable *unit,
                                         struct span tbs);
/* Visits the units that are not revoked yet; reserved ones too: their intent to be signed is on
 * record. Stops at the first status that is not STATUS_OK, and returns it. */
MUST_USE status_t store_revocation_select(struct store *store,
                                          const struct store_selection *selection,
                                          store_revocable_visit_t *visit, void *context);

struct store_revocation {
    uint8_t dac_serial[STORE_DAC_SERIAL_SIZE];
    uint8_t issuer[STORE_ISSUER_SIZE];
    int reason;   /* RFC 5280 §5.3.1 */
    int64_t time; /* Unix seconds */
    uint8_t change_id[STORE_DIGEST_SIZE];
};

/* Inside a transaction, with its leaf: from here on the unit's identity is not delivered.
 * STATUS_ABORTED when it was revoked meanwhile. */
MUST_USE status_t store_revocation_put(struct store *store, const struct store_revocable *unit,
                                       const struct store_revocation *revocation, struct span leaf,
                                       int64_t now_ms);

MUST_USE status_t store_revocation_count(struct store *store,
                                         const uint8_t issuer[static STORE_ISSUER_SIZE],
                                         uint32_t *ret_count);

typedef status_t store_revocation_visit_t(void *context, const struct store_revocation *revocation);
/* Of one issuer, ascending by serial. change_id is not read. */
MUST_USE status_t store_revocation_list(struct store *store,
                                        const uint8_t issuer[static STORE_ISSUER_SIZE],
                                        store_revocation_visit_t *visit, void *context);

/* One list. Blobs are owned by the struct. */
struct store_crl {
    uint8_t issuer[STORE_ISSUER_SIZE];
    uint32_t number;
    int64_t this_update; /* Unix seconds */
    int64_t next_update;
    uint32_t revocations; /* entries in it */
    struct buf tbs;
    struct buf signature; /* empty: reserved, not signed yet */
};
void store_crl_done(struct store_crl *crl); /* accepts a zeroed struct */
OWN_VALUE(struct store_crl, store_crl_done)

/* The issuer's newest list, signed or not. STATUS_NOT_FOUND. */
MUST_USE status_t store_crl_newest(struct store *store,
                                   const uint8_t issuer[static STORE_ISSUER_SIZE],
                                   struct store_crl *ret_crl);

/* The intent, before the signature. STATUS_ABORTED unless the number follows the newest list, that
 * one is signed, and the issuer has exactly crl->revocations: look again. STATUS_UNAVAILABLE CLOCK.
 */
MUST_USE status_t store_crl_reserve(struct store *store, const struct store_crl *crl,
                                    int64_t now_ms, struct problem *problem);

/* The result: the signature and its leaf, once; older lists go. *ret_recorded is false when another
 * call was first. */
MUST_USE status_t store_crl_record(struct store *store, const struct store_crl *crl,
                                   struct span leaf, int64_t now_ms, bool *ret_recorded,
                                   struct problem *problem);

#endif
