/* Any bytes as a statement, or as the file of a signed one: what is accepted is what writing it
 * again gives. */
#include <assert.h>

#include "lib/approval/file.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(struct span text)
{
    struct approval_statement statement;
    struct problem problem = {0};
    if (approval_statement_read(text, &statement, &problem) != STATUS_OK) {
        assert(strcmp(problem.reason, "STATEMENT") == 0);
        return;
    }
    AUTO(buf_done) struct buf again;
    buf_init(&again, APPROVAL_STATEMENT_MAX);
    assert(approval_statement_write(&statement, &again) == STATUS_OK);
    assert(span_equal(buf_span(&again), text));
}

/* The digits may have been upper-case. */
static void read_file(struct span content)
{
    struct span text;
    struct problem problem = {0};
    AUTO(buf_done) struct buf signature;
    AUTO(buf_done) struct buf again;
    buf_init(&signature, APPROVAL_SIGNATURE_MAX);
    buf_init(&again, APPROVAL_FILE_MAX);
    if (approval_file_read(content, &text, &signature, &problem) != STATUS_OK) {
        assert(strcmp(problem.reason, "STATEMENT_FILE") == 0);
        return;
    }
    read_text(text);
    assert(approval_file_write(text, buf_span(&signature), &again) == STATUS_OK);
    assert(again.size == content.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_text(span_make(data, size));
    read_file(span_make(data, size));
    return 0;
}
