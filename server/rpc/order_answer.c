#include "server/rpc/order_answer.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/rpc/time.h"

/* YYYY-MM-DD; "" for no bound. */
static void write_date(int64_t seconds, char *ret_text, size_t size)
{
    time_t time = (time_t)seconds;
    struct tm date;
    ret_text[0] = '\0';
    if (seconds != 0) {
        (void)gmtime_r(&time, &date);
        (void)strftime(ret_text, size, "%Y-%m-%d", &date);
    }
}

/* ";line1;line2;" → the names; the text is cut up. */
static void fill_lines(struct rpc_order_answer *answer)
{
    char *rest = NULL;
    for (char *line = strtok_r(answer->order.lines, ";", &rest);
         line != NULL && answer->spec.n_lines < RPC_ORDER_LINES_MAX;
         line = strtok_r(NULL, ";", &rest)) {
        answer->lines[answer->spec.n_lines++] = line;
    }
    answer->spec.lines = answer->lines;
}

static void fill_spec(struct rpc_order_answer *answer)
{
    struct store_order *order = &answer->order;
    Mintmark__V1__OrderSpec *spec = &answer->spec;
    mintmark__v1__order_spec__init(spec);
    (void)snprintf(answer->overage, sizeof(answer->overage), "%u",
                   order->identities_limit - order->quantity);
    write_date(order->window_from, answer->not_before, sizeof(answer->not_before));
    write_date(order->window_to != 0 ? order->window_to - 1 : 0, answer->not_after,
               sizeof(answer->not_after));
    spec->order = order->id;
    spec->product = order->product;
    spec->product_revision = order->product_revision;
    spec->quantity = order->quantity;
    spec->overage = answer->overage;
    spec->not_before = answer->not_before;
    spec->not_after = answer->not_after;
    fill_lines(answer);
}

void rpc_order_answer_fill(const struct store_order *order, struct rpc_order_answer *ret_answer)
{
    struct rpc_order_answer *answer = ret_answer;
    Mintmark__V1__Order *message = &answer->message;
    answer->order = *order;
    fill_spec(answer);
    answer->created = rpc_time(order->created_ms);
    mintmark__v1__order__init(message);
    message->spec = &answer->spec;
    message->state = (Mintmark__V1__OrderState)order->state;
    message->product_revision = order->product_revision;
    message->identities_limit = order->identities_limit;
    message->reserved = order->counted - order->issued - order->voided;
    message->issued = order->issued - order->flashed - order->scrapped - order->superseded;
    message->flashed = order->flashed;
    message->scrapped = order->scrapped;
    message->superseded = order->superseded;
    message->voided = order->voided;
    message->data_rows = order->data_rows;
    message->data_used = order->data_used;
    message->data_left = order->data_left;
    message->unused = order->identities_limit - order->counted;
    message->created = &answer->created;
}
