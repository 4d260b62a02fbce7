#include "proto/product/limits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { PERCENT_DIGITS_MAX = 3, NAMES_MAX = 32 };

static status_t refuse(const char *field, const char *why, struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "LIMITS", field, "%s", why);
}

static bool is_percentage(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits >= 1 && digits <= PERCENT_DIGITS_MAX && strcmp(text + digits, "%") == 0 &&
           strtoul(text, NULL, 10) <= 100;
}

status_t product_limits_check(const Mintmark__V1__Limits *limits, struct problem *problem)
{
    if (limits == NULL) {
        return STATUS_OK;
    }
    if (limits->per_order == 0) {
        return refuse("limits.per_order", "limits need per_order: identities of one order",
                      problem);
    }
    if (limits->rework[0] != '\0' && !is_percentage(limits->rework)) {
        return refuse("limits.rework", "rework is a percentage, like \"1%\"", problem);
    }
    return limits->n_created_by <= NAMES_MAX
               ? STATUS_OK
               : refuse("limits.created_by", "created_by has at most 32 names", problem);
}
