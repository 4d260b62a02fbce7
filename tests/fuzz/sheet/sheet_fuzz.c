/* A config CSV, a NUL, a master CSV. */
#include <assert.h>

#include "lib/unit/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The content of every file is its own name. */
static status_t read_file(void *context, const char *path, struct buf *ret_content,
                          struct problem *problem)
{
    (void)context;
    (void)problem;
    buf_append_text(ret_content, path);
    return buf_status(ret_content);
}

/* Touches every byte that a unit borrows. */
static size_t sum(const struct unit_supplied *unit)
{
    const struct span parts[] = {unit->salt, unit->verifier, unit->rotating_id, unit->dac,
                                 unit->dac_key};
    size_t total = unit->serial_number != NULL ? strlen(unit->serial_number) : 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (size_t k = 0; k < parts[i].size; k++) {
            total += parts[i].data[k];
        }
    }
    for (size_t i = 0; i < unit->vendor_count; i++) {
        for (size_t k = 0; k < unit->vendor_values[i].text.size; k++) {
            total += unit->vendor_values[i].text.data[k];
        }
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile size_t sink;
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    struct problem problem = {0};
    struct unit_supplied unit;
    size_t first = size > 0 ? strnlen((const char *)data, size) : 0;
    const struct unit_sheet_source source = {
        .config_name = "c",
        .config = span_make(data, first),
        .values_name = "v",
        .values = first < size ? span_make(data + first + 1, size - first - 1) : (struct span){0},
        .read_file = read_file,
    };
    status_t status = unit_sheet_new(&source, &sheet, &problem);
    for (bool found = true; status == STATUS_OK && found;) {
        status = unit_sheet_next(sheet, &unit, &found, &problem);
        sink += status == STATUS_OK && found ? sum(&unit) : 0;
    }
    if (status != STATUS_OK) {
        assert(problem.status == status && problem.message[0] != '\0');
        assert(problem.field[1] == ':' || problem.field[0] == '\0');
    }
    return 0;
}
