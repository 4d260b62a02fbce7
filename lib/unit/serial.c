#include "lib/unit/serial.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* no I, L, O, U: a person reads these from a label */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const char field[] = "serial_number";
static const char random_start[] = "random:";
static const char counter_start[] = "counter:";

enum {
    COUNTER_DIGITS_MAX = 9,
    RANDOM_LEAST = 6, /* 2^30: a million units leave a redraw in a thousand */
};

struct text {
    char characters[UNIT_SERIAL_NUMBER_MAX + 1];
    size_t size;
};

static status_t append(struct text *text, const char *characters, size_t size,
                       struct problem *problem)
{
    if (size > UNIT_SERIAL_NUMBER_MAX - text->size) {
        return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_PATTERN", field,
                           "the pattern gives more than %d characters: shorten it",
                           UNIT_SERIAL_NUMBER_MAX);
    }
    memcpy(text->characters + text->size, characters, size);
    text->size += size;
    return STATUS_OK;
}

/* ---- placeholders ---- */

static status_t append_random(const struct unit_serial *serial, size_t count, struct text *text,
                              struct problem *problem)
{
    uint8_t bytes[UNIT_SERIAL_NUMBER_MAX];
    char characters[UNIT_SERIAL_NUMBER_MAX];
    TRY(serial->random->draw(serial->random->context, bytes, count));
    for (size_t i = 0; i < count; i++) {
        characters[i] = alphabet[bytes[i] & 31];
    }
    return append(text, characters, count, problem);
}

/* "60:55:f9:01:a2:10" as 6055F901A210. */
static status_t append_mac(const struct unit_serial *serial, struct text *text,
                           struct problem *problem)
{
    char digits[12];
    size_t size = 0;
    for (const char *c = serial->hardware_id; *c != '\0' && size < sizeof(digits); c++) {
        if (*c != ':') {
            digits[size++] = (char)toupper((unsigned char)*c);
        }
    }
    if (size != sizeof(digits)) {
        return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_MAC", "unit.hardware_id",
                           "the product's serial numbers have the chip's MAC address in them: name "
                           "the unit's hardware id");
    }
    return append(text, digits, size, problem);
}

/* Beside the week, the year is the week's: 2027-01-01 is in week 53 of 2026 (ISO 8601). */
static status_t append_date(const struct unit_serial *serial, const char *name, struct text *text,
                            struct problem *problem)
{
    bool by_week = strstr(serial->pattern, "{ww}") != NULL;
    size_t year = by_week ? 0 : 8;
    const struct {
        const char *name;
        size_t place;
        size_t size;
    } parts[] = {
        {"yyyy", year, 4}, {"yy", year + 2, 2}, {"ww", 5, 2}, {"mm", 13, 2}, {"dd", 16, 2}};
    char day[sizeof("2026 53 2027 01 01")];
    time_t seconds = (time_t)(serial->now_ms / 1000);
    struct tm date;
    (void)localtime_r(&seconds, &date);
    if (strftime(day, sizeof(day), "%G %V %Y %m %d", &date) != sizeof(day) - 1) {
        return STATUS_INTERNAL; /* a clock beyond the year 9999 */
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(name, parts[i].name) == 0) {
            return append(text, day + parts[i].place, parts[i].size, problem);
        }
    }
    return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_PATTERN", field,
                       "unknown placeholder {%s}: there are {random:N} with N from 1 to %d, "
                       "{counter:N} with N from 1 to %d, {mac}, {yyyy}, {yy}, {ww}, {mm} and {dd}",
                       name, UNIT_SERIAL_NUMBER_MAX, COUNTER_DIGITS_MAX);
}

/* "random:12" and "counter:6" → the number, at most `max`; 0 when it is something else. */
static size_t placeholder_size(const char *name, const char *start, unsigned long max)
{
    const char *digits = name + strlen(start);
    if (strncmp(name, start, strlen(start)) != 0 || digits[0] == '\0' || strlen(digits) > 2 ||
        digits[strspn(digits, "0123456789")] != '\0') {
        return 0;
    }
    unsigned long size = strtoul(digits, NULL, 10);
    return size <= max ? size : 0;
}

static status_t append_counter(const struct unit_serial *serial, size_t digits, struct text *text,
                               struct problem *problem)
{
    char characters[COUNTER_DIGITS_MAX + 2];
    int size = snprintf(characters, sizeof(characters), "%0*u", (int)digits, serial->counter);
    if (size < 0 || (size_t)size > digits) {
        return problem_say(problem, STATUS_EXHAUSTED, "SERIAL_NUMBER_EXHAUSTED", field,
                           "%u has more than the %zu digits of the pattern's counter: write a new "
                           "pattern",
                           serial->counter, digits);
    }
    return append(text, characters, digits, problem);
}

static status_t append_placeholder(const struct unit_serial *serial, const char *name,
                                   struct text *text, struct problem *problem)
{
    size_t count = placeholder_size(name, random_start, UNIT_SERIAL_NUMBER_MAX);
    if (count > 0) {
        return append_random(serial, count, text, problem);
    }
    size_t digits = placeholder_size(name, counter_start, COUNTER_DIGITS_MAX);
    if (digits > 0) {
        return append_counter(serial, digits, text, problem);
    }
    return strcmp(name, "mac") == 0 ? append_mac(serial, text, problem)
                                    : append_date(serial, name, text, problem);
}

/* ---- the pattern ---- */

status_t unit_serial_draw(const struct unit_serial *serial,
                          char ret_serial[static UNIT_SERIAL_NUMBER_MAX + 1],
                          struct problem *problem)
{
    struct text text = {0};
    for (const char *at = serial->pattern; *at != '\0';) {
        char name[16] = "";
        size_t size = *at == '{' ? strcspn(at, "}") : 0;
        if (size == 0) {
            TRY(append(&text, at++, 1, problem));
            continue;
        }
        (void)snprintf(name, sizeof(name), "%.*s", (int)(size - 1), at + 1);
        if (at[size] == '\0' || size > sizeof(name)) {
            name[0] = '?'; /* no placeholder has such a name, or no end */
        }
        TRY(append_placeholder(serial, name, &text, problem));
        at += size + 1;
    }
    memcpy(ret_serial, text.characters, text.size + 1);
    return STATUS_OK;
}

/* How many placeholders of a kind a good pattern has; the sum of their sizes. */
static size_t sum_sizes(const char *pattern, const char *start, size_t *ret_sum)
{
    size_t count = 0, sum = 0;
    for (const char *at = strchr(pattern, '{'); at != NULL; at = strchr(at + 1, '{')) {
        if (strncmp(at + 1, start, strlen(start)) == 0) {
            count++;
            sum += strtoul(at + 1 + strlen(start), NULL, 10);
        }
    }
    if (ret_sum != NULL) {
        *ret_sum = sum;
    }
    return count;
}

uint32_t unit_serial_counter_last(const char *pattern)
{
    size_t digits = 0;
    uint32_t last = 0;
    if (sum_sizes(pattern, counter_start, &digits) == 1) {
        for (size_t i = 0; i < digits && i < COUNTER_DIGITS_MAX; i++) {
            last = last * 10 + 9;
        }
    }
    return last;
}

static status_t draw_zeros(void *context, void *ret_bytes, size_t size)
{
    (void)context;
    memset(ret_bytes, 0, size);
    return STATUS_OK;
}

status_t unit_serial_check(const char *pattern, struct problem *problem)
{
    static const struct unit_random zeros = {NULL, draw_zeros};
    const struct unit_serial serial = {
        .pattern = pattern, .random = &zeros, .hardware_id = "02:00:00:00:00:00"};
    char drawn[UNIT_SERIAL_NUMBER_MAX + 1];
    TRY(unit_serial_draw(&serial, drawn, problem));
    size_t counters = sum_sizes(pattern, counter_start, NULL);
    size_t digits = 0;
    bool random = sum_sizes(pattern, random_start, &digits) > 0;
    if (counters > 1) {
        return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_PATTERN", field,
                           "a pattern has one {counter:N}: leave the others out");
    }
    if (counters == 1 || strstr(pattern, "{mac}") != NULL || digits >= RANDOM_LEAST) {
        return STATUS_OK;
    }
    return random
               ? problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_SHORT", field,
                             "%zu random characters are soon used up: write {random:%d} or more, "
                             "{counter:N} or {mac}",
                             digits, RANDOM_LEAST)
               : problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_SAME", field,
                             "every unit of a day would have the same serial number: add "
                             "{random:N}, {counter:N} or {mac}");
}
