#include "lib/event/time.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#define YEAR_10000_MS INT64_C(253402300800000)

bool event_time_valid(int64_t ms)
{
    return ms >= 0 && ms < YEAR_10000_MS;
}

void event_time_write(int64_t ms, char ret_text[static EVENT_TIME_SIZE])
{
    assert(event_time_valid(ms));
    time_t seconds = (time_t)(ms / 1000);
    struct tm date;
    (void)gmtime_r(&seconds, &date);
    size_t size = strftime(ret_text, EVENT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &date);
    (void)snprintf(ret_text + size, EVENT_TIME_SIZE - size, ".%03uZ",
                   (unsigned)(ms % 1000) % 1000U);
}

static int number(const uint8_t *digits, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        value = value * 10 + (digits[i] - '0');
    }
    return value;
}

status_t event_time_read(struct span text, int64_t *ret_ms)
{
    static const char SHAPE[EVENT_TIME_SIZE] = "0000-00-00T00:00:00.000Z";
    if (text.size != sizeof(SHAPE) - 1) {
        return STATUS_MALFORMED;
    }
    for (size_t i = 0; i < text.size; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (SHAPE[i] == '0' ? !digit : text.data[i] != (uint8_t)SHAPE[i]) {
            return STATUS_MALFORMED;
        }
    }
    const uint8_t *p = text.data;
    struct tm date = {.tm_year = number(p, 4) - 1900,
                      .tm_mon = number(p + 5, 2) - 1,
                      .tm_mday = number(p + 8, 2),
                      .tm_hour = number(p + 11, 2),
                      .tm_min = number(p + 14, 2),
                      .tm_sec = number(p + 17, 2)};
    *ret_ms = (int64_t)timegm(&date) * 1000 + number(p + 20, 3);
    return STATUS_OK;
}
