#include "client/json.h"

void json_append_text(struct buf *ret_json, struct span text)
{
    buf_append_byte(ret_json, '"');
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c < 0x20 || c == 0x7F) {
            buf_print(ret_json, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_append_byte(ret_json, '\\');
        }
        buf_append_byte(ret_json, c);
    }
    buf_append_byte(ret_json, '"');
}

void json_append_name(struct buf *ret_json, const char *name, bool first)
{
    if (!first) {
        buf_append_text(ret_json, ", ");
    }
    json_append_text(ret_json, span_text(name));
    buf_append_text(ret_json, ": ");
}
