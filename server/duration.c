#include "server/duration.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HOUR_MS = 3600 * 1000, DAY_HOURS = 24, DIGITS_MAX = 5 };

status_t duration_read(const char *text, int64_t *ret_ms)
{
    size_t digits = strspn(text, "0123456789");
    bool days = strcmp(text + digits, "d") == 0;
    if (digits == 0 || digits > DIGITS_MAX || text[0] == '0' ||
        (!days && strcmp(text + digits, "h") != 0)) {
        return STATUS_INVALID;
    }
    int64_t hours = strtol(text, NULL, 10) * (days ? DAY_HOURS : 1);
    if (hours > (int64_t)DURATION_DAYS_MAX * DAY_HOURS) {
        return STATUS_INVALID;
    }
    *ret_ms = hours * HOUR_MS;
    return STATUS_OK;
}

int64_t duration_or(const char *text, int64_t default_days)
{
    int64_t ms = default_days * DAY_HOURS * HOUR_MS;
    status_t status = text[0] == '\0' ? STATUS_OK : duration_read(text, &ms);
    assert(status == STATUS_OK);
    return ms;
}
