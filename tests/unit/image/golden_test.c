/* Rebuilds an image that esp-matter-mfg-tool made, byte for byte, from the values it was given. The
 * image and its files are read where they lie. */
#include <stdio.h>

#include "lib/base/hex.h"
#include "lib/image/factory_data.h"
#include "tests/support/test.h"

#define UNIT "8e7d7030-8814-4104-a9df-99a4c56922e0"
#define GOLDEN "spec/mfg-golden/"

static struct buf golden(const char *set, const char *name)
{
    char relative[256];
    (void)snprintf(relative, sizeof(relative), GOLDEN "%s/%s", set, name);
    const char *path = test_shared_path(relative);
    if (path == NULL) {
        test_skip("no foreign factory image (mfg-golden)");
    }
    return test_read_file(path);
}

static void text_value(const char *base64, struct buf *ret_bytes)
{
    buf_init(ret_bytes, 128);
    assert_ok(base64_decode(span_text(base64), ret_bytes));
}

static void equals(const char *set_name, enum matter_flow flow)
{
    AUTO(buf_done) struct buf dac = golden(set_name, UNIT "/internal/DAC_cert.der");
    AUTO(buf_done) struct buf key = golden(set_name, UNIT "/internal/DAC_private_key.bin");
    AUTO(buf_done) struct buf point = golden(set_name, UNIT "/internal/DAC_public_key.bin");
    AUTO(buf_done) struct buf pai = golden(set_name, "staging/pai_cert.der");
    AUTO(buf_done) struct buf cd = golden(".", "Chip-Test-CD-FFF2-8001.der");
    AUTO(buf_done) struct buf wanted = golden(set_name, UNIT "/" UNIT "-partition.bin");
    AUTO(buf_done) struct buf salt;
    AUTO(buf_done) struct buf verifier;
    AUTO(buf_done) struct buf rotating_id;
    text_value("U1BBS0UyUCBLZXkgU2FsdA==", &salt);
    text_value(
        "uWFwqugDNGiEck/po7KHwwMwwqZgN10XuyBajPGuyzUEV/iree4lOrao5GuwnlQ65CJzbeUB49s31EH+NEkg"
        "0JVI5MGCQGMMT/SRPFNRODm3wH/MBiehuFc6FJ/NH6Rmzw==",
        &verifier);
    buf_init(&rotating_id, 16);
    assert_ok(hex_decode(span_text("d2f351f57bb9387445a5f92a601d1c14"), &rotating_id));
    const struct image_product product = {
        .chip = "esp32c6",
        .vendor_id = 65522,
        .vendor_name = "test vendor",
        .product_id = 32769,
        .product_name = "test product",
        .hardware_version = 1,
        .hardware_version_string = "harware version", /* the spelling the image has */
        .certification_declaration = buf_span(&cd),
        .pai = buf_span(&pai),
        .spake2p_iterations = 1000,
        .flow = flow,
        .discovery = MATTER_DISCOVERY_BLE,
        .factory_data = {.label = "fctry", .offset = 0x3e0000, .size = 0x6000},
    };
    const struct image_unit unit = {
        .discriminator = 3840,
        .passcode = 20202021,
        .salt = buf_span(&salt),
        .verifier = buf_span(&verifier),
        .dac = buf_span(&dac),
        .dac_key = buf_span(&key),
        .dac_public_key = buf_span(&point),
        .serial_number = "ABCDEF0123456789",
        .manufacturing_date = "20260101",
        .rotating_id_unique_id = buf_span(&rotating_id),
    };
    AUTO(image_set_done) struct image_set set = {0};
    struct problem problem = {0};
    if (image_set_build(&product, &unit, &set, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    assert_span_equal(buf_span(&set.files[0].content), buf_span(&wanted));
}

static void equals_the_factory_tool(void **context)
{
    (void)context;
    equals("fixed/fff2_8001", MATTER_FLOW_STANDARD);
    equals("fixed-flow2/fff2_8001", MATTER_FLOW_CUSTOM); /* the flow is in the codes only */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equals_the_factory_tool)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
