/* The worker process: one call at a time, straight down: decode → authorize → issue → answer. */
#ifndef MINTMARK_SERVER_WORKER_WORKER_H
#define MINTMARK_SERVER_WORKER_WORKER_H

#include <limits.h>

#include "hsm/client.h"
#include "mintmark/v1/config.pb-c.h"
#include "server/frame.h"
#include "server/issue/seal.h"
#include "server/method.h"
#include "server/rpc/catalog.h"
#include "server/rpc/rpc.h"
#include "server/worker/denial.h"

enum {
    WORKER_START_LIMIT_MS = 60000, /* signers start one after the other behind token.lock */
    WORKER_ARENA_SIZE = 256 * 1024,
    WORKER_RETRY_MS = 1000, /* told to clients where trying again may help */
    WORKER_GRACE_MS = 2000, /* a call over its limit by this much is stuck: end the process */
};

/* Everything the process holds. */
struct worker {
    const Mintmark__V1__Config *config;
    enum listener listener; /* whose methods it serves, no others */
    struct hsm_client *token;
    struct span token_report; /* of its signer; borrowed from it */
    struct store *store;
    struct decode_arena *arena;
    struct rpc_catalog catalog;
    struct pki_certificate identity_ca; /* where the configuration has one */
    struct issue_seal_keys seal_keys;
    struct issue_environment environment;
    struct denials denials;
    int64_t clock_noted_ms; /* issue_clock_look */
    char origin[STORE_ORIGIN_MAX];
    char first_origin[STORE_ORIGIN_MAX];
    char salt_folder[4096];
    char highwater[PATH_MAX];
};

/* Opens store and signer. */
MUST_USE status_t worker_init(struct worker *ret_worker, const Mintmark__V1__Config *config,
                              enum listener listener, int signer_socket, struct problem *problem);
void worker_done(struct worker *worker);

/* Serves one call: checks listener, role and size, runs the handler, appends the answer frame. */
MUST_USE status_t worker_serve(struct worker *worker, const struct frame_call *call,
                               struct buf *ret_frame);

/* Between two calls: folds the log's entries into its tree, and has it signed, when it is this
 * worker's turn. What fails is logged and left to the next turn. */
void worker_upkeep(struct worker *worker);

#endif
