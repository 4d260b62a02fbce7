#include "lib/pki/pem.h"

#include <stdio.h>

#include "lib/base/hex.h"
#include "lib/pki/der.h"

enum { LINE_SIZE = 64, LABEL_LINE_MAX = 80 };

static status_t malformed(struct problem *problem, const char *label, const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, "PEM_MALFORMED", label,
                       "%s: give one \"-----BEGIN %s-----\" block, or DER", what, label);
}

/* Takes a line without its end (LF or CR LF); false at the end of the text. */
static bool take_line(struct span *text, struct span *ret_line)
{
    if (text->size == 0) {
        return false;
    }
    const uint8_t *end = memchr(text->data, '\n', text->size);
    size_t size = end == NULL ? text->size : (size_t)(end - text->data);
    size_t used = end == NULL ? size : size + 1;
    *ret_line = span_make(text->data, size);
    while (ret_line->size > 0 && (ret_line->data[ret_line->size - 1] == '\r' ||
                                  ret_line->data[ret_line->size - 1] == ' ')) {
        ret_line->size--;
    }
    *text = span_make(text->data + used, text->size - used);
    return true;
}

static bool starts_with(struct span line, const char *start)
{
    size_t size = strlen(start);
    return line.size >= size && memcmp(line.data, start, size) == 0;
}

static bool is_boundary(struct span line, const char *kind, const char *label)
{
    char wanted[LABEL_LINE_MAX];
    (void)snprintf(wanted, sizeof(wanted), "-----%s %s-----", kind, label);
    return span_equal(line, span_text(wanted));
}

/* Collects the base64 of the block; RFC 7468 §2 allows explanatory text around it. */
static status_t read_block(struct span text, const char *label, struct buf *base64,
                           struct problem *problem)
{
    enum { BEFORE, INSIDE, AFTER } state = BEFORE;
    struct span line;
    while (take_line(&text, &line)) {
        if (state != INSIDE && starts_with(line, "-----BEGIN ")) {
            if (state == AFTER) {
                return malformed(problem, label, "more than one PEM block");
            }
            if (!is_boundary(line, "BEGIN", label)) {
                return malformed(problem, label, "a PEM block of another kind");
            }
            state = INSIDE;
        } else if (state == INSIDE && is_boundary(line, "END", label)) {
            state = AFTER;
        } else if (state == INSIDE) {
            buf_append_span(base64, line);
        }
    }
    if (state != AFTER) {
        return malformed(problem, label,
                         state == BEFORE ? "neither DER nor PEM" : "PEM is cut off");
    }
    return buf_status(base64);
}

/* PEM's text may begin with '0', which is DER's SEQUENCE: with a PEM block inside, only one element
 * over all bytes is DER. */
static bool is_der(struct span bytes)
{
    struct span rest = bytes;
    struct span element;
    if (!pki_der_next_is(bytes, PKI_DER_SEQUENCE)) {
        return false;
    }
    bool whole =
        pki_der_take_element(&rest, PKI_DER_SEQUENCE, &element) == STATUS_OK && rest.size == 0;
    return whole || memmem(bytes.data, bytes.size, "-----BEGIN ", 11) == NULL;
}

status_t pki_pem_decode(struct span pem_or_der, const char *label, struct buf *ret_der,
                        struct problem *problem)
{
    if (is_der(pem_or_der)) {
        buf_append_span(ret_der, pem_or_der);
        return buf_status(ret_der);
    }
    AUTO(buf_done) struct buf base64 = {.limit = pem_or_der.size, .secret = ret_der->secret};
    TRY(read_block(pem_or_der, label, &base64, problem));
    status_t status =
        base64.size == 0 ? STATUS_MALFORMED : base64_decode(buf_span(&base64), ret_der);
    if (status == STATUS_MALFORMED) {
        return malformed(problem, label, "PEM holds no valid base64");
    }
    return status;
}

status_t pki_pem_encode(struct span der, const char *label, struct buf *ret_pem)
{
    enum { LINE_BYTES = LINE_SIZE / 4 * 3 };
    buf_append_text(ret_pem, "-----BEGIN ");
    buf_append_text(ret_pem, label);
    buf_append_text(ret_pem, "-----\n");
    for (size_t i = 0; i < der.size; i += LINE_BYTES) {
        size_t size = der.size - i < LINE_BYTES ? der.size - i : LINE_BYTES;
        char *line = (char *)buf_extend(ret_pem, (size + 2) / 3 * 4 + 1);
        if (line == NULL) {
            break;
        }
        base64_encode(span_make(der.data + i, size), line);
        ret_pem->data[ret_pem->size - 1] = '\n'; /* in the place of base64_encode's NUL */
    }
    buf_append_text(ret_pem, "-----END ");
    buf_append_text(ret_pem, label);
    buf_append_text(ret_pem, "-----\n");
    return buf_status(ret_pem);
}
