/* The administration without a network: a worker on a real store, people with real keys, and what
 * a client does to propose and approve. */
#ifndef MINTMARK_TESTS_UNIT_CHANGE_DESK_H
#define MINTMARK_TESTS_UNIT_CHANGE_DESK_H

#include "lib/approval/statement.h"
#include "mintmark/v1/administration.pb-c.h"
#include "server/rpc/unit.h"
#include "server/store/change.h"
#include "server/worker/worker.h"
#include "tests/unit/change/person.h"
#include "tests/unit/rpc/world.h"

struct desk {
    struct world world; /* with order WO-1 of product lamp, which nobody proposed */
    struct worker worker;
    struct person op1;
    struct person op2;
    struct person auditor;
    struct person station;
    /* of the last call */
    int code;                              /* gRPC */
    char reason[64];                       /* "" when it went well */
    char text[APPROVAL_STATEMENT_MAX + 1]; /* the last statement made */
};
void desk_init(struct desk *desk);
void desk_done(struct desk *desk);

/* A call of the administration listener. Caller frees ret_answer. */
void desk_call(struct desk *desk, const struct person *caller, enum method method,
               struct span request, struct buf *ret_answer);

/* What is wrong with a statement; zeroed: nothing. */
struct desk_wrong {
    const char *origin;
    const char *change;
    const char *subject;
    const char *by;
    enum approval_act act;
    bool content;
    int64_t expires_in; /* seconds */
    const struct person *signer;
    const char *text; /* the whole */
};

/* Proposes `content` (a message) as a change of this kind: looks at it first, then signs what it
 * saw. NULL and desk->reason when refused, at either step. Caller frees. */
Mintmark__V1__Change *desk_propose(struct desk *desk, const struct person *caller, const char *kind,
                                   const ProtobufCMessage *content, struct desk_wrong wrong);
/* Only the signed request of it, by who looked at it. Caller frees. */
void desk_request(struct desk *desk, const struct person *caller, const char *kind,
                  const ProtobufCMessage *content, struct buf *ret_request);
Mintmark__V1__Change *desk_look(struct desk *desk, const struct person *caller, const char *kind,
                                const ProtobufCMessage *content);
Mintmark__V1__Change *desk_approve(struct desk *desk, const struct person *caller,
                                   const Mintmark__V1__Change *change, struct desk_wrong wrong);

/* The same, with what is expected of it; the last two propose with the first operator and approve
 * with the second. */
void desk_expect_refusal(struct desk *desk, const Mintmark__V1__Change *change, const char *reason);
void desk_expect_state(struct desk *desk, Mintmark__V1__Change *change,
                       Mintmark__V1__ChangeState state); /* and frees it */
void desk_change(struct desk *desk, const char *kind, const ProtobufCMessage *content);

/* A product as people write it; `more` are further lines. Caller frees. */
Mintmark__V1__Product *desk_product(const struct desk *desk, const char *name, const char *more);
/* Revision 1 of it, approved. */
void desk_have_product(struct desk *desk, const char *name, const char *more);

/* An order message; texts are borrowed. */
Mintmark__V1__OrderSpec desk_order(const char *id, const char *product, uint32_t quantity);

#define STATE(name) MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_##name

#endif
