/* Changes: one mechanism for everything that people change (lib/approval/SPEC.md).
 *
 * A kind of change is a row in proto/changes.def and two functions:
 *   check   reads the content against configuration and store, and says what it would do;
 *   apply   does it, inside the transaction in which it was checked again.
 * Proposing and approving (propose.c, approve_change.c) are the same for all kinds. */
#ifndef MINTMARK_SERVER_RPC_CHANGE_H
#define MINTMARK_SERVER_RPC_CHANGE_H

#include "lib/ceremony/transcript.h"
#include "mintmark/v1/administration.pb-c.h"
#include "server/issue/revoke.h"
#include "server/rpc/catalog.h"
#include "server/rpc/page.h"
#include "server/rpc/rpc.h"
#include "server/store/change.h"
#include "server/store/device.h"

enum {
    CHANGE_PROPOSAL_S = 7 * 86400, /* a proposal expires within a week … */
    CHANGE_AT_ONCE_S = 15 * 60,    /* … and what happens at once, by one person, within minutes */
    CHANGE_APPROVAL_S = 3600,      /* an approval is signed when it is given */
    CHANGE_WAITING_MAX = 1000,     /* proposals of one person that wait: a CSV file's orders */
    CHANGE_FINDINGS_MAX = 8,
    CHANGE_FINDING_SIZE = 200,
    CHANGE_ACT_REASON_MAX = 200, /* characters that somebody gives for pausing and the like */
};

/* One change on its way. Borrows. */
struct change {
    const struct rpc_call *call;
    const struct change_kind *kind;
    struct span content;             /* its exact bytes */
    const ProtobufCMessage *message; /* the content, decoded */
    const char *proposer;            /* SPIFFE id */
    int64_t now_ms;
    bool validate_only;
};

/* What it would do. */
struct change_plan {
    char subject[STORE_CHANGE_SUBJECT_MAX + 1];
    bool unchanged; /* what it says is so already */
    bool needs_second;
    char reason[STORE_CHANGE_REASON_MAX + 1]; /* why it needs a second person, or not */
    int product_class;
    struct buf previous; /* what it replaces, as a message of the content's kind; empty when new */
    struct buf complete; /* validate_only: the content with what was left to the server; empty: as
                            given */
    char findings[CHANGE_FINDINGS_MAX][CHANGE_FINDING_SIZE];
    size_t finding_count;
    struct issue_revocation revocation; /* of kind "revoke" */
    union {                             /* the kind's own, from check to apply */
        struct store_product product;
        struct store_order order;
        struct store_identity identity;
        struct store_device device;
        struct store_change withdrawn;
        struct ceremony_transcript ceremony;
    };
};
void change_plan_done(struct change_plan *plan);
OWN_VALUE(struct change_plan, change_plan_done)

typedef status_t change_check_t(const struct change *change, struct change_plan *plan,
                                struct problem *problem);
/* Writes the effect and its leaf; `id` names the change. */
typedef status_t change_apply_t(const struct change *change, const struct change_plan *plan,
                                const uint8_t id[static STORE_DIGEST_SIZE]);

struct change_kind {
    const struct method_change *row;
    const ProtobufCMessageDescriptor *content;
    change_check_t *check;
    change_apply_t *apply;
};

#define CHANGE(name, kind, method, agreement, content, check, apply)                               \
    change_check_t check;                                                                          \
    change_apply_t apply;
#include "proto/changes.def"
#undef CHANGE

/* NULL when there is none. */
const struct change_kind *change_kind_of_method(enum method method);
const struct change_kind *change_kind_named(const char *name);

/* Checks the change and fills a zeroed plan, with the kind's own agreement. */
MUST_USE status_t change_check(const struct change *change, struct change_plan *ret_plan,
                               struct problem *problem);

/* When a change that is to be recorded happens. STATUS_UNAVAILABLE, reason CLOCK_JUMP, when the
 * clock was set: the log must not get entries of the future. Stopping, which one person may, goes
 * on whatever the clock says (issue_authorize_now_ms). */
MUST_USE status_t change_clock(struct change *change, struct problem *problem);

/* Inside the transaction: the caller is still the operator with that key who called. */
MUST_USE status_t change_check_caller(const struct rpc_call *call, struct problem *problem);

/* Inside the transaction: the effect, the state, and what it supersedes. */
MUST_USE status_t change_apply(const struct change *change, const struct change_plan *plan,
                               const struct store_change *stored);

/* A statement's subject has no blanks; unit ids may. */
bool change_is_word(const char *text);

/* A line for the person who looks at the change. */
void change_find(struct change_plan *plan, const char *format, ...) PRINTF_LIKE(2, 3);

/* A second person is not needed, because … */
void change_needs_one(struct change_plan *plan, const char *format, ...) PRINTF_LIKE(2, 3);

/* What `spec` leaves to one person: inside the limits of the product's newest revision, an order
 * of `identities` raises what was ordered today by `added`. Sets needs_second and reason. */
MUST_USE status_t change_limits(const struct change *change, const struct store_order *order,
                                uint64_t added, struct change_plan *plan, struct problem *problem);

/* The same for one more rework of a unit of the order. */
MUST_USE status_t change_limits_rework(const struct change *change, const struct store_order *order,
                                       struct change_plan *plan, struct problem *problem);

/* An approved revision of the order's product, fit to be ordered: class allowed, PAI valid until
 * the window ends. Sets product_class. */
MUST_USE status_t change_order_product(const struct change *change, const struct store_order *order,
                                       struct change_plan *plan, struct problem *problem);

/* Why somebody pauses, closes or blocks: 1 to CHANGE_ACT_REASON_MAX printable characters. */
MUST_USE status_t change_check_reason(const char *reason, struct problem *problem);

/* Proposals, approvals, answers. */

/* An approved or proposed change as a message; contents and findings as far as they are known. */
struct change_answer {
    Mintmark__V1__ChangeState state;
    struct span content;
    struct span previous;
    const struct change_plan *plan; /* NULL: what is stored says it all */
};
MUST_USE status_t change_answer_write(const struct rpc_call *call,
                                      const struct store_change *stored,
                                      const struct change_answer *answer, struct buf *ret_answer);

/* Adds it to a list, without contents. */
MUST_USE status_t change_answer_add(const struct rpc_call *call, const struct store_change *stored,
                                    struct rpc_page *page);

/* The state of a stored change, now. */
Mintmark__V1__ChangeState change_state_of(const struct store_change *stored, int64_t now_ms);

/* A signed statement of the caller: exact text, act, log, caller, time and signature. */
struct approval_statement;
MUST_USE status_t change_statement_read(const struct rpc_call *call, const char *text,
                                        struct span signature, int act,
                                        struct approval_statement *ret_statement,
                                        struct store_signed *ret_signed, struct problem *problem);

#endif
