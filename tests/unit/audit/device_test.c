/* What operators do about single units: rework, release, scrap. */
#include <stdio.h>

#include "lib/audit/audit.h"
#include "tests/unit/audit/story.h"

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    return story;
}

/* One person may rework what the product leaves to one, two may more. */
static void test_rework_limits(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 1);
        story_refused(&story, "ONE_PERSON");
    }
    {
        AUTO(story_done) struct story story = usual();
        story.product.rework_percent = 100;
        (void)snprintf(story.product.created_by, sizeof(story.product.created_by), ";op-2;");
        story_act(&story, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 1);
        story_refused(&story, "ONE_PERSON");
    }
    {
        AUTO(story_done) struct story story = usual();
        story.product.rework_percent = 50;
        story_issue(&story, 2);
        story_act(&story, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 1);
        story_right(&story);
        story_act(&story, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 2);
        story_refused(&story, "ONE_PERSON");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-scrap", EVENT_TYPE_DEVICE_REWORKED, 1);
        story_refused(&story, "OTHER_CHANGE");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-rework", EVENT_TYPE_DEVICE_REWORKED, 2);
        story_refused(&story, "UNIT_STATE"); /* a reservation becomes void */
    }
    AUTO(story_done) struct story story = usual();
    story_propose(&story, 1, "device-rework", "unit-1");
    story_approve(&story, 2);
    story_effect(&story, EVENT_TYPE_DEVICE_REWORKED, 1);
    story_right(&story);
}

static void take(struct story *story, uint8_t number, const char *station)
{
    struct event event = story_unit(story, EVENT_TYPE_DEVICE_TAKEN, number);
    event_set_text(&event, EVENT_STATION, station);
    story_add(story, &event);
}

static void test_release(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        take(&story, 2, STORY_STATION);
        story_issue(&story, 2);
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        take(&story, 2, STORY_STATION);
        story_right(&story);
        take(&story, 2, STORY_STATION);
        story_refused(&story, "UNIT_HELD");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        story_issue(&story, 2);
        story_refused(&story, "UNIT_RELEASED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_issue(&story, 2);
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        struct event event = story_unit(&story, EVENT_TYPE_DEVICE_DELIVERED, 2);
        event_set_text(&event, EVENT_STATION, STORY_STATION);
        story_add(&story, &event);
        story_refused(&story, "UNIT_RELEASED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        story_refused(&story, "UNIT_RELEASED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 1);
        story_refused(&story, "UNIT_STATE"); /* flashed */
    }
    {
        AUTO(story_done) struct story story = usual();
        story_effect(&story, EVENT_TYPE_DEVICE_RELEASED, 2); /* by the order's change */
        story_refused(&story, "OTHER_CHANGE");
    }
}

static void test_taken_by_whom(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        take(&story, 2, "spiffe://acme/station/stranger");
        story_refused(&story, "NOT_ENROLLED");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_propose(&story, 1, "identity", STORY_LABEL);
        story_approve(&story, 2);
        story_enrol(&story, STORY_LABEL, "label");
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
        take(&story, 2, STORY_LABEL);
        story_refused(&story, "NOT_ENROLLED");
    }
    AUTO(story_done) struct story story = usual();
    story_act(&story, "device-release", EVENT_TYPE_DEVICE_RELEASED, 2);
    story_close(&story, 1, 1, 1);
    take(&story, 2, STORY_STATION);
    story_refused(&story, "ORDER_NOT_OPEN");
}

/* What operators scrap is judged against their change; what time made void has none. */
static void test_scrap(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-scrap", EVENT_TYPE_DEVICE_SCRAPPED, 1);
        story_act(&story, "device-scrap", EVENT_TYPE_DEVICE_VOID, 2);
        story_right(&story);
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-rework", EVENT_TYPE_DEVICE_VOID, 2);
        story_refused(&story, "OTHER_CHANGE");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_act(&story, "device-release", EVENT_TYPE_DEVICE_SCRAPPED, 1);
        story_refused(&story, "OTHER_CHANGE");
    }
    AUTO(story_done) struct story story = usual();
    struct event event = story_unit(&story, EVENT_TYPE_DEVICE_VOID, 2);
    event_set_bytes(&event, EVENT_CHANGE, (struct span){0});
    story_add(&story, &event);
    story_right(&story);
}

/* An order has its days, as they were signed. */
static void test_window(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story.window[1] = story.now_ms / 1000;
        story.now_ms += 59000; /* began in time */
        story_reserve(&story, 3, STORY_ORDER);
        story_right(&story);
    }
    {
        AUTO(story_done) struct story story = usual();
        story.window[1] = story.now_ms / 1000;
        story.now_ms += 61000;
        story_reserve(&story, 3, STORY_ORDER);
        story_refused(&story, "ORDER_WINDOW");
    }
    {
        struct problem problem = {0};
        AUTO(audit_free) struct audit *audit = NULL;
        AUTO(story_done) struct story story = usual();
        story.window[0] = story.now_ms / 1000;
        assert_int_equal(story_play(&story, &audit, &problem), STATUS_REFUSED);
        assert_string_equal(problem.reason, "ORDER_WINDOW");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),  cmocka_unit_test(test_rework_limits),
        cmocka_unit_test(test_release), cmocka_unit_test(test_taken_by_whom),
        cmocka_unit_test(test_scrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
