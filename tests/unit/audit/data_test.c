/* Order data: who imported it, and what becomes of it. */
#include "lib/audit/audit.h"
#include "tests/unit/audit/story.h"

static struct story usual(void)
{
    struct story story;
    story_init(&story);
    story_usual(&story);
    return story;
}

static void test_imports(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_data(&story, "order-data", 3);
        story_data(&story, "order-data", 2);
        story_close(&story, 1, 1, 1);
        story_data_erased(&story, STORY_ORDER, 4);
        story_data_erased(&story, STORY_ORDER, 1);
        story_right(&story);
        story_data_erased(&story, STORY_ORDER, 1);
        story_refused(&story, "ORDER_DATA");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_data(&story, "order-amend", 3);
        story_refused(&story, "OTHER_CHANGE");
    }
    {
        AUTO(story_done) struct story story = usual();
        story.other_content = EVENT_TYPE_ORDER_DATA;
        story_data(&story, "order-data", 3);
        story_refused(&story, "OTHER_CONTENT");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_close(&story, 1, 1, 1);
        story_data(&story, "order-data", 3);
        story_refused(&story, "ORDER_CLOSED");
    }
}

/* Each identity of a product that wants data takes a row, once. */
static void test_taking(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story;
        story_init(&story);
        story.product.data = true;
        story_begin(&story);
        story_data(&story, "order-data", 2);
        story_reserve(&story, 1, STORY_ORDER);
        story_reserve(&story, 2, STORY_ORDER);
        story_right(&story);
        story_reserve(&story, 3, STORY_ORDER);
        story_refused(&story, "ORDER_DATA");
    }
    {
        AUTO(story_done) struct story story;
        story_init(&story);
        story.product.data = true;
        story_begin(&story);
        story_data(&story, "order-data", 2);
        story_reserve(&story, 1, STORY_ORDER);
        story_close(&story, 0, 1, 2);
        story_data_erased(&story, STORY_ORDER, 2); /* one of them was used */
        story_refused(&story, "ORDER_DATA");
    }
}

static void test_key_sources(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        AUTO(story_done) struct story story;
        story_init(&story);
        story.product.dac_supplied = (i & 1) != 0;
        story.key_source = (i & 2) != 0 ? "bought" : "image";
        story_begin(&story);
        story_reserve(&story, 1, STORY_ORDER);
        if (i == 0 || i == 3) {
            story_right(&story);
        } else {
            story_refused(&story, "KEY_SOURCE");
        }
    }
}

static void test_erasing(void **state)
{
    (void)state;
    {
        AUTO(story_done) struct story story = usual();
        story_data(&story, "order-data", 3);
        story_data_erased(&story, STORY_ORDER, 1); /* stations may need them yet */
        story_refused(&story, "ORDER_DATA");
    }
    {
        AUTO(story_done) struct story story = usual();
        story_data_erased(&story, "WO-9", 1);
        story_refused(&story, "ORDER_DATA");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_taking),
        cmocka_unit_test(test_key_sources),
        cmocka_unit_test(test_erasing),
    };
    return cmocka_run_group_tests_name("order data", tests, NULL, NULL);
}
