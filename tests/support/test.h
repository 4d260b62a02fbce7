/* What every test includes: cmocka in the one order it accepts, and where foreign test data lies.
 */
#ifndef MINTMARK_TESTS_SUPPORT_TEST_H
#define MINTMARK_TESTS_SUPPORT_TEST_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "lib/base/buf.h"
#include "lib/base/status.h"

/* Exit code by which a test program tells ctest that it was skipped. */
#define TEST_SKIPPED 77

#define assert_ok(expression) assert_int_equal((expression), STATUS_OK)
#define assert_span_equal(a, b)                                                                    \
    do {                                                                                           \
        struct span left_ = (a), right_ = (b);                                                     \
        assert_int_equal(left_.size, right_.size);                                                 \
        if (left_.size > 0) {                                                                      \
            assert_memory_equal(left_.data, right_.data, left_.size);                              \
        }                                                                                          \
    } while (0)

/* Path of `relative` in the foreign test data folder (MINTMARK_SHARED, else ../shared beside the
 * checkout), or NULL when it is not there. Static storage, overwritten by the next call. */
const char *test_shared_path(const char *relative);

/* Path of `relative` in the source tree. Static storage, overwritten by the next call. */
const char *test_source_path(const char *relative);

/* Reads a whole file or fails the test. */
struct buf test_read_file(const char *path);

/* Prints the reason and ends the program as skipped. */
_Noreturn void test_skip(const char *reason);

#endif
