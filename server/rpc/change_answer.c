/* A change as the message that people see. */
#include <stdio.h>

#include "lib/base/hex.h"
#include "server/rpc/change.h"
#include "server/rpc/time.h"
#include "server/rpc/unit.h"

Mintmark__V1__ChangeState change_state_of(const struct store_change *stored, int64_t now_ms)
{
    bool late = stored->state == STORE_CHANGE_WAITING && stored->expires <= now_ms / 1000;
    return late ? MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_EXPIRED
                : (Mintmark__V1__ChangeState)stored->state;
}

/* What the message points at. */
struct parts {
    char id[2 * STORE_DIGEST_SIZE + 1];
    Google__Protobuf__Timestamp proposed;
    Google__Protobuf__Timestamp expires;
    char *findings[CHANGE_FINDINGS_MAX];
};

static void fill_stored(const struct store_change *stored, struct parts *parts,
                        Mintmark__V1__Change *message)
{
    if (stored->proposal.signature_size == 0) {
        return; /* only looked at: nothing is stored */
    }
    hex_encode(SPAN_OF(stored->id), parts->id);
    parts->proposed = rpc_time(stored->proposed_ms);
    parts->expires = rpc_time(stored->expires * 1000);
    message->change_id = parts->id;
    message->subject = rpc_unit_borrow_text(stored->subject);
    message->needs_second = stored->needs_second;
    message->reason = rpc_unit_borrow_text(stored->reason);
    message->product_class = (Mintmark__V1__ProductClass)stored->product_class;
    message->proposal_statement = rpc_unit_borrow_text(stored->proposal.text);
    message->proposal_signature =
        rpc_unit_borrow(span_make(stored->proposal.signature, stored->proposal.signature_size));
    message->approval_statement = rpc_unit_borrow_text(stored->approval.text);
    message->approval_signature =
        rpc_unit_borrow(span_make(stored->approval.signature, stored->approval.signature_size));
    message->proposed = &parts->proposed;
    message->expires = &parts->expires;
}

static void fill_plan(const struct change_plan *plan, struct parts *parts,
                      Mintmark__V1__Change *message)
{
    for (size_t i = 0; i < plan->finding_count; i++) {
        parts->findings[i] = rpc_unit_borrow_text(plan->findings[i]);
    }
    message->findings = parts->findings;
    message->n_findings = plan->finding_count;
    if (message->change_id[0] == '\0') {
        message->subject = rpc_unit_borrow_text(plan->subject);
        message->needs_second = plan->needs_second;
        message->reason = rpc_unit_borrow_text(plan->reason);
        message->product_class = (Mintmark__V1__ProductClass)plan->product_class;
    }
}

static void fill(const struct rpc_call *call, const struct store_change *stored,
                 const struct change_answer *answer, struct parts *parts,
                 Mintmark__V1__Change *ret_message)
{
    mintmark__v1__change__init(ret_message);
    ret_message->kind = rpc_unit_borrow_text(stored->kind);
    ret_message->state = answer->state;
    ret_message->origin = rpc_unit_borrow_text(call->environment->origin);
    ret_message->content = rpc_unit_borrow(answer->content);
    ret_message->previous_content = rpc_unit_borrow(answer->previous);
    if (answer->state != MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_UNCHANGED) {
        fill_stored(stored, parts, ret_message);
    }
    if (answer->plan != NULL) {
        fill_plan(answer->plan, parts, ret_message);
    }
}

status_t change_answer_write(const struct rpc_call *call, const struct store_change *stored,
                             const struct change_answer *answer, struct buf *ret_answer)
{
    struct parts parts;
    Mintmark__V1__Change message;
    fill(call, stored, answer, &parts, &message);
    return rpc_unit_pack(&message.base, ret_answer);
}

status_t change_answer_add(const struct rpc_call *call, const struct store_change *stored,
                           struct rpc_page *page)
{
    char key[24];
    struct parts parts;
    Mintmark__V1__Change message;
    const struct change_answer answer = {.state =
                                             change_state_of(stored, call->environment->now_ms())};
    fill(call, stored, &answer, &parts, &message);
    (void)snprintf(key, sizeof(key), "%lld", (long long)stored->number);
    return rpc_page_add(page, key, &message.base);
}
