#include "server/front/guard.h"

const struct front_budget FRONT_BUDGET_USELESS = {.burst = 1000, .rate = 100};
const struct front_budget FRONT_BUDGET_RESETS = {.burst = 200, .rate = 20};
const struct front_budget FRONT_BUDGET_NOISE = {.burst = 20, .rate = 5};

enum { SECOND_US = 1000000 };

bool front_guard_take(struct front_bucket *bucket, const struct front_budget *budget,
                      uint64_t now_us)
{
    uint64_t passed = now_us - bucket->updated_us;
    bucket->updated_us = now_us;
    bucket->spent_us = bucket->spent_us > passed ? bucket->spent_us - passed : 0;
    uint64_t cost = SECOND_US / budget->rate;
    if (bucket->spent_us + cost > cost * budget->burst) {
        return false;
    }
    bucket->spent_us += cost;
    return true;
}

void front_guard_give(struct front_bucket *bucket, const struct front_budget *budget)
{
    uint64_t cost = SECOND_US / budget->rate;
    bucket->spent_us = bucket->spent_us > cost ? bucket->spent_us - cost : 0;
}
