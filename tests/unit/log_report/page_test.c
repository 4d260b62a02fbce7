/* The page over small logs: what it says first, what it asks, and that nothing of an entry becomes
 * markup. */
#include <stdio.h>

#include "client/log/report.h"
#include "tests/unit/audit/story.h"

#define HOSTILE "</td><script>x()</script>\"'&"
#define ESCAPED "&lt;/td&gt;&lt;script&gt;x()&lt;/script&gt;&quot;&#39;&amp;"

struct fixture {
    struct story story;
    struct log_verify_options options;
    struct log_verify verify;
    struct log_report report;
    struct problem problem;
    struct buf page;
};

static bool dac_supplied; /* as the products say; false again with each fixture */

static status_t product_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                           struct audit_product *ret_product, struct problem *problem)
{
    (void)context;
    (void)sha256;
    (void)problem;
    *ret_product = (struct audit_product){
        .vendor_id = 0xFFF1, .limit_per_order = STORY_LIMIT, .dac_supplied = dac_supplied};
    return STATUS_OK;
}

static status_t effect_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                          const struct event *event, struct problem *problem)
{
    (void)context;
    (void)sha256;
    (void)event;
    (void)problem;
    return STATUS_OK;
}

static void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    dac_supplied = false;
    story_init(&fixture->story);
    buf_init(&fixture->page, 1024 * 1024);
}

static void fixture_done(struct fixture *fixture)
{
    buf_done(&fixture->page);
    log_report_done(&fixture->report);
    log_verify_done(&fixture->verify);
    story_done(&fixture->story);
}
OWN_VALUE(struct fixture, fixture_done)

/* The page over the story, up to its first wrong entry. */
static const char *page_of(struct fixture *fixture)
{
    const struct audit_sources sources = {.context = &fixture->report,
                                          .product = product_of,
                                          .effect = effect_of,
                                          .entry = log_report_entry};
    const struct story *story = &fixture->story;
    fixture->verify.options = &fixture->options;
    fixture->report = (struct log_report){.verify = &fixture->verify, .rows = 100};
    assert_ok(audit_new(&sources, &fixture->verify.audit));
    for (size_t i = 0; i < story->count && fixture->report.problem == NULL; i++) {
        struct span entry = buf_span(&story->entries[i]);
        if (audit_entry(fixture->verify.audit, entry, &fixture->problem) != STATUS_OK) {
            fixture->report.problem = &fixture->problem;
        }
    }
    assert_ok(log_report_finish(&fixture->report));
    log_report_page(&fixture->report, &fixture->page);
    assert_ok(buf_status(&fixture->page));
    buf_append_byte(&fixture->page, '\0');
    return (const char *)fixture->page.data;
}

static void assert_says(const char *page, const char *text)
{
    if (strstr(page, text) == NULL) {
        fail_msg("the page does not say %s", text);
    }
}

static void test_verified(void **state)
{
    (void)state;
    AUTO(fixture_done) struct fixture fixture;
    fixture_init(&fixture);
    story_usual(&fixture.story);
    const char *page = page_of(&fixture);
    assert_says(page, "<strong>VERIFIED</strong>");
    assert_says(page, "id=\"figure-reserved\">2<");
    assert_says(page, "id=\"figure-issued\">1<");
    assert_says(page, "id=\"open-reserved\">1<");
    assert_null(strstr(page, "id=\"open-unreported\""));
    assert_null(strstr(page, "SOFTWARE"));
    assert_null(strstr(page, "TWO-PERSON RULE OFF"));
}

/* Rows that an order brings, those that no unit took, and units that got bought DACs. */
static void test_order_data(void **state)
{
    (void)state;
    AUTO(fixture_done) struct fixture fixture;
    fixture_init(&fixture);
    dac_supplied = true;
    fixture.story.key_source = "bought";
    story_usual(&fixture.story);
    story_data(&fixture.story, "order-data", 40);
    story_data(&fixture.story, "order-data", 2);
    story_reserve(&fixture.story, 3, STORY_ORDER);
    story_close(&fixture.story, 1, 2, 0);
    story_data_erased(&fixture.story, STORY_ORDER, 41);
    const char *page = page_of(&fixture);
    assert_says(page, "<strong>VERIFIED</strong>");
    assert_says(page, "id=\"figure-data\">42<");
    assert_says(page, "id=\"figure-data-erased\">41<");
    assert_says(page, "id=\"figure-bought\">3<");
    assert_says(page, STORY_ORDER "</th><td class=\"n\">2</td><td class=\"n\">42</td>"
                                  "<td class=\"n\">41</td><td class=\"n\">3</td>");
}

static void test_wrong(void **state)
{
    (void)state;
    AUTO(fixture_done) struct fixture fixture;
    fixture_init(&fixture);
    story_usual(&fixture.story);
    story_report(&fixture.story, 2, "flashed"); /* never issued */
    const char *page = page_of(&fixture);
    assert_says(page, "<strong>NOT VERIFIED</strong>");
    assert_says(page, "[entry 16] (UNIT_STATE)");
    assert_says(page, "nothing: the log was not verified");
    assert_null(strstr(page, "none over its count"));
}

static void add_start(struct story *story)
{
    struct event event = story_event(story, EVENT_TYPE_START);
    event_set_text(&event, EVENT_VERSION, HOSTILE);
    event_set_sha256(&event, EVENT_CONFIG_SHA256, span_text("configuration"));
    event_set_text(&event, EVENT_TOKEN_LABEL, HOSTILE);
    event_set_text(&event, EVENT_TOKEN_SERIAL, "1");
    event_set_text(&event, EVENT_TOKEN_MODEL, "SoftHSM");
    event_set_text(&event, EVENT_TOKEN_KIND, "software");
    event_set_number(&event, EVENT_COUNT, 1);
    story_add(story, &event);
}

static void add_key(struct story *story)
{
    struct event event = story_event(story, EVENT_TYPE_KEY_SERVED);
    event_set_text(&event, EVENT_KEY_PURPOSE, "pai");
    event_set_text(&event, EVENT_KEY_LABEL, HOSTILE);
    event_set_sha256(&event, EVENT_PUBLIC_KEY_SHA256, span_text("key"));
    event_set_text(&event, EVENT_KEY_CLASS, "dev");
    event_set_text(&event, EVENT_KEY_ATTRIBUTES, HOSTILE);
    story_add(story, &event);
}

static void add_jump(struct story *story)
{
    struct event event = story_event(story, EVENT_TYPE_CLOCK_JUMP);
    event_set_number(&event, EVENT_OFFSET_MS, -86400000);
    story_add(story, &event);
}

static void add_denial(struct story *story, unsigned unrecorded)
{
    struct event event = story_event(story, EVENT_TYPE_CALL_DENIED);
    event_set_text(&event, EVENT_METHOD, HOSTILE);
    event_set_text(&event, EVENT_IDENTITY, HOSTILE);
    event_set_text(&event, EVENT_REASON, HOSTILE);
    event_set_text(&event, EVENT_ASKED_ORDER, "");
    event_set_text(&event, EVENT_ASKED_UNIT, "");
    event_set_number(&event, EVENT_UNRECORDED, unrecorded);
    story_add(story, &event);
}

/* Everything that a reader must see first, and names that are markup. */
static void test_warnings(void **state)
{
    (void)state;
    AUTO(fixture_done) struct fixture fixture;
    fixture_init(&fixture);
    struct story *story = &fixture.story;
    story_genesis(story, "off");
    add_start(story);
    add_key(story);
    story_propose(story, 1, "product", "lamp@1");
    story_product(story, "lamp", 1);
    story_propose(story, 1, "order", "WO-<b>&");
    story_order(story, "WO-<b>&", 1000000);
    add_jump(story);
    add_denial(story, 0);
    add_denial(story, 1234);
    story_propose(story, 2, "identity-block", "spiffe://acme/operator/op-1"); /* waits */
    const char *page = page_of(&fixture);
    assert_says(page, "<strong>VERIFIED</strong>");
    assert_says(page, "SOFTWARE TOKEN.");
    assert_says(page, "DEVELOPMENT KEY.");
    assert_says(page, "TWO-PERSON RULE OFF.");
    assert_says(page, "CLOCK.");
    assert_says(page, "id=\"open-waiting\">1<");
    assert_says(page, "id=\"open-rule-off\">1<");
    assert_says(page, "id=\"open-unrecorded\">1\xE2\x80\xAF"
                      "234<");
    assert_says(page, "ONE, RULE OFF");
    assert_says(page, "-86400000");
    assert_says(page, "WO-&lt;b&gt;&amp;");
    assert_says(page, ESCAPED);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<b>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verified),
        cmocka_unit_test(test_order_data),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
