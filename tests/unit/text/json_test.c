#include "proto/text/json.h"

#include <jansson.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/order.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/text/yaml.h"
#include "tests/support/test.h"

static void assert_json(const ProtobufCMessage *message, unsigned indent, const char *wanted)
{
    AUTO(buf_done) struct buf json = {.limit = 65536};
    assert_ok(text_json_write(message, indent, &json));
    assert_int_equal(json.size, strlen(wanted));
    assert_memory_equal(json.data, wanted, json.size);
}

static void test_image(void **state)
{
    (void)state;
    uint8_t bytes[] = {0, 1, 2, 255};
    Mintmark__V1__Image image;
    mintmark__v1__image__init(&image);
    char label[] = "a\"b\\c\n\x01 \xC3\xA9";
    image.label = label;
    image.offset = 4294967295;
    image.content = (ProtobufCBinaryData){sizeof(bytes), bytes};
    image.encrypt = 1;
    assert_json(&image.base, 0,
                "{\"label\": \"a\\\"b\\\\c\\n\\u0001 \xC3\xA9\", \"offset\": 4294967295, "
                "\"content\": \"AAEC/w==\", \"sha256\": \"\", \"encrypt\": true, "
                "\"file_name\": \"\"}");
    label[0] = '\xFF';
    AUTO(buf_done) struct buf json = {.limit = 65536};
    assert_int_equal(text_json_write(&image.base, 0, &json), STATUS_MALFORMED);
}

static void test_order(void **state)
{
    (void)state;
    Google__Protobuf__Timestamp created;
    google__protobuf__timestamp__init(&created);
    created.seconds = 1795348800;
    Mintmark__V1__Order order;
    mintmark__v1__order__init(&order);
    order.state = MINTMARK__V1__ORDER_STATE__ORDER_STATE_OPEN;
    order.created = &created;
    assert_json(
        &order.base, 2,
        "{\n  \"state\": \"open\",\n  \"product_revision\": 0,\n"
        "  \"identities_limit\": 0,\n  \"reserved\": 0,\n  \"issued\": 0,\n"
        "  \"unused\": 0,\n  \"created\": \"2026-11-22T12:00:00Z\",\n"
        "  \"flashed\": 0,\n  \"scrapped\": 0,\n  \"superseded\": 0,\n"
        "  \"voided\": 0,\n  \"data_rows\": 0,\n  \"data_used\": 0,\n  \"data_left\": 0\n}");
}

static void test_timestamp(void **state)
{
    (void)state;
    Google__Protobuf__Timestamp time;
    google__protobuf__timestamp__init(&time);
    time.nanos = 5000000;
    assert_json(&time.base, 0, "\"1970-01-01T00:00:00.005000000Z\"");
    time.nanos = 0;
    time.seconds = 253402300799;
    assert_json(&time.base, 0, "\"9999-12-31T23:59:59Z\"");
    time.seconds = INT64_MAX;
    assert_json(&time.base, 0, "\"9223372036854775807.000000000\"");
}

/* Lists, maps and nesting, read back by another JSON library. */
static void test_config(void **state)
{
    (void)state;
    static const char document[] = "pais: {one: {key: k, certificate: c}, two: {}}\n"
                                   "allow_classes: [test, production]\n"
                                   "cd_signers: [a, b]\n"
                                   "slots: 7\n";
    ProtobufCMessage *message = NULL;
    assert_ok(text_yaml_read("a.yaml", span_text(document), &mintmark__v1__config__descriptor,
                             &message, NULL));
    AUTO(buf_done) struct buf json = {.limit = 65536};
    assert_ok(text_json_write(message, 4, &json));
    protobuf_c_message_free_unpacked(message, NULL);
    json_t *tree = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);
    json_t *pais = json_object_get(tree, "pais");
    assert_int_equal(json_object_size(pais), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(pais, "one"), "certificate")), "c");
    json_t *classes = json_object_get(tree, "allow_classes");
    assert_int_equal(json_array_size(classes), 2);
    assert_string_equal(json_string_value(json_array_get(classes, 1)), "production");
    assert_string_equal(json_string_value(json_array_get(json_object_get(tree, "cd_signers"), 1)),
                        "b");
    assert_int_equal(json_integer_value(json_object_get(tree, "slots")), 7);
    assert_null(json_object_get(tree, "site"));
    json_decref(tree);
}

static void test_map_in_map(void **state)
{
    (void)state;
    static const char document[] =
        "vendor_data: {creds: {node: {type: u8, value: \"7\"}}, e: {}}\n";
    ProtobufCMessage *message = NULL;
    assert_ok(text_yaml_read("a.yaml", span_text(document), &mintmark__v1__product__descriptor,
                             &message, NULL));
    AUTO(buf_done) struct buf json = {.limit = 65536};
    assert_ok(text_json_write(message, 0, &json));
    protobuf_c_message_free_unpacked(message, NULL);
    json_t *tree = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
    json_t *data = json_object_get(tree, "vendor_data");
    json_t *node = json_object_get(json_object_get(data, "creds"), "node");
    assert_string_equal(json_string_value(json_object_get(node, "type")), "u8");
    assert_string_equal(json_string_value(json_object_get(node, "value")), "7");
    assert_true(json_is_object(json_object_get(data, "e")));
    json_decref(tree);
}

static void test_limit(void **state)
{
    (void)state;
    Mintmark__V1__Order order;
    mintmark__v1__order__init(&order);
    AUTO(buf_done) struct buf json = {.limit = 16};
    assert_int_equal(text_json_write(&order.base, 0, &json), STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image),      cmocka_unit_test(test_order),
        cmocka_unit_test(test_timestamp),  cmocka_unit_test(test_config),
        cmocka_unit_test(test_map_in_map), cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
