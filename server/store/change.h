/* Changes that people propose and approve, and what they do to products, orders and identities: all
 * of one change is one durable transaction. Inside it, between store_begin and store_end, stand the
 * functions marked "inside"; the others may be called there too. */
#ifndef MINTMARK_SERVER_STORE_CHANGE_H
#define MINTMARK_SERVER_STORE_CHANGE_H

#include "server/store/store.h"

enum {
    STORE_CHANGE_KIND_MAX = 32,
    STORE_CHANGE_SUBJECT_MAX = 255,
    STORE_CHANGE_REASON_MAX = 200,
    STORE_STATEMENT_MAX = 1024, /* as APPROVAL_STATEMENT_MAX */
    STORE_SIGNATURE_MAX = 72,   /* as APPROVAL_SIGNATURE_MAX */
    STORE_SPENT_MAX = 1000,     /* statements of one person; beyond it the first to expire go */
    STORE_SPENT_KEEP_S = 3600,  /* beyond their end: a clock that is set back makes none good */
};

/* As mintmark.v1.ChangeState; a waiting one after its time is expired, also before that is on
 * record. */
enum store_change_state {
    STORE_CHANGE_WAITING = 3,
    STORE_CHANGE_APPLIED = 4,
    STORE_CHANGE_EXPIRED = 5,
    STORE_CHANGE_SUPERSEDED = 6,
    STORE_CHANGE_WITHDRAWN = 7,
};

/* A statement with its signature; empty when there is none. */
struct store_signed {
    char text[STORE_STATEMENT_MAX + 1];
    uint8_t signature[STORE_SIGNATURE_MAX];
    size_t signature_size;
};

struct store_change {
    uint8_t id[STORE_DIGEST_SIZE]; /* SHA-256 of the proposal's text */
    int64_t number;                /* counts proposals; set by the store */
    char kind[STORE_CHANGE_KIND_MAX + 1];
    char subject[STORE_CHANGE_SUBJECT_MAX + 1];
    char person[STORE_IDENTITY_MAX + 1]; /* who proposed it */
    enum store_change_state state;
    bool needs_second;
    char reason[STORE_CHANGE_REASON_MAX + 1]; /* why it needs a second person, or not */
    int product_class;                        /* mintmark.v1.ProductClass; 0: none */
    uint8_t content[STORE_DIGEST_SIZE];       /* of the contents */
    uint8_t previous[STORE_DIGEST_SIZE];      /* of the contents; zero: new */
    struct store_signed proposal;
    struct store_signed approval;
    int64_t proposed_ms;
    int64_t expires; /* Unix seconds */
};

/* STATUS_UNAVAILABLE CLOCK when now is before the newest leaf. */
MUST_USE status_t store_begin(struct store *store, int64_t now_ms, struct problem *problem);
/* Commits when `status` is STATUS_OK, else rolls back. Returns what the caller shall return. */
MUST_USE status_t store_end(struct store *store, status_t status, struct problem *problem);

/* Inside: the log's next entry. */
MUST_USE status_t store_leaf_put(struct store *store, struct span leaf, int64_t now_ms);

/* Inside: keeps bytes by their SHA-256, once. */
MUST_USE status_t store_content_put(struct store *store, struct span bytes,
                                    uint8_t ret_sha256[static STORE_DIGEST_SIZE]);
/* Appends; STATUS_NOT_FOUND, STATUS_DATA_LOSS when they are not what their name says. */
MUST_USE status_t store_content_get(struct store *store,
                                    const uint8_t sha256[static STORE_DIGEST_SIZE],
                                    struct buf *ret_bytes);

/* Inside. STATUS_EXISTS: this statement was accepted before. */
MUST_USE status_t store_change_put(struct store *store, const struct store_change *change);
/* Inside: WAITING → APPLIED, with its approval if it has one. STATUS_ABORTED: not waiting. */
MUST_USE status_t store_change_apply(struct store *store, const struct store_change *change);
/* Inside: WAITING → this state. STATUS_ABORTED: not waiting. */
MUST_USE status_t store_change_end(struct store *store, const uint8_t id[static STORE_DIGEST_SIZE],
                                   enum store_change_state state);
/* One that waits for this subject and is of this kind or of one that begins with it and a '-'.
 * STATUS_NOT_FOUND. */
MUST_USE status_t store_change_rival(struct store *store, const char *subject, const char *kind,
                                     struct store_change *ret_change);
/* STATUS_OK: one of this kind and subject had its effect; STATUS_NOT_FOUND. Reads all changes: for
 * kinds that are rare. */
MUST_USE status_t store_change_applied(struct store *store, const char *kind, const char *subject);
/* One that waits although it expired by `now` (Unix seconds). STATUS_NOT_FOUND. */
MUST_USE status_t store_change_due(struct store *store, int64_t now,
                                   struct store_change *ret_change);
/* How many of this person's wait and have not expired. */
MUST_USE status_t store_change_waiting(struct store *store, const char *person, int64_t now,
                                       unsigned *ret_count);

/* Inside: the jump of the clock that is on record; 0: none, or it is over. */
MUST_USE status_t store_clock_jump_get(struct store *store, int64_t *ret_jump_ms);
MUST_USE status_t store_clock_jump_set(struct store *store, int64_t jump_ms);

/* Inside: a statement that was heard and came to nothing is not accepted later: kept until it
 * expires (Unix seconds). */
MUST_USE status_t store_statement_spend(struct store *store, const struct store_change *change,
                                        int64_t now);
/* STATUS_OK: it was spent; STATUS_NOT_FOUND. */
MUST_USE status_t store_statement_spent(struct store *store,
                                        const uint8_t id[static STORE_DIGEST_SIZE]);

/* By the first 8 or more characters of the id in hexadecimal. STATUS_NOT_FOUND; STATUS_EXISTS:
 * several begin so. */
MUST_USE status_t store_change_find(struct store *store, const char *prefix,
                                    struct store_change *ret_change);

typedef status_t store_change_visit_t(void *context, const struct store_change *change);
/* Newest first, those numbered below `before` (0: all). `state` 0: every state; of the waiting ones
 * those that expire after `alive` (0: all), or with a negative `alive` those that expired by
 * -alive. */
MUST_USE status_t store_change_list(struct store *store, int state, int64_t alive, int64_t before,
                                    unsigned count, store_change_visit_t *visit, void *context);

/* --- what changes do; all but get and list inside ----------------------------------------------
 */

struct store_product {
    char name[STORE_NAME_MAX + 1];
    uint32_t revision;
    int product_class; /* mintmark.v1.ProductClass */
    uint8_t change_id[STORE_DIGEST_SIZE];
    int64_t created_ms;
};

/* STATUS_EXISTS when the revision is taken. */
MUST_USE status_t store_product_add(struct store *store, const struct store_product *product,
                                    struct span content);
/* A variant's name ("a19-lamp/white") is its product's. STATUS_NOT_FOUND. */
MUST_USE status_t store_product_about(struct store *store, const char *name, uint32_t revision,
                                      struct store_product *ret_product);
typedef status_t store_product_visit_t(void *context, const struct store_product *product);
/* By name and revision, those after the given one ("", 0: all). */
MUST_USE status_t store_product_list(struct store *store, const char *after_name,
                                     uint32_t after_revision, unsigned count,
                                     store_product_visit_t *visit, void *context);

/* STATUS_EXISTS when the id is taken. */
MUST_USE status_t store_order_add(struct store *store, const struct store_order *order);
/* Writes state, revision, quantity, identities_limit and end of its window; closed is closed now.
 */
MUST_USE status_t store_order_change(struct store *store, const struct store_order *order,
                                     int64_t now_ms);
/* Identities of the orders of the product, with all of its variants, that were created at or after
 * since_ms. */
MUST_USE status_t store_order_sum(struct store *store, const char *product, int64_t since_ms,
                                  uint64_t *ret_identities);
typedef status_t store_order_visit_t(void *context, const struct store_order *order);
/* Which orders. */
struct store_order_filter {
    int state;        /* 0: every state */
    const char *line; /* those that a station of this line ("": of none) may work on; NULL: all */
};
/* By id, those after the given one ("": all), at most `count`. */
MUST_USE status_t store_order_list(struct store *store, const struct store_order_filter *filter,
                                   const char *after, unsigned count, store_order_visit_t *visit,
                                   void *context);

/* A certificate that was made for an identity. */
struct store_certified {
    const char *id;
    struct span tbs;
    struct span certificate; /* DER */
    struct span leaf;
};

/* Enrols or replaces, also what was still to be made for it. `certificate` is empty without a
 * pinned key, and while it is still to be made. */
MUST_USE status_t store_identity_set(struct store *store, const struct store_identity *identity,
                                     struct span certificate);
/* Nothing is made for it any more either. */
MUST_USE status_t store_identity_block(struct store *store, const struct store_identity *identity);
/* Inside, after store_identity_set: the TBS of the certificate that is made for it. */
MUST_USE status_t store_identity_intend(struct store *store, const char *id, struct span tbs);
/* The first identity after this id ("": of all) whose certificate is still to be made, and its TBS,
 * appended. STATUS_NOT_FOUND. */
MUST_USE status_t store_identity_intent(struct store *store, const char *after,
                                        struct store_identity *ret_identity, struct buf *ret_tbs);
/* No certificate is made of this TBS any more. */
MUST_USE status_t store_identity_drop(struct store *store, const char *id, struct span tbs);
/* The certificate that was made of this TBS, and its leaf. *ret_recorded is false, and nothing is
 * written, when the identity does not wait for it (any more). */
MUST_USE status_t store_identity_certified(struct store *store,
                                           const struct store_certified *certified, int64_t now_ms,
                                           bool *ret_recorded, struct problem *problem);
/* Appends the certificate it was enrolled with, or that was made for it, if any. */
MUST_USE status_t store_identity_certificate(struct store *store, const char *id,
                                             struct buf *ret_certificate);
/* Another identity that has this key pinned; STATUS_NOT_FOUND. */
MUST_USE status_t store_identity_key_used(struct store *store,
                                          const struct store_identity *identity);
/* Of this role, not blocked, besides this one. */
MUST_USE status_t store_identity_others(struct store *store, const struct store_identity *identity,
                                        unsigned *ret_count);
typedef status_t store_identity_visit_t(void *context, const struct store_identity *identity);
MUST_USE status_t store_identity_list(struct store *store, const char *after, unsigned count,
                                      store_identity_visit_t *visit, void *context);

#endif
