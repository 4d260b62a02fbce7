#include "client/log/entry_view.h"

#include <inttypes.h>

#include "client/json.h"
#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/event/schema.h"
#include "lib/event/time.h"
#include "proto/text/visible.h"

enum { BYTES_SHOWN = 8, CLEAN_MAX = 256 };

static void print_bytes(struct span bytes, struct buf *ret_text)
{
    char digits[2 * 16 + 1];
    bool whole = bytes.size <= 16;
    hex_encode(span_make(bytes.data, whole ? bytes.size : BYTES_SHOWN), digits);
    buf_print(ret_text, "%s%s", digits, whole ? "" : "…");
}

static void print_value(const struct event *event, enum event_field field, struct buf *ret_text)
{
    const struct event_value *value = &event->values[field];
    char time[EVENT_TIME_SIZE];
    switch (EVENT_FIELD_TABLE[field].kind) {
    case EVENT_KIND_NUMBER:
        buf_print(ret_text, "%" PRId64, value->number);
        return;
    case EVENT_KIND_TIME:
        event_time_write(value->number, time);
        buf_append_text(ret_text, time);
        return;
    case EVENT_KIND_BYTES:
        print_bytes(value->bytes, ret_text);
        return;
    case EVENT_KIND_TEXT:
    case EVENT_KIND_LINES:
    case EVENT_KIND_WORD:
        break;
    }
    if (text_visible_append(value->bytes, true, ret_text) != STATUS_OK) {
        buf_append_text(ret_text, "?"); /* cannot be: it was read, so it is UTF-8 */
    }
}

static bool is_shown(const struct event *event, enum event_field field)
{
    enum event_kind kind = EVENT_FIELD_TABLE[field].kind;
    return kind == EVENT_KIND_NUMBER || kind == EVENT_KIND_TIME ||
           event->values[field].bytes.size > 0;
}

static void print_raw(uint64_t index, struct span entry, struct buf *ret_text)
{
    char clean[CLEAN_MAX + 1];
    utf8_clean(entry, clean, sizeof(clean));
    buf_print(ret_text, "%8" PRIu64 "  (not known here)  %s\n", index, clean);
}

void log_entry_view_line(uint64_t index, struct span entry, struct buf *ret_text)
{
    struct event event;
    char time[EVENT_TIME_SIZE];
    if (event_read(entry, &event, NULL) != STATUS_OK) {
        print_raw(index, entry, ret_text);
        return;
    }
    event_time_write(event.time_ms, time);
    buf_print(ret_text, "%8" PRIu64 "  %.10s %.8s  %-17s", index, time, time + 11,
              event_type_name(event.type));
    const struct event_type_row *row = &EVENT_TYPE_TABLE[event.type];
    for (size_t i = 0; i < row->field_count; i++) {
        if (is_shown(&event, row->fields[i])) {
            buf_print(ret_text, "  %s=", event_field_name(row->fields[i]));
            print_value(&event, row->fields[i], ret_text);
        }
    }
    buf_append_text(ret_text, "\n");
}

void log_entry_view_json(uint64_t index, struct span entry, struct buf *ret_json)
{
    struct event event;
    buf_print(ret_json, "{\"index\": %" PRIu64 ", \"entry\": ", index);
    if (event_read(entry, &event, NULL) == STATUS_OK) {
        buf_append_span(ret_json, entry); /* JSON, in one line */
    } else {
        AUTO(buf_done) struct buf digits;
        buf_init(&digits, 2 * entry.size + 1);
        char *place = (char *)buf_extend(&digits, 2 * entry.size + 1);
        if (place != NULL) {
            hex_encode(entry, place);
            json_append_text(ret_json, span_text(place));
        }
    }
    buf_append_text(ret_json, "}");
}
