#include "server/issue/upkeep.h"
#include "server/rpc/rpc.h"

/* No message in; one byte out when there is more to do now. */
status_t rpc_tick(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                  struct problem *problem)
{
    bool more = false;
    (void)request; /* empty: methods.def lets no byte pass */
    TRY(issue_upkeep(call->environment, &more, problem));
    if (more) {
        buf_append_byte(ret_answer, 1);
    }
    return buf_status(ret_answer);
}
