/* Every type of event with its smallest and largest values, there and back; and everything that is
 * nearly an entry. */
#include "lib/event/event.h"

#include "lib/event/schema.h"
#include "tests/support/test.h"

static const uint8_t bytes[4096] = {0xA5, 0x5A};
static char longest[4097]; /* quotation marks: the text that grows most */

/* The first or the last of the words. */
static struct span word(const char *words, bool last)
{
    const char *start = last && strrchr(words, '|') != NULL ? strrchr(words, '|') + 1 : words;
    return span_make(start, strcspn(start, "|"));
}

static void set_field(struct event *event, enum event_field field, bool large)
{
    const struct event_field_row *row = &EVENT_FIELD_TABLE[field];
    size_t size = (size_t)(large ? row->most : row->least);
    switch (row->kind) {
    case EVENT_KIND_TEXT:
    case EVENT_KIND_LINES:
        event_set_bytes(event, field, span_make(longest, size));
        break;
    case EVENT_KIND_WORD:
        event_set_bytes(event, field, word(row->words, large));
        break;
    case EVENT_KIND_BYTES:
        event_set_bytes(event, field, span_make(bytes, size));
        break;
    case EVENT_KIND_NUMBER:
        event_set_number(event, field, large ? row->most : row->least);
        break;
    case EVENT_KIND_TIME:
        event_set_number(event, field, large ? INT64_C(253402300799999) : 0);
        break;
    }
}

static void fill(struct event *event, enum event_type type, bool large)
{
    event_begin(event, type, large ? INT64_C(253402300799999) : 0);
    for (size_t i = 0; i < EVENT_TYPE_TABLE[type].field_count; i++) {
        set_field(event, EVENT_TYPE_TABLE[type].fields[i], large);
    }
}

static void assert_same(const struct event *a, const struct event *b)
{
    assert_int_equal(a->type, b->type);
    assert_true(a->time_ms == b->time_ms);
    for (int field = 0; field < EVENT_FIELD_COUNT; field++) {
        assert_int_equal(a->values[field].set, b->values[field].set);
        assert_span_equal(a->values[field].bytes, b->values[field].bytes);
        assert_true(a->values[field].number == b->values[field].number);
    }
}

static void test_every_type(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * EVENT_TYPE_COUNT; i++) {
        struct event event;
        struct event read;
        struct problem problem = {0};
        AUTO(buf_done) struct buf entry;
        buf_init(&entry, EVENT_MAX);
        fill(&event, (enum event_type)(i / 2), i % 2 == 1);
        assert_ok(event_write(&event, &entry, &problem));
        if (event_read(buf_span(&entry), &read, &problem) != STATUS_OK) {
            fail_msg("%s: %s", event_type_name(event.type), problem.message);
        }
        assert_same(&event, &read);
    }
}

/* Each field one too small and one too large, and missing. */
static void test_limits(void **state)
{
    (void)state;
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        for (size_t i = 0; i < EVENT_TYPE_TABLE[type].field_count; i++) {
            enum event_field field = EVENT_TYPE_TABLE[type].fields[i];
            const struct event_field_row *row = &EVENT_FIELD_TABLE[field];
            struct event event;
            struct problem problem = {0};
            AUTO(buf_done) struct buf entry;
            buf_init(&entry, 2 * EVENT_MAX);
            fill(&event, (enum event_type)type, true);
            event.values[field].bytes.size += 1;
            event.values[field].number += 1;
            assert_int_equal(event_write(&event, &entry, &problem), STATUS_INVALID);
            assert_string_equal(problem.reason, "EVENT_VALUE");
            assert_string_equal(problem.field, row->name);
            fill(&event, (enum event_type)type, false);
            event.values[field].number -= 1;
            if (row->kind < EVENT_KIND_NUMBER && event.values[field].bytes.size > 0) {
                event.values[field].bytes.size -= 1;
                assert_int_equal(event_write(&event, &entry, &problem), STATUS_INVALID);
            } else if (row->kind >= EVENT_KIND_NUMBER) {
                assert_int_equal(event_write(&event, &entry, &problem), STATUS_INVALID);
            }
            fill(&event, (enum event_type)type, false);
            event.values[field].set = false;
            assert_int_equal(event_write(&event, &entry, &problem), STATUS_INVALID);
        }
    }
}

static status_t write_text(const char *text)
{
    struct event event;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, EVENT_MAX);
    event_begin(&event, EVENT_TYPE_IDENTITY_BLOCKED, 0);
    event_set_text(&event, EVENT_IDENTITY, text);
    event_set_bytes(&event, EVENT_CHANGE, (struct span){0});
    return event_write(&event, &entry, NULL);
}

static void test_text(void **state)
{
    (void)state;
    assert_ok(write_text("spiffe://acme/station/line1-03"));
    assert_ok(write_text("Zo\xC3\xAB \"\\ /"));
    assert_int_equal(write_text(""), STATUS_INVALID);
    assert_int_equal(write_text("two\nlines"), STATUS_INVALID);
    assert_int_equal(write_text("tab\t"), STATUS_INVALID);
    assert_int_equal(write_text("\x7F"), STATUS_INVALID);
    assert_int_equal(write_text("\xFF"), STATUS_INVALID);
    assert_int_equal(write_text("\xC0\x80"), STATUS_INVALID);
    struct event event;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, EVENT_MAX);
    event_begin(&event, EVENT_TYPE_CLOCK_JUMP, -1);
    event_set_number(&event, EVENT_OFFSET_MS, 0);
    assert_int_equal(event_write(&event, &entry, NULL), STATUS_INVALID);
}

/* How an entry looks: bytes that must never change. */
static void test_spelling(void **state)
{
    (void)state;
    static const char ENTRY[] =
        "{\"type\":\"device.bound\",\"time\":\"2026-11-22T15:28:53.041Z\","
        "\"record\":\"000102030405060708090a0b0c0d0e0f\",\"order\":\"WO-\\\"1\\\\\","
        "\"unit\":\"u\",\"hardware_id\":\"60:55:f9:01:a2:10\"}";
    static const uint8_t record[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    struct event event;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, EVENT_MAX);
    event_begin(&event, EVENT_TYPE_DEVICE_BOUND, INT64_C(1795361333041));
    event_set_bytes(&event, EVENT_RECORD, SPAN_OF(record));
    event_set_text(&event, EVENT_ORDER, "WO-\"1\\");
    event_set_text(&event, EVENT_UNIT, "u");
    event_set_text(&event, EVENT_HARDWARE_ID, "60:55:f9:01:a2:10");
    assert_ok(event_write(&event, &entry, NULL));
    assert_span_equal(buf_span(&entry), span_text(ENTRY));
}

#define HEAD "{\"type\":\"clock.jump\",\"time\":\"2026-11-22T15:28:53.041Z\""
#define BLOCKED "{\"type\":\"identity.blocked\",\"time\":\"2026-11-22T15:28:53.041Z\""

static const struct {
    const char *entry;
    const char *reason;
} malformed[] = {
    {"", "EVENT_MALFORMED"},
    {"{}", "EVENT_MALFORMED"},
    {"{\"type\":\"clock.jump", "EVENT_MALFORMED"},
    {"{\"type\":\"unheard.of\"}", "EVENT_TYPE"},
    {"{\"type\":\"\"}", "EVENT_TYPE"},
    {HEAD, "EVENT_MALFORMED"},
    {HEAD "}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":1", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":1} ", "EVENT_MALFORMED"},
    {" " HEAD ",\"offset_ms\":1}", "EVENT_MALFORMED"},
    {HEAD ", \"offset_ms\":1}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":01}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":-0}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":+1}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":1.0}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":\"1\"}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":9007199254740992}", "EVENT_VALUE"},
    {HEAD ",\"offset_ms\":99999999999999999999}", "EVENT_MALFORMED"},
    {HEAD ",\"offset_ms\":1,\"more\":1}", "EVENT_MALFORMED"},
    {HEAD ",\"size\":1}", "EVENT_MALFORMED"},
    {"{\"time\":\"2026-11-22T15:28:53.041Z\",\"type\":\"clock.jump\",\"offset_ms\":1}",
     "EVENT_MALFORMED"},
    {"{\"type\":\"clock.jump\",\"time\":\"2026-02-30T15:28:53.041Z\",\"offset_ms\":1}",
     "EVENT_MALFORMED"},
    {"{\"type\":\"clock.jump\",\"time\":\"2026-11-22T15:28:53Z\",\"offset_ms\":1}",
     "EVENT_MALFORMED"},
    {"{\"type\":\"clock.jump\",\"time\":\"1969-12-31T23:59:59.999Z\",\"offset_ms\":1}",
     "EVENT_VALUE"},
    {BLOCKED ",\"identity\":\"a\",\"change\":\"AB\"}", "EVENT_MALFORMED"},
    {BLOCKED ",\"identity\":\"a\",\"change\":\"a\"}", "EVENT_MALFORMED"},
    {BLOCKED ",\"identity\":\"a\\u0062\",\"change\":\"\"}", "EVENT_MALFORMED"},
    {BLOCKED ",\"identity\":\"a\\/\",\"change\":\"\"}", "EVENT_MALFORMED"},
    {BLOCKED ",\"identity\":\"a\\n\",\"change\":\"\"}", "EVENT_VALUE"},
    {BLOCKED ",\"identity\":\"\",\"change\":\"\"}", "EVENT_VALUE"},
    {BLOCKED ",\"identity\":\"a\\", "EVENT_MALFORMED"},
    {BLOCKED ",\"change\":\"\",\"identity\":\"a\"}", "EVENT_MALFORMED"},
};

static void test_malformed(void **state)
{
    (void)state;
    struct event event;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        struct problem problem = {0};
        if (event_read(span_text(malformed[i].entry), &event, &problem) != STATUS_MALFORMED ||
            strcmp(problem.reason, malformed[i].reason) != 0) {
            fail_msg("%s: %s", malformed[i].entry, problem.reason);
        }
    }
    assert_ok(event_read(span_text(HEAD ",\"offset_ms\":-5}"), &event, NULL));
    assert_true(event.values[EVENT_OFFSET_MS].number == -5);
    assert_ok(
        event_read(span_text(BLOCKED ",\"identity\":\"a\\\"\",\"change\":\"\"}"), &event, NULL));
    assert_span_equal(event.values[EVENT_IDENTITY].bytes, span_text("a\""));
}

/* A value longer than an event can hold. */
static void test_too_long(void **state)
{
    (void)state;
    struct event event;
    struct problem problem = {0};
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, 64 * 1024);
    buf_append_text(&entry, BLOCKED ",\"identity\":\"");
    buf_append_fill(&entry, 'a', EVENT_STORAGE_MAX + 1);
    buf_append_text(&entry, "\",\"change\":\"\"}");
    assert_int_equal(event_read(buf_span(&entry), &event, &problem), STATUS_MALFORMED);
    buf_clear(&entry);
    buf_append_text(&entry, BLOCKED ",\"identity\":\"a\",\"change\":\"");
    buf_append_fill(&entry, '0', 2 * EVENT_STORAGE_MAX + 2);
    buf_append_text(&entry, "\"}");
    assert_int_equal(event_read(buf_span(&entry), &event, &problem), STATUS_MALFORMED);
}

/* The tables themselves: names once, types with a field once, words not empty. */
static void test_tables(void **state)
{
    (void)state;
    for (int a = 0; a < EVENT_TYPE_COUNT; a++) {
        assert_true(strlen(event_type_name((enum event_type)a)) < EVENT_TYPE_NAME_MAX);
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(event_type_name((enum event_type)a),
                                    event_type_name((enum event_type)b));
        }
        const struct event_type_row *row = &EVENT_TYPE_TABLE[a];
        for (size_t i = 0; i < row->field_count; i++) {
            for (size_t j = 0; j < i; j++) {
                assert_int_not_equal(row->fields[i], row->fields[j]);
            }
        }
    }
    for (int a = 0; a < EVENT_FIELD_COUNT; a++) {
        const struct event_field_row *row = &EVENT_FIELD_TABLE[a];
        assert_true((row->kind == EVENT_KIND_WORD) == (row->words != NULL));
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(row->name, EVENT_FIELD_TABLE[b].name);
        }
    }
}

int main(void)
{
    memset(longest, '"', sizeof(longest) - 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_text),       cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_malformed),  cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
