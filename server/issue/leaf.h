/* The log's entries of issuing, as the bytes that are stored: one line of JSON each. */
#ifndef MINTMARK_SERVER_ISSUE_LEAF_H
#define MINTMARK_SERVER_ISSUE_LEAF_H

#include "server/issue/issue.h"

enum { ISSUE_LEAF_MAX = 16384 /* a genesis with 32 people; others are below 2 KiB */ };

/* "genesis": the log's name, the first people and their keys. */
MUST_USE status_t issue_leaf_genesis(const struct store_genesis *genesis, bool two_person_rule,
                                     struct buf *ret_leaf);
/* "identity.enrolled". */
MUST_USE status_t issue_leaf_identity(const struct store_identity *identity, struct buf *ret_leaf);
/* "device.reserved": who, what, the intent's TBS digest. */
MUST_USE status_t issue_leaf_reserved(const struct store_unit *unit, int64_t now_ms,
                                      struct buf *ret_leaf);
/* "device.issued": certificate digest and the committed digest of the images. */
MUST_USE status_t issue_leaf_issued(const struct store_unit *unit, int64_t now_ms,
                                    struct buf *ret_leaf);
/* "device.bound": a unit named without its chip has shown its hardware id. */
MUST_USE status_t issue_leaf_bound(const struct store_unit *unit, const char *hardware_id,
                                   int64_t now_ms, struct buf *ret_leaf);
/* "device.delivered": the same bytes again. */
MUST_USE status_t issue_leaf_delivered(const struct store_unit *unit, const char *identity,
                                       int64_t now_ms, struct buf *ret_leaf);
/* "device.reported": flashed, a failed attempt, scrapped. */
MUST_USE status_t issue_leaf_reported(const struct store_unit *unit,
                                      const struct store_report *report, int64_t now_ms,
                                      struct buf *ret_leaf);
/* "product.applied" and "order.created". */
MUST_USE status_t issue_leaf_product(const char *name, struct span content, int64_t now_ms,
                                     struct buf *ret_leaf);
MUST_USE status_t issue_leaf_order(const struct store_order *order, struct buf *ret_leaf);

#endif
