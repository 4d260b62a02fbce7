/* Certificates of stations that sent a request. */
#include "tests/unit/audit/story.h"

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    return story;
}

static void add_request(struct story *story, enum event_type type, const uint8_t *tbs,
                        const uint8_t *change)
{
    struct event event = story_event(story, type);
    event_set_text(&event, EVENT_IDENTITY, STORY_STATION);
    event_set_bytes(&event, EVENT_TBS_SHA256, span_make(tbs, SHA256_SIZE));
    if (change != NULL) {
        event_set_bytes(&event, EVENT_CHANGE, span_make(change, SHA256_SIZE));
    } else {
        event_set_bytes(&event, EVENT_CERTIFICATE_SHA256, span_make(tbs, SHA256_SIZE));
    }
    story_add(story, &event);
}

static void enrol_with_key(struct story *story)
{
    story_propose(story, 1, "identity", STORY_STATION);
    story_approve(story, 2);
    struct event event = story_event(story, EVENT_TYPE_IDENTITY_ENROLLED);
    event_set_text(&event, EVENT_IDENTITY, STORY_STATION);
    event_set_text(&event, EVENT_ROLE, "station");
    event_set_text(&event, EVENT_LINE, "line1");
    event_set_bytes(&event, EVENT_SPKI, pki_plain_key_signer(story->keys[2]).spki);
    event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story->proposal));
    story_add(story, &event);
}

/* A station's certificate is made once, of the TBS that the change's entry announced. */
static void test_requests(void **state)
{
    (void)state;
    const uint8_t tbs[SHA256_SIZE] = {1};
    const uint8_t other[SHA256_SIZE] = {2};
    const uint8_t zero[SHA256_SIZE] = {0};
    AUTO(story_done) struct story story = usual();
    enrol_with_key(&story);
    add_request(&story, EVENT_TYPE_IDENTITY_REQUESTED, tbs, story.proposal);
    add_request(&story, EVENT_TYPE_IDENTITY_CERTIFIED, tbs, NULL);
    story_right(&story);
    add_request(&story, EVENT_TYPE_IDENTITY_CERTIFIED, tbs, NULL);
    story_refused(&story, "NO_INTENT");

    AUTO(story_done) struct story wrong = usual();
    enrol_with_key(&wrong);
    add_request(&wrong, EVENT_TYPE_IDENTITY_REQUESTED, tbs, wrong.proposal);
    add_request(&wrong, EVENT_TYPE_IDENTITY_CERTIFIED, other, NULL);
    story_refused(&wrong, "NO_INTENT");

    AUTO(story_done) struct story none = usual();
    add_request(&none, EVENT_TYPE_IDENTITY_CERTIFIED, zero, NULL);
    story_refused(&none, "NO_INTENT");

    AUTO(story_done) struct story foreign = usual();
    enrol_with_key(&foreign);
    add_request(&foreign, EVENT_TYPE_IDENTITY_REQUESTED, tbs, other);
    story_refused(&foreign, "OTHER_CHANGE");

    AUTO(story_done) struct story twice = usual();
    enrol_with_key(&twice);
    add_request(&twice, EVENT_TYPE_IDENTITY_REQUESTED, tbs, twice.proposal);
    add_request(&twice, EVENT_TYPE_IDENTITY_CERTIFIED, tbs, NULL);
    add_request(&twice, EVENT_TYPE_IDENTITY_REQUESTED, other, twice.proposal);
    story_refused(&twice, "CHANGE_USED");

    AUTO(story_done) struct story unsigned_request = usual();
    enrol_with_key(&unsigned_request);
    add_request(&unsigned_request, EVENT_TYPE_IDENTITY_REQUESTED, tbs, unsigned_request.proposal);
    unsigned_request.other_content = EVENT_TYPE_IDENTITY_REQUESTED;
    story_refused(&unsigned_request, "OTHER_CONTENT");

    AUTO(story_done) struct story keyless = usual();
    add_request(&keyless, EVENT_TYPE_IDENTITY_REQUESTED, tbs, keyless.proposal);
    story_refused(&keyless, "NOT_ENROLLED");
}

/* A station that is blocked gets none, asked before or after. */
static void test_blocked(void **state)
{
    (void)state;
    const uint8_t tbs[SHA256_SIZE] = {1};
    for (int asked = 0; asked < 2; asked++) {
        uint8_t enrolment[SHA256_SIZE];
        AUTO(story_done) struct story story = usual();
        enrol_with_key(&story);
        memcpy(enrolment, story.proposal, sizeof(enrolment));
        if (asked == 1) {
            add_request(&story, EVENT_TYPE_IDENTITY_REQUESTED, tbs, enrolment);
        }
        story_propose(&story, 1, "identity-block", STORY_STATION);
        struct event event = story_event(&story, EVENT_TYPE_IDENTITY_BLOCKED);
        event_set_text(&event, EVENT_IDENTITY, STORY_STATION);
        event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story.proposal));
        story_add(&story, &event);
        add_request(&story,
                    asked == 1 ? EVENT_TYPE_IDENTITY_CERTIFIED : EVENT_TYPE_IDENTITY_REQUESTED, tbs,
                    asked == 1 ? NULL : enrolment);
        story_refused(&story, asked == 1 ? "NO_INTENT" : "NOT_ENROLLED");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_blocked),
    };
    return cmocka_run_group_tests_name("audit_request", tests, NULL, NULL);
}
