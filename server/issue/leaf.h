/* The log's entries of issuing: what stands in an event of lib/event, from the store's structs.
 * All: STATUS_INVALID EVENT_VALUE when a value is outside its limits. */
#ifndef MINTMARK_SERVER_ISSUE_LEAF_H
#define MINTMARK_SERVER_ISSUE_LEAF_H

#include "lib/ceremony/transcript.h"
#include "server/issue/issue.h"
#include "server/store/change.h"
#include "server/store/device.h"
#include "server/store/erase.h"
#include "server/store/revocation.h"

MUST_USE status_t issue_leaf_genesis(const char *origin, bool two_person_rule, int64_t now_ms,
                                     struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_identity(const struct store_identity *identity, struct buf *ret_leaf,
                                      struct problem *problem);
/* A certificate is to be made for it, and was. */
MUST_USE status_t issue_leaf_requested(const struct store_identity *identity, struct span tbs,
                                       struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_certified(const char *identity, struct span tbs,
                                       struct span certificate, int64_t now_ms,
                                       struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_reserved(const struct store_unit *unit, int64_t now_ms,
                                      struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_issued(const struct store_unit *unit, int64_t now_ms,
                                    struct buf *ret_leaf, struct problem *problem);
/* A unit named without its chip has shown its hardware id. */
MUST_USE status_t issue_leaf_bound(const struct store_unit *unit, const char *hardware_id,
                                   int64_t now_ms, struct buf *ret_leaf, struct problem *problem);
/* The unit was released, and goes on at the station it names now. */
MUST_USE status_t issue_leaf_taken(const struct store_unit *unit, int64_t now_ms,
                                   struct buf *ret_leaf, struct problem *problem);
/* The same bytes again. */
MUST_USE status_t issue_leaf_delivered(const struct store_unit *unit, const char *identity,
                                       int64_t now_ms, struct buf *ret_leaf,
                                       struct problem *problem);
MUST_USE status_t issue_leaf_reported(const struct store_unit *unit,
                                      const struct store_report *report, int64_t now_ms,
                                      struct buf *ret_leaf, struct problem *problem);
/* A part of the secrets of these units. */
MUST_USE status_t issue_leaf_erased(const struct store_erasure *erasure, int64_t now_ms,
                                    struct buf *ret_leaf, struct problem *problem);
/* Reserved, never issued, and never will be. */
MUST_USE status_t issue_leaf_void(const struct store_due *due, int64_t now_ms, struct buf *ret_leaf,
                                  struct problem *problem);
/* What was sealed that day cannot be opened in any copy. */
MUST_USE status_t issue_leaf_salt(const char *day, int64_t now_ms, struct buf *ret_leaf,
                                  struct problem *problem);
/* Who read a unit's onboarding codes, and what for. */
MUST_USE status_t issue_leaf_codes_read(const struct store_unit *unit, const char *identity,
                                        const char *purpose, int64_t now_ms, struct buf *ret_leaf,
                                        struct problem *problem);

MUST_USE status_t issue_leaf_clock_jump(int64_t offset_ms, int64_t now_ms, struct buf *ret_leaf,
                                        struct problem *problem);

/* Changes and what they do; `change` names it (zero: it came without one). */
MUST_USE status_t issue_leaf_proposed(const struct store_change *change, struct buf *ret_leaf,
                                      struct problem *problem);
MUST_USE status_t issue_leaf_approved(const struct store_change *change, int64_t now_ms,
                                      struct buf *ret_leaf, struct problem *problem);
/* What its state says: superseded or withdrawn by the change `by`, or expired (zero). */
MUST_USE status_t issue_leaf_ended(const struct store_change *change,
                                   const uint8_t by[static STORE_DIGEST_SIZE], int64_t now_ms,
                                   struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_blocked(const struct store_identity *identity, int64_t now_ms,
                                     struct buf *ret_leaf, struct problem *problem);
/* An operator scraps a unit, or voids its reservation. */
MUST_USE status_t issue_leaf_scrapped(const struct store_device *device,
                                      const uint8_t change_id[static STORE_DIGEST_SIZE],
                                      int64_t now_ms, struct buf *ret_leaf,
                                      struct problem *problem);
/* An operator releases a unit from its station, or ends its identity for a successor. */
MUST_USE status_t issue_leaf_released(const struct store_device *device,
                                      const uint8_t change_id[static STORE_DIGEST_SIZE],
                                      int64_t now_ms, struct buf *ret_leaf,
                                      struct problem *problem);
MUST_USE status_t issue_leaf_reworked(const struct store_device *device,
                                      const uint8_t change_id[static STORE_DIGEST_SIZE],
                                      int64_t now_ms, struct buf *ret_leaf,
                                      struct problem *problem);
MUST_USE status_t issue_leaf_product(const struct store_product *product, struct span content,
                                     struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_order(const struct store_order *order,
                                   const uint8_t change[static STORE_DIGEST_SIZE],
                                   struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_amended(const struct store_order *order,
                                     const uint8_t change[static STORE_DIGEST_SIZE], int64_t now_ms,
                                     struct buf *ret_leaf, struct problem *problem);
/* `count` rows of order data imported, and such that were left erased. */
MUST_USE status_t issue_leaf_data(const char *order, uint32_t count, struct span rows_sha256,
                                  const uint8_t change[static STORE_DIGEST_SIZE], int64_t now_ms,
                                  struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_data_erased(const char *order, uint32_t count, int64_t now_ms,
                                         struct buf *ret_leaf, struct problem *problem);
/* The key of this number in a ceremony's transcript. */
MUST_USE status_t issue_leaf_ceremony(const struct ceremony_transcript *transcript, size_t number,
                                      const uint8_t change[static STORE_DIGEST_SIZE],
                                      int64_t now_ms, struct buf *ret_leaf,
                                      struct problem *problem);
/* Paused, resumed or closed, as the order's state says. */
MUST_USE status_t issue_leaf_order_state(const struct store_order *order,
                                         const uint8_t change[static STORE_DIGEST_SIZE],
                                         int64_t now_ms, struct buf *ret_leaf,
                                         struct problem *problem);

/* What a recovery's entry says (lib/audit/SPEC.md §6). */
struct issue_leaf_recovery {
    const char *old_origin;
    const char *origin;
    const struct tlog_head *kept; /* of the restored store */
    const struct tlog_head *last; /* of the last known signed checkpoint */
    uint64_t lost;
    uint32_t units;
    const uint8_t *units_sha256;
    uint32_t left_out;
    const uint8_t *change;
};
MUST_USE status_t issue_leaf_log_recovered(const struct issue_leaf_recovery *recovery,
                                           int64_t now_ms, struct buf *ret_leaf,
                                           struct problem *problem);
/* Issued before a recovery; the entries that said so are lost. */
MUST_USE status_t issue_leaf_device_recovered(const struct store_unit *unit, int64_t now_ms,
                                              struct buf *ret_leaf, struct problem *problem);

/* "device.revoked" and "crl.issued"; `pai` is the configuration's name for the issuer. */
MUST_USE status_t issue_leaf_revoked(const char *pai, const struct store_revocation *revocation,
                                     int64_t now_ms, struct buf *ret_leaf, struct problem *problem);
MUST_USE status_t issue_leaf_crl(const char *pai, const struct store_crl *crl, int64_t now_ms,
                                 struct buf *ret_leaf, struct problem *problem);

#endif
