#include "client/rfc3339.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { LOCAL_SIZE = sizeof("2026-11-22T08:00:00") - 1, OFFSET_SIZE = sizeof("+08:00") - 1 };

/* Every '0' of the pattern is a digit of the text, everything else stands for itself. */
static bool has_shape(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; text++, pattern++) {
        bool digit = *text >= '0' && *text <= '9';
        if (*pattern == '0' ? !digit : *text != *pattern) {
            return false;
        }
    }
    return *text == '\0';
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* timegm brings 31 April to 1 May: what it changed was no date. */
static status_t read_local(const char *text, int64_t *ret_time)
{
    struct tm given = {
        .tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900,
        .tm_mon = two_digits(text + 5) - 1,
        .tm_mday = two_digits(text + 8),
        .tm_hour = two_digits(text + 11),
        .tm_min = two_digits(text + 14),
        .tm_sec = two_digits(text + 17),
    };
    struct tm settled = given;
    time_t time = timegm(&settled);
    if (settled.tm_mon != given.tm_mon || settled.tm_mday != given.tm_mday ||
        settled.tm_hour != given.tm_hour || settled.tm_min != given.tm_min ||
        settled.tm_sec != given.tm_sec) {
        return STATUS_INVALID;
    }
    *ret_time = time;
    return STATUS_OK;
}

/* Seconds east of Greenwich. */
static status_t read_offset(const char *text, int *ret_offset)
{
    if (strcmp(text, "Z") == 0) {
        *ret_offset = 0;
        return STATUS_OK;
    }
    if (!has_shape(text, "+00:00") && !has_shape(text, "-00:00")) {
        return STATUS_INVALID;
    }
    int hours = two_digits(text + 1);
    int minutes = two_digits(text + 4);
    if (hours > 23 || minutes > 59) {
        return STATUS_INVALID;
    }
    *ret_offset = (text[0] == '-' ? -60 : 60) * (hours * 60 + minutes);
    return STATUS_OK;
}

status_t rfc3339_read(const char *text, int64_t *ret_time)
{
    char local[LOCAL_SIZE + 1];
    int64_t time;
    int offset;
    size_t size = strlen(text);
    if (size <= LOCAL_SIZE || size > LOCAL_SIZE + OFFSET_SIZE) {
        return STATUS_INVALID;
    }
    memcpy(local, text, LOCAL_SIZE);
    local[LOCAL_SIZE] = '\0';
    if (!has_shape(local, "0000-00-00T00:00:00")) {
        return STATUS_INVALID;
    }
    TRY(read_offset(text + LOCAL_SIZE, &offset));
    TRY(read_local(local, &time));
    *ret_time = time - offset;
    return STATUS_OK;
}
