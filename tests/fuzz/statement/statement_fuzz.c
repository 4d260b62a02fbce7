/* Any bytes as a statement: what is accepted is what writing it again gives. */
#include <assert.h>

#include "lib/approval/statement.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct approval_statement statement;
    struct problem problem = {0};
    if (approval_statement_read(span_make(data, size), &statement, &problem) != STATUS_OK) {
        assert(strcmp(problem.reason, "STATEMENT") == 0);
        return 0;
    }
    AUTO(buf_done) struct buf again;
    buf_init(&again, APPROVAL_STATEMENT_MAX);
    assert(approval_statement_write(&statement, &again) == STATUS_OK);
    assert(span_equal(buf_span(&again), span_make(data, size)));
    return 0;
}
