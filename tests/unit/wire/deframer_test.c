#include "proto/wire/deframer.h"

#include "tests/support/test.h"

enum { LIMIT = 300 };

struct fixture {
    struct wire_deframer deframer;
    struct buf message;
    struct problem problem;
};

static struct fixture *begin(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    buf_init(&fixture->message, LIMIT);
    wire_deframer_init(&fixture->deframer, &fixture->message, LIMIT);
    return fixture;
}

static status_t push(struct fixture *fixture, const void *bytes, size_t size)
{
    return wire_deframer_push(&fixture->deframer, span_make(bytes, size), &fixture->problem);
}

static void splits_at_every_byte(void **state)
{
    (void)state;
    uint8_t stream[WIRE_PREFIX_SIZE + LIMIT];
    wire_deframer_prefix(LIMIT, stream);
    for (size_t i = 0; i < LIMIT; i++) {
        stream[WIRE_PREFIX_SIZE + i] = (uint8_t)i;
    }
    for (size_t first = 0; first <= sizeof(stream); first++) {
        struct fixture f;
        assert_ok(push(begin(&f), stream, first));
        bool whole = first == sizeof(stream);
        assert_int_equal(wire_deframer_end(&f.deframer, &f.problem),
                         whole ? STATUS_OK : STATUS_INTERNAL);
        assert_ok(push(&f, stream + first, sizeof(stream) - first));
        assert_ok(wire_deframer_end(&f.deframer, &f.problem));
        assert_span_equal(buf_span(&f.message), span_make(stream + WIRE_PREFIX_SIZE, LIMIT));
        buf_done(&f.message);
    }
}

static void byte_by_byte(void **state)
{
    (void)state;
    static const uint8_t stream[] = {0, 0, 0, 0, 3, 'a', 'b', 'c'};
    struct fixture f;
    begin(&f);
    for (size_t i = 0; i < sizeof(stream); i++) {
        assert_ok(push(&f, stream + i, 1));
    }
    assert_span_equal(buf_span(&f.message), span_text("abc"));
    buf_done(&f.message);
}

static void empty_message_is_legal(void **state)
{
    (void)state;
    static const uint8_t stream[WIRE_PREFIX_SIZE] = {0};
    struct fixture f;
    assert_ok(push(begin(&f), stream, sizeof(stream)));
    assert_ok(wire_deframer_end(&f.deframer, &f.problem));
    assert_int_equal(f.message.size, 0);
    buf_done(&f.message);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        uint8_t stream[8];
        size_t size;
        bool other_encoding;
        status_t status;
        const char *reason;
    } rows[] = {
        {{0, 0, 0, 1, 45}, 5, false, STATUS_EXHAUSTED, "MESSAGE_TOO_LARGE"}, /* 301 */
        {{0, 255, 255, 255, 255}, 5, false, STATUS_EXHAUSTED, "MESSAGE_TOO_LARGE"},
        {{1, 0, 0, 0, 1}, 5, false, STATUS_INTERNAL, "MESSAGE_FLAG"},
        {{7, 0, 0, 0, 1}, 5, false, STATUS_INTERNAL, "MESSAGE_FLAG"},
        {{1, 0, 0, 0, 1}, 5, true, STATUS_UNIMPLEMENTED, "COMPRESSION"},
        {{0, 0, 0, 0, 1, 'a', 0}, 7, false, STATUS_UNIMPLEMENTED, "MORE_THAN_ONE_MESSAGE"},
        {{0, 0, 0, 0, 0, 0}, 6, false, STATUS_UNIMPLEMENTED, "MORE_THAN_ONE_MESSAGE"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f;
        begin(&f);
        f.deframer.other_encoding = rows[i].other_encoding;
        assert_int_equal(push(&f, rows[i].stream, rows[i].size), rows[i].status);
        assert_string_equal(f.problem.reason, rows[i].reason);
        buf_done(&f.message);
    }
}

static void other_encoding_without_compression_is_fine(void **state)
{
    (void)state;
    static const uint8_t stream[] = {0, 0, 0, 0, 1, 'a'};
    struct fixture f;
    begin(&f);
    f.deframer.other_encoding = true;
    assert_ok(push(&f, stream, sizeof(stream)));
    buf_done(&f.message);
}

static void nothing_is_no_message(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_int_equal(wire_deframer_end(&f.deframer, &f.problem), STATUS_INTERNAL);
    assert_string_equal(f.problem.reason, "MESSAGE_INCOMPLETE");
    buf_done(&f.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_at_every_byte),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(empty_message_is_legal),
        cmocka_unit_test(refusals),
        cmocka_unit_test(other_encoding_without_compression_is_fine),
        cmocka_unit_test(nothing_is_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
