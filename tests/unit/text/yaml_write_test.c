#include "proto/text/yaml_write.h"

#include "mintmark/v1/administration.pb-c.h"
#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "proto/text/map.h"
#include "proto/text/varint.h"
#include "proto/text/visible.h"
#include "proto/text/yaml.h"
#include "tests/support/test.h"

enum { TEXT_MAX = 1 << 20 };

static void assert_text(const struct buf *text, const char *expected)
{
    AUTO(buf_done) struct buf copy;
    buf_init(&copy, TEXT_MAX);
    buf_append_span(&copy, buf_span(text));
    buf_append_byte(&copy, 0);
    assert_ok(buf_status(&copy));
    assert_string_equal((const char *)copy.data, expected);
}

static ProtobufCMessage *read_yaml(const ProtobufCMessageDescriptor *descriptor, struct span yaml)
{
    struct problem problem = {0};
    ProtobufCMessage *message = NULL;
    status_t status = text_yaml_read("a.yaml", yaml, descriptor, &message, &problem);
    if (status != STATUS_OK) {
        print_message("%s: %s\n%.*s\n", problem.field, problem.message, (int)yaml.size,
                      (const char *)yaml.data);
    }
    assert_ok(status);
    return message;
}

static void test_product(void **state)
{
    (void)state;
    static const char document[] = "name: lamp\n"
                                   "vendor_id: 0xFFF1\n"
                                   "vendor_name: \"Zażółć, \\\"é\\\" \\\\ \\t\\u202E\\x1B\"\n"
                                   "product_name: A19 Colour\n"
                                   "chip: esp32c6\n"
                                   "certification_declaration:\n"
                                   "  file: cd.der\n"
                                   "partitions:\n"
                                   "  factory_data:\n"
                                   "    label: fctry\n"
                                   "    offset: 0x3E0000\n"
                                   "    size: 0x6000\n"
                                   "  nvs_keys: {}\n"
                                   "commissioning:\n"
                                   "  passcode: \"20202021\"\n"
                                   "  discovery:\n"
                                   "    - ble\n"
                                   "    - on-network\n"
                                   "serial_number: \"{random:16}\"\n"
                                   "manufacturing_date: none\n"
                                   "part_number: \"No\"\n"
                                   "fixed_labels:\n"
                                   "  - endpoint: 1\n"
                                   "    label: room\n"
                                   "    value: \"\\n\"\n"
                                   "  - {}\n"
                                   "supported_modes:\n"
                                   "  - label: warm\n"
                                   "    tags:\n"
                                   "      - value: 7\n"
                                   "vendor_data:\n"
                                   "  creds:\n"
                                   "    node:\n"
                                   "      type: string\n"
                                   "      from: supplied\n"
                                   "    \"7\": {}\n"
                                   "  empty: {}\n";
    AUTO(buf_done) struct buf yaml;
    buf_init(&yaml, TEXT_MAX);
    ProtobufCMessage *message = read_yaml(&mintmark__v1__product__descriptor, span_text(document));
    assert_ok(text_yaml_write(message, &yaml));
    protobuf_c_message_free_unpacked(message, NULL);
    assert_text(&yaml, document);
}

static void test_map(void **state)
{
    (void)state;
    static const char document[] = "pais:\n"
                                   "  one:\n"
                                   "    key: \"pkcs11:object=one\"\n"
                                   "  two: {}\n"
                                   "allow_classes:\n"
                                   "  - test\n";
    AUTO(buf_done) struct buf yaml;
    buf_init(&yaml, TEXT_MAX);
    ProtobufCMessage *message = read_yaml(&mintmark__v1__config__descriptor, span_text(document));
    assert_ok(text_yaml_write(message, &yaml));
    protobuf_c_message_free_unpacked(message, NULL);
    assert_text(&yaml, document);
}

/* Bytes are told of, and the document stays readable. */
static void test_bytes(void **state)
{
    (void)state;
    uint8_t abc[] = {'a', 'b', 'c'};
    Mintmark__V1__CertificationDeclaration declaration;
    Mintmark__V1__Product product;
    AUTO(buf_done) struct buf yaml;
    mintmark__v1__certification_declaration__init(&declaration);
    mintmark__v1__product__init(&product);
    declaration.content = (ProtobufCBinaryData){sizeof(abc), abc};
    product.certification_declaration = &declaration;
    buf_init(&yaml, TEXT_MAX);
    assert_ok(text_yaml_write(&product.base, &yaml));
    assert_text(&yaml, "certification_declaration: {}\n"
                       "  # content: 3 bytes, SHA-256 "
                       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
    protobuf_c_message_free_unpacked(read_yaml(&mintmark__v1__product__descriptor, buf_span(&yaml)),
                                     NULL);
    buf_clear(&yaml);
    assert_ok(text_yaml_write(&declaration.base, &yaml));
    assert_text(&yaml, "{}\n"
                       "# content: 3 bytes, SHA-256 "
                       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
}

static void test_timestamp_and_unknown_enum(void **state)
{
    (void)state;
    Google__Protobuf__Timestamp proposed = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Mintmark__V1__Change change;
    AUTO(buf_done) struct buf yaml;
    proposed.seconds = 86400;
    mintmark__v1__change__init(&change);
    change.proposed = &proposed;
    change.state = (Mintmark__V1__ChangeState)77;
    change.needs_second = 1;
    buf_init(&yaml, TEXT_MAX);
    assert_ok(text_yaml_write(&change.base, &yaml));
    assert_text(&yaml, "state: 77\nneeds_second: true\nproposed: \"1970-01-02T00:00:00Z\"\n");
}

static void test_bad_text(void **state)
{
    (void)state;
    char bad[] = "\xff";
    Mintmark__V1__Product product;
    AUTO(buf_done) struct buf yaml;
    mintmark__v1__product__init(&product);
    product.name = bad;
    buf_init(&yaml, TEXT_MAX);
    assert_int_equal(text_yaml_write(&product.base, &yaml), STATUS_MALFORMED);
}

static void test_visible(void **state)
{
    (void)state;
    static const char text[] = "a\x1b[2J\n\"\\ \xe2\x80\xae \xf3\xa0\x81\x81 \xf0\x9f\x92\xa1 é";
    AUTO(buf_done) struct buf plain;
    AUTO(buf_done) struct buf quoted;
    buf_init(&plain, TEXT_MAX);
    buf_init(&quoted, TEXT_MAX);
    assert_ok(text_visible_append(span_text(text), false, &plain));
    assert_text(&plain, "a\\x1B[2J\\n\"\\ \\u202E \\U000E0041 \xf0\x9f\x92\xa1 é");
    assert_ok(text_visible_append(span_text(text), true, &quoted));
    assert_text(&quoted, "a\\x1B[2J\\n\\\"\\\\ \\u202E \\U000E0041 \xf0\x9f\x92\xa1 é");
    assert_int_equal(text_visible_append(span_make("a\0", 2), false, &plain), STATUS_MALFORMED);
}

/* ---- any message: written, read again, the same bytes on the wire ---- */

static uint32_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state ^= random_state << 13; /* xorshift32 */
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % below;
}

static void put_bytes(struct buf *wire, const ProtobufCFieldDescriptor *field, struct span bytes)
{
    text_varint_append(wire, (uint64_t)field->id << 3 | 2);
    text_varint_append(wire, bytes.size);
    buf_append_span(wire, bytes);
}

static void put_text(struct buf *wire, const ProtobufCFieldDescriptor *field)
{
    static const char *const PIECES[] = {
        "a",  "Lamp", " ", "null", "~",    ": ", "# ",     "-",      "0x1F", "\n", "\"",   "'",
        "\\", "{",    "é", "\t",   "\x1b", "\r", "\u2028", "\ufeff", "[",    "%",  "true", ","};
    AUTO(buf_done) struct buf text;
    buf_init(&text, TEXT_MAX);
    for (uint32_t left = draw(6); left > 0; left--) {
        buf_append_text(&text, PIECES[draw(sizeof(PIECES) / sizeof(PIECES[0]))]);
    }
    put_bytes(wire, field, buf_span(&text));
}

static void put_message(struct buf *wire, const ProtobufCMessageDescriptor *descriptor,
                        unsigned depth);

static void put_value(struct buf *wire, const ProtobufCFieldDescriptor *field, unsigned depth)
{
    AUTO(buf_done) struct buf inner;
    buf_init(&inner, TEXT_MAX);
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(&inner, field->descriptor, depth + 1);
        put_bytes(wire, field, buf_span(&inner));
        return;
    case PROTOBUF_C_TYPE_STRING:
        put_text(wire, field);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        return;
    default:
        text_varint_append(wire, (uint64_t)field->id << 3);
        break;
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        const ProtobufCEnumDescriptor *names = field->descriptor;
        text_varint_append(wire, (uint64_t)names->values[1 + draw(names->n_values - 1)].value);
    } else {
        text_varint_append(wire, draw(field->type == PROTOBUF_C_TYPE_BOOL ? 2 : 100000));
    }
}

/* Keys differ: a map has each once. */
static void put_entry(struct buf *wire, const ProtobufCFieldDescriptor *field, uint32_t number,
                      unsigned depth)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    AUTO(buf_done) struct buf inner;
    AUTO(buf_done) struct buf key;
    buf_init(&inner, TEXT_MAX);
    buf_init(&key, TEXT_MAX);
    buf_print(&key, "key: %u", number);
    put_bytes(&inner, &entry->fields[0], buf_span(&key));
    put_value(&inner, &entry->fields[1], depth);
    put_bytes(wire, field, buf_span(&inner));
}

static void put_message(struct buf *wire, const ProtobufCMessageDescriptor *descriptor,
                        unsigned depth)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        if (draw(2) == 0 || depth > 5) {
            continue;
        }
        for (uint32_t left = repeated ? draw(4) : 1; left > 0; left--) {
            if (text_map_is(field)) {
                put_entry(wire, field, left, depth);
            } else {
                put_value(wire, field, depth);
            }
        }
    }
}

static void pack(const ProtobufCMessage *message, struct buf *ret_wire)
{
    buf_init(ret_wire, TEXT_MAX);
    size_t size = protobuf_c_message_get_packed_size(message);
    if (size > 0) {
        (void)protobuf_c_message_pack(message, buf_extend(ret_wire, size));
    }
    assert_ok(buf_status(ret_wire));
}

static void check_round_trip(const ProtobufCMessageDescriptor *descriptor)
{
    AUTO(buf_done) struct buf drawn;
    AUTO(buf_done) struct buf yaml;
    AUTO(buf_done) struct buf before = {0};
    AUTO(buf_done) struct buf after = {0};
    buf_init(&drawn, TEXT_MAX);
    buf_init(&yaml, TEXT_MAX);
    put_message(&drawn, descriptor, 0);
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, drawn.size, drawn.data);
    assert_non_null(message);
    pack(message, &before);
    assert_ok(text_yaml_write(message, &yaml));
    protobuf_c_message_free_unpacked(message, NULL);
    message = read_yaml(descriptor, buf_span(&yaml));
    pack(message, &after);
    protobuf_c_message_free_unpacked(message, NULL);
    assert_span_equal(buf_span(&before), buf_span(&after));
}

static void test_round_trip(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 3000; seed++) {
        random_state = seed * 2654435761u;
        check_round_trip(&mintmark__v1__product__descriptor);
        check_round_trip(&mintmark__v1__config__descriptor);
        check_round_trip(&mintmark__v1__order_spec__descriptor);
        check_round_trip(&mintmark__v1__identity_spec__descriptor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product),    cmocka_unit_test(test_map),
        cmocka_unit_test(test_bytes),      cmocka_unit_test(test_timestamp_and_unknown_enum),
        cmocka_unit_test(test_bad_text),   cmocka_unit_test(test_visible),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
