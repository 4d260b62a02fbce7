/* A worker's checkpoints to be signed: of a log it keeps, of another one, and of none. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_LOG_H
#define MINTMARK_TESTS_FAULT_HOSTILE_LOG_H

#include "hsm/protocol.h"
#include "lib/tlog/key.h"
#include "lib/tlog/tree.h"
#include "tests/fault/hostile/random.h"

enum { LOG_LEAVES_MAX = 1 << 16, LOG_LEVELS = 17 };

/* One tree, and the last head of it that was signed. */
struct log {
    struct tlog_key key;
    struct tlog_edge edge;
    struct tlog_hash *nodes[LOG_LEVELS]; /* by level and index */
    struct tlog_head signed_head;
};

/* `key` as `mintmark-hsm log key` prints it. */
MUST_USE status_t log_init(const char *key, struct log *ret_log);
void log_done(struct log *log);

/* Replaces *ret_call. True: the log has only grown, and the call shows it; false: something is
 * wrong in it. */
bool log_make(struct log *log, struct random *random, struct hsm_checkpoint_call *ret_call);

/* NULL, or what should never have been signed. Takes the call's head as the last that was signed.
 */
const char *log_judge(struct log *log, const struct hsm_checkpoint_call *call, struct span note);

#endif
