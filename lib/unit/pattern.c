#include "lib/unit/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 63, COUNT_MAX = 32, PATTERN_MAX = 256, FIRST = 0x20, LAST = 0x7E };

/* One element: characters, and how often one of them comes. */
struct element {
    bool allowed[LAST + 1];
    unsigned least;
    unsigned most;
};

static bool is_character(char c)
{
    return c >= FIRST && c <= LAST;
}

/* One character, or one behind a backslash. */
static bool read_character(const char **at, char *ret_character)
{
    if (**at == '\\') {
        (*at)++;
    }
    if (!is_character(**at)) {
        return false;
    }
    *ret_character = *(*at)++;
    return true;
}

/* Behind "[", up to and over "]". */
static bool read_class(const char **at, struct element *element)
{
    if (**at == ']') {
        return false;
    }
    while (**at != ']') {
        char first, last;
        if (!read_character(at, &first)) {
            return false;
        }
        last = first;
        if (**at == '-' && (*at)[1] != ']') {
            (*at)++;
            if (!read_character(at, &last) || last < first) {
                return false;
            }
        }
        memset(element->allowed + first, true, (size_t)(last - first) + 1);
    }
    (*at)++;
    return true;
}

static bool read_number(const char **at, unsigned *ret_number)
{
    size_t digits = strspn(*at, "0123456789");
    if (digits == 0 || digits > 2) {
        return false;
    }
    *ret_number = (unsigned)strtoul(*at, NULL, 10);
    *at += digits;
    return *ret_number <= COUNT_MAX;
}

/* "{3}", "{2,5}" or nothing. */
static bool read_count(const char **at, struct element *element)
{
    element->least = element->most = 1;
    if (**at != '{') {
        return true;
    }
    (*at)++;
    if (!read_number(at, &element->least)) {
        return false;
    }
    element->most = element->least;
    if (**at == ',') {
        (*at)++;
        if (!read_number(at, &element->most)) {
            return false;
        }
    }
    return *(*at)++ == '}' && element->most >= element->least && element->most > 0;
}

static bool read_element(const char **at, struct element *element)
{
    char character;
    *element = (struct element){0};
    if (**at == '[') {
        (*at)++;
        return read_class(at, element) && read_count(at, element);
    }
    if (strchr("]{}()*+?|^$", **at) != NULL) {
        return false; /* of a richer language than this one: not a literal by accident */
    }
    if (**at == '.') {
        (*at)++;
        memset(element->allowed + FIRST, true, LAST - FIRST + 1);
        return read_count(at, element);
    }
    if (!read_character(at, &character)) {
        return false;
    }
    element->allowed[(unsigned char)character] = true;
    return read_count(at, element);
}

status_t unit_pattern_check(const char *pattern, struct problem *problem)
{
    bool good = strlen(pattern) <= PATTERN_MAX;
    for (const char *at = pattern; good && *at != '\0';) {
        struct element element;
        good = read_element(&at, &element);
    }
    return good ? STATUS_OK
                : problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER_SHAPE",
                              "serial_number_pattern",
                              "write it of characters, '.', classes like [0-9A-F] and counts like "
                              "{10} or {2,4}, a backslash before a sign: LMP[0-9]{10}");
}

/* Bit i: the pattern so far can end before text[i]. */
static uint64_t follow(uint64_t places, const struct element *element, const char *text,
                       size_t size)
{
    uint64_t reached = element->least == 0 ? places : 0;
    for (unsigned count = 1; count <= element->most; count++) {
        uint64_t next = 0;
        for (size_t i = 0; i < size; i++) {
            unsigned char c = (unsigned char)text[i];
            if ((places >> i & 1) != 0 && c <= LAST && element->allowed[c]) {
                next |= UINT64_C(2) << i;
            }
        }
        places = next;
        reached |= count >= element->least ? places : 0;
    }
    return reached;
}

bool unit_pattern_matches(const char *pattern, const char *text)
{
    size_t size = strlen(text);
    uint64_t places = 1;
    if (size > TEXT_MAX) {
        return false;
    }
    for (const char *at = pattern; *at != '\0';) {
        struct element element;
        if (!read_element(&at, &element)) {
            return false;
        }
        places = follow(places, &element, text, size);
    }
    return (places >> size & 1) != 0;
}
