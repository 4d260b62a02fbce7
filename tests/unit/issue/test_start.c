/* What a start puts on record, and what it refuses to. */
#include "server/issue/start.h"

#include "lib/event/event.h"
#include "server/store/log.h"
#include "tests/support/factory.h"
#include "tests/support/test.h"

#define TOKEN                                                                                      \
    "\"token\":{\"label\":\"mint\",\"serial\":\"0123\",\"manufacturer\":\"m\",\"model\":\"v2\","   \
    "\"software\":true,\"warnings\":[]}"
#define PAI                                                                                        \
    "{\"purpose\":\"pai\",\"name\":\"dev\",\"label\":\"acme\",\"id\":\"00\","                      \
    "\"public_key_sha256\":\"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\","  \
    "\"policy\":{\"class\":\"strict\",\"attributes\":{\"CKA_TOKEN\":true},\"findings\":[]}}"
#define SEAL                                                                                       \
    "{\"purpose\":\"seal\",\"name\":\"seal\",\"label\":\"s\",\"id\":\"00\","                       \
    "\"public_key_sha256\":null,\"policy\":{\"class\":\"dev\",\"attributes\":{},\"findings\":[]}}"

static const uint8_t config_sha256[SHA256_SIZE] = {7};

static uint64_t log_size(struct factory *factory)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    assert_ok(store_log_size(factory->store, &size, &newest_ms));
    return size;
}

static void read_entry(struct factory *factory, uint64_t index, struct event *ret_event)
{
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, EVENT_MAX);
    assert_ok(store_log_entry(factory->store, index, &entry, NULL));
    assert_ok(event_read(buf_span(&entry), ret_event, NULL));
}

#define assert_field(event, field, text)                                                           \
    assert_span_equal((event).values[field].bytes, span_text(text))

static void test_record(void **state)
{
    (void)state;
    struct factory factory;
    struct event event;
    factory_init(&factory, 1);
    uint64_t before = log_size(&factory);
    assert_ok(issue_start(&factory.environment,
                          span_text("{" TOKEN ",\"keys\":[" PAI "," SEAL "]}"), "0.1",
                          config_sha256, NULL));
    assert_int_equal(log_size(&factory), before + 3);
    read_entry(&factory, before, &event);
    assert_int_equal(event.type, EVENT_TYPE_START);
    assert_field(event, EVENT_VERSION, "0.1");
    assert_field(event, EVENT_TOKEN_SERIAL, "0123");
    assert_field(event, EVENT_TOKEN_KIND, "software");
    assert_span_equal(event.values[EVENT_CONFIG_SHA256].bytes, SPAN_OF(config_sha256));
    assert_int_equal(event.values[EVENT_COUNT].number, 2);
    read_entry(&factory, before + 1, &event);
    assert_int_equal(event.type, EVENT_TYPE_KEY_SERVED);
    assert_field(event, EVENT_KEY_LABEL, "acme");
    assert_field(event, EVENT_KEY_CLASS, "strict");
    assert_field(event, EVENT_KEY_ATTRIBUTES, "{\"CKA_TOKEN\":true}");
    assert_int_equal(event.values[EVENT_PUBLIC_KEY_SHA256].bytes.data[31], 31);
    read_entry(&factory, before + 2, &event);
    assert_field(event, EVENT_KEY_PURPOSE, "seal");
    assert_int_equal(event.values[EVENT_PUBLIC_KEY_SHA256].bytes.size, 0);
    factory_done(&factory);
}

static const struct {
    const char *report;
    status_t status;
} refused[] = {
    {"", STATUS_INTERNAL},
    {"{}", STATUS_INTERNAL},
    {"{" TOKEN ",\"keys\":[]}", STATUS_INTERNAL},
    {"{" TOKEN ",\"keys\":[{}]}", STATUS_INVALID},
    {"{" TOKEN ",\"keys\":[{\"purpose\":\"other\"}]}", STATUS_INVALID},
    {"{\"token\":{\"label\":\"a\\u0007\"},\"keys\":[" PAI "]}", STATUS_INVALID},
};

static void test_refused(void **state)
{
    (void)state;
    struct factory factory;
    factory_init(&factory, 1);
    uint64_t before = log_size(&factory);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct problem problem = {0};
        assert_int_equal(issue_start(&factory.environment, span_text(refused[i].report), "0.1",
                                     config_sha256, &problem),
                         refused[i].status);
        assert_string_equal(problem.reason,
                            refused[i].status == STATUS_INTERNAL ? "START_REPORT" : "EVENT_VALUE");
    }
    assert_int_equal(log_size(&factory), before);
    factory_done(&factory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
