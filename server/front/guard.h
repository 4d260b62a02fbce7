/* Token buckets against peers that make work without calling anything (spec: HTTP/2 floods). */
#ifndef MINTMARK_SERVER_FRONT_GUARD_H
#define MINTMARK_SERVER_FRONT_GUARD_H

#include "server/front/front.h"

/* One kind of abuse: its budget. */
struct front_budget {
    uint32_t burst;
    uint32_t rate; /* tokens a second */
};

/* PING, SETTINGS, PRIORITY, WINDOW_UPDATE, RST_STREAM, empty DATA and unknown frames. */
extern const struct front_budget FRONT_BUDGET_USELESS;
/* RST_STREAM frames that we had to send: refused streams, broken ones, floods of either. */
extern const struct front_budget FRONT_BUDGET_RESETS;
/* Log lines about failed handshakes and refused connections. */
extern const struct front_budget FRONT_BUDGET_NOISE;

/* False when the budget is used up (nothing is taken then). */
bool front_guard_take(struct front_bucket *bucket, const struct front_budget *budget,
                      uint64_t now_us);
/* Gives one token back: a frame that the peer had to answer was sent. */
void front_guard_give(struct front_bucket *bucket, const struct front_budget *budget);

#endif
