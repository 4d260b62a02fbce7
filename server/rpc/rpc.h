/* One file per method: message → issuing → message. The only place in the server where protobuf
 * meets plain structs; for products that is proto/product. */
#ifndef MINTMARK_SERVER_RPC_RPC_H
#define MINTMARK_SERVER_RPC_RPC_H

#include "proto/text/decode.h"
#include "server/issue/issue.h"
#include "server/method.h"

enum { RPC_ANSWER_MAX = 4096 * 1024 }; /* as FRAME_ANSWER_MESSAGE_MAX */

/* What a call was about, for the record of its refusal. */
struct rpc_ids {
    char order[STORE_NAME_MAX + 1];
    char unit[STORE_UNIT_ID_MAX + 1];
};

/* What a method works with. */
struct rpc_call {
    const struct issue_environment *environment;
    struct decode_arena *arena; /* for the request; wiped by the worker after the call */
    enum method method;
    const struct store_identity *caller; /* its role is checked already */
    const char *identity;                /* the caller's SPIFFE id */
    const char *line;                    /* "" when it has none */
    const char *trust_domain;            /* of SPIFFE ids */
    bool two_person_rule;
    struct span token_report; /* JSON of the signer (hsm/client.h) */
    int64_t deadline_ms;      /* Unix time */
    uint32_t *phase_us;       /* ISSUE_PHASES places, zeroed */
    struct rpc_ids *ids;      /* filled by rpc_note_ids */
};

/* Decodes, does, and appends the serialized answer (a secret buf). */
typedef status_t rpc_handler_t(const struct rpc_call *call, struct span request,
                               struct buf *ret_answer, struct problem *problem);

#define METHOD(name, path, listener, role, request_max, time_limit_ms, handler)                    \
    rpc_handler_t handler;
#include "proto/methods.def"
#undef METHOD

/* Notes them where they fit and are printable ASCII. */
void rpc_note_ids(const struct rpc_call *call, const char *order, const char *unit);

/* METHOD_COUNT rows, as in methods.def. */
extern rpc_handler_t *const RPC_HANDLERS[];

#endif
