/* Orders as people write them, and calls as the front hands them over: what is taken,
 * and every refusal with its reason and field. The token is a plain key, all else is the real part.
 */
#include "tests/support/test.h"

#include "google/rpc/status.pb-c.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/text/yaml.h"
#include "server/method.h"
#include "server/rpc/order.h"
#include "server/store/change.h"
#include "server/worker/worker.h"
#include "tests/unit/rpc/world.h"

static status_t read_order(const char *yaml, struct store_order *ret_order, struct problem *problem)
{
    ProtobufCMessage *message = NULL;
    status_t status = text_yaml_read("order.yaml", span_text(yaml),
                                     &mintmark__v1__order_spec__descriptor, &message, problem);
    if (status == STATUS_OK) {
        status = rpc_order_read((const Mintmark__V1__OrderSpec *)message, 1795305600123, ret_order,
                                problem);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    return status;
}

static void test_order_taken(void **state)
{
    (void)state;
    struct store_order order;
    assert_ok(read_order("order: WO-1\nproduct: lamp\nquantity: 999\noverage: 2%\n"
                         "lines: [line1, line2]\nnot_before: 2026-11-22\nnot_after: 2026-11-27\n",
                         &order, NULL));
    assert_int_equal(order.identities_limit, 999 + 19); /* rounded down: never more than 2 % */
    assert_string_equal(order.lines, ";line1;line2;");
    assert_int_equal(order.window_to - order.window_from, 6 * 86400); /* both days whole */
    assert_int_equal(order.dac_not_before % 86400, 0);
    assert_ok(
        read_order("order: WO-1\nproduct: lamp\nquantity: 10\noverage: \"3\"\n", &order, NULL));
    assert_int_equal(order.identities_limit, 13);
}

static void test_order_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "order: WO-1\nproduct: lamp\nquantity: 1_000\n",
        "order: WO-1\nproduct: lamp\nquantity: 010\n",
        "order: WO-1\nproduct: lamp\nquantity: 0\n",
        "order: WO-1\nproduct: lamp\nquantity: 10000001\n",
        "order: WO 1\nproduct: lamp\nquantity: 5\n",
        "order: WO-1\nquantity: 5\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\noverage: 101%\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\noverage: 2 %\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\noverage: \"6\"\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\nnot_after: 2026-02-30\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\nnot_after: 27.11.2026\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\nnot_before: 2026-11-27\nnot_after: 2026-11-20\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\nlines: [\"a;b\"]\n",
        "order: WO-1\nproduct: lamp\nquantity: 5\nquantity: 6\n",
        "order: WO-1\nproduct: lamp\nquantaty: 5\n",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        struct store_order order;
        struct problem problem = {0};
        assert_int_not_equal(read_order(BAD[i], &order, &problem), STATUS_OK);
        assert_true(problem.field[0] != '\0');
    }
}

/* --- calls as the front hands them over --- */

static struct buf serve(struct worker *worker, enum method method, const char *identity,
                        struct span message, struct frame_answer *ret_answer)
{
    struct buf frame;
    size_t size = 0;
    const struct frame_call call = {
        .call_id = 7,
        .deadline_ms = INT64_MAX,
        .method = (uint16_t)method,
        .listener = LISTENER_STATIONS,
        .identity = span_text(identity),
        .message = message,
    };
    buf_init(&frame, RPC_ANSWER_MAX);
    assert_ok(worker_serve(worker, &call, &frame));
    assert_ok(frame_read_answer(buf_span(&frame), ret_answer, &size));
    assert_int_equal(size, frame.size);
    assert_int_equal(ret_answer->call_id, 7);
    return frame;
}

static void test_calls(void **state)
{
    (void)state;
    static struct world world;
    static struct worker worker;
    struct frame_answer answer;
    static const char station[] = "spiffe://test/station/s1";
    struct store_identity identity = {.id = "spiffe://test/station/s1", .role = 1, .line = "line1"};
    const struct store_identity auditor = {.id = "spiffe://test/auditor/a1", .role = 3};
    world_init(&world);
    assert_ok(store_identity_put(world.factory.store, &identity, span_text("{}"), NULL));
    assert_ok(store_identity_put(world.factory.store, &auditor, span_text("{}"), NULL));
    worker.config = &world.config;
    worker.store = world.factory.store;
    worker.environment = world.factory.environment;
    assert_ok(decode_arena_new(WORKER_ARENA_SIZE, &worker.arena));

    static const uint8_t REQUEST[] = "\x0a\x04WO-1\x12\x13\x12\x11"
                                     "60:55:f9:01:a2:10";
    struct span request = span_make(REQUEST, sizeof(REQUEST) - 1);
    struct buf frame = serve(&worker, METHOD_PROVISION_DEVICE, station, request, &answer);
    assert_int_equal(answer.grpc_code, 0);
    Mintmark__V1__ProvisionDeviceResponse *response =
        mintmark__v1__provision_device_response__unpack(NULL, answer.message.size,
                                                        answer.message.data);
    assert_non_null(response);
    assert_int_equal(response->image_set->n_images, 1);
    assert_int_equal(response->image_set->images[0]->content.len, 0x6000);
    mintmark__v1__provision_device_response__free_unpacked(response, NULL);
    buf_done(&frame);

    /* an auditor, a stranger, and a blocked station get the same answer */
    static const char *const DENIED[] = {"spiffe://test/auditor/a1", "spiffe://test/station/none"};
    for (size_t i = 0; i < 2; i++) {
        frame = serve(&worker, METHOD_PROVISION_DEVICE, DENIED[i], request, &answer);
        assert_int_equal(answer.grpc_code, 7);
        assert_span_equal(answer.reason, span_text("ROLE"));
        buf_done(&frame);
    }
    identity.blocked = true;
    assert_ok(store_identity_put(world.factory.store, &identity, span_text("{}"), NULL));
    frame = serve(&worker, METHOD_PROVISION_DEVICE, station, request, &answer);
    assert_int_equal(answer.grpc_code, 7);
    buf_done(&frame);
    identity.blocked = false;

    /* a pinned key: this one was not shown */
    identity.spki_size = 3;
    assert_ok(store_identity_put(world.factory.store, &identity, span_text("{}"), NULL));
    frame = serve(&worker, METHOD_PROVISION_DEVICE, station, request, &answer);
    assert_int_equal(answer.grpc_code, 7);
    assert_span_equal(answer.reason, span_text("ROLE"));
    buf_done(&frame);
    identity.spki_size = 0;
    assert_ok(store_identity_put(world.factory.store, &identity, span_text("{}"), NULL));

    /* a worker of the other listener serves none of these */
    worker.listener = LISTENER_ADMINISTRATION;
    frame = serve(&worker, METHOD_PROVISION_DEVICE, station, request, &answer);
    assert_span_equal(answer.reason, span_text("ROLE"));
    buf_done(&frame);
    worker.listener = LISTENER_STATIONS;

    frame = serve(&worker, METHOD_PROVISION_DEVICE, station, span_text("\xff\xff"), &answer);
    assert_int_equal(answer.grpc_code, 3);
    buf_done(&frame);

    /* the status in the details says the same as the frame, and names the field */
    static const uint8_t BAD_MAC[] = "\x0a\x04WO-1\x12\x05\x12\x03xyz";
    frame = serve(&worker, METHOD_PROVISION_DEVICE, station,
                  span_make(BAD_MAC, sizeof(BAD_MAC) - 1), &answer);
    assert_int_equal(answer.grpc_code, 3);
    Google__Rpc__Status *status =
        google__rpc__status__unpack(NULL, answer.details.size, answer.details.data);
    assert_non_null(status);
    assert_int_equal(status->code, 3);
    assert_int_equal(status->n_details, 2);
    Google__Rpc__BadRequest *bad = google__rpc__bad_request__unpack(
        NULL, status->details[1]->value.len, status->details[1]->value.data);
    assert_non_null(bad);
    assert_string_equal(bad->field_violations[0]->field, "unit.hardware_id");
    google__rpc__bad_request__free_unpacked(bad, NULL);
    google__rpc__status__free_unpacked(status, NULL);
    buf_done(&frame);

    decode_arena_free(worker.arena);
    world_done(&world);
}

/* The front's own call: only from nobody, and only on the listener it belongs to. */
static void test_tick(void **state)
{
    (void)state;
    static struct world world;
    static struct worker worker;
    static const struct {
        const char *identity;
        enum listener worker;
        enum listener call;
        const char *message;
        const char *reason; /* "": served */
    } ROWS[] = {
        {"", LISTENER_ADMINISTRATION, LISTENER_ADMINISTRATION, "", ""},
        {"", LISTENER_ADMINISTRATION, LISTENER_ADMINISTRATION, "x", "MESSAGE_TOO_LARGE"},
        {"", LISTENER_STATIONS, LISTENER_STATIONS, "", "ROLE"},
        {"", LISTENER_STATIONS, LISTENER_ADMINISTRATION, "", "ROLE"},
        {"spiffe://test/operator/o1", LISTENER_ADMINISTRATION, LISTENER_ADMINISTRATION, "", "ROLE"},
    };
    const struct store_identity person = {.id = "spiffe://test/operator/o1", .role = 2};
    world_init(&world);
    assert_ok(store_identity_put(world.factory.store, &person, span_text("{}"), NULL));
    worker.config = &world.config;
    worker.store = world.factory.store;
    worker.environment = world.factory.environment;
    assert_ok(decode_arena_new(WORKER_ARENA_SIZE, &worker.arena));
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct frame_answer answer;
        struct buf frame;
        size_t size = 0;
        const struct frame_call call = {.call_id = 7,
                                        .method = METHOD_TICK,
                                        .listener = (uint8_t)ROWS[i].call,
                                        .identity = span_text(ROWS[i].identity),
                                        .message = span_text(ROWS[i].message)};
        worker.listener = ROWS[i].worker;
        buf_init(&frame, RPC_ANSWER_MAX);
        assert_ok(worker_serve(&worker, &call, &frame));
        assert_ok(frame_read_answer(buf_span(&frame), &answer, &size));
        assert_span_equal(answer.reason, span_text(ROWS[i].reason));
        assert_int_equal(answer.grpc_code == 0, ROWS[i].reason[0] == '\0');
        buf_done(&frame);
    }
    assert_int_equal(method_find("", 0), METHOD_COUNT); /* no client can name it */
    decode_arena_free(worker.arena);
    world_done(&world);
}

/* --- the orders a station may see --- */

/* Their ids, separated by spaces, and then the next page's token. */
static void expect_orders(struct worker *worker, const char *identity, struct span request,
                          const char *expected)
{
    char ids[200] = "";
    struct frame_answer answer;
    struct buf frame = serve(worker, METHOD_LIST_OPEN_ORDERS, identity, request, &answer);
    assert_int_equal(answer.grpc_code, 0);
    Mintmark__V1__ListOrdersResponse *page =
        mintmark__v1__list_orders_response__unpack(NULL, answer.message.size, answer.message.data);
    assert_non_null(page);
    for (size_t i = 0; i < page->n_orders; i++) {
        size_t used = strlen(ids);
        (void)snprintf(ids + used, sizeof(ids) - used, "%s ", page->orders[i]->spec->order);
    }
    size_t used = strlen(ids);
    (void)snprintf(ids + used, sizeof(ids) - used, "%s", page->next_page_token);
    assert_string_equal(ids, expected);
    mintmark__v1__list_orders_response__free_unpacked(page, NULL);
    buf_done(&frame);
}

static void add_order(struct world *world, const char *id, const char *lines,
                      enum store_order_state state)
{
    struct problem problem = {0};
    struct store_order order = factory_order(&world->factory);
    (void)snprintf(order.id, sizeof(order.id), "%s", id);
    (void)snprintf(order.lines, sizeof(order.lines), "%s", lines);
    order.state = state;
    assert_ok(store_begin(world->factory.store, order.created_ms, &problem));
    assert_ok(
        store_end(world->factory.store, store_order_add(world->factory.store, &order), &problem));
}

static void test_open_orders(void **state)
{
    (void)state;
    static struct world world;
    static struct worker worker;
    static const char one[] = "spiffe://test/station/s1";
    static const char none[] = "spiffe://test/station/s2";
    const struct store_identity identities[] = {
        {.id = "spiffe://test/station/s1", .role = 1, .line = "line1"},
        {.id = "spiffe://test/station/s2", .role = 1},
        {.id = "spiffe://test/label/p", .role = 4}};
    world_init(&world);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(store_identity_put(world.factory.store, &identities[i], span_text("{}"), NULL));
    }
    worker.config = &world.config;
    worker.store = world.factory.store;
    worker.environment = world.factory.environment;
    assert_ok(decode_arena_new(WORKER_ARENA_SIZE, &worker.arena));
    add_order(&world, "WO-2", ";line1;", STORE_ORDER_OPEN);
    add_order(&world, "WO-3", ";line10;line2;", STORE_ORDER_OPEN);
    add_order(&world, "WO-4", ";line1;", STORE_ORDER_PAUSED);
    add_order(&world, "WO-5", "", STORE_ORDER_CLOSED);
    add_order(&world, "WO-6", ";line2;line1;", STORE_ORDER_OPEN);

    expect_orders(&worker, one, (struct span){0}, "WO-1 WO-2 WO-6 ");
    expect_orders(&worker, none, (struct span){0}, "WO-1 ");
    expect_orders(&worker, one, span_text("\x08\x01\x10\x02"), "WO-1 WO-2 WO-2");
    expect_orders(&worker, one, span_text("\x1a\x04WO-2"), "WO-6 ");
    expect_orders(&worker, none, span_text("\x1a\x04WO-2"), "");

    struct frame_answer answer;
    struct buf frame = serve(&worker, METHOD_LIST_OPEN_ORDERS, one, span_text("\x08\x03"), &answer);
    assert_int_equal(answer.grpc_code, 3);
    assert_span_equal(answer.reason, span_text("STATE"));
    buf_done(&frame);
    frame = serve(&worker, METHOD_LIST_OPEN_ORDERS, identities[2].id, (struct span){0}, &answer);
    assert_span_equal(answer.reason, span_text("ROLE"));
    buf_done(&frame);
    decode_arena_free(worker.arena);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_taken), cmocka_unit_test(test_order_refused),
        cmocka_unit_test(test_calls),       cmocka_unit_test(test_open_orders),
        cmocka_unit_test(test_tick),
    };
    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
