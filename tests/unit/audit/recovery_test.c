/* A log that goes on behind a restored store. */
#include <stdio.h>

#include "tests/unit/audit/story.h"

/* What a recovery's entry says, in every part that can be wrong. */
struct recovery {
    const char *old_origin;
    const char *origin;
    const char *kind;
    int64_t size_off; /* from what stands before */
    int64_t signed_off;
    int64_t lost_off;
    int approved_by; /* 0: nobody */
    uint8_t units[3];
    int64_t count_off;
    bool other_digest;
};

static const struct recovery USUAL = {.old_origin = STORY_ORIGIN,
                                      .origin = "acme/2",
                                      .kind = "recovery",
                                      .signed_off = 7,
                                      .approved_by = 2};

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    return story;
}

static void certificate_of(uint8_t number, uint8_t ret_sha256[static SHA256_SIZE])
{
    digest_sha256(span_make(&number, 1), ret_sha256);
}

static void digest_units(const struct recovery *recovery, uint8_t ret_digest[static SHA256_SIZE])
{
    uint8_t chained[2 * SHA256_SIZE] = {0};
    for (size_t i = 0; recovery->units[i] != 0; i++) {
        certificate_of(recovery->units[i], chained + SHA256_SIZE);
        digest_sha256(SPAN_OF(chained), chained);
    }
    memcpy(ret_digest, chained, SHA256_SIZE);
    ret_digest[0] ^= recovery->other_digest;
}

static void add_recovery(struct story *story, const struct recovery *recovery, int64_t size)
{
    uint8_t digest[SHA256_SIZE];
    struct event event = story_event(story, EVENT_TYPE_LOG_RECOVERED);
    digest_units(recovery, digest);
    event_set_text(&event, EVENT_OLD_ORIGIN, recovery->old_origin);
    event_set_text(&event, EVENT_ORIGIN, recovery->origin);
    event_set_number(&event, EVENT_SIZE, size + recovery->size_off);
    event_set_sha256(&event, EVENT_ROOT, span_text("kept"));
    event_set_number(&event, EVENT_SIGNED_SIZE, size + recovery->signed_off);
    event_set_sha256(&event, EVENT_SIGNED_ROOT, span_text("signed"));
    event_set_number(&event, EVENT_LOST,
                     (recovery->signed_off > 0 ? recovery->signed_off : 0) + recovery->lost_off);
    event_set_number(&event, EVENT_COUNT,
                     (int64_t)strlen((const char *)recovery->units) + recovery->count_off);
    event_set_bytes(&event, EVENT_UNITS_SHA256, SPAN_OF(digest));
    event_set_number(&event, EVENT_LEFT_OUT, 1);
    event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story->proposal));
    story_add(story, &event);
}

static void recover_unit(struct story *story, uint8_t number)
{
    uint8_t certificate[SHA256_SIZE];
    struct event event = story_unit(story, EVENT_TYPE_DEVICE_RECOVERED, number);
    certificate_of(number, certificate);
    story_describe(&event, number);
    event_set_text(&event, EVENT_PRODUCT, story->ordered);
    event_set_bytes(&event, EVENT_CERTIFICATE_SHA256, SPAN_OF(certificate));
    story_add(story, &event);
}

static void recover(struct story *story, const struct recovery *recovery)
{
    int64_t size = (int64_t)story->count;
    story_propose(story, 1, recovery->kind, recovery->origin);
    if (recovery->approved_by != 0) {
        story_approve(story, recovery->approved_by);
    }
    add_recovery(story, recovery, size);
    for (size_t i = 0; recovery->units[i] != 0; i++) {
        recover_unit(story, recovery->units[i]);
    }
    story->origin = recovery->origin;
}

static void test_goes_on(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct recovery recovery = USUAL;
    AUTO(audit_free) struct audit *audit = NULL;
    AUTO(story_done) struct story story = usual();
    int64_t size = (int64_t)story.count;
    recovery.units[0] = 2; /* reserved before, issued by an entry that was lost */
    recovery.units[1] = 3; /* nothing of it was left */
    recover(&story, &recovery);
    story_report(&story, 3, "flashed");
    story_propose(&story, 1, "order-resume", STORY_ORDER);
    story_approve(&story, 2);
    struct event event = story_event(&story, EVENT_TYPE_ORDER_RESUMED);
    event_set_text(&event, EVENT_ORDER, STORY_ORDER);
    event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story.proposal));
    story_add(&story, &event);
    assert_ok(story_play(&story, &audit, &problem));
    assert_string_equal(audit_summary(audit)->origin, "acme/2");
    assert_int_equal(audit_summary(audit)->entries_lost, 7);
    assert_int_equal(audit_summary(audit)->open_intents, 0);
    assert_int_equal(audit_certificate_count(audit), 3);
    const struct audit_recovery *ended = audit_recovery_of(audit, STORY_ORIGIN);
    assert_non_null(ended);
    assert_int_equal(ended->size, size);
    assert_int_equal(ended->signed_size, size + 7);
    assert_null(audit_recovery_of(audit, "acme/2"));
    /* the order's three identities are used: the units that came back count */
    story_reserve(&story, 4, STORY_ORDER);
    story_refused(&story, "ORDER_EXCEEDED");
}

/* Nothing signed was lost when the highwater itself was. */
static void test_nothing_lost(void **state)
{
    (void)state;
    struct recovery recovery = USUAL;
    recovery.signed_off = -1;
    AUTO(story_done) struct story story = usual();
    recover(&story, &recovery);
    story_right(&story);
    recovery.old_origin = "acme/2";
    recovery.origin = "acme/3";
    recover(&story, &recovery);
    story_right(&story);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        struct recovery changed; /* fields that are set differ from the usual */
        const char *reason;
    } CASES[] = {
        {{.origin = "acme/3"}, "RECOVERY_ORIGIN"},  {{.origin = "acme/1"}, "RECOVERY_ORIGIN"},
        {{.origin = "other/2"}, "RECOVERY_ORIGIN"}, {{.old_origin = "acme/0"}, "RECOVERY_ORIGIN"},
        {{.kind = "product"}, "OTHER_CHANGE"},      {{.size_off = -1}, "RECOVERY_SIZE"},
        {{.lost_off = 1}, "RECOVERY_SIZE"},         {{.other_digest = true}, "RECOVERY_UNITS"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const struct recovery *changed = &CASES[i].changed;
        struct recovery recovery = USUAL;
        recovery.origin = changed->origin != NULL ? changed->origin : recovery.origin;
        recovery.old_origin = changed->old_origin != NULL ? changed->old_origin : STORY_ORIGIN;
        recovery.kind = changed->kind != NULL ? changed->kind : recovery.kind;
        recovery.size_off = changed->size_off;
        recovery.lost_off = changed->lost_off;
        recovery.other_digest = changed->other_digest;
        AUTO(story_done) struct story story = usual();
        recover(&story, &recovery);
        story_refused(&story, CASES[i].reason);
    }
}

/* Two people, also where the log's own rule asks for one. */
static void test_people(void **state)
{
    (void)state;
    struct recovery recovery = USUAL;
    recovery.approved_by = 0;
    {
        AUTO(story_done) struct story story = usual();
        recover(&story, &recovery);
        story_refused(&story, "ONE_PERSON");
    }
    {
        AUTO(story_done) struct story story;
        story_init(&story);
        story_genesis(&story, "off");
        recover(&story, &recovery);
        story_refused(&story, "ONE_PERSON");
    }
    AUTO(story_done) struct story story = usual();
    story.other_content = EVENT_TYPE_LOG_RECOVERED;
    recover(&story, &USUAL);
    story_refused(&story, "OTHER_CONTENT");
}

static void test_units(void **state)
{
    (void)state;
    {
        struct recovery recovery = USUAL;
        recovery.units[0] = 3;
        recovery.count_off = 1;
        AUTO(story_done) struct story story = usual();
        recover(&story, &recovery);
        story_report(&story, 1, "scrapped"); /* one more was announced */
        story_refused(&story, "RECOVERY_UNITS");
    }
    {
        AUTO(story_done) struct story story = usual();
        recover_unit(&story, 3); /* none was */
        story_refused(&story, "RECOVERY_UNITS");
    }
    static const struct {
        uint8_t unit;
        const char *reason;
    } CASES[] = {{1, "UNIT_STATE"} /* issued in what was kept */, {2, NULL}, {3, NULL}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct recovery recovery = USUAL;
        recovery.units[0] = CASES[i].unit;
        AUTO(story_done) struct story story = usual();
        recover(&story, &recovery);
        if (CASES[i].reason != NULL) {
            story_refused(&story, CASES[i].reason);
        } else {
            story_right(&story);
        }
    }
}

/* What was open stands still, what was signed for the old log is worth nothing. */
static void test_behind_it(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        recover(&story, &USUAL);
        story_reserve(&story, 3, STORY_ORDER);
        story_refused(&story, "ORDER_NOT_OPEN");
    }
    AUTO(story_done) struct story story = usual();
    recover(&story, &USUAL);
    story.origin = STORY_ORIGIN;
    story_propose(&story, 1, "order-resume", STORY_ORDER);
    story_refused(&story, "STATEMENT_ORIGIN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on), cmocka_unit_test(test_nothing_lost),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_people),
        cmocka_unit_test(test_units),   cmocka_unit_test(test_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
