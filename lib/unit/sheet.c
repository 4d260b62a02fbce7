#include "lib/unit/sheet.h"

#include <stdlib.h>

#include "lib/base/hex.h"
#include "lib/image/vendor.h"
#include "lib/unit/sheet_config.h"

/* SPEC.md §2.2: columns that no key of the config CSV names, and that mean something all the same.
 * Any other is passed over. */
enum extra { EXTRA_UNIT_ID, EXTRA_HARDWARE_ID, EXTRA_PASSCODE, EXTRA_COUNT };
static const struct {
    const char *name;
    enum extra extra;
} extra_columns[] = {
    {"unit_id", EXTRA_UNIT_ID},   {"hardware_id", EXTRA_HARDWARE_ID}, {"mac", EXTRA_HARDWARE_ID},
    {"passcode", EXTRA_PASSCODE}, {"pincode", EXTRA_PASSCODE},
};

struct unit_sheet {
    struct unit_sheet_source source;
    struct unit_sheet_config config;
    struct nvs_csv_reader reader; /* of the master CSV */
    size_t columns;
    size_t extra[EXTRA_COUNT]; /* column, or `columns` when there is none */
    bool is_first;             /* the next row is the first unit's */
    struct problem repeat;     /* of the first row that does not repeat; status STATUS_OK: none */
};

static status_t refuse(struct problem *problem, const char *reason, const char *key,
                       const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, reason, "", "column '%.40s': %s", key, what);
}

void unit_sheet_free(struct unit_sheet *sheet)
{
    if (sheet != NULL) {
        unit_sheet_config_done(&sheet->config);
        nvs_csv_reader_done(&sheet->reader);
        free(sheet);
    }
}

bool unit_sheet_warning(const struct unit_sheet *sheet, struct problem *ret_warning)
{
    *ret_warning = sheet->repeat;
    return sheet->repeat.status != STATUS_OK;
}

void unit_sheet_place(const struct unit_sheet *sheet, struct problem *problem)
{
    nvs_csv_reader_place(&sheet->reader, sheet->source.values_name, problem);
}

size_t unit_sheet_line(const struct unit_sheet *sheet)
{
    return sheet->reader.start_line;
}

/* ---- the header ---- */

/* How many columns have the name; the place of number `wanted` of them. */
static size_t find_columns(const struct unit_sheet *sheet, const char *name, size_t wanted,
                           size_t *ret_column)
{
    size_t count = 0;
    for (size_t i = 0; i < sheet->columns; i++) {
        if (span_equal(nvs_csv_reader_field(&sheet->reader, i), span_text(name))) {
            if (count++ == wanted) {
                *ret_column = i;
            }
        }
    }
    return count;
}

/* A key in two namespaces has one column for both, or as many as there are, in their order. */
static status_t bind_key(struct unit_sheet *sheet, size_t index, struct problem *problem)
{
    struct unit_sheet_key *key = &sheet->config.keys[index];
    size_t before = 0, all = 0;
    for (size_t i = 0; i < sheet->config.count; i++) {
        bool same = strcmp(sheet->config.keys[i].key, key->key) == 0;
        before += same && i < index;
        all += same;
    }
    size_t columns = find_columns(sheet, key->key, 0, &key->column);
    if (columns == 0) {
        return refuse(problem, "SHEET_COLUMN", key->key,
                      "the config CSV names this key, and the master CSV has no such column");
    }
    if (columns > 1 && columns != all) {
        return refuse(problem, "SHEET_COLUMN", key->key, "the master CSV has it more than once");
    }
    if (columns > 1) {
        (void)find_columns(sheet, key->key, before, &key->column);
    }
    return STATUS_OK;
}

static bool is_key(const struct unit_sheet *sheet, const char *name)
{
    for (size_t i = 0; i < sheet->config.count; i++) {
        if (strcmp(sheet->config.keys[i].key, name) == 0) {
            return true;
        }
    }
    return false;
}

static status_t bind_extra(struct unit_sheet *sheet, struct problem *problem)
{
    for (size_t i = 0; i < EXTRA_COUNT; i++) {
        sheet->extra[i] = sheet->columns;
    }
    for (size_t i = 0; i < sizeof(extra_columns) / sizeof(extra_columns[0]); i++) {
        const char *name = extra_columns[i].name;
        size_t column = sheet->columns;
        size_t count = is_key(sheet, name) ? 0 : find_columns(sheet, name, 0, &column);
        size_t *place = &sheet->extra[extra_columns[i].extra];
        if (count > 1 || (count == 1 && *place < sheet->columns)) {
            return refuse(problem, "SHEET_COLUMN", name, "there are two columns for this value");
        }
        if (count == 1) {
            *place = column;
        }
    }
    return STATUS_OK;
}

static status_t read_header(struct unit_sheet *sheet, struct problem *problem)
{
    bool found = false;
    do {
        TRY(nvs_csv_reader_next(&sheet->reader, &found, problem));
        if (!found) {
            return problem_say(problem, STATUS_MALFORMED, "SHEET_EMPTY", "",
                               "the master CSV has no header");
        }
    } while (unit_sheet_config_is_blank(&sheet->reader));
    sheet->columns = sheet->reader.count;
    for (size_t i = 0; i < sheet->config.count; i++) {
        TRY(bind_key(sheet, i, problem));
    }
    return bind_extra(sheet, problem);
}

static status_t open_values(struct unit_sheet *sheet, struct problem *problem)
{
    static const struct nvs_csv_dialect dialect = {UNIT_SHEET_VALUES_MAX, false};
    struct problem own = {0};
    status_t status = nvs_csv_reader_init(&sheet->reader, sheet->source.values, &dialect, &own);
    if (status == STATUS_OK) {
        status = read_header(sheet, &own);
    }
    if (status != STATUS_OK && problem != NULL) {
        (void)problem_complete(&own, status);
        unit_sheet_place(sheet, &own);
        *problem = own;
    }
    return status;
}

status_t unit_sheet_new(const struct unit_sheet_source *source, struct unit_sheet **ret_sheet,
                        struct problem *problem)
{
    AUTO(unit_sheet_free) struct unit_sheet *sheet = calloc(1, sizeof(*sheet));
    if (sheet == NULL) {
        return STATUS_NO_MEMORY;
    }
    sheet->source = *source;
    sheet->is_first = true;
    TRY(unit_sheet_config_read(source->config_name, source->config, &sheet->config, problem));
    TRY(open_values(sheet, problem));
    *ret_sheet = TAKE(sheet);
    return STATUS_OK;
}

/* ---- a row ---- */

/* SPEC.md §2.1: a row's own value, as mfg-tool reads it; a row without one has the first row's. */
static status_t take_repeat(struct unit_sheet *sheet, struct unit_sheet_key *key, struct span *text)
{
    if (sheet->is_first) {
        buf_init_secret(&key->first, UNIT_SHEET_VALUES_MAX);
        buf_append_span(&key->first, *text);
        return buf_status(&key->first);
    }
    if (text->size == 0) {
        *text = buf_span(&key->first);
    } else if (sheet->repeat.status == STATUS_OK && !span_equal(*text, buf_span(&key->first))) {
        (void)refuse(&sheet->repeat, "SHEET_REPEAT", key->key,
                     "marked REPEAT, and this row has a value of its own: each row's own was "
                     "taken, as esp-matter-mfg-tool does; mfg_gen would give all units the first "
                     "row's");
        unit_sheet_place(sheet, &sheet->repeat);
    }
    return STATUS_OK;
}

/* The row's text for the key, or the content of the file that it names; held by key->bytes. */
static status_t read_text(struct unit_sheet *sheet, struct unit_sheet_key *key,
                          struct image_vendor_value *ret_value, struct problem *problem)
{
    struct span text = nvs_csv_reader_field(&sheet->reader, key->column);
    buf_done(&key->bytes);
    buf_init_secret(&key->bytes, NVS_CSV_TEXT_MAX);
    if (key->repeat) {
        TRY(take_repeat(sheet, key, &text));
    }
    if (key->file) {
        /* a field has its NUL behind it; the copy of a first row does not */
        AUTO(buf_done) struct buf path = {.limit = NVS_CSV_TEXT_MAX};
        buf_append_span(&path, text);
        buf_append_byte(&path, 0);
        TRY(buf_status(&path));
        nvs_csv_read_t *read = key->secret && sheet->source.read_key_file != NULL
                                   ? sheet->source.read_key_file
                                   : sheet->source.read_file;
        TRY(read(sheet->source.context, (const char *)path.data, &key->bytes, problem));
        text = buf_span(&key->bytes);
    }
    *ret_value = (struct image_vendor_value){.namespace_name = key->namespace_name,
                                             .key = key->key,
                                             .encoding = key->encoding,
                                             .text = text,
                                             .from_file = key->file};
    return STATUS_OK;
}

static status_t take_number(const struct unit_sheet_key *key, const struct nvs_csv_decoded *decoded,
                            void *field, struct problem *problem)
{
    if (decoded->type == NVS_STRING || decoded->type == NVS_BLOB_DATA ||
        decoded->integer > UINT32_MAX) {
        return refuse(problem, "SHEET_VALUE", key->key, "no number of 32 bits");
    }
    *(struct image_number *)field = (struct image_number){true, (uint32_t)decoded->integer};
    return STATUS_OK;
}

/* Into key->bytes, with a NUL behind, which the value does not count. */
static status_t take_bytes(struct unit_sheet_key *key, const struct nvs_csv_decoded *decoded,
                           void *field, struct problem *problem)
{
    bool number = decoded->type != NVS_STRING && decoded->type != NVS_BLOB_DATA;
    bool text = decoded->type == NVS_STRING;
    if (number || (text && key->kind == UNIT_SHEET_BYTES) ||
        (!text && key->kind == UNIT_SHEET_TEXT)) {
        return refuse(problem, "SHEET_VALUE", key->key, "the encoding does not suit this key");
    }
    buf_clear(&key->bytes);
    if (text && key->kind == UNIT_SHEET_BASE64) {
        if (base64_decode(buf_span(&decoded->bytes), &key->bytes) != STATUS_OK) {
            return refuse(problem, "SHEET_VALUE", key->key, "the value is not base64");
        }
    } else {
        buf_append_span(&key->bytes, buf_span(&decoded->bytes));
    }
    buf_append_byte(&key->bytes, 0);
    TRY(buf_status(&key->bytes));
    if (key->kind == UNIT_SHEET_TEXT) {
        *(const char **)field = (const char *)key->bytes.data;
    } else {
        *(struct span *)field = span_make(key->bytes.data, key->bytes.size - 1);
    }
    return STATUS_OK;
}

static status_t take_field(struct unit_sheet_key *key, const struct image_vendor_value *value,
                           struct unit_supplied *supplied, struct problem *problem)
{
    AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {0};
    void *field = (uint8_t *)supplied + key->field;
    TRY(image_vendor_decode(value, &decoded, problem));
    return key->kind == UNIT_SHEET_NUMBER ? take_number(key, &decoded, field, problem)
                                          : take_bytes(key, &decoded, field, problem);
}

static status_t take_key(struct unit_sheet *sheet, struct unit_sheet_key *key,
                         struct unit_supplied *supplied, struct problem *problem)
{
    struct image_vendor_value value;
    TRY(read_text(sheet, key, &value, problem));
    if (key->kind == UNIT_SHEET_EXPECTED) {
        supplied->expected[supplied->expected_count++] = value;
        return STATUS_OK;
    }
    if (key->kind != UNIT_SHEET_VENDOR) {
        return take_field(key, &value, supplied, problem);
    }
    if (supplied->vendor_count == IMAGE_VENDOR_VALUES_MAX) {
        return refuse(problem, "TOO_MANY", key->key, "more vendor data than a unit can have");
    }
    supplied->vendor_values[supplied->vendor_count++] = value;
    return STATUS_OK;
}

/* NULL when there is no such column, or nothing in it. */
static const char *extra_text(const struct unit_sheet *sheet, enum extra extra)
{
    if (sheet->extra[extra] == sheet->columns) {
        return NULL;
    }
    struct span text = nvs_csv_reader_field(&sheet->reader, sheet->extra[extra]);
    return text.size > 0 ? (const char *)text.data : NULL;
}

static status_t take_extra(const struct unit_sheet *sheet, struct unit_supplied *supplied,
                           struct problem *problem)
{
    const char *passcode = extra_text(sheet, EXTRA_PASSCODE);
    supplied->unit_id = extra_text(sheet, EXTRA_UNIT_ID);
    supplied->hardware_id = extra_text(sheet, EXTRA_HARDWARE_ID);
    if (passcode == NULL) {
        return STATUS_OK;
    }
    size_t digits = strspn(passcode, "0123456789");
    if (digits == 0 || digits > 8 || passcode[digits] != '\0') {
        return refuse(problem, "SHEET_VALUE", "passcode", "a passcode has one to eight digits");
    }
    supplied->passcode = (struct image_number){true, (uint32_t)strtoul(passcode, NULL, 10)};
    return STATUS_OK;
}

static status_t take_row(struct unit_sheet *sheet, struct unit_supplied *supplied,
                         struct problem *problem)
{
    if (sheet->reader.count != sheet->columns) {
        return problem_say(problem, STATUS_MALFORMED, "SHEET_FIELDS", "",
                           "%zu fields, and the header has %zu: quote values with a comma",
                           sheet->reader.count, sheet->columns);
    }
    for (size_t i = 0; i < sheet->config.count; i++) {
        TRY(take_key(sheet, &sheet->config.keys[i], supplied, problem));
    }
    TRY(take_extra(sheet, supplied, problem));
    sheet->is_first = false;
    return STATUS_OK;
}

static status_t next_row(struct unit_sheet *sheet, struct unit_supplied *supplied, bool *ret_found,
                         struct problem *problem)
{
    do {
        TRY(nvs_csv_reader_next(&sheet->reader, ret_found, problem));
    } while (*ret_found && unit_sheet_config_is_blank(&sheet->reader));
    return *ret_found ? take_row(sheet, supplied, problem) : STATUS_OK;
}

status_t unit_sheet_next(struct unit_sheet *sheet, struct unit_supplied *ret_supplied,
                         bool *ret_found, struct problem *problem)
{
    struct unit_supplied supplied = {0};
    struct problem own = {0};
    bool found = false;
    status_t status = next_row(sheet, &supplied, &found, &own);
    if (status != STATUS_OK) {
        if (problem != NULL) {
            (void)problem_complete(&own, status);
            unit_sheet_place(sheet, &own);
            *problem = own;
        }
        return status;
    }
    *ret_supplied = supplied;
    *ret_found = found;
    return STATUS_OK;
}
