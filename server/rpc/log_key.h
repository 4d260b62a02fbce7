/* The key that signs the log's checkpoints, as the token's report has it. */
#ifndef MINTMARK_SERVER_RPC_LOG_KEY_H
#define MINTMARK_SERVER_RPC_LOG_KEY_H

#include "lib/tlog/key.h"

/* `report` is hsm_client_report's JSON; `origin` names the key. STATUS_REFUSED LOG_KEY_NONE when
 * the token has none. */
MUST_USE status_t rpc_log_key(struct span report, const char *origin, struct tlog_key *ret_key,
                              struct problem *problem);

#endif
