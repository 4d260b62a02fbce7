#include "lib/approval/file.h"

#include "lib/base/hex.h"

static const char LABEL[] = "signature: ";

status_t approval_file_write(struct span text, struct span signature, struct buf *ret_content)
{
    char digits[2 * APPROVAL_SIGNATURE_MAX + 1];
    if (signature.size > APPROVAL_SIGNATURE_MAX) {
        return STATUS_TOO_LARGE;
    }
    hex_encode(signature, digits);
    buf_append_span(ret_content, text);
    buf_append_text(ret_content, LABEL);
    buf_append_text(ret_content, digits);
    buf_append_byte(ret_content, '\n');
    return buf_status(ret_content);
}

static status_t malformed(struct problem *problem)
{
    return problem_say(problem, STATUS_MALFORMED, "STATEMENT_FILE", "statement",
                       "this is no file of a signed statement");
}

/* Where the last line begins; the content ends with its newline. */
static size_t last_line(struct span content)
{
    size_t at = content.size - 1;
    while (at > 0 && content.data[at - 1] != '\n') {
        at--;
    }
    return at;
}

status_t approval_file_read(struct span content, struct span *ret_text, struct buf *ret_signature,
                            struct problem *problem)
{
    if (content.size == 0 || content.size > APPROVAL_FILE_MAX ||
        content.data[content.size - 1] != '\n') {
        return malformed(problem);
    }
    size_t at = last_line(content);
    size_t label = strlen(LABEL);
    struct span line = span_make(content.data + at, content.size - 1 - at);
    if (line.size < label || memcmp(line.data, LABEL, label) != 0 ||
        hex_decode(span_make(line.data + label, line.size - label), ret_signature) != STATUS_OK) {
        return malformed(problem);
    }
    *ret_text = span_make(content.data, at);
    return STATUS_OK;
}
