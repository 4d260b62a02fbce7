/* Units whose values come from the factory tools' config and master CSV. */
#include <stdlib.h>

#include "client/files.h"
#include "client/image_build.h"
#include "lib/base/hex.h"
#include "lib/unit/mac_list.h"

enum {
    SERIAL_SIZE = UNIT_SERIAL_NUMBER_MAX + 1,
};

/* What rows must not have in common. */
struct columns {
    struct buf macs;           /* a line each */
    struct buf serial_numbers; /* SERIAL_SIZE each, filled with NUL */
    struct buf dac_keys;       /* half of each public key's X in hex: as much as matters */
};

void image_build_sheet_init(struct image_build_sheet *sheet)
{
    *sheet = (struct image_build_sheet){0};
    buf_init_secret(&sheet->config, UNIT_SHEET_CONFIG_MAX);
    buf_init_secret(&sheet->values, UNIT_SHEET_VALUES_MAX);
}

void image_build_sheet_done(struct image_build_sheet *sheet)
{
    unit_sheet_free(sheet->rows);
    buf_done(&sheet->config);
    buf_done(&sheet->values);
}

static status_t open_rows(const struct image_build_options *options,
                          struct image_build_sheet *sheet, struct problem *problem)
{
    const struct unit_sheet_source source = {
        .config_name = options->texts[IMAGE_BUILD_VENDOR_CSV],
        .config = buf_span(&sheet->config),
        .values_name = options->texts[IMAGE_BUILD_MASTER_CSV],
        .values = buf_span(&sheet->values),
        .read_file = files_read_row,
        .read_key_file = files_read_row_key,
    };
    unit_sheet_free(sheet->rows);
    sheet->rows = NULL;
    return unit_sheet_new(&source, &sheet->rows, problem);
}

static status_t check_row(const struct image_build_inputs *inputs,
                          const struct unit_supplied *supplied, struct columns *columns,
                          struct problem *problem)
{
    TRY(unit_supplied_check(&inputs->product, supplied, problem));
    if (supplied->dac.size > 0) {
        uint8_t point[PKI_POINT_SIZE];
        char half[SERIAL_SIZE];
        TRY(unit_bought_check(&inputs->product, supplied, inputs->now, point, problem));
        hex_encode(span_make(point + 1, SERIAL_SIZE / 2), half);
        buf_append(&columns->dac_keys, half, sizeof(half));
    }
    if (supplied->hardware_id != NULL) {
        char mac[UNIT_NAME_HARDWARE_ID_SIZE];
        TRY(unit_name_hardware_id(supplied->hardware_id, mac, problem));
        buf_print(&columns->macs, "%s\n", mac);
    }
    if (supplied->serial_number != NULL) {
        size_t size = strlen(supplied->serial_number);
        buf_append(&columns->serial_numbers, supplied->serial_number, size);
        buf_append_fill(&columns->serial_numbers, 0, SERIAL_SIZE - size);
    }
    TRY(buf_status(&columns->dac_keys));
    TRY(buf_status(&columns->serial_numbers));
    return buf_status(&columns->macs);
}

/* The problem of a row: its field goes into the text, the row's place into the field. */
static status_t refuse_row(const struct unit_sheet *rows, status_t status, struct problem *problem)
{
    struct problem own = *problem;
    if (own.status == status && own.field[0] != '\0') {
        (void)problem_say(problem, status, own.reason, "", "%s: %s", own.field, own.message);
    }
    unit_sheet_place(rows, problem);
    return status;
}

/* Every row once, before a unit is made: what is wrong with the last one is said at once. */
static status_t check_rows(struct image_build_inputs *inputs, struct unit_supplied *supplied,
                           struct columns *columns, struct problem *problem)
{
    for (;;) {
        bool found = false;
        TRY(unit_sheet_next(inputs->sheet.rows, supplied, &found, problem));
        if (!found) {
            break;
        }
        status_t status = check_row(inputs, supplied, columns, problem);
        if (status != STATUS_OK) {
            return refuse_row(inputs->sheet.rows, status, problem);
        }
        if (++inputs->count > IMAGE_BUILD_UNITS_MAX) {
            break;
        }
    }
    return inputs->count > 0 && inputs->count <= IMAGE_BUILD_UNITS_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "SHEET_ROWS", "--master-csv",
                             "the master CSV has rows for %u units: give 1 to %d", inputs->count,
                             IMAGE_BUILD_UNITS_MAX);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Sorts them. */
static status_t check_unique(struct buf *column, const char *reason, const char *what,
                             struct problem *problem)
{
    size_t count = column->size / SERIAL_SIZE;
    uint8_t *places = column->data;
    if (count > 1) {
        qsort(places, count, SERIAL_SIZE, compare);
    }
    for (size_t i = 1; i < count; i++) {
        const char *value = (const char *)places + i * SERIAL_SIZE;
        if (strcmp(value, value - SERIAL_SIZE) == 0) {
            return problem_say(problem, STATUS_EXISTS, reason, "--master-csv",
                               "two rows have the %s %.40s", what, value);
        }
    }
    return STATUS_OK;
}

/* All units have their chip, or none. */
static status_t take_macs(const char *name, struct span macs, struct image_build_inputs *inputs,
                          struct problem *problem)
{
    if (macs.size == 0) {
        return STATUS_OK;
    }
    TRY(unit_mac_list_read(name, macs, &inputs->macs, problem));
    return inputs->macs.size == (size_t)inputs->count * UNIT_NAME_HARDWARE_ID_SIZE
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "SHEET_ROWS", "--master-csv",
                             "some rows say their chip and others do not: give all or none");
}

status_t image_build_sheet_rewind(const struct image_build_options *options,
                                  struct image_build_inputs *inputs, struct problem *problem)
{
    return inputs->sheet.rows != NULL ? open_rows(options, &inputs->sheet, problem) : STATUS_OK;
}

static status_t check_sheet(const struct image_build_options *options,
                            struct image_build_inputs *inputs, struct columns *columns,
                            struct problem *problem)
{
    AUTO(secret_wipe) struct secret supplied = {0};
    TRY(secret_new(&supplied, sizeof(struct unit_supplied)));
    TRY(check_rows(inputs, unit_supplied_of(&supplied), columns, problem));
    inputs->sheet.warnings = unit_sheet_warning(inputs->sheet.rows, &inputs->sheet.warning);
    TRY(check_unique(&columns->serial_numbers, "SERIAL_NUMBER_TWICE", "serial number", problem));
    TRY(check_unique(&columns->dac_keys, "DAC_KEY_TWICE", "DAC key, whose public X begins",
                     problem));
    TRY(take_macs(options->texts[IMAGE_BUILD_MASTER_CSV], buf_span(&columns->macs), inputs,
                  problem));
    return image_build_sheet_rewind(options, inputs, problem);
}

status_t image_build_sheet_read(const struct image_build_options *options,
                                struct image_build_inputs *inputs, struct problem *problem)
{
    struct image_build_sheet *sheet = &inputs->sheet;
    if (options->texts[IMAGE_BUILD_MASTER_CSV] == NULL) {
        return STATUS_OK;
    }
    TRY(files_read(options->texts[IMAGE_BUILD_VENDOR_CSV], &sheet->config, problem));
    TRY(files_read(options->texts[IMAGE_BUILD_MASTER_CSV], &sheet->values, problem));
    TRY(open_rows(options, sheet, problem));
    struct columns columns;
    buf_init(&columns.macs, UNIT_MAC_LIST_FILE_MAX);
    buf_init(&columns.serial_numbers, (size_t)SERIAL_SIZE * IMAGE_BUILD_UNITS_MAX);
    buf_init(&columns.dac_keys, (size_t)SERIAL_SIZE * IMAGE_BUILD_UNITS_MAX);
    status_t status = check_sheet(options, inputs, &columns, problem);
    buf_done(&columns.macs);
    buf_done(&columns.serial_numbers);
    buf_done(&columns.dac_keys);
    return status;
}

status_t image_build_sheet_next(const struct image_build_inputs *inputs,
                                struct unit_supplied *ret_supplied, struct problem *problem)
{
    bool found = false;
    if (inputs->sheet.rows == NULL) {
        *ret_supplied = (struct unit_supplied){0};
        return STATUS_OK;
    }
    TRY(unit_sheet_next(inputs->sheet.rows, ret_supplied, &found, problem));
    return found ? STATUS_OK : STATUS_INTERNAL; /* all rows were counted */
}
