#include "lib/unit/name.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MAC_SIZE = 6 };
static const size_t plain_length = 12; /* 6055f9… */
static const size_t separated_length = 17;

static int digit(char c)
{
    if (!isxdigit((unsigned char)c)) {
        return -1;
    }
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Separators stand in every third place, all alike, or nowhere. */
static bool separators_valid(const char *text, size_t length)
{
    if (length == plain_length) {
        return true;
    }
    if (length != separated_length || (text[2] != ':' && text[2] != '-')) {
        return false;
    }
    for (size_t i = 2; i < length; i += 3) {
        if (text[i] != text[2]) {
            return false;
        }
    }
    return true;
}

static bool parse(const char *text, uint8_t ret_mac[static MAC_SIZE])
{
    size_t length = strlen(text);
    size_t step = length == plain_length ? 2 : 3;
    if (!separators_valid(text, length)) {
        return false;
    }
    for (size_t i = 0; i < MAC_SIZE; i++) {
        int high = digit(text[i * step]);
        int low = digit(text[i * step + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret_mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

status_t unit_name_hardware_id(const char *text,
                               char ret_canonical[static UNIT_NAME_HARDWARE_ID_SIZE],
                               struct problem *problem)
{
    static const uint8_t ZERO[MAC_SIZE];
    uint8_t mac[MAC_SIZE];
    if (!parse(text, mac)) {
        return problem_say(problem, STATUS_INVALID, "HARDWARE_ID", "unit.hardware_id",
                           "not a MAC address: give the chip's base MAC as 60:55:f9:01:a2:10");
    }
    if (memcmp(mac, ZERO, MAC_SIZE) == 0 || (mac[0] & 1) != 0) {
        return problem_say(
            problem, STATUS_INVALID, "HARDWARE_ID", "unit.hardware_id",
            "not a device's own MAC (zero, broadcast or group address): read it from "
            "the chip");
    }
    (void)snprintf(ret_canonical, UNIT_NAME_HARDWARE_ID_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x",
                   mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return STATUS_OK;
}

status_t unit_name_check(const char *unit_id, struct problem *problem)
{
    size_t length = strlen(unit_id);
    bool good = length >= 1 && length <= UNIT_NAME_ID_MAX && unit_id[0] != ' ' &&
                unit_id[length - 1] != ' ';
    for (size_t i = 0; good && i < length; i++) {
        good = unit_id[i] >= 0x20 && unit_id[i] < 0x7F;
    }
    if (!good) {
        return problem_say(problem, STATUS_INVALID, "UNIT_ID", "unit.unit_id",
                           "a unit id is 1 to %d printable ASCII characters", UNIT_NAME_ID_MAX);
    }
    return STATUS_OK;
}
