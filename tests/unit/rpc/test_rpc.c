/* Products and orders as people write them, and calls as the front hands them over: what is taken,
 * and every refusal with its reason and field. The token is a plain key, all else is the real part.
 */
#include "tests/support/test.h"

#include "google/rpc/status.pb-c.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/text/yaml.h"
#include "server/method.h"
#include "server/rpc/order.h"
#include "server/worker/worker.h"
#include "tests/support/factory.h"

static const char PRODUCT[] = "name: a19-lamp\n"
                              "vendor_id: 0xFFF1\n"
                              "vendor_name: ACME\n"
                              "product_id: 0x8000\n"
                              "product_name: Lamp\n"
                              "hardware_version: 3\n"
                              "hardware_version_string: rev C\n"
                              "chip: esp32c6\n"
                              "pai: acme\n"
                              "certification_declaration: {file: cd.der}\n"
                              "partitions:\n"
                              "  factory_data: {label: fctry, offset: 0x3E0000, size: 0x6000}\n";

struct world {
    struct factory factory;
    struct rpc_catalog catalog;
    Mintmark__V1__Config config;
    Mintmark__V1__Pai pai;
    Mintmark__V1__Config__PaisEntry pai_entry;
    Mintmark__V1__Config__PaisEntry *pais[1];
    ProtobufCBinaryData cd_signers[1];
};

static void world_init(struct world *world)
{
    static char name[] = "acme";
    factory_init(&world->factory, 5);
    mintmark__v1__config__init(&world->config);
    mintmark__v1__pai__init(&world->pai);
    mintmark__v1__config__pais_entry__init(&world->pai_entry);
    world->pai.certificate_content.data = world->factory.pai.data;
    world->pai.certificate_content.len = world->factory.pai.size;
    world->pai.paa_content.data = world->factory.paa.data;
    world->pai.paa_content.len = world->factory.paa.size;
    world->pai_entry.key = name;
    world->pai_entry.value = &world->pai;
    world->pais[0] = &world->pai_entry;
    world->config.pais = world->pais;
    world->config.n_pais = 1;
    world->cd_signers[0].data = world->factory.cd_signer.data;
    world->cd_signers[0].len = world->factory.cd_signer.size;
    world->config.cd_signer_contents = world->cd_signers;
    world->config.n_cd_signer_contents = 1;
    assert_ok(rpc_catalog_init(&world->catalog, &world->config, world->factory.store, NULL));
}

static void world_done(struct world *world)
{
    rpc_catalog_done(&world->catalog);
    factory_done(&world->factory);
}

static Mintmark__V1__Product *read_product(const struct world *world, const char *yaml)
{
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    status_t status = text_yaml_read("product.yaml", span_text(yaml),
                                     &mintmark__v1__product__descriptor, &message, &problem);
    if (status != STATUS_OK) {
        print_error("%s [%s]\n", problem.message, problem.field);
    }
    assert_ok(status);
    Mintmark__V1__Product *product = (Mintmark__V1__Product *)message;
    if (product->certification_declaration != NULL) {
        ProtobufCBinaryData *content = &product->certification_declaration->content;
        content->data = malloc(world->factory.cd.size);
        assert_non_null(content->data);
        memcpy(content->data, world->factory.cd.data, world->factory.cd.size);
        content->len = world->factory.cd.size;
    }
    return product;
}

static void test_product_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    struct problem problem = {0};
    world_init(&world);
    Mintmark__V1__Product *message = read_product(&world, PRODUCT);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, &problem));
    assert_int_equal(product.product_class, UNIT_CLASS_TEST);
    assert_int_equal(product.image.spake2p_iterations, 10000);
    assert_int_equal(product.salt_length, 32);
    assert_int_equal(product.fixed_discriminator, -1);
    assert_int_equal(product.image.discovery, MATTER_DISCOVERY_BLE);
    assert_string_equal(product.image.chip, "esp32c6");
    assert_string_equal(product.manufacturing_date, UNIT_TODAY);
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

static const char DETAILS[] =
    "manufacturing_date: 2026-11-22\n"
    "part_number: A19-C-0102\n"
    "product_label: Colour lamp\n"
    "product_url: \"https://example.com/a19\"\n"
    "product_finish: matte\n"
    "product_primary_color: white\n"
    "device_type: 0x010D\n"
    "location_capability: indoor-outdoor\n"
    "localization: {calendar_types: [gregorian, taiwanese], locales: [en-GB, de]}\n"
    "fixed_labels: [{endpoint: 1, label: room, value: hall}]\n"
    "supported_modes: [{endpoint: 1, label: Cold, mode: 4, tags: [{manufacturer_code: 0xFFF1, "
    "value: 8000}]}]\n"
    "commissioning: {discovery: [softap, ble, on-network, wifi-paf, nfc, thread], flow: custom}\n"
    "rotating_device_id_unique_id: random\n";

static void test_details_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    struct problem problem = {0};
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml), "%s%s", PRODUCT, DETAILS);
    Mintmark__V1__Product *message = read_product(&world, yaml);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, &problem));
    const struct image_details *details = &product.image.details;
    assert_string_equal(product.manufacturing_date, "2026-11-22");
    assert_string_equal(details->part_number, "A19-C-0102");
    assert_string_equal(details->product_label, "Colour lamp");
    assert_string_equal(details->product_url, "https://example.com/a19");
    assert_true(details->product_finish.given && details->product_finish.value == 1);
    assert_true(details->product_color.given && details->product_color.value == 14);
    assert_true(details->device_type.given && details->device_type.value == 0x010D);
    assert_true(details->location_capability.given && details->location_capability.value == 2);
    assert_int_equal(details->calendar_types, 1 << 4 | 1 << 11);
    assert_int_equal(details->locale_count, 2);
    assert_string_equal(details->locales[1], "de");
    assert_int_equal(details->fixed_labels[0].endpoint, 1);
    assert_string_equal(details->fixed_labels[0].value, "hall");
    assert_int_equal(details->supported_modes[0].mode, 4);
    assert_int_equal(details->supported_modes[0].tags[0].manufacturer_code, 0xFFF1);
    assert_int_equal(details->supported_modes[0].tags[0].value, 8000);
    assert_int_equal(product.image.discovery, 0x3F);
    assert_int_equal(product.image.flow, MATTER_FLOW_CUSTOM);
    assert_true(product.rotating_id);
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

static void test_dynamic_passcode_and_cd_in_firmware_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml), "%scommissioning: {passcode: dynamic}\n", PRODUCT);
    Mintmark__V1__Product *message = read_product(&world, yaml);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_true(product.image.dynamic_passcode);
    assert_false(product.image.cd_in_firmware);
    message->certification_declaration->store_in = MINTMARK__V1__CD_STORE__CD_STORE_FIRMWARE;
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_true(product.image.cd_in_firmware);
    message->certification_declaration->content.len--; /* checked all the same */
    assert_int_not_equal(rpc_catalog_read(&world.catalog, message, &product, NULL), STATUS_OK);
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

/* Changes one line of PRODUCT (or adds it) and expects the refusal. */
static const struct {
    const char *from;
    const char *to;
    const char *reason; /* NULL: only the field is checked */
    const char *field;
} PRODUCT_REFUSALS[] = {
    {"name: a19-lamp", "name: A19 Lamp", "PRODUCT_NAME", "name"},
    {"vendor_id: 0xFFF1", "vendor_id: 0xFFF2", "PAI_VENDOR_ID", "vendor_id"},
    {"vendor_id: 0xFFF1", "vendor_id: 65537", "RANGE", "vendor_id"},
    {"product_id: 0x8000", "product_id: 0x8001", NULL, NULL}, /* CD does not cover it */
    {"product_id: 0x8000", "product_id: 0", "MISSING", "product_id"},
    {"vendor_name: ACME", "vendor_name: ACME Lighting and Everything Else", NULL, "vendor_name"},
    {"chip: esp32c6", "", "MISSING", "chip"},
    {"pai: acme", "pai: other", "PAI_UNKNOWN", "pai"},
    {"certification_declaration: {file: cd.der}", "", "MISSING", "certification_declaration"},
    {"size: 0x6000", "size: 0x6001", NULL, "partitions.factory_data"},
    {"size: 0x6000", "size: 0x1000", NULL, NULL}, /* the largest image does not fit */
    {"label: fctry", "label: a-label-too-long", NULL, "partitions.factory_data"},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {passcode: \"11111111\"}", "PASSCODE",
     "commissioning.passcode"},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {discriminator: \"4096\"}", "RANGE",
     "commissioning.discriminator"},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {spake2p_iterations: 999}", NULL, NULL},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {spake2p_salt_length: 33}", "RANGE",
     "commissioning.spake2p_salt_length"},
    {"chip: esp32c6", "chip: esp32c6\nserial_number: \"{counter:3}\"", "SERIAL_NUMBER_PATTERN",
     "serial_number"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_encryption: key-partition", "MISSING",
     "partitions.nvs_keys"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_encryption: hmac", "MISSING", "nvs_hmac"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_hmac: {key_block: 4}", "NVS_HMAC", "nvs_hmac"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_encryption: hmac\nnvs_hmac: {key_block: 260}",
     "KEY_BLOCK", "nvs_hmac.key_block"},
    {"chip: esp32c6", "chip: esp32c2\nnvs_encryption: hmac\nnvs_hmac: {key_block: 4}", "CHIP_HMAC",
     "nvs_encryption"},
    {"size: 0x6000}",
     "size: 0x6000}\n  nvs_keys: {label: k, offset: 0x9000, size: 0x1000}\n"
     "nvs_encryption: hmac\nnvs_hmac: {key_block: 4}",
     "NVS_HMAC", "partitions.nvs_keys"},
    {"chip: esp32c6", "chip: esp32c6\nmanufacturing_date: yesterday", "MANUFACTURING_DATE",
     "manufacturing_date"},
    {"chip: esp32c6", "chip: esp32c6\nmanufacturing_date: \"2026-11-22ABCDEFG\"", "TEXT_LENGTH",
     "manufacturing_date"},
    {"chip: esp32c6", "chip: esp32c6\npart_number: 33 bytes 33 bytes 33 bytes 33 byt",
     "TEXT_LENGTH", "part_number"},
    {"chip: esp32c6", "chip: esp32c6\nlocalization: {locales: [en_GB]}", "LOCALE",
     "localization.locales[0]"},
    {"chip: esp32c6", "chip: esp32c6\nfixed_labels: [{endpoint: 0x10000, label: a, value: b}]",
     "RANGE", "fixed_labels[0].endpoint"},
    {"chip: esp32c6", "chip: esp32c6\nfixed_labels: [{endpoint: 1, label: a}]", "TEXT_LENGTH",
     "fixed_labels[0].value"},
    {"chip: esp32c6", "chip: esp32c6\nsupported_modes: [{endpoint: 1, label: a, mode: 256}]",
     "RANGE", "supported_modes[0].mode"},
    {"chip: esp32c6",
     "chip: esp32c6\nsupported_modes: [{endpoint: 1, label: a, tags: [{value: 65536}]}]", "RANGE",
     "supported_modes[0].tags[0].value"},
};

static void replace(char *ret_text, size_t size, const char *from, const char *to)
{
    const char *place = strstr(PRODUCT, from);
    assert_non_null(place);
    (void)snprintf(ret_text, size, "%.*s%s%s", (int)(place - PRODUCT), PRODUCT, to,
                   place + strlen(from));
}

static void test_product_refused(void **state)
{
    (void)state;
    static struct world world;
    world_init(&world);
    for (size_t i = 0; i < sizeof(PRODUCT_REFUSALS) / sizeof(PRODUCT_REFUSALS[0]); i++) {
        char yaml[2048];
        struct unit_product product;
        struct problem problem = {0};
        replace(yaml, sizeof(yaml), PRODUCT_REFUSALS[i].from, PRODUCT_REFUSALS[i].to);
        Mintmark__V1__Product *message = read_product(&world, yaml);
        status_t status = rpc_catalog_read(&world.catalog, message, &product, &problem);
        print_message("%-60.60s → %s [%s] %s\n", PRODUCT_REFUSALS[i].to, problem.reason,
                      problem.field, problem.message);
        assert_int_not_equal(status, STATUS_OK);
        assert_int_equal(problem.status, status);
        assert_true(problem.message[0] != '\0');
        if (PRODUCT_REFUSALS[i].reason != NULL) {
            assert_string_equal(problem.reason, PRODUCT_REFUSALS[i].reason);
        }
        if (PRODUCT_REFUSALS[i].field != NULL) {
            assert_memory_equal(problem.field, PRODUCT_REFUSALS[i].field,
                                strlen(PRODUCT_REFUSALS[i].field));
        }
        mintmark__v1__product__free_unpacked(message, NULL);
    }
    world_done(&world);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_details_taken),
        cmocka_unit_test(test_dynamic_passcode_and_cd_in_firmware_taken),
        cmocka_unit_test(test_product_taken),
        cmocka_unit_test(test_product_refused),
        cmocka_unit_test(test_order_taken),
        cmocka_unit_test(test_order_refused),
        cmocka_unit_test(test_calls),
    };
    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
