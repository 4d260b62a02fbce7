/* The chips of a batch, from a file of their MAC addresses. */
#include <stdio.h>
#include <stdlib.h>

#include "client/files.h"
#include "client/image_build.h"

enum { LINE_MAX_BYTES = 64, FILE_MAX = LINE_MAX_BYTES * IMAGE_BUILD_UNITS_MAX };

static status_t add_line(const char *path, uint32_t number, struct span line, struct buf *macs,
                         struct problem *problem)
{
    char text[LINE_MAX_BYTES] = "";
    char mac[UNIT_NAME_HARDWARE_ID_SIZE];
    if (line.size > 0 && line.data[line.size - 1] == '\r') {
        line.size--;
    }
    if (line.size == 0) {
        return STATUS_OK;
    }
    if (line.size < sizeof(text)) {
        memcpy(text, line.data, line.size);
    }
    status_t status = unit_name_hardware_id(text, mac, problem);
    if (status != STATUS_OK) {
        (void)snprintf(problem->field, sizeof(problem->field), "%.80s:%u", path, number);
        return status;
    }
    buf_append(macs, mac, sizeof(mac));
    return buf_status(macs);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, UNIT_NAME_HARDWARE_ID_SIZE);
}

static status_t check_unique(const char *path, struct span macs, struct problem *problem)
{
    AUTO(buf_done) struct buf sorted;
    buf_init(&sorted, macs.size);
    buf_append_span(&sorted, macs);
    TRY(buf_status(&sorted));
    size_t count = macs.size / UNIT_NAME_HARDWARE_ID_SIZE;
    if (count == 0 || count > IMAGE_BUILD_UNITS_MAX) {
        return problem_say(problem, STATUS_INVALID, "HARDWARE_IDS", path,
                           "%s names %zu units: give 1 to %d, a MAC address each line", path, count,
                           IMAGE_BUILD_UNITS_MAX);
    }
    qsort(sorted.data, count, UNIT_NAME_HARDWARE_ID_SIZE, compare);
    for (size_t i = 1; i < count; i++) {
        const uint8_t *mac = sorted.data + i * UNIT_NAME_HARDWARE_ID_SIZE;
        if (compare(mac, mac - UNIT_NAME_HARDWARE_ID_SIZE) == 0) {
            return problem_say(problem, STATUS_INVALID, "HARDWARE_ID_TWICE", path,
                               "%s has %s twice: a chip is one unit", path, (const char *)mac);
        }
    }
    return STATUS_OK;
}

status_t image_build_macs_read(const char *path, struct buf *ret_macs, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, FILE_MAX);
    TRY(files_read(path, &content, problem));
    size_t start = 0;
    for (uint32_t number = 1; start < content.size; number++) {
        const uint8_t *line = content.data + start;
        const uint8_t *end = memchr(line, '\n', content.size - start);
        size_t size = end == NULL ? content.size - start : (size_t)(end - line);
        TRY(add_line(path, number, span_make(line, size), ret_macs, problem));
        start += size + 1;
    }
    return check_unique(path, buf_span(ret_macs), problem);
}

const char *image_build_mac(const struct image_build_inputs *inputs, uint32_t number)
{
    size_t offset = (size_t)(number - 1) * UNIT_NAME_HARDWARE_ID_SIZE;
    return offset < inputs->macs.size ? (const char *)inputs->macs.data + offset : "";
}
