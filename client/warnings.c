#include "client/warnings.h"

#include <stdio.h>

#include "client/json.h"

static void append_warning(const struct problem *warning, struct buf *ret_output)
{
    const struct {
        const char *name;
        const char *text;
    } members[] = {
        {"reason", warning->reason}, {"field", warning->field}, {"message", warning->message}};
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json_append_name(ret_output, members[i].name, i == 0);
        json_append_text(ret_output, span_text(members[i].text));
    }
}

void warnings_print(const struct problem *warnings, size_t count, bool json, struct buf *ret_output)
{
    for (size_t i = 0; i < count; i++) {
        if (json) {
            buf_append_text(ret_output, i == 0 ? "[{" : ", {");
            append_warning(&warnings[i], ret_output);
            buf_append_byte(ret_output, '}');
        } else {
            (void)fprintf(stderr, "mintmark: warning: %s [%s] (%s)\n", warnings[i].message,
                          warnings[i].field, warnings[i].reason);
        }
    }
    buf_append_text(ret_output, !json ? "" : count == 0 ? "[]" : "]");
}
