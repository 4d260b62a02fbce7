#include "proto/text/yaml.h"

#include "mintmark/v1/administration.pb-c.h"
#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/order.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "proto/text/scalar.h"
#include "proto/text/yaml_place.h"
#include "tests/support/test.h"

static status_t read_as(const ProtobufCMessageDescriptor *descriptor, struct span document,
                        ProtobufCMessage **ret_message, struct problem *problem)
{
    *problem = (struct problem){0};
    return text_yaml_read("a.yaml", document, descriptor, ret_message, problem);
}

static void test_product(void **state)
{
    (void)state;
    static const char document[] = "name: lamp\n"
                                   "vendor_id: 0xFFF1   # a test vendor\n"
                                   "vendor_name: \"Zażółć \\u00e9\"\n"
                                   "product_id: 32769\n"
                                   "chip: esp32c6\n"
                                   "certification_declaration: {file: cd.der}\n"
                                   "partitions:\n"
                                   "  factory_data: {label: fctry, offset: 0x3E0000, size: 24576}\n"
                                   "commissioning:\n"
                                   "  passcode: 20202021\n"
                                   "  discovery: [ble, on-network]\n"
                                   "  flow: user-intent\n"
                                   "serial_number: '{random:16}'\n"
                                   "nvs_encryption: key-partition\n";
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_ok(read_as(&mintmark__v1__product__descriptor, span_text(document), &message, &problem));
    const Mintmark__V1__Product *product = (const void *)message;
    assert_string_equal(product->name, "lamp");
    assert_int_equal(product->vendor_id, 0xFFF1);
    assert_string_equal(product->vendor_name, "Zażółć é");
    assert_int_equal(product->product_id, 32769);
    assert_int_equal(product->chip, MINTMARK__V1__CHIP__CHIP_ESP32C6);
    assert_string_equal(product->certification_declaration->file, "cd.der");
    assert_int_equal(product->partitions->factory_data->offset, 0x3E0000);
    assert_null(product->partitions->nvs_keys);
    assert_string_equal(product->commissioning->passcode, "20202021");
    assert_int_equal(product->commissioning->n_discovery, 2);
    assert_int_equal(product->commissioning->discovery[1],
                     MINTMARK__V1__DISCOVERY__DISCOVERY_ON_NETWORK);
    assert_int_equal(product->commissioning->flow,
                     MINTMARK__V1__COMMISSIONING_FLOW__COMMISSIONING_FLOW_USER_INTENT);
    assert_string_equal(product->serial_number, "{random:16}");
    assert_string_equal(product->pai, "");
    protobuf_c_message_free_unpacked(message, NULL);
}

static void test_map(void **state)
{
    (void)state;
    static const char document[] = "pais:\n"
                                   "  one: {key: 'pkcs11:object=one'}\n"
                                   "  two: {}\n"
                                   "allow_classes: []\n";
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_ok(read_as(&mintmark__v1__config__descriptor, span_text(document), &message, &problem));
    const Mintmark__V1__Config *config = (const void *)message;
    assert_int_equal(config->n_pais, 2);
    assert_string_equal(config->pais[0]->key, "one");
    assert_string_equal(config->pais[0]->value->key, "pkcs11:object=one");
    assert_string_equal(config->pais[1]->key, "two");
    assert_non_null(config->pais[1]->value);
    assert_int_equal(config->n_allow_classes, 0);
    protobuf_c_message_free_unpacked(message, NULL);
}

static void test_map_in_map(void **state)
{
    (void)state;
    static const char document[] = "vendor_data:\n"
                                   "  creds: {node: {type: string, value: a}, key: {file: k.pem}}\n"
                                   "  empty: {}\n";
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_ok(read_as(&mintmark__v1__product__descriptor, span_text(document), &message, &problem));
    const Mintmark__V1__Product *product = (const void *)message;
    assert_int_equal(product->n_vendor_data, 2);
    assert_string_equal(product->vendor_data[0]->key, "creds");
    assert_int_equal(product->vendor_data[0]->value->n_keys, 2);
    assert_string_equal(product->vendor_data[0]->value->keys[1]->key, "key");
    assert_string_equal(product->vendor_data[0]->value->keys[1]->value->file, "k.pem");
    assert_int_equal(product->vendor_data[1]->value->n_keys, 0);
    protobuf_c_message_free_unpacked(message, NULL);
    static const struct {
        const char *text;
        const char *reason;
    } bad[] = {
        {"vendor_data: {creds: {node: {}, node: {}}}\n", "YAML_DUPLICATE_KEY"},
        {"vendor_data: {creds: [node]}\n", "YAML_KIND"},
        {"vendor_data: {creds: {node: {typ: u8}}}\n", "YAML_UNKNOWN_KEY"},
        {"vendor_data: {creds: {node: {content: AA}}}\n", "YAML_TYPE"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_not_equal(
            read_as(&mintmark__v1__product__descriptor, span_text(bad[i].text), &message, &problem),
            STATUS_OK);
        assert_string_equal(problem.reason, bad[i].reason);
    }
}

static void test_value_with_its_field(void **state)
{
    (void)state;
    static const char document[] =
        "name: lamp\nnvs_encryption: {hmac: {key_block: 4}}\nchip: esp32c6\n";
    static const struct {
        const char *document;
        const char *reason;
    } refused[] = {
        {"nvs_encryption: {none: {key_block: 4}}\n", "YAML_TYPE"},
        {"nvs_encryption: {other: {key_block: 4}}\n", "YAML_ENUM"},
        {"nvs_encryption: {}\n", "YAML_KEY"},
        {"nvs_encryption: {[a]: {key_block: 4}}\n", "YAML_KEY"},
        {"nvs_encryption: {hmac: 4}\n", "YAML_KIND"},
        {"nvs_encryption: {hmac: {block: 4}}\n", "YAML_UNKNOWN_KEY"},
        {"nvs_encryption: {hmac: {key_block: 4}, none: {}}\n", "YAML_KIND"},
        {"nvs_encryption: {hmac: {key_block: 4}}\nnvs_hmac: {key_block: 4}\n",
         "YAML_DUPLICATE_KEY"},
        {"nvs_hmac: {key_block: 4}\nnvs_encryption: {hmac: {key_block: 4}}\n",
         "YAML_DUPLICATE_KEY"},
        {"chip: {esp32c6: {}}\n", "YAML_KIND"},
    };
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_ok(read_as(&mintmark__v1__product__descriptor, span_text(document), &message, &problem));
    const Mintmark__V1__Product *product = (const void *)message;
    assert_int_equal(product->nvs_encryption, MINTMARK__V1__NVS_ENCRYPTION__NVS_ENCRYPTION_HMAC);
    assert_int_equal(product->nvs_hmac->key_block, 4);
    assert_int_equal(product->chip, MINTMARK__V1__CHIP__CHIP_ESP32C6);
    protobuf_c_message_free_unpacked(message, NULL);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_int_not_equal(read_as(&mintmark__v1__product__descriptor,
                                     span_text(refused[i].document), &message, &problem),
                             STATUS_OK);
        print_message("%s: %s\n", problem.field, problem.message);
        assert_string_equal(problem.reason, refused[i].reason);
    }
}

static void test_label_alone(void **state)
{
    (void)state;
    static const char document[] = "partitions: {factory_data: fctry, nvs_keys: {label: keys}}\n";
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_ok(read_as(&mintmark__v1__product__descriptor, span_text(document), &message, &problem));
    const Mintmark__V1__Partitions *partitions =
        ((const Mintmark__V1__Product *)message)->partitions;
    assert_string_equal(partitions->factory_data->label, "fctry");
    assert_int_equal(partitions->factory_data->size, 0);
    assert_string_equal(partitions->nvs_keys->label, "keys");
    protobuf_c_message_free_unpacked(message, NULL);
    static const struct {
        const char *text;
        const char *reason;
    } bad[] = {
        {"partitions: {factory_data: [fctry]}\n", "YAML_KIND"},
        {"partitions: {factory_data: }\n", "YAML_NULL"},
        {"partitions: {factory_data: \"a\\0b\"}\n", "YAML_TEXT"},
        {"partitions: fctry\n", "YAML_KIND"}, /* its field 1 is no label */
        {"fixed_labels: [room]\n", "YAML_KIND"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_not_equal(
            read_as(&mintmark__v1__product__descriptor, span_text(bad[i].text), &message, &problem),
            STATUS_OK);
        assert_string_equal(problem.reason, bad[i].reason);
    }
}

/* What is refused, where, and why. */
static const struct refusal {
    const char *document;
    const char *field;
    const char *reason;
    const char *words; /* in the message */
} refusals[] = {
    {"quantity: 1_000\n", "a.yaml:1:11", "YAML_NUMBER", "1_000"},
    {"quantity: 010\n", "a.yaml:1:11", "YAML_NUMBER", "leading zero"},
    {"quantity: 1,000\n", "a.yaml:1:11", "YAML_NUMBER", "1,000"},
    {"quantity: 1e3\n", "a.yaml:1:11", "YAML_NUMBER", "1e3"},
    {"quantity: 12abc\n", "a.yaml:1:11", "YAML_NUMBER", "12abc"},
    {"quantity: +5\n", "a.yaml:1:11", "YAML_NUMBER", "+5"},
    {"quantity: -5\n", "a.yaml:1:11", "YAML_NUMBER", "-5"},
    {"quantity: 0x\n", "a.yaml:1:11", "YAML_NUMBER", "0x"},
    {"quantity: 0X10\n", "a.yaml:1:11", "YAML_NUMBER", "0X10"},
    {"quantity: 0b1\n", "a.yaml:1:11", "YAML_NUMBER", "0b1"},
    {"quantity: 0o17\n", "a.yaml:1:11", "YAML_NUMBER", "0o17"},
    {"quantity: 1.0\n", "a.yaml:1:11", "YAML_NUMBER", "1.0"},
    {"quantity: 1 000\n", "a.yaml:1:11", "YAML_NUMBER", "1 000"},
    {"quantity: 4294967296\n", "a.yaml:1:11", "YAML_NUMBER_RANGE", "4294967295"},
    {"quantity: 99999999999999999999999\n", "a.yaml:1:11", "YAML_NUMBER_RANGE", "out of range"},
    {"quantity: 0x100000000\n", "a.yaml:1:11", "YAML_NUMBER_RANGE", "out of range"},
    {"quantity: 9999999999999999999999x\n", "a.yaml:1:11", "YAML_NUMBER", "not a whole number"},
    {"quantity: '5'\n", "a.yaml:1:11", "YAML_QUOTED", "without quotes"},
    {"quantity: \"5\"\n", "a.yaml:1:11", "YAML_QUOTED", "without quotes"},
    {"quantity: true\n", "a.yaml:1:11", "YAML_NUMBER", "true"},
    {"quantity: [1]\n", "a.yaml:1:11", "YAML_KIND", "a list"},
    {"quantity: {a: 1}\n", "a.yaml:1:11", "YAML_KIND", "a mapping"},
    {"order: a\norder: b\n", "a.yaml:2:1", "YAML_DUPLICATE_KEY", "twice"},
    {"quantty: 5\n", "a.yaml:1:1", "YAML_UNKNOWN_KEY", "did you mean quantity?"},
    {"order: a\nzzzzzzzzzzz: 5\n", "a.yaml:2:1", "YAML_UNKNOWN_KEY", "unknown key zzz"},
    {"a\\b\"\x01: 5\n", "a.yaml:1:5", "YAML_SYNTAX", "not YAML"},
    {"order: &a x\nproduct: *a\n", "a.yaml:1:8", "YAML_ANCHOR", "anchors"},
    {"order: x\nproduct: *a\n", "a.yaml:2:10", "YAML_ALIAS", "aliases"},
    {"lines: &a [x]\n", "a.yaml:1:8", "YAML_ANCHOR", "anchors"},
    {"&a {order: x}\n", "a.yaml:1:1", "YAML_ANCHOR", "anchors"},
    {"order: !!str x\n", "a.yaml:1:8", "YAML_TAG", "tags"},
    {"order: ! x\n", "a.yaml:1:8", "YAML_TAG", "tags"},
    {"lines: !!seq [x]\n", "a.yaml:1:8", "YAML_TAG", "tags"},
    {"!!map {order: x}\n", "a.yaml:1:1", "YAML_TAG", "tags"},
    {"order: x\n---\norder: y\n", "a.yaml:2:1", "YAML_DOCUMENTS", "second document"},
    {"order: x\n...\n---\n", "a.yaml:3:1", "YAML_DOCUMENTS", "second document"},
    {"order:\n", "a.yaml:1:7", "YAML_NULL", "no value"},
    {"order: ~\n", "a.yaml:1:8", "YAML_NULL", "no value"},
    {"order: null\n", "a.yaml:1:8", "YAML_NULL", "no value"},
    {"quantity: NULL\n", "a.yaml:1:11", "YAML_NULL", "no value"},
    {"lines:\n", "a.yaml:1:7", "YAML_KIND", "a list, not nothing"},
    {"lines: [a, ]\nlines: [a, ~]\n", "a.yaml:2:1", "YAML_DUPLICATE_KEY", "twice"},
    {"lines: [a, ~]\n", "a.yaml:1:12", "YAML_NULL", "no value"},
    {"lines: x\n", "a.yaml:1:8", "YAML_KIND", "a list, not a single value"},
    {"<<: {order: x}\n", "a.yaml:1:1", "YAML_KEY", "merge"},
    {"[order]: x\n", "a.yaml:1:1", "YAML_KEY", "a key"},
    {"'': x\n", "a.yaml:1:1", "YAML_KEY", "a key"},
    {"~: x\n", "a.yaml:1:1", "YAML_KEY", "a key"},
    {"\torder: x\n", "a.yaml:1:1", "YAML_SYNTAX", "not tabs"},
    {"order: x\n\tproduct: y\n", "a.yaml:2:1", "YAML_SYNTAX", "not tabs"},
    {"lines: [x\n", "a.yaml:2:1", "YAML_SYNTAX", "not YAML"},
    {"order: \"\\0\"\n", "a.yaml:1:8", "YAML_TEXT", "NUL"},
    {"order: x\nproduct: \xC3(\n", "a.yaml:2:10", "YAML_TEXT", "UTF-8"},
    {"order: \xED\xA0\x80\n", "a.yaml:1:8", "YAML_TEXT", "UTF-8"},
    {"order: \xC0\x80\n", "a.yaml:1:8", "YAML_TEXT", "UTF-8"},
    {"order: caf\xC3\xA9 \x01\n", "a.yaml:1:13", "YAML_SYNTAX", "not YAML"},
    {"", "a.yaml:1:1", "YAML_EMPTY", "no document"},
    {"# only a comment\n", "a.yaml:2:1", "YAML_EMPTY", "no document"},
    {"just words\n", "a.yaml:1:1", "YAML_KIND", "a mapping of keys"},
    {"- order\n", "a.yaml:1:1", "YAML_KIND", "a list"},
    {"---\n...\n", "a.yaml:2:1", "YAML_KIND", "nothing"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        ProtobufCMessage *message = NULL;
        struct problem problem;
        status_t status = read_as(&mintmark__v1__order_spec__descriptor,
                                  span_text(refusals[i].document), &message, &problem);
        if (status == STATUS_OK || strcmp(problem.field, refusals[i].field) != 0 ||
            strcmp(problem.reason, refusals[i].reason) != 0 ||
            strstr(problem.message, refusals[i].words) == NULL) {
            fail_msg("document:\n%s-> status %d %s %s %s", refusals[i].document, (int)status,
                     problem.field, problem.reason, problem.message);
        }
        assert_null(message);
    }
}

/* What an empty file is when it has been read. */
static void test_no_bytes(void **state)
{
    (void)state;
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_int_equal(
        read_as(&mintmark__v1__order_spec__descriptor, span_make(NULL, 0), &message, &problem),
        STATUS_INVALID);
    assert_string_equal(problem.reason, "YAML_EMPTY");
}

static void expect_refusals(const ProtobufCMessageDescriptor *descriptor,
                            const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ProtobufCMessage *message = NULL;
        struct problem problem;
        status_t status = read_as(descriptor, span_text(rows[i].document), &message, &problem);
        if (status == STATUS_OK || strcmp(problem.field, rows[i].field) != 0 ||
            strcmp(problem.reason, rows[i].reason) != 0 ||
            strstr(problem.message, rows[i].words) == NULL) {
            fail_msg("document:\n%s-> status %d %s %s %s", rows[i].document, (int)status,
                     problem.field, problem.reason, problem.message);
        }
    }
}

static void test_config_refusals(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"pais: {a: {}, b: {}, a: {}}\n", "a.yaml:1:22", "YAML_DUPLICATE_KEY", "a is given twice"},
        {"pais: {<<: {}}\n", "a.yaml:1:8", "YAML_KEY", "merge"},
        {"pais: [a]\n", "a.yaml:1:7", "YAML_KIND", "a mapping, not a list"},
        {"pais: {a: }\n", "a.yaml:1:11", "YAML_KIND", "value is a mapping of keys, not nothing"},
        {"pais: {a: {certificate_content: x}}\n", "a.yaml:1:33", "YAML_TYPE", "cannot be written"},
        {"cd_signer_contents: [x]\n", "a.yaml:1:21", "YAML_KIND", "single value"},
        {"cd_signer_contents: x\n", "a.yaml:1:21", "YAML_TYPE", "cannot be written"},
    };
    expect_refusals(&mintmark__v1__config__descriptor, rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_enum_and_boolean_refusals(void **state)
{
    (void)state;
    static const struct refusal roles[] = {
        {"role: boss\n", "a.yaml:1:7", "YAML_ENUM",
         "boss is not one of station, operator, auditor or label"},
        {"role: unspecified\n", "a.yaml:1:7", "YAML_ENUM", "not one of"},
        {"role: ROLE_STATION\n", "a.yaml:1:7", "YAML_ENUM", "not one of"},
        {"role: 1\n", "a.yaml:1:7", "YAML_ENUM", "not one of"},
        {"role: \"station\\0\"\n", "a.yaml:1:7", "YAML_ENUM", "not one of"},
    };
    static const struct refusal booleans[] = {
        {"validate_only: yes\n", "a.yaml:1:16", "YAML_BOOLEAN", "true or false"},
        {"validate_only: True\n", "a.yaml:1:16", "YAML_BOOLEAN", "true or false"},
        {"validate_only: 'true'\n", "a.yaml:1:16", "YAML_QUOTED", "without quotes"},
    };
    expect_refusals(&mintmark__v1__identity_spec__descriptor, roles,
                    sizeof(roles) / sizeof(roles[0]));
    expect_refusals(&mintmark__v1__proposal__descriptor, booleans,
                    sizeof(booleans) / sizeof(booleans[0]));
}

static void refuse_limit(const ProtobufCMessageDescriptor *descriptor, struct buf *document)
{
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_ok(buf_status(document));
    assert_int_equal(read_as(descriptor, buf_span(document), &message, &problem), STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "YAML_LIMIT");
    buf_done(document);
}

static void test_limits(void **state)
{
    (void)state;
    struct buf document;
    buf_init(&document, (size_t)4 << 20);
    buf_append_text(&document, "order: ");
    buf_append_fill(&document, 'x', TEXT_YAML_MAX);
    refuse_limit(&mintmark__v1__order_spec__descriptor, &document);

    buf_init(&document, (size_t)4 << 20);
    buf_append_text(&document, "lines: [x");
    for (int i = 0; i < TEXT_YAML_REPEATED_MAX; i++) {
        buf_append_text(&document, ",x");
    }
    buf_append_text(&document, "]");
    refuse_limit(&mintmark__v1__order_spec__descriptor, &document);

    buf_init(&document, (size_t)4 << 20);
    buf_append_text(&document, "pais: {");
    for (int i = 0; i <= TEXT_YAML_REPEATED_MAX; i++) {
        buf_print(&document, "k%d: {},", i);
    }
    buf_append_text(&document, "}");
    refuse_limit(&mintmark__v1__config__descriptor, &document);
}

/* No message of ours is as deep as the limits on depth and count: those stop what the reader of
 * messages would refuse anyway, before it costs anything. */
static void test_deep(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf document;
    buf_init(&document, (size_t)4 << 20);
    buf_append_fill(&document, '[', 100000);
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_int_not_equal(
        read_as(&mintmark__v1__order_spec__descriptor, buf_span(&document), &message, &problem),
        STATUS_OK);
    assert_string_equal(problem.field, "a.yaml:1:1");
}

static void test_nul_byte(void **state)
{
    (void)state;
    static const char document[] = "order: x\nproduct: a\0b\n";
    ProtobufCMessage *message = NULL;
    struct problem problem;
    assert_int_equal(read_as(&mintmark__v1__order_spec__descriptor,
                             span_make(document, sizeof(document) - 1), &message, &problem),
                     STATUS_MALFORMED);
    assert_string_equal(problem.field, "a.yaml:2:11");
}

static void test_long_name(void **state)
{
    (void)state;
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    static const char name[] = "/a/very/long/path/that/goes/on/and/on/through/many/folders/until/"
                               "it/ends/in/the/file/that/counts/order.yaml";
    assert_int_not_equal(text_yaml_read(name, span_text("order: 1\nquantity: x\n"),
                                        &mintmark__v1__order_spec__descriptor, &message, &problem),
                         STATUS_OK);
    const char *tail = "counts/order.yaml:2:11";
    assert_string_equal(problem.field + strlen(problem.field) - strlen(tail), tail);
}

static void test_integers(void **state)
{
    (void)state;
    uint64_t value = 0;
    assert_ok(text_scalar_integer(PROTOBUF_C_TYPE_INT32, span_text("-2147483648"), &value));
    assert_true(value == 0xFFFFFFFF80000000u);
    assert_int_equal(text_scalar_integer(PROTOBUF_C_TYPE_INT32, span_text("2147483648"), &value),
                     STATUS_TOO_LARGE);
    assert_ok(
        text_scalar_integer(PROTOBUF_C_TYPE_INT64, span_text("-9223372036854775808"), &value));
    assert_true(value == 0x8000000000000000u);
    assert_ok(text_scalar_integer(PROTOBUF_C_TYPE_UINT64, span_text("0xffffffffffffffff"), &value));
    assert_true(value == UINT64_MAX);
    assert_ok(
        text_scalar_integer(PROTOBUF_C_TYPE_UINT64, span_text("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_int_equal(
        text_scalar_integer(PROTOBUF_C_TYPE_UINT64, span_text("18446744073709551616"), &value),
        STATUS_TOO_LARGE);
    assert_ok(text_scalar_integer(PROTOBUF_C_TYPE_UINT32, span_text("0"), &value));
    assert_true(value == 0);
    static const char *const bad[] = {"", "-", "-0", "-01", "00", "-0x1", "0x00000000000000001"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(text_scalar_integer(PROTOBUF_C_TYPE_INT64, span_text(bad[i]), &value),
                         STATUS_INVALID);
    }
}

static void test_place(void **state)
{
    (void)state;
    static const char document[] = "name: lamp\n"
                                   "partitions:\n"
                                   "  nvs_keys: {label: k}\n"
                                   "  factory_data: {label: fctry, size: 1}\n"
                                   "fixed_labels:\n"
                                   "  - {endpoint: 1, label: a}\n"
                                   "  - endpoint: 2\n"
                                   "    label: b\n";
    static const struct {
        const char *path;
        const char *place;
    } cases[] = {{"name", "a.yaml:1:1"},
                 {"partitions", "a.yaml:2:1"},
                 {"partitions.factory_data.size", "a.yaml:4:32"},
                 {"partitions.factory_data.offset", "a.yaml:4:3"},
                 {"partitions.none.size", "a.yaml:2:1"},
                 {"fixed_labels[0].label", "a.yaml:6:19"},
                 {"fixed_labels[1].label", "a.yaml:8:5"},
                 {"fixed_labels[2].label", "a.yaml:5:1"},
                 {"fixed_labels[x].label", "a.yaml:5:1"},
                 {"fixed_labels.label", "a.yaml:5:1"},
                 {"name.more", "a.yaml:1:1"},
                 {"none", ""},
                 {"", ""}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char place[PROBLEM_FIELD_MAX];
        char expected[PROBLEM_FIELD_MAX];
        bool found = text_yaml_place("a.yaml", span_text(document), cases[i].path, place);
        (void)snprintf(expected, sizeof(expected), "%s %s", cases[i].place, cases[i].path);
        assert_int_equal(found, cases[i].place[0] != '\0');
        if (found) {
            assert_string_equal(place, expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_map_in_map),
        cmocka_unit_test(test_value_with_its_field),
        cmocka_unit_test(test_label_alone),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_no_bytes),
        cmocka_unit_test(test_config_refusals),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_enum_and_boolean_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
