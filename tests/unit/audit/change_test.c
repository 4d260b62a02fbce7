/* Changes that end, and those whose effect is many entries or is bounded by a product's limits. */
#include "lib/base/hex.h"
#include "tests/unit/audit/story.h"

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    return story;
}

/* The limits of a revision that has a successor are for nobody. */
static void test_superseded_revision(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story_propose(&story, 1, "product", "lamp@2");
    story_approve(&story, 2);
    story_product(&story, "lamp", 2);
    story_propose(&story, 1, "order", "WO-2");
    story_order(&story, "WO-2", 1); /* of revision 1 */
    story_refused(&story, "ONE_PERSON");
    buf_done(&story.entries[--story.count]);
    story_approve(&story, 2);
    story_order(&story, "WO-2", 1);
    story_right(&story);
    AUTO(story_done) struct story rework = usual();
    rework.product.rework_percent = 50;
    story_propose(&rework, 1, "product", "lamp@2");
    story_approve(&rework, 2);
    story_product(&rework, "lamp", 2);
    story_act(&rework, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 1);
    story_refused(&rework, "ONE_PERSON");
}

static void end_change(struct story *story, const uint8_t *change, const char *reason,
                       const uint8_t *by)
{
    struct event event = story_event(story, EVENT_TYPE_CHANGE_ENDED);
    event_set_bytes(&event, EVENT_CHANGE, span_make(change, SHA256_SIZE));
    event_set_text(&event, EVENT_REASON, reason);
    event_set_bytes(&event, EVENT_BY_CHANGE, span_make(by, by == NULL ? 0 : SHA256_SIZE));
    story_add(story, &event);
}

static void waiting(struct story *ret_story, uint8_t ret_change[static SHA256_SIZE])
{
    *ret_story = usual();
    story_propose(ret_story, 1, "product", "lamp@2");
    memcpy(ret_change, ret_story->proposal, SHA256_SIZE);
}

/* A change ends in its time, or by another one that is of the same thing or takes it back. */
static void test_ended(void **state)
{
    (void)state;
    uint8_t change[SHA256_SIZE];
    char subject[2 * SHA256_SIZE + 1];
    {
        AUTO(story_done) struct story story = {.count = 0};
        waiting(&story, change);
        end_change(&story, change, "EXPIRED", NULL);
        story_refused(&story, "ENDED_EARLY");
        buf_done(&story.entries[--story.count]);
        story.now_ms = story.statement.expires * 1000;
        end_change(&story, change, "EXPIRED", NULL);
        story_right(&story);
        end_change(&story, change, "EXPIRED", NULL);
        story_refused(&story, "CHANGE_ENDED");
    }
    {
        AUTO(story_done) struct story story = {.count = 0};
        waiting(&story, change);
        hex_encode(SPAN_OF(change), subject);
        end_change(&story, change, "WITHDRAWN", (const uint8_t[SHA256_SIZE]){1});
        story_refused(&story, "NO_CHANGE");
        buf_done(&story.entries[--story.count]);
        story_propose(&story, 2, "change-withdraw", subject);
        end_change(&story, change, "SUPERSEDED", story.proposal);
        story_refused(&story, "OTHER_CHANGE");
        buf_done(&story.entries[--story.count]);
        end_change(&story, change, "WITHDRAWN", story.proposal);
        story_right(&story);
    }
    {
        AUTO(story_done) struct story story = {.count = 0};
        waiting(&story, change);
        story_propose(&story, 2, "product", "lamp@2");
        end_change(&story, change, "WITHDRAWN", story.proposal);
        story_refused(&story, "OTHER_CHANGE"); /* of another kind */
        buf_done(&story.entries[--story.count]);
        end_change(&story, change, "SUPERSEDED", story.proposal);
        story_refused(&story, "OTHER_CHANGE"); /* it had no effect yet */
        buf_done(&story.entries[--story.count]);
        story_approve(&story, 1);
        story_product(&story, "lamp", 2);
        end_change(&story, change, "SUPERSEDED", story.proposal);
        story_right(&story);
        end_change(&story, story.proposal, "SUPERSEDED", change);
        story_refused(&story, "CHANGE_USED");
    }
}

static void revoke(struct story *story, uint8_t number)
{
    uint8_t serial[16];
    memset(serial, number, sizeof(serial));
    struct event event = story_event(story, EVENT_TYPE_DEVICE_REVOKED);
    event_set_bytes(&event, EVENT_DAC_SERIAL, SPAN_OF(serial));
    event_set_text(&event, EVENT_PAI, "acme");
    event_set_number(&event, EVENT_REVOCATION_REASON, 1);
    event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story->proposal));
    story_add(story, &event);
}

static void crl(struct story *story, int64_t number, int64_t count)
{
    struct event event = story_event(story, EVENT_TYPE_CRL_ISSUED);
    event_set_text(&event, EVENT_PAI, "acme");
    event_set_number(&event, EVENT_CRL_NUMBER, number);
    event_set_number(&event, EVENT_THIS_UPDATE, story->now_ms);
    event_set_number(&event, EVENT_NEXT_UPDATE, story->now_ms + 1000);
    event_set_number(&event, EVENT_COUNT, count);
    event_set_sha256(&event, EVENT_CRL_SHA256, span_text("list"));
    story_add(story, &event);
}

/* The units that the next revocation's content names. */
static void name_units(struct story *story, const uint8_t *numbers, size_t count)
{
    uint8_t serials[16 * 8];
    for (size_t i = 0; i < count; i++) {
        memset(serials + 16 * i, numbers[i], 16);
    }
    story->revocation.units = (uint32_t)count;
    digest_sha256(span_make(serials, 16 * count), story->revocation.units_sha256);
}

/* Units 1 and 2 were signed, with op-1's and op-2's names; these are revoked. */
static void refuse_revoked(const uint8_t *numbers, size_t count, const char *reason)
{
    AUTO(story_done) struct story story = usual();
    story_propose(&story, 1, "revoke", "order:WO-1");
    story_approve(&story, 2);
    name_units(&story, (const uint8_t[]){1, 2}, 2);
    for (size_t i = 0; i < count; i++) {
        revoke(&story, numbers[i]);
    }
    if (count < 2) {
        crl(&story, 1, 1); /* another entry before the last of them */
    }
    story_refused(&story, reason);
}

/* What is revoked is exactly what two people signed. */
static void test_revoked_units(void **state)
{
    (void)state;
    refuse_revoked((const uint8_t[]){1}, 1, "OTHER_UNITS");
    refuse_revoked((const uint8_t[]){2, 1}, 2, "OTHER_UNITS"); /* not ascending */
    refuse_revoked((const uint8_t[]){1, 2, 3}, 3, "CHANGE_USED");
    refuse_revoked((const uint8_t[]){1, 1}, 2, "REVOKED_TWICE");
    refuse_revoked((const uint8_t[]){1, 9}, 2, "NO_INTENT");
    AUTO(story_done) struct story story = usual();
    story_propose(&story, 1, "revoke", "order:WO-1");
    story_approve(&story, 2);
    name_units(&story, (const uint8_t[]){2}, 1);
    revoke(&story, 1); /* another one */
    story_refused(&story, "OTHER_UNITS");
}

static void test_revocation(void **state)
{
    (void)state;
    AUTO(story_done) struct story story = usual();
    story_propose(&story, 1, "revoke", "order:WO-1");
    story_approve(&story, 2);
    name_units(&story, (const uint8_t[]){1, 2}, 2);
    revoke(&story, 1);
    revoke(&story, 2); /* a mere intent too */
    crl(&story, 1, 2);
    story_right(&story);
    struct story copy = story;
    revoke(&copy, 1);
    story_refused(&copy, "CHANGE_USED");
    buf_done(&copy.entries[--copy.count]);
    crl(&copy, 1, 2);
    story_refused(&copy, "CRL_NUMBER");
    buf_done(&copy.entries[--copy.count]);
    crl(&copy, 2, 1);
    story_refused(&copy, "CRL_COUNT");
    buf_done(&copy.entries[--copy.count]);
    struct event event = story_unit(&copy, EVENT_TYPE_DEVICE_DELIVERED, 1);
    event_set_text(&event, EVENT_STATION, STORY_STATION);
    story_add(&copy, &event);
    story_refused(&copy, "DELIVERED_REVOKED");
    buf_done(&copy.entries[--copy.count]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_superseded_revision),
        cmocka_unit_test(test_ended),
        cmocka_unit_test(test_revocation),
        cmocka_unit_test(test_revoked_units),
    };
    return cmocka_run_group_tests_name("audit_change", tests, NULL, NULL);
}
