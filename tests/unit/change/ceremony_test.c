/* Kind "ceremony". */
#include "lib/event/event.h"
#include "server/store/log.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

#define KEY(purpose, label, digest)                                                                \
    "{\"purpose\":\"" purpose "\",\"label\":\"" label                                              \
    "\",\"made\":true,\"public_key_sha256\":" digest                                               \
    ",\"policy\":{\"class\":\"strict\",\"attributes\":{}}}"
#define DIGEST "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define HEAD                                                                                       \
    "{\"transcript\":1,\"command\":\"init\",\"time\":\"2026-11-22T20:15:00Z\",\"version\":\"1\","  \
    "\"people\":[],\"token\":{\"label\":\"mint\",\"serial\":\"0a1b\",\"software\":true},\"keys\":" \
    "["

static char transcript[] =
    HEAD KEY("seal", "mintmark-seal", "null") "," KEY("log", "mintmark-log", DIGEST) "]}";
static char unknown_purpose[] = HEAD KEY("paa", "mintmark-paa", DIGEST) "]}";
static char no_keys[] = HEAD "]}";
static struct desk desk;

static int set_up(void **state)
{
    (void)state;
    desk_init(&desk);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    desk_done(&desk);
    return 0;
}

static Mintmark__V1__Ceremony message_of(char *text)
{
    Mintmark__V1__Ceremony message;
    mintmark__v1__ceremony__init(&message);
    message.transcript = text;
    return message;
}

/* The log's entry, so many before its end. */
static void expect_entry(uint64_t before_end, const char *purpose, const char *label,
                         size_t public_key_size)
{
    AUTO(buf_done) struct buf entry;
    struct event event;
    struct problem problem = {0};
    uint64_t size = 0;
    int64_t newest_ms = 0;
    buf_init(&entry, EVENT_MAX);
    assert_ok(store_log_size(desk.worker.store, &size, &newest_ms));
    assert_ok(store_log_entry(desk.worker.store, size - before_end, &entry, &problem));
    assert_ok(event_read(buf_span(&entry), &event, &problem));
    assert_int_equal(event.type, EVENT_TYPE_KEY_CEREMONY);
    assert_true(span_equal(event.values[EVENT_KEY_PURPOSE].bytes, span_text(purpose)));
    assert_true(span_equal(event.values[EVENT_KEY_LABEL].bytes, span_text(label)));
    assert_true(span_equal(event.values[EVENT_TOKEN_SERIAL].bytes, span_text("0a1b")));
    assert_int_equal(event.values[EVENT_PUBLIC_KEY_SHA256].bytes.size, public_key_size);
    assert_int_equal(event.values[EVENT_CHANGE].bytes.size, SHA256_SIZE);
}

static void test_recorded(void **state)
{
    (void)state;
    Mintmark__V1__Ceremony message = message_of(transcript);
    Mintmark__V1__Change *looked = desk_look(&desk, &desk.op1, "ceremony", &message.base);
    assert_non_null(looked);
    assert_true(looked->needs_second);
    assert_int_equal(strlen(looked->subject), 2 * SHA256_SIZE);
    assert_int_equal(looked->n_findings, 3);
    mintmark__v1__change__free_unpacked(looked, NULL);
    desk_change(&desk, "ceremony", &message.base);
    expect_entry(2, "seal", "mintmark-seal", 0);
    expect_entry(1, "log", "mintmark-log", SHA256_SIZE);
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "ceremony", &message.base),
                      STATE(UNCHANGED));
}

static void refuse(char *text)
{
    Mintmark__V1__Ceremony message = message_of(text);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "ceremony", &message.base),
                        "TRANSCRIPT");
}

static void test_refused(void **state)
{
    (void)state;
    char nothing[] = "";
    refuse(nothing);
    refuse(unknown_purpose);
    refuse(no_keys);
    Mintmark__V1__Ceremony message = message_of(transcript);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.auditor, "ceremony", &message.base), "ROLE");
    Mintmark__V1__Change *change =
        desk_propose(&desk, &desk.op1, "ceremony", &message.base, (struct desk_wrong){0});
    desk_expect_refusal(&desk, desk_approve(&desk, &desk.op1, change, (struct desk_wrong){0}),
                        "APPROVAL_SAME_PERSON");
    mintmark__v1__change__free_unpacked(change, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recorded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ceremony", tests, NULL, NULL);
}
