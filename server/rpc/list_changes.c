#include <stdlib.h>

#include "server/rpc/change.h"

struct listing {
    const struct rpc_call *call;
    struct rpc_page page;
};

static status_t add(void *context, const struct store_change *change)
{
    struct listing *listing = context;
    return change_answer_add(listing->call, change, &listing->page);
}

/* "" → 0: from the newest. */
static status_t read_token(const char *token, int64_t *ret_before, struct problem *problem)
{
    size_t digits = strspn(token, "0123456789");
    if (token[digits] != '\0' || digits > 18) {
        return problem_say(problem, STATUS_INVALID, "PAGE_TOKEN", "page_token",
                           "give the token as it was answered");
    }
    *ret_before = strtoll(token, NULL, 10);
    return STATUS_OK;
}

/* An expired change is a waiting one whose time is over. */
static void choose(Mintmark__V1__ChangeState wanted, int64_t now_ms, int *ret_state,
                   int64_t *ret_alive)
{
    *ret_state = (int)wanted;
    *ret_alive = 0;
    if (wanted == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING) {
        *ret_alive = now_ms / 1000;
    } else if (wanted == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_EXPIRED) {
        *ret_state = STORE_CHANGE_WAITING;
        *ret_alive = -(now_ms / 1000);
    }
}

status_t rpc_list_changes(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                          struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct listing listing = {.call = call};
    int64_t before = 0;
    int64_t alive = 0;
    int state = 0;
    TRY(decode_message(call->arena, &mintmark__v1__list_changes_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__ListChangesRequest *list =
        (const Mintmark__V1__ListChangesRequest *)message;
    TRY(rpc_page_begin(list->page_size, list->page_token, ret_answer, &listing.page, problem));
    TRY(read_token(list->page_token, &before, problem));
    choose(list->state, call->environment->now_ms(), &state, &alive);
    TRY(store_change_list(call->environment->store, state, alive, before, listing.page.size + 1,
                          add, &listing));
    return rpc_page_end(&listing.page);
}
