#include "proto/product/limits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    PERCENT_DIGITS_MAX = 3,
    NAMES_MAX = 32,
    NAMES_BYTES_MAX = 480, /* of all together: an audit keeps them in 512 (lib/audit/audit.h) */
};

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

static bool are_names(const Mintmark__V1__Limits *limits)
{
    static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-/:";
    size_t bytes = 0;
    for (size_t i = 0; i < limits->n_created_by; i++) {
        const char *name = limits->created_by[i];
        bytes += strlen(name) + 1;
        if (name[0] == '\0' || name[strspn(name, LETTERS)] != '\0') {
            return false;
        }
    }
    return bytes <= NAMES_BYTES_MAX;
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
    if (limits->n_created_by > NAMES_MAX) {
        return refuse("limits.created_by", "created_by has at most 32 names", problem);
    }
    return are_names(limits)
               ? STATUS_OK
               : refuse("limits.created_by",
                        "created_by has operators' names, like op-1, operator/op-1 or the whole "
                        "SPIFFE id, at most 480 characters in all",
                        problem);
}
