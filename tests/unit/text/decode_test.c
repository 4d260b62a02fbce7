#include "proto/text/decode.h"

#include "google/protobuf/timestamp.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/order.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/text/varint.h"
#include "tests/support/test.h"

#define WIRE(literal) span_make(literal, sizeof(literal) - 1)

enum { ARENA_SIZE = 64 * 1024 };

static int make_arena(void **state)
{
    struct decode_arena *arena = NULL;
    status_t status = decode_arena_new(ARENA_SIZE, &arena);
    *state = arena;
    return status == STATUS_OK ? 0 : -1;
}

static int free_arena(void **state)
{
    decode_arena_free(*state);
    return 0;
}

static void test_request(void **state)
{
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    assert_ok(decode_message(*state, &mintmark__v1__provision_device_request__descriptor,
                             WIRE("\x0A\x04WO-1\x12\x17\x0A\x02u1\x12\x0F"
                                  "60:55:f9:01:a2:\x18\x07"),
                             false, &message, &problem));
    const Mintmark__V1__ProvisionDeviceRequest *request = (const void *)message;
    assert_string_equal(request->order, "WO-1");
    assert_string_equal(request->unit->unit_id, "u1");
    assert_string_equal(request->unit->hardware_id, "60:55:f9:01:a2:");
    assert_int_equal(request->unit->chip, MINTMARK__V1__CHIP__CHIP_ESP32C6);
    decode_arena_wipe(*state);
}

/* Wiping leaves nothing of a message behind. */
static void test_wipe(void **state)
{
    const ProtobufCMessage *message = NULL;
    assert_ok(decode_message(*state, &mintmark__v1__get_order_request__descriptor,
                             WIRE("\x0A\x08SECRET-1"), false, &message, NULL));
    const char *order = ((const Mintmark__V1__GetOrderRequest *)(const void *)message)->order;
    assert_string_equal(order, "SECRET-1");
    decode_arena_wipe(*state);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(order[i], 0);
    }
}

static void test_packed_and_single(void **state)
{
    const ProtobufCMessage *message = NULL;
    /* discovery: packed [ble, nfc], then a single softap */
    assert_ok(decode_message(*state, &mintmark__v1__commissioning__descriptor,
                             WIRE("\x2A\x02\x02\x05\x28\x01"), false, &message, NULL));
    const Mintmark__V1__Commissioning *commissioning = (const void *)message;
    assert_int_equal(commissioning->n_discovery, 3);
    assert_int_equal(commissioning->discovery[1], MINTMARK__V1__DISCOVERY__DISCOVERY_NFC);
    decode_arena_wipe(*state);
}

static void test_negative_numbers(void **state)
{
    const ProtobufCMessage *message = NULL;
    /* seconds -1, nanos -1: ten bytes each */
    assert_ok(decode_message(*state, &google__protobuf__timestamp__descriptor,
                             WIRE("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
                                  "\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
                             false, &message, NULL));
    const Google__Protobuf__Timestamp *time = (const void *)message;
    assert_true(time->seconds == -1);
    assert_int_equal(time->nanos, -1);
    decode_arena_wipe(*state);
}

static void test_unknown_fields(void **state)
{
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    struct span bytes = WIRE("\xA2\x06\x03xyz\x0A\x01o\xA8\x06\x05\xAD\x06\x01\x02\x03\x04"
                             "\xA9\x06\x01\x02\x03\x04\x05\x06\x07\x08");
    assert_int_equal(decode_message(*state, &mintmark__v1__get_order_request__descriptor, bytes,
                                    false, &message, &problem),
                     STATUS_INVALID);
    assert_string_equal(problem.reason, "FIELD_UNKNOWN");
    assert_non_null(strstr(problem.message, "number 100"));
    assert_ok(decode_message(*state, &mintmark__v1__get_order_request__descriptor, bytes, true,
                             &message, &problem));
    assert_string_equal(((const Mintmark__V1__GetOrderRequest *)(const void *)message)->order, "o");
    decode_arena_wipe(*state);
}

static void test_refusals(void **state)
{
    const struct {
        const ProtobufCMessageDescriptor *descriptor;
        struct span bytes;
        status_t status;
        const char *reason;
        const char *field;
    } rows[] = {
#define REQUEST &mintmark__v1__provision_device_request__descriptor
#define TIME &google__protobuf__timestamp__descriptor
        /* truncated: in a tag, a length, a text, a number, fixed width values */
        {REQUEST, WIRE("\x8A"), STATUS_MALFORMED, "MESSAGE_MALFORMED", ""},
        {REQUEST, WIRE("\x0A"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        {REQUEST, WIRE("\x0A\x05WO"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        {REQUEST, WIRE("\x0A\xFF\xFF\xFF\xFF\x0Fx"), STATUS_MALFORMED, "MESSAGE_MALFORMED",
         "order"},
        {REQUEST, WIRE("\x0A\xFF\xFF\xFF\xFF\xFF\x01x"), STATUS_MALFORMED, "MESSAGE_MALFORMED",
         "order"},
        {REQUEST, WIRE("\x12\x02\x18\x87"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "unit.chip"},
        {TIME, WIRE("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), STATUS_MALFORMED,
         "MESSAGE_MALFORMED", "seconds"},
        {TIME, WIRE("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), STATUS_MALFORMED,
         "MESSAGE_MALFORMED", "seconds"},
        {TIME, WIRE("\x09\x01\x02"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "seconds"},
        {TIME, WIRE("\x0D\x01\x02"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "seconds"},
        /* field numbers that are none: 0, above 2^29 - 1, longer than five bytes */
        {REQUEST, WIRE("\x02\x01x"), STATUS_MALFORMED, "MESSAGE_MALFORMED", ""},
        {REQUEST, WIRE("\x82\x80\x80\x80\x10\x00"), STATUS_MALFORMED, "MESSAGE_MALFORMED", ""},
        {REQUEST, WIRE("\x8A\x80\x80\x80\x80\x00\x01x"), STATUS_MALFORMED, "MESSAGE_MALFORMED", ""},
        /* wire types: a number for text, text for a number, groups, the two that never were */
        {REQUEST, WIRE("\x08\x05"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        {REQUEST, WIRE("\x12\x03\x1A\x01\x07"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "unit.chip"},
        {TIME, WIRE("\x0D\x01\x02\x03\x04"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "seconds"},
        {REQUEST, WIRE("\x0B\x0C"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        {REQUEST, WIRE("\x0E"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        {REQUEST, WIRE("\x0F"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        /* text */
        {REQUEST, WIRE("\x0A\x02\xC3("), STATUS_INVALID, "TEXT_INVALID", "order"},
        {REQUEST, WIRE("\x0A\x03\xED\xA0\x80"), STATUS_INVALID, "TEXT_INVALID", "order"},
        {REQUEST, WIRE("\x0A\x02\xC0\x80"), STATUS_INVALID, "TEXT_INVALID", "order"},
        {REQUEST, WIRE("\x0A\x04\xF4\x90\x80\x80"), STATUS_INVALID, "TEXT_INVALID", "order"},
        {REQUEST, WIRE("\x0A\x03WO\0"), STATUS_INVALID, "TEXT_INVALID", "order"},
        {REQUEST, WIRE("\x12\x04\x0A\x02\xFFx"), STATUS_INVALID, "TEXT_INVALID", "unit.unit_id"},
        /* enums: a value too many, one that only its low 32 bits make valid */
        {REQUEST, WIRE("\x12\x02\x18\x63"), STATUS_INVALID, "ENUM_UNKNOWN", "unit.chip"},
        {REQUEST, WIRE("\x12\x06\x18\x87\x80\x80\x80\x10"), STATUS_INVALID, "ENUM_UNKNOWN",
         "unit.chip"},
        {&mintmark__v1__commissioning__descriptor, WIRE("\x2A\x02\x02\x3F"), STATUS_INVALID,
         "ENUM_UNKNOWN", "discovery[1]"},
        {&mintmark__v1__commissioning__descriptor, WIRE("\x2A\x02\x02\x82"), STATUS_MALFORMED,
         "MESSAGE_MALFORMED", "discovery[1]"},
        /* numbers: uint32 and int32 of 33 bits, a boolean of 2 */
        {&mintmark__v1__order_spec__descriptor, WIRE("\x18\x80\x80\x80\x80\x10"), STATUS_MALFORMED,
         "MESSAGE_MALFORMED", "quantity"},
        {TIME, WIRE("\x10\x80\x80\x80\x80\x10"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "nanos"},
        {&mintmark__v1__image__descriptor, WIRE("\x28\x02"), STATUS_MALFORMED, "MESSAGE_MALFORMED",
         "encrypt"},
        /* singular fields given twice */
        {REQUEST, WIRE("\x0A\x01x\x0A\x01y"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "order"},
        {REQUEST, WIRE("\x12\x00\x12\x00"), STATUS_MALFORMED, "MESSAGE_MALFORMED", "unit"},
        /* a place deep in a list */
        {&mintmark__v1__image_set__descriptor, WIRE("\x0A\x00\x0A\x03\x0A\x01\xFF"), STATUS_INVALID,
         "TEXT_INVALID", "images[1].label"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const ProtobufCMessage *message = NULL;
        struct problem problem = {0};
        status_t status =
            decode_message(*state, rows[i].descriptor, rows[i].bytes, false, &message, &problem);
        if (status != rows[i].status || strcmp(problem.reason, rows[i].reason) != 0 ||
            strcmp(problem.field, rows[i].field) != 0) {
            fail_msg("row %zu: status %d reason %s field %s: %s", i, (int)status, problem.reason,
                     problem.field, problem.message);
        }
        assert_null(message);
    }
}

/* 1 MiB of empty submessages would become 55 MiB of structs. */
static void test_many_submessages(void **state)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, (size_t)2 << 20);
    for (int i = 0; i < 512 * 1024; i++) {
        buf_append(&bytes, "\x0A", 2); /* images: {} */
    }
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    assert_int_equal(decode_message(*state, &mintmark__v1__image_set__descriptor, buf_span(&bytes),
                                    false, &message, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "MESSAGE_LIMIT");
    assert_string_equal(problem.field, "images[1024]");
}

/* Within the count, yet over the arena: refused, and the arena is as before. */
static void test_arena_cap(void **state)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, (size_t)2 << 20);
    for (int i = 0; i < DECODE_REPEATED_MAX; i++) {
        buf_append(&bytes, "\x0A", 2);
    }
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    assert_int_equal(decode_message(*state, &mintmark__v1__image_set__descriptor, buf_span(&bytes),
                                    false, &message, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "MESSAGE_LIMIT");
    assert_ok(decode_message(*state, &mintmark__v1__image_set__descriptor, WIRE("\x0A\x00"), false,
                             &message, &problem));
    decode_arena_wipe(*state);
    /* unknown fields that a client skips are bounded by the arena too */
    buf_clear(&bytes);
    for (int i = 0; i < 100000; i++) {
        buf_append(&bytes, "\xA8\x06\x05", 3);
    }
    assert_int_equal(decode_message(*state, &mintmark__v1__image_set__descriptor, buf_span(&bytes),
                                    true, &message, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "MESSAGE_LIMIT");
    decode_arena_wipe(*state);
}

static void test_packed_count(void **state)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, 4096);
    buf_append_byte(&bytes, 0x2A);
    text_varint_append(&bytes, DECODE_REPEATED_MAX + 1);
    buf_append_fill(&bytes, 2, DECODE_REPEATED_MAX + 1);
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    assert_int_equal(decode_message(*state, &mintmark__v1__commissioning__descriptor,
                                    buf_span(&bytes), false, &message, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.field, "discovery[1024]");
}

/* No message of ours nests without end, so the depth limit meets a descriptor made for it. */
static void test_depth(void **state)
{
    static ProtobufCMessageDescriptor nested;
    static ProtobufCFieldDescriptor inner;
    nested = mintmark__v1__provision_device_request__descriptor;
    inner = nested.fields[1];
    static ProtobufCFieldDescriptor fields[2];
    fields[0] = nested.fields[0];
    inner.descriptor = &nested;
    fields[1] = inner;
    nested.fields = fields;
    AUTO(buf_done) struct buf bytes = {.limit = 4096};
    for (int level = 0; level < DECODE_DEPTH_MAX; level++) {
        AUTO(buf_done) struct buf outer = {.limit = 4096};
        buf_append_byte(&outer, 0x12);
        text_varint_append(&outer, bytes.size);
        buf_append_span(&outer, buf_span(&bytes));
        buf_clear(&bytes);
        buf_append_span(&bytes, buf_span(&outer));
    }
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    assert_int_equal(decode_message(*state, &nested, buf_span(&bytes), false, &message, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "MESSAGE_LIMIT");
    assert_ok(decode_message(*state, &nested, span_make(bytes.data + 2, bytes.size - 2), false,
                             &message, &problem));
    decode_arena_wipe(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),           cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_packed_and_single), cmocka_unit_test(test_negative_numbers),
        cmocka_unit_test(test_unknown_fields),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_many_submessages),  cmocka_unit_test(test_arena_cap),
        cmocka_unit_test(test_packed_count),      cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
