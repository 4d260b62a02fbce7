/* Lists in pages, and single things by name. */
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

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
    factory_clock_offset_ms = 0;
    desk_done(&desk);
    return 0;
}

/* Calls as the auditor; unpacks the answer, or NULL. */
static ProtobufCMessage *get(enum method method, const ProtobufCMessage *request,
                             const ProtobufCMessageDescriptor *answer_type)
{
    struct buf bytes;
    struct buf answer;
    ProtobufCMessage *message = NULL;
    buf_init(&bytes, 65536);
    (void)protobuf_c_message_pack(request,
                                  buf_extend(&bytes, protobuf_c_message_get_packed_size(request)));
    desk_call(&desk, &desk.auditor, method, buf_span(&bytes), &answer);
    if (desk.code == 0) {
        message = protobuf_c_message_unpack(answer_type, NULL, answer.size, answer.data);
        assert_non_null(message);
    }
    buf_done(&answer);
    buf_done(&bytes);
    return message;
}

static void test_identities(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "spiffe://test/auditor/aud-1", "spiffe://test/operator/op-1", "spiffe://test/operator/op-2",
        "spiffe://test/station/s1"};
    Mintmark__V1__ListIdentitiesRequest request;
    mintmark__v1__list_identities_request__init(&request);
    request.page_size = 3;
    Mintmark__V1__ListIdentitiesResponse *page = (Mintmark__V1__ListIdentitiesResponse *)get(
        METHOD_LIST_IDENTITIES, &request.base, &mintmark__v1__list_identities_response__descriptor);
    assert_int_equal(page->n_identities, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(page->identities[i]->spec->identity, expected[i]);
        assert_true(page->identities[i]->spec->certificate.len > 0);
        assert_string_equal(page->identities[i]->change_id, "");
    }
    request.page_token = page->next_page_token;
    Mintmark__V1__ListIdentitiesResponse *last = (Mintmark__V1__ListIdentitiesResponse *)get(
        METHOD_LIST_IDENTITIES, &request.base, &mintmark__v1__list_identities_response__descriptor);
    assert_int_equal(last->n_identities, 1);
    assert_string_equal(last->identities[0]->spec->identity, expected[3]);
    assert_string_equal(last->next_page_token, "");
    mintmark__v1__list_identities_response__free_unpacked(last, NULL);
    mintmark__v1__list_identities_response__free_unpacked(page, NULL);
    request.page_token = rpc_unit_borrow_text("");
    request.page_size = 501;
    assert_null(get(METHOD_LIST_IDENTITIES, &request.base, NULL));
    desk_expect_refusal(&desk, NULL, "PAGE_SIZE");
}

static void test_products(void **state)
{
    (void)state;
    desk_have_product(&desk, "a19", "");
    desk_have_product(&desk, "a19", "part_number: B\n");
    desk_have_product(&desk, "b22", "");
    Mintmark__V1__ListProductsRequest request;
    mintmark__v1__list_products_request__init(&request);
    request.page_size = 2;
    Mintmark__V1__ListProductsResponse *page = (Mintmark__V1__ListProductsResponse *)get(
        METHOD_LIST_PRODUCTS, &request.base, &mintmark__v1__list_products_response__descriptor);
    assert_int_equal(page->n_products, 2);
    assert_string_equal(page->next_page_token, "a19@2");
    request.page_token = page->next_page_token;
    Mintmark__V1__ListProductsResponse *last = (Mintmark__V1__ListProductsResponse *)get(
        METHOD_LIST_PRODUCTS, &request.base, &mintmark__v1__list_products_response__descriptor);
    assert_int_equal(last->n_products, 1);
    assert_string_equal(last->products[0]->product, "b22");
    assert_true(last->products[0]->approved);
    mintmark__v1__list_products_response__free_unpacked(last, NULL);
    mintmark__v1__list_products_response__free_unpacked(page, NULL);
    static const char *const bad[] = {"a19", "a19@", "a19@x", "a19@1x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        request.page_token = rpc_unit_borrow_text(bad[i]);
        assert_null(get(METHOD_LIST_PRODUCTS, &request.base, NULL));
        desk_expect_refusal(&desk, NULL, "PAGE_TOKEN");
    }
}

static void test_one_product(void **state)
{
    (void)state;
    char name[] = "a19";
    char none[] = "b22";
    desk_have_product(&desk, "a19", "");
    desk_have_product(&desk, "a19", "part_number: B\n");
    Mintmark__V1__GetProductRequest request;
    mintmark__v1__get_product_request__init(&request);
    request.product = name;
    Mintmark__V1__ProductRevision *product = (Mintmark__V1__ProductRevision *)get(
        METHOD_GET_PRODUCT, &request.base, &mintmark__v1__product_revision__descriptor);
    assert_int_equal(product->revision, 2); /* the newest */
    assert_true(product->content.len > 0);
    assert_int_equal(strlen(product->change_id), 64);
    mintmark__v1__product_revision__free_unpacked(product, NULL);
    request.revision = 3;
    assert_null(get(METHOD_GET_PRODUCT, &request.base, NULL));
    desk_expect_refusal(&desk, NULL, "PRODUCT_UNKNOWN");
    request.product = none;
    request.revision = 0;
    assert_null(get(METHOD_GET_PRODUCT, &request.base, NULL));
    desk_expect_refusal(&desk, NULL, "PRODUCT_UNKNOWN");
}

static void test_orders(void **state)
{
    (void)state;
    char lines[] = "line1";
    char *line_list[] = {lines};
    char reason[] = "hold";
    char paused[] = "WO-1";
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-2", "a19", 5);
    spec.lines = line_list;
    spec.n_lines = 1;
    desk_change(&desk, "order", &spec.base);
    Mintmark__V1__OrderAct act;
    mintmark__v1__order_act__init(&act);
    act.order = paused;
    act.reason = reason;
    desk_change(&desk, "order-pause", &act.base);
    Mintmark__V1__ListOrdersRequest request;
    mintmark__v1__list_orders_request__init(&request);
    Mintmark__V1__ListOrdersResponse *all = (Mintmark__V1__ListOrdersResponse *)get(
        METHOD_LIST_ORDERS, &request.base, &mintmark__v1__list_orders_response__descriptor);
    assert_int_equal(all->n_orders, 2);
    mintmark__v1__list_orders_response__free_unpacked(all, NULL);
    request.state = MINTMARK__V1__ORDER_STATE__ORDER_STATE_OPEN;
    Mintmark__V1__ListOrdersResponse *open = (Mintmark__V1__ListOrdersResponse *)get(
        METHOD_LIST_ORDERS, &request.base, &mintmark__v1__list_orders_response__descriptor);
    assert_int_equal(open->n_orders, 1);
    assert_string_equal(open->orders[0]->spec->order, "WO-2");
    assert_int_equal(open->orders[0]->spec->n_lines, 1);
    assert_string_equal(open->orders[0]->spec->lines[0], "line1");
    mintmark__v1__list_orders_response__free_unpacked(open, NULL);
    Mintmark__V1__GetOrderRequest one;
    mintmark__v1__get_order_request__init(&one);
    one.order = paused;
    Mintmark__V1__Order *order = (Mintmark__V1__Order *)get(METHOD_GET_ANY_ORDER, &one.base,
                                                            &mintmark__v1__order__descriptor);
    assert_int_equal(order->state, MINTMARK__V1__ORDER_STATE__ORDER_STATE_PAUSED);
    assert_int_equal(order->unused, 5);
    mintmark__v1__order__free_unpacked(order, NULL);
}

static size_t count_changes(Mintmark__V1__ChangeState state)
{
    Mintmark__V1__ListChangesRequest request;
    mintmark__v1__list_changes_request__init(&request);
    request.state = state;
    Mintmark__V1__ListChangesResponse *page = (Mintmark__V1__ListChangesResponse *)get(
        METHOD_LIST_CHANGES, &request.base, &mintmark__v1__list_changes_response__descriptor);
    size_t count = page->n_changes;
    for (size_t i = 0; state != 0 && i < count; i++) {
        assert_int_equal(page->changes[i]->state, state);
        assert_int_equal(page->changes[i]->content.len, 0);
    }
    mintmark__v1__list_changes_response__free_unpacked(page, NULL);
    return count;
}

static void test_changes(void **state)
{
    (void)state;
    desk_have_product(&desk, "a19", "");
    for (uint32_t i = 2; i < 5; i++) { /* three that wait, one of them not for long */
        char id[8];
        (void)snprintf(id, sizeof(id), "WO-%u", i);
        Mintmark__V1__OrderSpec spec = desk_order(id, "a19", i);
        desk_expect_state(&desk,
                          desk_propose(&desk, &desk.op1, "order", &spec.base,
                                       (struct desk_wrong){.expires_in = i == 2 ? 100 : 0}),
                          STATE(WAITING));
    }
    assert_int_equal(count_changes(STATE(UNSPECIFIED)), 4);
    assert_int_equal(count_changes(STATE(WAITING)), 3);
    assert_int_equal(count_changes(STATE(APPLIED)), 1);
    factory_clock_offset_ms = 101 * 1000;
    assert_int_equal(count_changes(STATE(WAITING)), 2);
    assert_int_equal(count_changes(STATE(EXPIRED)), 1);
    Mintmark__V1__ListChangesRequest request;
    mintmark__v1__list_changes_request__init(&request);
    request.page_size = 3;
    Mintmark__V1__ListChangesResponse *page = (Mintmark__V1__ListChangesResponse *)get(
        METHOD_LIST_CHANGES, &request.base, &mintmark__v1__list_changes_response__descriptor);
    assert_int_equal(page->n_changes, 3);
    assert_string_equal(page->changes[0]->subject, "WO-4"); /* newest first */
    request.page_token = page->next_page_token;
    Mintmark__V1__ListChangesResponse *last = (Mintmark__V1__ListChangesResponse *)get(
        METHOD_LIST_CHANGES, &request.base, &mintmark__v1__list_changes_response__descriptor);
    assert_int_equal(last->n_changes, 1);
    assert_string_equal(last->changes[0]->subject, "a19@1");
    mintmark__v1__list_changes_response__free_unpacked(last, NULL);
    mintmark__v1__list_changes_response__free_unpacked(page, NULL);
    char bad[] = "x";
    request.page_token = bad;
    assert_null(get(METHOD_LIST_CHANGES, &request.base, NULL));
    desk_expect_refusal(&desk, NULL, "PAGE_TOKEN");
}

static void test_one_change(void **state)
{
    (void)state;
    desk_have_product(&desk, "a19", "");
    Mintmark__V1__OrderSpec spec = desk_order("WO-2", "a19", 5);
    Mintmark__V1__Change *waiting =
        desk_propose(&desk, &desk.op1, "order", &spec.base, (struct desk_wrong){0});
    Mintmark__V1__GetChangeRequest request;
    mintmark__v1__get_change_request__init(&request);
    for (size_t length = 64; length >= 8; length -= 7) {
        waiting->change_id[length] = '\0';
        request.change_id = waiting->change_id;
        Mintmark__V1__Change *change = (Mintmark__V1__Change *)get(
            METHOD_GET_CHANGE, &request.base, &mintmark__v1__change__descriptor);
        assert_non_null(change);
        assert_string_equal(change->subject, "WO-2");
        assert_int_equal(change->content.len, waiting->content.len);
        assert_int_equal(change->n_findings, 1);
        assert_string_equal(change->proposal_statement, waiting->proposal_statement);
        mintmark__v1__change__free_unpacked(change, NULL);
    }
    desk.worker.environment.allow_classes = 0; /* an approver sees what has become of it */
    Mintmark__V1__Change *refused = (Mintmark__V1__Change *)get(METHOD_GET_CHANGE, &request.base,
                                                                &mintmark__v1__change__descriptor);
    assert_int_equal(strncmp(refused->findings[0], "REFUSED now: ", 13), 0);
    mintmark__v1__change__free_unpacked(refused, NULL);
    static const char *const bad[] = {"", "1234567", "zzzzzzzz", "0000000000"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        request.change_id = rpc_unit_borrow_text(bad[i]);
        assert_null(get(METHOD_GET_CHANGE, &request.base, NULL));
        desk_expect_refusal(&desk, NULL, "CHANGE_UNKNOWN");
    }
    mintmark__v1__change__free_unpacked(waiting, NULL);
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_identities), DESK_TEST(test_products), DESK_TEST(test_one_product),
        DESK_TEST(test_orders),     DESK_TEST(test_changes),  DESK_TEST(test_one_change),
    };
    return cmocka_run_group_tests_name("change_lists", tests, NULL, NULL);
}
