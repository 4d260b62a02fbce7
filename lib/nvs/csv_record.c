#include "lib/nvs/csv_record.h"

#include <assert.h>
#include <stdio.h>

#include "lib/base/utf8.h"

enum { END = -1 };

status_t nvs_csv_reader_init(struct nvs_csv_reader *reader, struct span text,
                             const struct nvs_csv_dialect *dialect, struct problem *problem)
{
    static const uint8_t BYTE_ORDER_MARK[] = {0xEF, 0xBB, 0xBF};
    *reader = (struct nvs_csv_reader){.text = text, .comments = dialect->comments, .line = 1};
    buf_init_secret(&reader->bytes, dialect->text_max + NVS_CSV_COLUMNS_MAX);
    if (text.size > dialect->text_max) {
        return problem_say(problem, STATUS_TOO_LARGE, "NVS_CSV_SIZE", "",
                           "the CSV is larger than %zu bytes: put large values into files of "
                           "their own",
                           dialect->text_max);
    }
    if (text.size >= sizeof(BYTE_ORDER_MARK) &&
        memcmp(text.data, BYTE_ORDER_MARK, sizeof(BYTE_ORDER_MARK)) == 0) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_BOM", "",
                           "the CSV begins with a byte order mark: save it as plain UTF-8");
    }
    if (!utf8_is_text(text)) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_UTF8", "",
                           "the CSV is not UTF-8 text: save it as plain UTF-8");
    }
    return STATUS_OK;
}

void nvs_csv_reader_done(struct nvs_csv_reader *reader)
{
    buf_done(&reader->bytes);
}

/* The next character, CR LF and CR read as LF; does not move. */
static int peek(const struct nvs_csv_reader *reader)
{
    if (reader->at == reader->text.size) {
        return END;
    }
    int c = reader->text.data[reader->at];
    return c == '\r' ? '\n' : c;
}

static void advance(struct nvs_csv_reader *reader)
{
    const uint8_t *text = reader->text.data;
    if (peek(reader) == '\n') {
        reader->line++;
        if (text[reader->at] == '\r' && reader->at + 1 < reader->text.size &&
            text[reader->at + 1] == '\n') {
            reader->at++;
        }
    }
    reader->at++;
}

static void skip_line(struct nvs_csv_reader *reader)
{
    while (peek(reader) != END && peek(reader) != '\n') {
        advance(reader);
    }
}

/* Inside the quotes, up to and over the closing one. */
static status_t read_quoted(struct nvs_csv_reader *reader, struct problem *problem)
{
    for (;;) {
        int c = peek(reader);
        if (c == END) {
            return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_QUOTE", "",
                               "the quoted value that begins in this row has no end");
        }
        advance(reader);
        if (c == '"') {
            if (peek(reader) != '"') {
                break;
            }
            advance(reader); /* a doubled quote stands for one */
        }
        if (reader->comments && c == '\n' && peek(reader) == '#') {
            return problem_say(problem, STATUS_INVALID, "NVS_CSV_COMMENT_IN_VALUE", "",
                               "a line of a quoted value begins with '#', which "
                               "nvs_partition_gen drops: put the value into a file");
        }
        buf_append_byte(&reader->bytes, (uint8_t)c);
    }
    int next = peek(reader);
    if (next != END && next != '\n' && next != ',') {
        return problem_say(problem, STATUS_MALFORMED, "NVS_CSV_QUOTE", "",
                           "text follows a closing quote: quote the whole value, and double the "
                           "quotes inside it");
    }
    return STATUS_OK;
}

static void read_plain(struct nvs_csv_reader *reader)
{
    for (int c; (c = peek(reader)) != END && c != '\n' && c != ',';) {
        buf_append_byte(&reader->bytes, (uint8_t)c);
        advance(reader);
    }
}

static status_t read_field(struct nvs_csv_reader *reader, struct problem *problem)
{
    if (reader->count == NVS_CSV_COLUMNS_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "NVS_CSV_COLUMNS", "",
                           "the row has more than %d fields", NVS_CSV_COLUMNS_MAX);
    }
    if (peek(reader) == '"') {
        advance(reader);
        TRY(read_quoted(reader, problem));
    } else {
        read_plain(reader);
    }
    buf_append_byte(&reader->bytes, 0);
    reader->starts[++reader->count] = reader->bytes.size;
    return STATUS_OK;
}

static status_t read_record(struct nvs_csv_reader *reader, struct problem *problem)
{
    reader->start_line = reader->line;
    reader->count = 0;
    buf_clear(&reader->bytes);
    TRY(read_field(reader, problem));
    while (peek(reader) == ',') {
        advance(reader);
        TRY(read_field(reader, problem));
    }
    return buf_status(&reader->bytes);
}

status_t nvs_csv_reader_next(struct nvs_csv_reader *reader, bool *ret_found,
                             struct problem *problem)
{
    for (int c; (c = peek(reader)) != END; advance(reader)) {
        if (c == '#' && reader->comments) {
            skip_line(reader);
        } else if (c != '\n') {
            *ret_found = true;
            return read_record(reader, problem);
        }
        if (peek(reader) == END) {
            break; /* a comment in the last line, without its newline */
        }
    }
    *ret_found = false;
    return STATUS_OK;
}

void nvs_csv_reader_place(const struct nvs_csv_reader *reader, const char *name,
                          struct problem *problem)
{
    enum { NAME_MAX_SHOWN = PROBLEM_FIELD_MAX - 24 };
    size_t length = strlen(name);
    bool cut = length > NAME_MAX_SHOWN;
    (void)snprintf(problem->field, sizeof(problem->field), "%s%s:%zu", cut ? "..." : "",
                   cut ? name + length - NAME_MAX_SHOWN : name,
                   reader->start_line > 0 ? reader->start_line : 1);
}

struct span nvs_csv_reader_field(const struct nvs_csv_reader *reader, size_t index)
{
    assert(index < reader->count);
    size_t start = reader->starts[index];
    return span_make(reader->bytes.data + start, reader->starts[index + 1] - start - 1);
}
