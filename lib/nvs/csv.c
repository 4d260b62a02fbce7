#include "lib/nvs/csv.h"

#include <stdlib.h>

#include "lib/nvs/csv_record.h"
#include "lib/nvs/csv_value.h"
#include "lib/nvs/csv_wifi.h"

enum column { COLUMN_KEY, COLUMN_TYPE, COLUMN_ENCODING, COLUMN_VALUE, COLUMN_COUNT };
static const char *const COLUMN_NAMES[COLUMN_COUNT] = {"key", "type", "encoding", "value"};

struct nvs_csv {
    struct nvs_writer *writer;
    nvs_csv_read_t *read_file;
    void *context;
    struct nvs_csv_wifi wifi;
    const char *name;        /* of the file being read */
    struct problem returned; /* the first return to an earlier namespace, STATUS_OK: none */
};

/* The file being read. */
struct table {
    struct nvs_csv_reader reader;
    size_t columns;
    size_t place[COLUMN_COUNT];
};

status_t nvs_csv_new(struct nvs_writer *writer, nvs_csv_read_t *read_file, void *context,
                     struct nvs_csv **ret_csv)
{
    struct nvs_csv *csv = calloc(1, sizeof(*csv));
    if (csv == NULL) {
        return STATUS_NO_MEMORY;
    }
    *csv = (struct nvs_csv){.writer = writer, .read_file = read_file, .context = context};
    *ret_csv = csv;
    return STATUS_OK;
}

void nvs_csv_free(struct nvs_csv *csv)
{
    if (csv != NULL) {
        nvs_csv_wifi_done(&csv->wifi);
        free(csv);
    }
}

/* ---- the header ---- */

static status_t find_column(struct table *table, enum column column, struct problem *problem)
{
    size_t found = 0;
    for (size_t i = 0; i < table->columns; i++) {
        if (span_equal(nvs_csv_reader_field(&table->reader, i), span_text(COLUMN_NAMES[column]))) {
            table->place[column] = i;
            found++;
        }
    }
    if (found != 1) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_HEADER", "",
                           "the header has %s column '%s': it must name key,type,encoding,value "
                           "once each, without blanks",
                           found == 0 ? "no" : "more than one", COLUMN_NAMES[column]);
    }
    return STATUS_OK;
}

static status_t read_header(struct table *table, struct problem *problem)
{
    bool found = false;
    TRY(nvs_csv_reader_next(&table->reader, &found, problem));
    if (!found) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_HEADER", "",
                           "the CSV has no header: its first line is key,type,encoding,value");
    }
    table->columns = table->reader.count;
    for (enum column column = COLUMN_KEY; column < COLUMN_COUNT; column++) {
        TRY(find_column(table, column, problem));
    }
    return STATUS_OK;
}

/* ---- rows ---- */

static bool has_column(const struct table *table, enum column column)
{
    return table->place[column] < table->reader.count;
}

static struct span column_of(const struct table *table, enum column column)
{
    return has_column(table, column) ? nvs_csv_reader_field(&table->reader, table->place[column])
                                     : span_make("", 0);
}

/* The field as C text: the reader put a NUL behind it, and checked that it has none inside. */
static const char *text_of(const struct table *table, enum column column)
{
    return (const char *)column_of(table, column).data;
}

/* An unquoted comma in a value silently cuts it in nvs_partition_gen. */
static status_t check_width(const struct table *table, struct problem *problem)
{
    for (size_t i = table->columns; i < table->reader.count; i++) {
        if (nvs_csv_reader_field(&table->reader, i).size > 0) {
            return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_FIELDS", "",
                               "the row has more fields than the header: put a value with a comma "
                               "into double quotes");
        }
    }
    if (!has_column(table, COLUMN_KEY) || !has_column(table, COLUMN_TYPE)) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_FIELDS", "",
                           "the row has fewer fields than the header");
    }
    return STATUS_OK;
}

/* SPEC.md §2.2, §4 */
static void note_return(struct nvs_csv *csv, const struct table *table, const char *name)
{
    if (csv->returned.status == STATUS_OK && nvs_writer_is_behind(csv->writer)) {
        (void)problem_say(&csv->returned, STATUS_INVALID, "NVS_NAMESPACE_RETURN", "",
                          "the row goes back to the earlier namespace '%s': its keys go there, "
                          "where nvs_partition_gen puts them into the newest namespace; keep the "
                          "keys of a namespace together",
                          name);
        nvs_csv_reader_place(&table->reader, csv->name, &csv->returned);
    }
}

static status_t write_namespace(struct nvs_csv *csv, const struct table *table, const char *name,
                                struct problem *problem)
{
    if (nvs_csv_wifi_has(name)) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_WIFI", "",
                           "'%s' cannot be a namespace: nvs_partition_gen takes it for a Wi-Fi "
                           "key",
                           name);
    }
    TRY(nvs_writer_namespace(csv->writer, name, problem));
    note_return(csv, table, name);
    return STATUS_OK;
}

static status_t write_value(struct nvs_csv *csv, const struct nvs_csv_value *value,
                            struct problem *problem)
{
    return nvs_csv_wifi_has(value->key)
               ? nvs_csv_wifi_write(&csv->wifi, csv->writer, value, problem)
               : nvs_csv_value_write(csv->writer, value, problem);
}

static status_t write_file(struct nvs_csv *csv, struct nvs_csv_value *value, const char *path,
                           struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, NVS_CSV_TEXT_MAX);
    TRY(csv->read_file(csv->context, path, &content, problem));
    value->bytes = buf_span(&content);
    value->from_file = true;
    return write_value(csv, value, problem);
}

static status_t write_row(struct nvs_csv *csv, const struct table *table, struct problem *problem)
{
    TRY(check_width(table, problem));
    const char *type = text_of(table, COLUMN_TYPE);
    struct nvs_csv_value value = {.key = text_of(table, COLUMN_KEY),
                                  .encoding = text_of(table, COLUMN_ENCODING),
                                  .bytes = column_of(table, COLUMN_VALUE)};
    if (strcmp(type, "namespace") == 0) {
        return write_namespace(csv, table, value.key, problem);
    }
    bool file = strcmp(type, "file") == 0;
    if (!file && strcmp(type, "data") != 0) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_TYPE", "",
                           "the type of key '%.40s' is none of namespace, data, file", value.key);
    }
    if (!has_column(table, COLUMN_ENCODING) || !has_column(table, COLUMN_VALUE)) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_FIELDS", "",
                           "the row of key '%.40s' has fewer fields than the header", value.key);
    }
    return file ? write_file(csv, &value, text_of(table, COLUMN_VALUE), problem)
                : write_value(csv, &value, problem);
}

static status_t read_table(struct nvs_csv *csv, struct table *table, struct problem *problem)
{
    TRY(read_header(table, problem));
    for (;;) {
        bool found = false;
        TRY(nvs_csv_reader_next(&table->reader, &found, problem));
        if (!found) {
            return STATUS_OK;
        }
        TRY(write_row(csv, table, problem));
    }
}

status_t nvs_csv_add(struct nvs_csv *csv, const char *name, struct span text,
                     struct problem *problem)
{
    static const struct nvs_csv_dialect dialect = {NVS_CSV_TEXT_MAX, true};
    struct problem own = {0};
    csv->name = name;
    struct table table = {0};
    status_t status = nvs_csv_reader_init(&table.reader, text, &dialect, &own);
    if (status == STATUS_OK) {
        status = read_table(csv, &table, &own);
    }
    if (status != STATUS_OK && problem != NULL) {
        (void)problem_complete(&own, status);
        nvs_csv_reader_place(&table.reader, name, &own);
        *problem = own;
    }
    nvs_csv_reader_done(&table.reader);
    return status;
}

const struct problem *nvs_csv_returned(const struct nvs_csv *csv)
{
    return csv->returned.status == STATUS_OK ? NULL : &csv->returned;
}
