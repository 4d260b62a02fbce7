#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/rpc/device.h"
#include "server/rpc/page.h"
#include "server/rpc/rpc.h"

static status_t add(void *context, const struct store_device *device)
{
    struct rpc_device answer;
    rpc_device_fill(device, &answer);
    return rpc_page_add(context, "", &answer.message.base);
}

/* The row behind which this page begins. */
static status_t read_token(const char *token, int64_t *ret_after, struct problem *problem)
{
    char *end = NULL;
    errno = 0;
    long long row = strtoll(token, &end, 10);
    if (token[0] != '\0' && (token[0] < '0' || token[0] > '9' || *end != '\0' || errno != 0)) {
        return problem_say(problem, STATUS_INVALID, "PAGE_TOKEN", "page_token",
                           "send the next_page_token of the page before");
    }
    *ret_after = row;
    return STATUS_OK;
}

status_t rpc_list_devices(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                          struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct rpc_page page;
    int64_t after = 0;
    char token[24] = "";
    TRY(decode_message(call->arena, &mintmark__v1__list_devices_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__ListDevicesRequest *list =
        (const Mintmark__V1__ListDevicesRequest *)message;
    TRY(read_token(list->page_token, &after, problem));
    TRY(rpc_page_begin(list->page_size, list->page_token, ret_answer, &page, problem));
    const struct store_device_choice choice = {list->order, (int)list->state, after, page.size};
    TRY(store_device_list(call->environment->store, &choice, add, &page, &after));
    if (after != 0) {
        (void)snprintf(token, sizeof(token), "%lld", (long long)after);
    }
    return rpc_page_end_at(&page, token);
}
