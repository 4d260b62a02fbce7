/* What an audit finds in a log: the usual story is right, and each way to break a rule is named at
 * the entry that breaks it. */
#include "lib/audit/audit.h"

#include "tests/unit/audit/story.h"

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    return story;
}

static void test_usual(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(story_done) struct story story = usual();
    story_close(&story, 1, 1, 1);
    AUTO(audit_free) struct audit *audit = NULL;
    story_right(&story);
    assert_ok(story_play(&story, &audit, &problem));
    const struct audit_summary *summary = audit_summary(audit);
    assert_int_equal(summary->entries, story.count);
    assert_int_equal(summary->types[EVENT_TYPE_DEVICE_RESERVED], 2);
    assert_int_equal(summary->open_intents, 1);
    assert_int_equal(summary->unreported, 0);
    assert_int_equal(summary->changes_by_two, 2);
    assert_int_equal(summary->orders_in_limits, 1);
    assert_int_equal(summary->changes_by_one, 1); /* the close */
    assert_int_equal(summary->changes_rule_off, 0);
    assert_true(summary->two_person_rule);
    assert_string_equal(summary->origin, STORY_ORIGIN);
    assert_int_equal(audit_certificate_count(audit), 1);
    struct audit_certificate certificate;
    audit_certificate_get(audit, 0, &certificate);
    assert_int_equal(certificate.vendor_id, 0xFFF1);
    assert_int_equal(certificate.dac_serial[0], 1);
    assert_true(certificate.reserved_at + 1 == certificate.issued_at);
}

/* Leaving out any one entry of the usual story breaks a rule further on, but for the last ones. */
static void test_any_entry_left_out(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story_close(&story, 1, 1, 1);
    size_t noticed = 0;
    for (size_t left_out = 0; left_out < story.count; left_out++) {
        struct story shorter = story;
        struct problem problem = {0};
        AUTO(audit_free) struct audit *audit = NULL;
        memmove(&shorter.entries[left_out], &shorter.entries[left_out + 1],
                (story.count - left_out - 1) * sizeof(story.entries[0]));
        shorter.count--;
        noticed += story_play(&shorter, &audit, &problem) != STATUS_OK;
    }
    /* unnoticed here: the auditor, and the close itself; the tree's root tells of those */
    assert_int_equal(noticed, story.count - 2);
}

static void test_units(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_issue(&story, 3);
        story_refused(&story, "NO_INTENT");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_issue(&story, 1);
        story_refused(&story, "UNIT_STATE"); /* twice */
    }
    {
        AUTO(story_done) struct story story = usual();
        story_reserve(&story, 2, STORY_ORDER);
        story_refused(&story, "RECORD_TWICE");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_reserve(&story, 3, STORY_ORDER);
        story_right(&story);
        story_reserve(&story, 4, STORY_ORDER);
        story_refused(&story, "ORDER_EXCEEDED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_reserve(&story, 3, "WO-2");
        story_refused(&story, "NO_ORDER");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_report(&story, 2, "flashed");
        story_refused(&story, "UNIT_STATE"); /* never issued */
    }
    {
        AUTO(story_done) struct story story = usual();
        struct event event = story_unit(&story, EVENT_TYPE_DEVICE_BOUND, 1);
        event_set_text(&event, EVENT_HARDWARE_ID, "60:55:f9:01:a2:77");
        story_add(&story, &event);
        story_refused(&story, "HARDWARE_AGAIN");
    }
}

/* One unique value of a unit that differs in all others. */
static void reserve_with(struct story *story, enum event_field field, struct span bytes)
{
    static const uint8_t others[65] = {9, 9, 9};
    struct event event = story_event(story, EVENT_TYPE_DEVICE_RESERVED);
    event_set_bytes(&event, EVENT_RECORD, span_make(others, 16));
    event_set_text(&event, EVENT_ORDER, STORY_ORDER);
    event_set_text(&event, EVENT_UNIT, "another");
    event_set_text(&event, EVENT_HARDWARE_ID, "");
    event_set_text(&event, EVENT_STATION, STORY_STATION);
    event_set_text(&event, EVENT_PRODUCT, "lamp");
    event_set_number(&event, EVENT_REVISION, 1);
    event_set_text(&event, EVENT_KEY_SOURCE, "image");
    event_set_text(&event, EVENT_SERIAL_NUMBER, "another");
    event_set_bytes(&event, EVENT_DAC_SERIAL, span_make(others, 16));
    event_set_bytes(&event, EVENT_PUBLIC_KEY, span_make(others, 65));
    event_set_sha256(&event, EVENT_TBS_SHA256, SPAN_OF(others));
    event_set_bytes(&event, field, bytes);
    story_add(story, &event);
}

static void test_uniques(void **state)
{
    (void)state;
    uint8_t ones[65];
    memset(ones, 1, sizeof(ones)); /* unit 1's */
    const struct {
        enum event_field field;
        struct span value;
        const char *reason;
    } rows[] = {
        {EVENT_RECORD, span_make(ones, 16), "RECORD_TWICE"},
        {EVENT_UNIT, span_text("unit-1"), "UNIT_TWICE"},
        {EVENT_HARDWARE_ID, span_text("60:55:f9:01:a2:01"), "HARDWARE_TWICE"},
        {EVENT_SERIAL_NUMBER, span_text("SN-1"), "SERIAL_NUMBER_TWICE"},
        {EVENT_DAC_SERIAL, span_make(ones, 16), "DAC_SERIAL_TWICE"},
        {EVENT_PUBLIC_KEY, span_make(ones, 65), "PUBLIC_KEY_TWICE"},
        {EVENT_STATION, span_text("spiffe://acme/station/stranger"), "NOT_ENROLLED"},
        {EVENT_STATION, span_text("spiffe://acme/operator/op-1"), "NOT_ENROLLED"},
        {EVENT_PRODUCT, span_text("other"), "OTHER_PRODUCT"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO(story_done) struct story story = usual();
        reserve_with(&story, rows[i].field, rows[i].value);
        story_refused(&story, rows[i].reason);
    }
    AUTO(story_done) struct story story = usual();
    reserve_with(&story, EVENT_HARDWARE_ID, span_text(""));
    story_right(&story);
}

static void test_reports_and_rework(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story_issue(&story, 2);
    story_report(&story, 2, "attempt_failed");
    story_report(&story, 2, "scrapped");
    story.product.rework_percent = 50; /* of three: one */
    story_act(&story, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 1);
    story_right(&story);
    /* its chip is free again, its serial number for ever not */
    reserve_with(&story, EVENT_HARDWARE_ID, span_text("60:55:f9:01:a2:01"));
    story_right(&story);
    struct event event = story_unit(&story, EVENT_TYPE_DEVICE_DELIVERED, 1);
    event_set_text(&event, EVENT_STATION, STORY_STATION);
    story_add(&story, &event);
    story_refused(&story, "UNIT_STATE");
}

static void test_orders(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_close(&story, 2, 0, 1);
        story_refused(&story, "ORDER_SUM");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_close(&story, 1, 1, 1);
        story_right(&story);
        story_reserve(&story, 3, STORY_ORDER);
        story_refused(&story, "ORDER_NOT_OPEN");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "order", "WO-2");
        story_order(&story, "WO-2", STORY_LIMIT + 1);
        story_refused(&story, "ONE_PERSON"); /* beyond what one may */
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "order", "WO-2");
        story_order(&story, "WO-2", STORY_LIMIT);
        story_right(&story);
        story_propose(&story, 1, "order", "WO-3");
        story_order(&story, "WO-3", 1);
        story_refused(&story, "ONE_PERSON"); /* the day's limit */
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "order", "WO-2");
        story_approve(&story, 2);
        story_order(&story, "WO-2", 100 * STORY_LIMIT);
        story_right(&story); /* two may */
        story_propose(&story, 1, "order", STORY_ORDER);
        story_approve(&story, 2);
        story_order(&story, STORY_ORDER, 1);
        story_refused(&story, "ORDER_TWICE");
    }
}

/* Orders and units of a variant: approved, counted and limited with its product. */
static void test_variants(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story.ordered = "lamp/white";
    story_propose(&story, 1, "order", "WO-2");
    story_order(&story, "WO-2", STORY_LIMIT);
    story_reserve(&story, 7, "WO-2");
    story_right(&story);
    story.ordered = "lamp/black";
    story_reserve(&story, 8, "WO-2");
    story_refused(&story, "OTHER_PRODUCT");
    buf_done(&story.entries[--story.count]);
    story_propose(&story, 1, "order", "WO-3");
    story_order(&story, "WO-3", 1);
    story_refused(&story, "ONE_PERSON"); /* the day's limit is the product's */
    buf_done(&story.entries[--story.count]);
    story.ordered = "lamps/white";
    story_order(&story, "WO-3", 1);
    story_refused(&story, "NO_PRODUCT");
}

/* Limits that are for some people only. */
static void test_created_by(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    (void)snprintf(story.product.created_by, sizeof(story.product.created_by),
                   ";mes;operator/op-2;");
    story_right(&story); /* op-2 opened it */
    story_propose(&story, 1, "order", "WO-2");
    story_order(&story, "WO-2", 1);
    story_refused(&story, "ONE_PERSON");
}

static void test_products(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story_product(&story, "lamp", 2);
        story_refused(&story, "ONE_PERSON");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@3");
        story_approve(&story, 2);
        story_product(&story, "lamp", 3);
        story_refused(&story, "REVISION");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story_approve(&story, 2);
        story.statement.content[5] ^= 1;
        story_product(&story, "lamp", 2);
        story_refused(&story, "OTHER_CONTENT");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story_approve(&story, 2);
        story_product(&story, "lamp", 2);
        story_right(&story);
        story_product(&story, "lamp", 2);
        story_refused(&story, "CHANGE_USED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "door@1");
        story_approve(&story, 2);
        story_product(&story, "lamp", 2);
        story_refused(&story, "OTHER_CHANGE");
    }
}

/* An effect must be what was signed, not only of its kind and subject. */
static void test_effects(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    struct problem problem = {0};
    AUTO(audit_free) struct audit *audit = NULL;
    story.other_content = EVENT_TYPE_ORDER_CREATED;
    assert_int_equal(story_play(&story, &audit, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "OTHER_CONTENT");

    AUTO(story_done) struct story mint;
    story_init(&mint);
    story_genesis(&mint, "on");
    mint.other_content = EVENT_TYPE_IDENTITY_ENROLLED;
    story_propose(&mint, 1, "identity", STORY_STATION);
    story_approve(&mint, 2);
    story_enrol(&mint, STORY_STATION, "station");
    story_refused(&mint, "OTHER_CONTENT");
}

static void test_statements(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story_approve(&story, 1);
        story_refused(&story, "SAME_PERSON");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 3, "product", "lamp@2"); /* was never enrolled */
        story_refused(&story, "NOT_ENROLLED");
    }
    {
        AUTO(story_done) struct story story = usual();
        struct pki_plain_key *own = story.keys[0];
        story.keys[0] = story.keys[2]; /* signed by another key */
        story_propose(&story, 1, "product", "lamp@2");
        story_refused(&story, "SIGNATURE");
        story.keys[0] = own;
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story.now_ms += 3601 * 1000;
        story_approve(&story, 2);
        story_refused(&story, "STATEMENT_EXPIRED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story_approve(&story, 2);
        story_approve(&story, 2);
        story_refused(&story, "OTHER_STATEMENT"); /* a second time */
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "product", "lamp@2");
        story.statement.content[0] ^= 1;
        story_approve(&story, 2);
        story_refused(&story, "OTHER_STATEMENT");
    }
}

static void test_people(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story_propose(&story, 2, "identity-block", STORY_STATION);
    struct event event = story_event(&story, EVENT_TYPE_IDENTITY_BLOCKED);
    event_set_text(&event, EVENT_IDENTITY, STORY_STATION);
    event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story.proposal));
    story_add(&story, &event);
    story_right(&story);
    story_reserve(&story, 3, STORY_ORDER);
    story_refused(&story, "NOT_ENROLLED");

    AUTO(story_done) struct story alone = usual();
    story_propose(&alone, 1, "identity", STORY_LABEL);
    story_enrol(&alone, STORY_LABEL, "label");
    story_refused(&alone, "ONE_PERSON");

    AUTO(story_done) struct story nobody = usual();
    memset(nobody.proposal, 7, sizeof(nobody.proposal));
    story_enrol(&nobody, STORY_LABEL, "label");
    story_refused(&nobody, "NO_CHANGE");
}

static void test_rule_off(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(story_done) struct story story;
    story_init(&story);
    story_genesis(&story, "off");
    story_propose(&story, 1, "identity", STORY_STATION);
    story_enrol(&story, STORY_STATION, "station");
    AUTO(audit_free) struct audit *audit = NULL;
    assert_ok(story_play(&story, &audit, &problem));
    assert_int_equal(audit_summary(audit)->changes_rule_off, 1); /* allowed, and said */
}

static void test_time_and_order_of_entries(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story.now_ms -= EVENT_TIME_SLACK_MS; /* another process was faster */
    story_issue(&story, 2);
    story_right(&story);
    story.now_ms -= 3600 * 1000;
    story_issue(&story, 3);
    story_refused(&story, "TIME");

    AUTO(story_done) struct story headless;
    story_init(&headless);
    story_propose(&headless, 1, "product", "lamp@1");
    story_refused(&headless, "GENESIS");

    AUTO(story_done) struct story twice = usual();
    struct event event = story_event(&twice, EVENT_TYPE_GENESIS);
    event_set_text(&event, EVENT_ORIGIN, STORY_ORIGIN);
    event_set_text(&event, EVENT_TWO_PERSON_RULE, "off");
    story_add(&twice, &event);
    story_refused(&twice, "GENESIS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),
        cmocka_unit_test(test_any_entry_left_out),
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_uniques),
        cmocka_unit_test(test_reports_and_rework),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_created_by),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_rule_off),
        cmocka_unit_test(test_time_and_order_of_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
