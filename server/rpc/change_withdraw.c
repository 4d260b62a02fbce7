/* Kind "change-withdraw": a proposal that waits is taken back. */
#include <stdio.h>

#include "lib/base/hex.h"
#include "server/issue/ended.h"
#include "server/rpc/change.h"

enum { ID_DIGITS = 2 * STORE_DIGEST_SIZE };

static status_t find(const struct change *change, struct store_change *ret_change,
                     struct problem *problem)
{
    const Mintmark__V1__ChangeWithdrawal *message =
        (const Mintmark__V1__ChangeWithdrawal *)change->message;
    status_t status = STATUS_NOT_FOUND;
    if (strlen(message->change_id) == ID_DIGITS) {
        status =
            store_change_find(change->call->environment->store, message->change_id, ret_change);
    }
    return status == STATUS_NOT_FOUND
               ? problem_say(problem, status, "CHANGE_UNKNOWN", "change_id",
                             "no such change was proposed here: see mintmark change list")
               : status;
}

status_t change_withdraw_check(const struct change *change, struct change_plan *plan,
                               struct problem *problem)
{
    const struct store_change *withdrawn = &plan->withdrawn;
    TRY(find(change, &plan->withdrawn, problem));
    hex_encode(SPAN_OF(withdrawn->id), plan->subject);
    plan->unchanged = withdrawn->state == STORE_CHANGE_WITHDRAWN;
    if (!plan->unchanged &&
        (withdrawn->state != STORE_CHANGE_WAITING || withdrawn->expires <= change->now_ms / 1000)) {
        return problem_say(problem, STATUS_REFUSED, "CHANGE_DECIDED", "change_id",
                           "this change does not wait any more: see mintmark change show");
    }
    change_find(plan, "takes back %s %.150s", withdrawn->kind, withdrawn->subject);
    change_find(plan, "proposed by %.180s", withdrawn->person);
    return STATUS_OK;
}

status_t change_withdraw_apply(const struct change *change, const struct change_plan *plan,
                               const uint8_t id[static STORE_DIGEST_SIZE])
{
    return issue_ended(change->call->environment->store, &plan->withdrawn, STORE_CHANGE_WITHDRAWN,
                       id, change->now_ms, NULL);
}
