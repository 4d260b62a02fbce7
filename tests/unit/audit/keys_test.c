/* Keys: what ceremonies put on record, and what was served. */
#include "lib/base/hex.h"
#include "tests/unit/audit/story.h"

static const char TRANSCRIPT[] = "a transcript";

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    story.ceremony_keys = 1;
    return story;
}

/* A proposal, and with `two` its approval, of a transcript. */
static void propose(struct story *story, const char *transcript, bool two)
{
    uint8_t digest[SHA256_SIZE];
    char subject[2 * SHA256_SIZE + 1];
    digest_sha256(span_text(transcript), digest);
    hex_encode(SPAN_OF(digest), subject);
    story_propose(story, 1, "ceremony", subject);
    if (two) {
        story_approve(story, 2);
    }
}

/* A key with this public key; NULL: a secret one. */
static void name_key(struct event *event, const char *label, const char *public_key)
{
    event_set_text(event, EVENT_KEY_PURPOSE, public_key == NULL ? "seal" : "pai");
    event_set_text(event, EVENT_KEY_LABEL, label);
    event_set_bytes(event, EVENT_PUBLIC_KEY_SHA256, (struct span){0});
    if (public_key != NULL) {
        event_set_sha256(event, EVENT_PUBLIC_KEY_SHA256, span_text(public_key));
    }
}

static void ceremony(struct story *story, const char *serial, const char *label,
                     const char *public_key)
{
    struct event event = story_event(story, EVENT_TYPE_KEY_CEREMONY);
    name_key(&event, label, public_key);
    event_set_text(&event, EVENT_TOKEN_SERIAL, serial);
    event_set_text(&event, EVENT_TOKEN_KIND, "software");
    event_set_sha256(&event, EVENT_TRANSCRIPT_SHA256, span_text(TRANSCRIPT));
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(story->proposal));
    story_add(story, &event);
}

static void serve(struct story *story, const char *serial, const char *label,
                  const char *public_key)
{
    struct event start = story_event(story, EVENT_TYPE_START);
    event_set_text(&start, EVENT_VERSION, "1");
    event_set_sha256(&start, EVENT_CONFIG_SHA256, span_text("configuration"));
    event_set_text(&start, EVENT_TOKEN_LABEL, "mint");
    event_set_text(&start, EVENT_TOKEN_SERIAL, serial);
    event_set_text(&start, EVENT_TOKEN_MODEL, "SoftHSM");
    event_set_text(&start, EVENT_TOKEN_KIND, "software");
    event_set_number(&start, EVENT_COUNT, 1);
    story_add(story, &start);
    struct event event = story_event(story, EVENT_TYPE_KEY_SERVED);
    name_key(&event, label, public_key);
    event_set_text(&event, EVENT_KEY_CLASS, "strict");
    event_set_text(&event, EVENT_KEY_ATTRIBUTES, "{}");
    story_add(story, &event);
}

static void drop(struct story *story)
{
    buf_done(&story->entries[--story->count]);
}

static void expect_keys(const struct story *story, uint64_t served, uint64_t unrecorded)
{
    AUTO(audit_free) struct audit *audit = NULL;
    struct problem problem = {0};
    assert_ok(story_play(story, &audit, &problem));
    assert_int_equal(audit_summary(audit)->keys_served, served);
    assert_int_equal(audit_summary(audit)->keys_unrecorded, unrecorded);
}

/* Recorded behind the first start, as it is at first, or before it. */
static void test_recorded(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    serve(&story, "1", "acme", "key");
    serve(&story, "1", "seal", NULL);
    serve(&story, "1", "acme", "key");
    expect_keys(&story, 2, 2);
    propose(&story, TRANSCRIPT, true);
    ceremony(&story, "1", "acme", "key");
    expect_keys(&story, 2, 1);
    propose(&story, TRANSCRIPT, true);
    ceremony(&story, "1", "seal", NULL);
    serve(&story, "1", "acme", "key");
    expect_keys(&story, 2, 0);
    serve(&story, "2", "acme", "other"); /* of another token */
    expect_keys(&story, 3, 1);
    propose(&story, TRANSCRIPT, true);
    ceremony(&story, "2", "acme", "yet another"); /* to be served from now on */
    expect_keys(&story, 3, 1);
    serve(&story, "2", "acme", "yet another");
    expect_keys(&story, 3, 0);
}

static void test_other_key(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    propose(&story, TRANSCRIPT, true);
    ceremony(&story, "1", "acme", "key");
    serve(&story, "1", "acme", "other");
    story_refused(&story, "CEREMONY_KEY");
}

static void test_change(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    ceremony(&story, "1", "acme", "key"); /* the newest proposal is of an order */
    story_refused(&story, "OTHER_CHANGE");
    drop(&story);
    propose(&story, "another transcript", true);
    ceremony(&story, "1", "acme", "key");
    story_refused(&story, "OTHER_CHANGE");
    drop(&story);
    propose(&story, TRANSCRIPT, false);
    ceremony(&story, "1", "acme", "key");
    story_refused(&story, "ONE_PERSON");
    drop(&story);
    story_approve(&story, 2);
    ceremony(&story, "1", "acme", "key");
    story_right(&story);
    ceremony(&story, "1", "acme", "key");
    story_refused(&story, "CHANGE_USED");
    drop(&story);
    story.other_content = EVENT_TYPE_KEY_CEREMONY;
    drop(&story);
    ceremony(&story, "1", "acme", "key");
    story_refused(&story, "OTHER_CONTENT");
}

/* All keys of the transcript, one behind the other. */
static void test_several(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story.ceremony_keys = 2;
    propose(&story, TRANSCRIPT, true);
    ceremony(&story, "1", "acme", "key");
    ceremony(&story, "1", "seal", NULL);
    story_right(&story);
    ceremony(&story, "1", "acme", "key");
    story_refused(&story, "CHANGE_USED");
    drop(&story);
    drop(&story);
    serve(&story, "1", "acme", "key");
    drop(&story);
    story_refused(&story, "OTHER_KEYS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_several),
    };
    return cmocka_run_group_tests_name("audit_keys", tests, NULL, NULL);
}
