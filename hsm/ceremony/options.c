#include "hsm/ceremony/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum kind {
    KIND_TEXT,
    KIND_DATE,
    KIND_DAYS,
    KIND_VENDOR,
    KIND_PRODUCT,
    KIND_NUMBER,
    KIND_PERSON,
    KIND_FLAG
};

enum { FIRST_OPTION = 256, VENDOR_MAX = 0xFFF4, PRODUCT_MAX = 0xFFFF };

static const struct {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *help;
} table[CEREMONY_OPTION_COUNT] = {
#define OPTION_ROW(id, name, kind, member, text)                                                   \
    {name, KIND_##kind, offsetof(struct ceremony_options, member), text},
    CEREMONY_OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};

static const char *const kind_words[] = {
    [KIND_TEXT] = "TEXT",  [KIND_DATE] = "DATE", [KIND_DAYS] = "N",      [KIND_VENDOR] = "ID",
    [KIND_PRODUCT] = "ID", [KIND_NUMBER] = "N",  [KIND_PERSON] = "NAME", [KIND_FLAG] = "",
};

static status_t refuse(size_t row, const char *value, const char *expected, struct problem *problem)
{
    return problem_say(problem, STATUS_USAGE, "OPTION_VALUE", table[row].name,
                       "--%s '%s' is not %s", table[row].name, value, expected);
}

/* Wholly decimal, or 0x and hexadecimal digits: a leading 0 is not octal here, so it is refused. */
static bool read_number(const char *text, int64_t max, int64_t *ret_number)
{
    bool hex = strncmp(text, "0x", 2) == 0;
    const char *digits = hex ? text + 2 : text;
    size_t length = strlen(digits);
    if (length == 0 || length > 10 || (!hex && length > 1 && digits[0] == '0') ||
        strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") != length) {
        return false;
    }
    long long number = strtoll(digits, NULL, hex ? 16 : 10);
    if (number > max) {
        return false;
    }
    *ret_number = number;
    return true;
}

static bool read_date(const char *text, int64_t *ret_time)
{
    struct tm day = {0};
    const char *end = strptime(text, "%Y-%m-%d", &day);
    if (end == NULL || *end != '\0' || strlen(text) != 10) {
        return false;
    }
    struct tm normal = day;
    time_t time = timegm(&normal);
    if (normal.tm_mday != day.tm_mday) { /* 30 February */
        return false;
    }
    *ret_time = time;
    return true;
}

static status_t add_product(struct ceremony_options *options, size_t row, const char *value,
                            struct problem *problem)
{
    int64_t number = 0;
    if (!read_number(value, PRODUCT_MAX, &number)) {
        return refuse(row, value, "a product id (0x0001 to 0xFFFF, or decimal)", problem);
    }
    if (options->product_id_count == CEREMONY_PRODUCTS_MAX) {
        return refuse(row, value, "allowed: at most 100 product ids", problem);
    }
    options->product_ids[options->product_id_count++] = (uint16_t)number;
    return STATUS_OK;
}

static status_t add_person(struct ceremony_options *options, size_t row, const char *value,
                           struct problem *problem)
{
    size_t size = strlen(value);
    if (size == 0 || size > CEREMONY_PERSON_MAX) {
        return refuse(row, value, "a name of 1 to 128 bytes", problem);
    }
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F) {
            return refuse(row, value, "a name without control characters", problem);
        }
    }
    if (options->people_count == CEREMONY_PEOPLE_MAX) {
        return refuse(row, value, "allowed: at most 16 people", problem);
    }
    options->people[options->people_count++] = value;
    return STATUS_OK;
}

static status_t store(struct ceremony_options *options, size_t row, const char *value,
                      struct problem *problem)
{
    char *place = (char *)options + table[row].offset;
    int64_t number = 0;
    switch (table[row].kind) {
    case KIND_TEXT:
        memcpy(place, &value, sizeof(value));
        return STATUS_OK;
    case KIND_FLAG:
        *place = true;
        return STATUS_OK;
    case KIND_PRODUCT:
        return add_product(options, row, value, problem);
    case KIND_PERSON:
        return add_person(options, row, value, problem);
    case KIND_VENDOR:
        if (!read_number(value, VENDOR_MAX, &number) || number == 0) {
            return refuse(row, value, "a vendor id (0x0001 to 0xFFF4, or decimal)", problem);
        }
        break;
    case KIND_DATE:
        if (!read_date(value, &number)) {
            return refuse(row, value, "a day written YYYY-MM-DD", problem);
        }
        break;
    case KIND_DAYS:
        if (!read_number(value, CEREMONY_DAYS_MAX, &number) || number == 0) {
            return refuse(row, value, "a number of days from 1 to 36500", problem);
        }
        break;
    case KIND_NUMBER:
    default:
        if (!read_number(value, UINT32_MAX, &number)) {
            return refuse(row, value, "a number (0x hexadecimal, or decimal)", problem);
        }
        break;
    }
    memcpy(place, &number, sizeof(number));
    return STATUS_OK;
}

static status_t take(struct ceremony_options *options, int code, unsigned allowed,
                     struct problem *problem)
{
    size_t row = code == 'o' ? CEREMONY_OPTION_OUTPUT : (size_t)(code - FIRST_OPTION);
    if ((allowed & 1u << row) == 0) {
        return problem_say(problem, STATUS_USAGE, "OPTION_UNKNOWN", table[row].name,
                           "this command has no option --%s", table[row].name);
    }
    if ((options->given & 1u << row) != 0 && table[row].kind != KIND_PRODUCT &&
        table[row].kind != KIND_PERSON) {
        return problem_say(problem, STATUS_USAGE, "OPTION_TWICE", table[row].name,
                           "--%s is given twice", table[row].name);
    }
    options->given |= 1u << row;
    return store(options, row, optarg, problem);
}

static status_t take_words(int argc, char **argv, struct ceremony_options *options,
                           struct problem *problem)
{
    for (int i = optind; i < argc; i++) {
        if (options->word_count == CEREMONY_WORDS_MAX) {
            return problem_say(problem, STATUS_USAGE, "WORDS", argv[i], "too many words: '%s'",
                               argv[i]);
        }
        options->words[options->word_count++] = argv[i];
    }
    return STATUS_OK;
}

status_t ceremony_options_read(int argc, char **argv, unsigned allowed,
                               struct ceremony_options *ret_options, struct problem *problem)
{
    struct option list[CEREMONY_OPTION_COUNT + 1] = {0};
    for (int i = 0; i < CEREMONY_OPTION_COUNT; i++) {
        list[i] = (struct option){table[i].name,
                                  table[i].kind == KIND_FLAG ? no_argument : required_argument,
                                  NULL, FIRST_OPTION + i};
    }
    struct ceremony_options options = {.module = CEREMONY_DEFAULT_MODULE,
                                       .not_before = -1,
                                       .vendor_id = -1,
                                       .device_type = 0x0100};
    allowed |= CEREMONY_HAS(JSON) | CEREMONY_HAS(HELP);
    optind = 0; /* start anew, and forget what getopt knew */
    opterr = 0;
    for (;;) {
        int code = getopt_long(argc, argv, ":o:", list, NULL);
        if (code == -1) {
            break;
        }
        if (code == '?' || code == ':') {
            return problem_say(problem, STATUS_USAGE, "OPTION_UNKNOWN", argv[optind - 1],
                               code == ':' ? "%s needs a value" : "%s is not an option",
                               argv[optind - 1]);
        }
        TRY(take(&options, code, allowed, problem));
    }
    TRY(take_words(argc, argv, &options, problem));
    *ret_options = options;
    return STATUS_OK;
}

status_t ceremony_options_check(const struct ceremony_options *options, unsigned required,
                                size_t words_min, size_t words_max, struct problem *problem)
{
    for (size_t i = 0; i < CEREMONY_OPTION_COUNT; i++) {
        if ((required & ~options->given & 1u << i) != 0) {
            return problem_say(problem, STATUS_USAGE, "OPTION_MISSING", table[i].name,
                               "--%s is missing (%s)", table[i].name, table[i].help);
        }
    }
    if (options->word_count < words_min || options->word_count > words_max) {
        return problem_say(problem, STATUS_USAGE, "WORDS", "",
                           "expected %zu name%s behind the command, got %zu", words_min,
                           words_min == 1 ? "" : "s", options->word_count);
    }
    return STATUS_OK;
}

void ceremony_options_print(unsigned allowed)
{
    allowed |= CEREMONY_HAS(JSON) | CEREMONY_HAS(HELP);
    for (size_t i = 0; i < CEREMONY_OPTION_COUNT; i++) {
        if ((allowed & 1u << i) != 0) {
            (void)printf("  --%-15s %-5s %s\n", table[i].name, kind_words[table[i].kind],
                         table[i].help);
        }
    }
}

int32_t ceremony_options_product(const struct ceremony_options *options)
{
    return options->product_id_count > 0 ? options->product_ids[0] : -1;
}
