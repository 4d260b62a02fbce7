/* The config and master CSV that esp-matter-mfg-tool wrote, read as they are: the image built from
 * their values is the tool's own, byte for byte. */
#include "lib/unit/sheet.h"
#include "tests/support/test.h"

#define GOLDEN "spec/mfg-golden/"
#define PRODUCT GOLDEN "fixed/fff2_8001/"
#define UNIT "8e7d7030-8814-4104-a9df-99a4c56922e0"

static struct buf golden(const char *relative)
{
    const char *path = test_shared_path(relative);
    if (path == NULL) {
        test_skip("no foreign factory data (mfg-golden)");
    }
    return test_read_file(path);
}

/* The tool was run in a folder beside its inputs, which are elsewhere now. */
static status_t read_file(void *context, const char *path, struct buf *ret_content,
                          struct problem *problem)
{
    (void)context;
    (void)problem;
    char relative[256];
    const char *name = strncmp(path, "in/", 3) == 0 ? path + 3 : path;
    (void)snprintf(relative, sizeof(relative), GOLDEN "%s", name);
    AUTO(buf_done) struct buf content = golden(relative);
    buf_append_span(ret_content, buf_span(&content));
    return buf_status(ret_content);
}

static struct unit_supplied read_unit(struct unit_sheet *sheet)
{
    struct unit_supplied unit;
    struct problem problem = {0};
    bool found = false;
    if (unit_sheet_next(sheet, &unit, &found, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    assert_true(found);
    return unit;
}

static struct unit_product product_of(const struct buf *cd, const struct buf *pai)
{
    return (struct unit_product){
        .name = "lamp",
        .wants = {true, true, true, true, true, true},
        .serial_number_shape = "[0-9A-F]{16}",
        .dac_supplied = true,
        .image = {.chip = "esp32c6",
                  .vendor_id = 65522,
                  .vendor_name = "test vendor",
                  .product_id = 32769,
                  .product_name = "test product",
                  .hardware_version = 1,
                  .hardware_version_string = "harware version", /* the spelling the image has */
                  .certification_declaration = buf_span(cd),
                  .pai = buf_span(pai),
                  .spake2p_iterations = 10000, /* the unit has its own */
                  .discovery = MATTER_DISCOVERY_BLE,
                  .factory_data = {.label = "fctry", .offset = 0x3e0000, .size = 0x6000}},
    };
}

static struct image_unit unit_of(const struct unit_supplied *unit, const struct buf *point)
{
    return (struct image_unit){
        .discriminator = (uint16_t)unit->discriminator.value,
        .passcode = unit->passcode.value,
        .salt = unit->salt,
        .spake2p_iterations = unit->iterations.value,
        .verifier = unit->verifier,
        .dac = unit->dac,
        .dac_key = unit->dac_key,
        .dac_public_key = buf_span(point),
        .serial_number = unit->serial_number,
        .manufacturing_date = unit->manufacturing_date,
        .rotating_id_unique_id = unit->rotating_id,
        .vendor_values = unit->vendor_values,
        .vendor_count = unit->vendor_count,
        .expected = unit->expected,
        .expected_count = unit->expected_count,
    };
}

/* Of the summary, which is the master CSV with the codes behind. */
static void the_tools_own_sheet(void **context)
{
    (void)context;
    AUTO(buf_done) struct buf config = golden(PRODUCT "staging/config.csv");
    AUTO(buf_done) struct buf values = golden(PRODUCT "summary-2026-11-22-11-10-27.csv");
    AUTO(buf_done) struct buf pai = golden(PRODUCT "staging/pai_cert.der");
    AUTO(buf_done) struct buf cd = golden(GOLDEN "Chip-Test-CD-FFF2-8001.der");
    AUTO(buf_done) struct buf point = golden(PRODUCT UNIT "/internal/DAC_public_key.bin");
    AUTO(buf_done) struct buf wanted = golden(PRODUCT UNIT "/" UNIT "-partition.bin");
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    AUTO(image_set_done) struct image_set set = {0};
    struct problem problem = {0};
    const struct unit_sheet_source source = {.config_name = "config.csv",
                                             .config = buf_span(&config),
                                             .values_name = "master.csv",
                                             .values = buf_span(&values),
                                             .read_file = read_file};
    assert_ok(unit_sheet_new(&source, &sheet, &problem));
    const struct unit_supplied supplied = read_unit(sheet);
    struct unit_product product = product_of(&cd, &pai);
    struct image_unit unit = unit_of(&supplied, &point);
    assert_ok(unit_supplied_check(&product, &supplied, &problem));
    assert_ok(image_set_build(&product.image, &unit, &set, &problem));
    assert_span_equal(buf_span(&set.files[0].content), buf_span(&wanted));
    image_set_done(&set);
    product.image.hardware_version_string = "hardware version"; /* not the sheet's */
    assert_int_not_equal(image_set_build(&product.image, &unit, &set, &problem), STATUS_OK);
    assert_string_equal(problem.reason, "EXPECTED_DIFFERS");
    assert_string_equal(problem.field, "hw-ver-str");
}

/* The master CSV has no passcode: nothing to check the verifier with. */
static void without_the_passcode(void **context)
{
    (void)context;
    AUTO(buf_done) struct buf config = golden(PRODUCT "staging/config.csv");
    AUTO(buf_done) struct buf values = golden(PRODUCT "staging/master.csv");
    AUTO(buf_done) struct buf none = {0};
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    struct problem problem = {0};
    const struct unit_sheet_source source = {.config_name = "config.csv",
                                             .config = buf_span(&config),
                                             .values_name = "master.csv",
                                             .values = buf_span(&values),
                                             .read_file = read_file};
    assert_ok(unit_sheet_new(&source, &sheet, &problem));
    const struct unit_supplied supplied = read_unit(sheet);
    const struct unit_product product = product_of(&none, &none);
    assert_int_equal(unit_supplied_check(&product, &supplied, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "SUPPLIED_MISSING");
    assert_string_equal(problem.field, "commissioning.passcode");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_tools_own_sheet),
                                       cmocka_unit_test(without_the_passcode)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
