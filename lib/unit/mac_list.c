#include "lib/unit/mac_list.h"

#include <stdio.h>
#include <stdlib.h>

static status_t add_line(const char *name, uint32_t number, struct span line, struct buf *macs,
                         struct problem *problem)
{
    char text[UNIT_MAC_LIST_LINE_MAX] = "";
    char mac[UNIT_NAME_HARDWARE_ID_SIZE];
    if (line.size > 0 && line.data[line.size - 1] == '\r') {
        line.size--;
    }
    if (line.size == 0) {
        return STATUS_OK;
    }
    if (line.size < sizeof(text) && memchr(line.data, '\0', line.size) == NULL) {
        memcpy(text, line.data, line.size);
    }
    status_t status = unit_name_hardware_id(text, mac, problem);
    if (status != STATUS_OK && problem != NULL) {
        (void)snprintf(problem->field, sizeof(problem->field), "%.80s:%u", name, number);
    }
    TRY(status);
    buf_append(macs, mac, sizeof(mac));
    return buf_status(macs);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, UNIT_NAME_HARDWARE_ID_SIZE);
}

static status_t check_unique(const char *name, struct span macs, struct problem *problem)
{
    AUTO(buf_done) struct buf sorted;
    buf_init(&sorted, macs.size);
    buf_append_span(&sorted, macs);
    TRY(buf_status(&sorted));
    size_t count = macs.size / UNIT_NAME_HARDWARE_ID_SIZE;
    if (count == 0 || count > UNIT_MAC_LIST_MAX) {
        return problem_say(problem, STATUS_INVALID, "HARDWARE_IDS", name,
                           "%s names %zu units: give 1 to %d, a MAC address each line", name, count,
                           UNIT_MAC_LIST_MAX);
    }
    qsort(sorted.data, count, UNIT_NAME_HARDWARE_ID_SIZE, compare);
    for (size_t i = 1; i < count; i++) {
        const uint8_t *mac = sorted.data + i * UNIT_NAME_HARDWARE_ID_SIZE;
        if (compare(mac, mac - UNIT_NAME_HARDWARE_ID_SIZE) == 0) {
            return problem_say(problem, STATUS_INVALID, "HARDWARE_ID_TWICE", name,
                               "%s has %s twice: a chip is one unit", name, (const char *)mac);
        }
    }
    return STATUS_OK;
}

status_t unit_mac_list_read(const char *name, struct span text, struct buf *ret_macs,
                            struct problem *problem)
{
    size_t start = 0;
    for (uint32_t number = 1; start < text.size; number++) {
        const uint8_t *line = text.data + start;
        const uint8_t *end = memchr(line, '\n', text.size - start);
        size_t size = end == NULL ? text.size - start : (size_t)(end - line);
        TRY(add_line(name, number, span_make(line, size), ret_macs, problem));
        start += size + 1;
    }
    return check_unique(name, buf_span(ret_macs), problem);
}
