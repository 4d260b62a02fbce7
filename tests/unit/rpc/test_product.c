/* Products as people write them: what is taken, and every refusal with its reason and field. */
#include "server/rpc/order.h"
#include "tests/support/test.h"
#include "tests/unit/rpc/world.h"

static const struct store_order ORDER = {.dac_not_before = 1800000000};

static void test_product_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    struct problem problem = {0};
    world_init(&world);
    Mintmark__V1__Product *message = world_read_product(&world, WORLD_PRODUCT);
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
    (void)snprintf(yaml, sizeof(yaml), "%s%s", WORLD_PRODUCT, DETAILS);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
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

static void test_vendor_data_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    struct problem problem = {0};
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml),
                   "%svendor_data:\n"
                   "  creds: {host: {type: string, value: iot.example.com}}\n"
                   "  cal: {gain: {type: i16, value: -7}, key: {type: binary, file: key.der}}\n",
                   WORLD_PRODUCT);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
    ProtobufCBinaryData *content = &message->vendor_data[1]->value->keys[1]->value->content;
    content->data = malloc(2);
    assert_non_null(content->data);
    memcpy(content->data, "\xff\x01", 2);
    content->len = 2;
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, &problem));
    const struct image_vendor_value *values = product.image.vendor_values;
    assert_int_equal(product.image.vendor_count, 3);
    assert_string_equal(values[0].namespace_name, "creds");
    assert_string_equal(values[0].key, "host");
    assert_string_equal(values[0].encoding, "string");
    assert_span_equal(values[0].text, span_text("iot.example.com"));
    assert_string_equal(values[1].encoding, "i16");
    assert_true(values[2].from_file && values[2].text.size == 2);
    assert_ok(rpc_order_check(&ORDER, &product, &problem));
    content->len = 0;
    assert_int_equal(rpc_catalog_read(&world.catalog, message, &product, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "VENDOR_SOURCE");
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

/* Such a product is ordered; its rows of order data come after. */
static void test_supplied_values_ordered(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    struct problem problem = {0};
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml),
                   "%svendor_data: {creds: {id: {type: u32, from: supplied}}}\n", WORLD_PRODUCT);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, &problem));
    assert_ok(rpc_order_check(&ORDER, &product, &problem));
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

/* Every word `supplied`. */
static void test_supplied_words_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    struct problem problem = {0};
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml),
                   "%sserial_number: supplied\nserial_number_pattern: \"LMP[0-9]{10}\"\n"
                   "manufacturing_date: supplied\nrotating_device_id_unique_id: supplied\n"
                   "commissioning: {discriminator: supplied, passcode: supplied, verifier: "
                   "supplied}\n",
                   WORLD_PRODUCT);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, &problem));
    const struct unit_wants all = {true, true, true, true, true, true};
    assert_memory_equal(&product.wants, &all, sizeof(all));
    assert_string_equal(product.serial_number_shape, "LMP[0-9]{10}");
    assert_ok(rpc_order_check(&ORDER, &product, &problem));
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

static const char VARIANTS[] = "part_number: A19\n"
                               "variants:\n"
                               "  white: {product_primary_color: white}\n"
                               "  black: {product_name: Dark Lamp, part_number: A19-B}\n";

static uint32_t store_product(struct world *world, const char *yaml)
{
    struct unit_product product;
    struct problem problem = {0};
    uint32_t revision = 0;
    bool made = false;
    Mintmark__V1__Product *message = world_read_product(world, yaml);
    assert_ok(rpc_catalog_read(&world->catalog, message, &product, &problem));
    assert_int_equal(rpc_order_check(&ORDER, &product, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "VARIANT_MISSING");
    AUTO(buf_done) struct buf content = {.limit = STORE_BLOB_MAX};
    uint8_t *place = buf_extend(&content, mintmark__v1__product__get_packed_size(message));
    (void)mintmark__v1__product__pack(message, place);
    assert_ok(store_product_put(world->factory.store, message->name, buf_span(&content),
                                span_text("{}"), 1795305600123, &revision, &made, &problem));
    mintmark__v1__product__free_unpacked(message, NULL);
    return revision;
}

static void test_variants_taken(void **state)
{
    (void)state;
    static struct world world;
    const struct unit_product *product = NULL;
    struct problem problem = {0};
    char yaml[2048];
    uint32_t newest = 0;
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml), "%s%s", WORLD_PRODUCT, VARIANTS);
    uint32_t revision = store_product(&world, yaml);
    assert_ok(store_product_newest(world.factory.store, "a19-lamp/black", &newest));
    assert_int_equal(newest, revision);
    assert_ok(rpc_catalog_find(&world.catalog, "a19-lamp/white", revision, &product, &problem));
    assert_string_equal(product->name, "a19-lamp/white");
    assert_int_equal(product->revision, revision);
    assert_string_equal(product->image.product_name, "Lamp");
    assert_string_equal(product->image.details.part_number, "A19");
    assert_int_equal(product->image.details.product_color.value, 14);
    assert_ok(rpc_order_check(&ORDER, product, &problem));
    assert_ok(rpc_catalog_find(&world.catalog, "a19-lamp/black", revision, &product, &problem));
    assert_string_equal(product->image.product_name, "Dark Lamp");
    assert_string_equal(product->image.details.part_number, "A19-B");
    assert_false(product->image.details.product_color.given);
    assert_ok(rpc_catalog_find(&world.catalog, "a19-lamp", revision, &product, &problem));
    assert_true(product->has_variants);
    assert_int_equal(rpc_catalog_find(&world.catalog, "a19-lamp/red", revision, &product, &problem),
                     STATUS_NOT_FOUND);
    assert_string_equal(problem.reason, "VARIANT_UNKNOWN");
    world_done(&world);
}

/* A variant is applied on the wire: its fields must be the product's. */
static void test_variant_fields_are_the_products(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *variant = &mintmark__v1__product_variant__descriptor;
    for (unsigned i = 0; i < variant->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
            &mintmark__v1__product__descriptor, variant->fields[i].id);
        assert_non_null(field);
        assert_string_equal(field->name, variant->fields[i].name);
        assert_int_equal(field->type, variant->fields[i].type);
        assert_ptr_equal(field->descriptor, variant->fields[i].descriptor);
        assert_int_not_equal(field->label, PROTOBUF_C_LABEL_REPEATED);
        assert_int_not_equal(field->type, PROTOBUF_C_TYPE_MESSAGE);
    }
}

static void test_dynamic_passcode_and_cd_in_firmware_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml), "%scommissioning: {passcode: dynamic}\n", WORLD_PRODUCT);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
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

static void test_left_out_taken(void **state)
{
    (void)state;
    static struct world world;
    struct unit_product product;
    char yaml[2048];
    world_init(&world);
    (void)snprintf(yaml, sizeof(yaml),
                   "%sleft_out: [commissionable-data, device-instance-info]\n"
                   "manufacturing_date: none\n",
                   WORLD_PRODUCT);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_true(product.image.commissioning_left_out);
    assert_true(product.image.dynamic_passcode);
    assert_true(product.image.instance_left_out);
    message->n_left_out = 1;
    message->manufacturing_date[0] = '\0'; /* by default today */
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_false(product.image.instance_left_out);
    assert_string_equal(product.manufacturing_date, UNIT_TODAY);
    message->left_out[0] = MINTMARK__V1__LEFT_OUT__LEFT_OUT_DEVICE_INSTANCE_INFO;
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_false(product.image.commissioning_left_out || product.image.dynamic_passcode);
    assert_null(product.manufacturing_date);
    struct problem problem = {0};
    message->left_out[0] = MINTMARK__V1__LEFT_OUT__LEFT_OUT_UNSPECIFIED;
    assert_int_equal(rpc_catalog_read(&world.catalog, message, &product, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "LEFT_OUT_GROUP");
    assert_string_equal(problem.field, "left_out");
    message->n_left_out = 2;
    mintmark__v1__product__free_unpacked(message, NULL);
    world_done(&world);
}

#define WITHOUT_COMMISSIONING(field)                                                               \
    {                                                                                              \
        "chip: esp32c6",                                                                           \
            "chip: esp32c6\nleft_out: [commissionable-data]\ncommissioning: {" field "}",          \
            "LEFT_OUT", "commissioning."                                                           \
    }
#define WITHOUT_INSTANCE(field)                                                                    \
    {                                                                                              \
        "chip: esp32c6", "chip: esp32c6\nleft_out: [device-instance-info]\n" field, "LEFT_OUT", "" \
    }

/* Changes one line of WORLD_PRODUCT (or adds it) and expects the refusal. */
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
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {passcode: \"00000000\"}", "PASSCODE",
     "commissioning.passcode"},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {discriminator: \"4096\"}", "RANGE",
     "commissioning.discriminator"},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {spake2p_iterations: 999}", NULL, NULL},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {spake2p_salt_length: 33}", "RANGE",
     "commissioning.spake2p_salt_length"},
    {"chip: esp32c6", "chip: esp32c6\nserial_number: \"{counter}\"", "SERIAL_NUMBER_PATTERN",
     "serial_number"},
    {"chip: esp32c6", "chip: esp32c6\nserial_number: \"S{random:1}\"", "SERIAL_NUMBER_SHORT",
     "serial_number"},
    {"chip: esp32c6", "chip: esp32c6\nlocalization: {calendar_types: [gregorian, gregorian]}",
     "CALENDAR_TWICE", "localization.calendar_types"},
    {"chip: esp32c6", "chip: esp32c6\nlimits: {per_order: 0}", "LIMITS", "limits.per_order"},
    {"chip: esp32c6", "chip: esp32c6\nproduct_url: example.com", "URL", "product_url"},
    {"partitions:\n  factory_data: {label: fctry, offset: 0x3E0000, size: 0x6000}",
     "dac: {key: device-csr}\nleft_out: [device-instance-info]", "LEFT_OUT", "left_out"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_encryption: key-partition", "MISSING",
     "partitions.nvs_keys"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_encryption: hmac", "MISSING", "nvs_hmac"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_hmac: {key_block: 4}", "NVS_HMAC", "nvs_hmac"},
    {"chip: esp32c6", "chip: esp32c6\nnvs_encryption: {hmac: {key_block: 7}}", "KEY_BLOCK",
     "nvs_hmac.key_block"},
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
    {"chip: esp32c6", "chip: esp32c6\nvendor_data: {app: {k: {}}}", "MISSING", "vendor_data.app.k"},
    {"chip: esp32c6", "chip: esp32c6\nvendor_data: {app: {k: {type: u8}}}", "VENDOR_SOURCE",
     "vendor_data.app.k"},
    {"chip: esp32c6", "chip: esp32c6\nvendor_data: {app: {k: {type: u8, value: 1, file: f}}}",
     "VENDOR_SOURCE", "vendor_data.app.k"},
    {"chip: esp32c6",
     "chip: esp32c6\nvendor_data: {app: {k: {type: u8, value: 1, from: supplied}}}",
     "VENDOR_SOURCE", "vendor_data.app.k"},
    {"chip: esp32c6", "chip: esp32c6\nvendor_data: {app: {k: {value: 1}}}", "MISSING",
     "vendor_data.app.k"},
    {"chip: esp32c6", "chip: esp32c6\nvendor_data: {app: {k: {type: u8, value: 256}}}",
     "NVS_VALUE_RANGE", "vendor_data.app.k"},
    {"chip: esp32c6",
     "chip: esp32c6\nvendor_data: {chip-factory: {pin-code: {type: u32, value: 1}}}",
     "VENDOR_CLASH", "vendor_data.chip-factory.pin-code"},
    {"chip: esp32c6", "chip: esp32c6\ncommissioning: {verifier: supplied}", "VERIFIER_PASSCODE",
     "commissioning.verifier"},
    {"chip: esp32c6", "chip: esp32c6\nserial_number_pattern: \"[0-9]\"", "SERIAL_NUMBER_SHAPE",
     "serial_number_pattern"},
    {"chip: esp32c6", "chip: esp32c6\nserial_number: supplied\nserial_number_pattern: \"(a)\"",
     "SERIAL_NUMBER_SHAPE", "serial_number_pattern"},
    WITHOUT_COMMISSIONING("discriminator: random"),
    WITHOUT_COMMISSIONING("passcode: dynamic"),
    WITHOUT_COMMISSIONING("spake2p_iterations: 1000"),
    WITHOUT_COMMISSIONING("spake2p_salt_length: 16"),
    WITHOUT_COMMISSIONING("discovery: [ble]"),
    WITHOUT_COMMISSIONING("flow: standard"),
    WITHOUT_COMMISSIONING("store_in: nvs"),
    WITHOUT_COMMISSIONING("verifier: computed"),
    WITHOUT_INSTANCE("manufacturing_date: today"),
    WITHOUT_INSTANCE("rotating_device_id_unique_id: random"),
    WITHOUT_INSTANCE("part_number: A"),
    WITHOUT_INSTANCE("product_label: A"),
    WITHOUT_INSTANCE("product_url: \"https://example.com\""),
    WITHOUT_INSTANCE("product_finish: matte"),
    WITHOUT_INSTANCE("product_primary_color: white"),
    WITHOUT_INSTANCE("variants: {red: {part_number: x}}"),
    {"chip: esp32c6", "chip: esp32c6\nfirmware: flasher_args.json", "FIRMWARE", "firmware"},
    {"chip: esp32c6", "chip: esp32c6\nsdkconfig: sdkconfig", "FIRMWARE", "sdkconfig"},
    {"chip: esp32c6",
     "chip: esp32c6\nfirmware_files: [{file: a.bin, offset: 0, size: 1, sha256: 00}]", "FIRMWARE",
     "firmware_files[0]"},
    {"name: a19-lamp", "name: a19-lamp/white", "PRODUCT_NAME", "name"},
    {"chip: esp32c6", "chip: esp32c6\nvariants: {White: {part_number: x}}", "PRODUCT_NAME",
     "variants.White.name"},
    {"chip: esp32c6", "chip: esp32c6\nvariants: {a/b: {part_number: x}}", "PRODUCT_NAME",
     "variants.a/b.name"},
    {"chip: esp32c6", "chip: esp32c6\nvariants: {red: {product_id: 0x8001}}", NULL,
     "variants.red."}, /* the CD does not cover it */
    {"chip: esp32c6",
     "chip: esp32c6\nvariants: {ok: {}, long: {part_number: 33 bytes 33 bytes 33 bytes 33 byt}}",
     "TEXT_LENGTH", "variants.long.part_number"},
};

static void replace(char *ret_text, size_t size, const char *from, const char *to)
{
    const char *place = strstr(WORLD_PRODUCT, from);
    assert_non_null(place);
    (void)snprintf(ret_text, size, "%.*s%s%s", (int)(place - WORLD_PRODUCT), WORLD_PRODUCT, to,
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
        Mintmark__V1__Product *message = world_read_product(&world, yaml);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product_taken),
        cmocka_unit_test(test_details_taken),
        cmocka_unit_test(test_vendor_data_taken),
        cmocka_unit_test(test_supplied_values_ordered),
        cmocka_unit_test(test_supplied_words_taken),
        cmocka_unit_test(test_variants_taken),
        cmocka_unit_test(test_variant_fields_are_the_products),
        cmocka_unit_test(test_dynamic_passcode_and_cd_in_firmware_taken),
        cmocka_unit_test(test_left_out_taken),
        cmocka_unit_test(test_product_refused),
    };
    return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
