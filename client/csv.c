#include "client/csv.h"

#include <string.h>

void csv_append(struct buf *ret_table, const char *text, const char *end)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buf_append_text(ret_table, text);
    } else {
        buf_append_byte(ret_table, '"');
        for (; *text != '\0'; text++) {
            buf_append_text(ret_table, *text == '"' ? "\"" : "");
            buf_append_byte(ret_table, (uint8_t)*text);
        }
        buf_append_byte(ret_table, '"');
    }
    buf_append_text(ret_table, end);
}
