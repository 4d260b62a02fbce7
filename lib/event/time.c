#include "lib/event/time.h"

#include <assert.h>

static const char SHAPE[EVENT_TIME_SIZE] = "0000-00-00T00:00:00.000Z";

#define DAY_MS INT64_C(86400000)
#define YEAR_10000_MS INT64_C(253402300800000)

bool event_time_valid(int64_t ms)
{
    return ms >= 0 && ms < YEAR_10000_MS;
}

static void write_number(unsigned number, int digits, char *ret_text)
{
    for (int i = digits - 1; i >= 0; i--) {
        ret_text[i] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Years here begin with March: leap days are their last ones, and the months' lengths repeat every
 * five, 153 days. Day 0 is 1 March of the year 0; 1970 began 719468 days behind it. An audit reads
 * and writes millions of dates, and the C library's are ten times as slow. */
enum {
    EPOCH_DAY = 719468,
    DAYS_OF_400_YEARS = 146097,
    DAYS_OF_YEAR = 365,
    DAYS_OF_FIVE_MONTHS = 153,
};

static void write_date(int64_t day, char *ret_text)
{
    unsigned days = (unsigned)(day + EPOCH_DAY);
    unsigned era = days / DAYS_OF_400_YEARS;
    unsigned rest = days % DAYS_OF_400_YEARS;
    unsigned year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / DAYS_OF_YEAR;
    rest -= DAYS_OF_YEAR * year + year / 4 - year / 100;
    unsigned month = (5 * rest + 2) / DAYS_OF_FIVE_MONTHS; /* 0: March */
    write_number(era * 400 + year + (month >= 10), 4, ret_text);
    write_number(month < 10 ? month + 3 : month - 9, 2, ret_text + 5);
    write_number(rest - (DAYS_OF_FIVE_MONTHS * month + 2) / 5 + 1, 2, ret_text + 8);
}

/* `month` is 1 to 12; a day beyond its month's end is one of the next. */
static int64_t day_of(int year, int month, int day)
{
    int64_t years = month > 2 ? year : year - 1;
    int64_t era = (years + 400) / 400 - 1; /* the year before 0 too */
    int64_t rest = years - era * 400;
    int64_t months = month > 2 ? month - 3 : month + 9;
    return era * DAYS_OF_400_YEARS + rest * DAYS_OF_YEAR + rest / 4 - rest / 100 +
           (DAYS_OF_FIVE_MONTHS * months + 2) / 5 + day - 1 - EPOCH_DAY;
}

void event_time_write(int64_t ms, char ret_text[static EVENT_TIME_SIZE])
{
    assert(event_time_valid(ms));
    unsigned day_ms = (unsigned)(ms % DAY_MS);
    memcpy(ret_text, SHAPE, EVENT_TIME_SIZE);
    write_date(ms / DAY_MS, ret_text);
    write_number(day_ms / 3600000, 2, ret_text + 11);
    write_number(day_ms / 60000 % 60, 2, ret_text + 14);
    write_number(day_ms / 1000 % 60, 2, ret_text + 17);
    write_number(day_ms % 1000, 3, ret_text + 20);
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
    int month = number(p + 5, 2);
    if (month < 1 || month > 12) {
        return STATUS_MALFORMED;
    }
    int64_t seconds =
        ((int64_t)number(p + 11, 2) * 60 + number(p + 14, 2)) * 60 + number(p + 17, 2);
    *ret_ms =
        day_of(number(p, 4), month, number(p + 8, 2)) * DAY_MS + seconds * 1000 + number(p + 20, 3);
    return STATUS_OK;
}
