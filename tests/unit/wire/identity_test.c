#include "proto/wire/tls.h"
#include "tests/support/test.h"

static void files_that_are_none(void **state)
{
    (void)state;
    const struct wire_tls_files files = {span_text("x"), span_text("y"), span_text("z")};
    struct problem problem = {0};
    SSL_CTX *context = NULL;
    assert_int_equal(wire_tls_server_new(&files, &context, &problem), STATUS_INVALID);
    assert_string_equal(problem.field, "certificate");
    assert_null(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
