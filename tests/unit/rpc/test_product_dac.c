/* `dac`, `commissioning.store_in` and `partitions` of a product: what is taken, what is refused. */
#include "lib/matter/certificate.h"
#include "lib/unit/dac.h"
#include "server/rpc/order.h"
#include "tests/support/test.h"
#include "tests/unit/rpc/world.h"

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_init(&world);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_done(&world);
    return 0;
}

/* WORLD_PRODUCT for another chip, with `secure_cert` among its partitions and more behind. */
static Mintmark__V1__Product *read_yaml(const char *chip, const char *secure_cert, const char *more)
{
    char yaml[2048];
    const char *place = strstr(WORLD_PRODUCT, "esp32c6");
    assert_non_null(place);
    (void)snprintf(yaml, sizeof(yaml), "%.*s%s%s%s%s", (int)(place - WORLD_PRODUCT), WORLD_PRODUCT,
                   chip, place + strlen("esp32c6"), secure_cert, more);
    return world_read_product(&world, yaml);
}

static const char SECURE_CERT[] = "  secure_cert: {offset: 0xD000, size: 0x2000}\n";

static const struct {
    const char *secure_cert;
    const char *more;
    enum image_dac_key key;
    bool commissioning;
} TAKEN[] = {
    {"", "dac: {key: image}\n", IMAGE_DAC_KEY_FACTORY, false},
    {SECURE_CERT, "dac: {key: secure-cert}\n", IMAGE_DAC_KEY_SECURE_CERT, false},
    {SECURE_CERT, "dac: {key: ecdsa-peripheral, efuse: {key_block: 2}}\n", IMAGE_DAC_KEY_PERIPHERAL,
     false},
    {SECURE_CERT, "dac: {key: hmac-derived, efuse: {key_block: 2}}\n", IMAGE_DAC_KEY_DERIVED,
     false},
    {SECURE_CERT, "commissioning: {store_in: secure-cert}\n", IMAGE_DAC_KEY_FACTORY, true},
    {SECURE_CERT, "dac: {key: secure-cert}\ncommissioning: {store_in: secure-cert}\n",
     IMAGE_DAC_KEY_SECURE_CERT, true},
};

static void test_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(TAKEN) / sizeof(TAKEN[0]); i++) {
        struct unit_product product;
        struct problem problem = {0};
        Mintmark__V1__Product *message = read_yaml("esp32h2", TAKEN[i].secure_cert, TAKEN[i].more);
        if (rpc_catalog_read(&world.catalog, message, &product, &problem) != STATUS_OK) {
            fail_msg("%s: %s [%s]", TAKEN[i].more, problem.message, problem.field);
        }
        assert_int_equal(product.image.dac_key, TAKEN[i].key);
        assert_int_equal(product.image.commissioning_in_secure_cert, TAKEN[i].commissioning);
        assert_string_equal(product.dac_common_name, "{uuid}");
        if (TAKEN[i].secure_cert[0] != '\0') {
            assert_string_equal(product.image.secure_cert.label, "esp_secure_cert");
            assert_int_equal(product.image.secure_cert.offset, 0xD000);
            assert_false(product.image.secure_cert.encrypted);
        }
        mintmark__v1__product__free_unpacked(message, NULL);
    }
}

/* Without images there is no partition to name. */
static void test_device_csr_taken(void **state)
{
    (void)state;
    struct unit_product product;
    char yaml[2048];
    const char *place = strstr(WORLD_PRODUCT, "partitions:");
    assert_non_null(place);
    (void)snprintf(yaml, sizeof(yaml), "%.*sdac: {key: device-csr}\n", (int)(place - WORLD_PRODUCT),
                   WORLD_PRODUCT);
    Mintmark__V1__Product *message = world_read_product(&world, yaml);
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_int_equal(product.image.dac_key, IMAGE_DAC_KEY_DEVICE);
    mintmark__v1__product__free_unpacked(message, NULL);
}

/* The key of its PAI is in the token or not: both at once is a mistake. */
static void test_supplied_of_own_pai_is_not_ordered(void **state)
{
    (void)state;
    static const struct store_order ORDER = {.dac_not_before = 1800000000};
    struct unit_product product;
    struct problem problem = {0};
    Mintmark__V1__Product *message = read_yaml("esp32h2", "", "dac: {key: supplied}\n");
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_int_equal(rpc_order_check(&ORDER, &product, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "PAI_BOUGHT");
    assert_string_equal(problem.field, "dac.key");
    mintmark__v1__product__free_unpacked(message, NULL);
}

/* 2026-11-22 and 2024-02-29, 00:00. The test's PAI and PAA begin before and never end. */
enum { BEGIN = 1795305600, LEAP_BEGIN = 1709164800 };

static const struct {
    const char *validity;
    int64_t begin;
    int64_t not_after;
} VALIDITIES[] = {
    {"no-expiry", BEGIN, MATTER_NO_EXPIRY}, {"1 year", BEGIN, 1826841599}, /* 2027-11-21 23:59:59 */
    {"20 years", BEGIN, 2426457599},                                       /* 2046-11-21 23:59:59 */
    {"1 year", LEAP_BEGIN, 1740787199},                                    /* 2025-02-28 23:59:59 */
    {"2046-12-31", BEGIN, 2429913599},                                     /* the whole day */
    {"2026-11-22", BEGIN, 1795391999},
};

static void test_validity(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(VALIDITIES) / sizeof(VALIDITIES[0]); i++) {
        struct unit_product product;
        char more[64];
        int64_t begin = 0;
        int64_t end = 0;
        (void)snprintf(more, sizeof(more), "dac: {validity: %s}\n", VALIDITIES[i].validity);
        Mintmark__V1__Product *message = read_yaml("esp32c6", "", more);
        assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
        struct unit_pai pai = *product.pai;
        pai.certificate.not_before = pai.paa.not_before = LEAP_BEGIN;
        pai.certificate.not_after = pai.paa.not_after = MATTER_NO_EXPIRY;
        product.pai = &pai;
        assert_ok(unit_dac_validity(&product, VALIDITIES[i].begin, &begin, &end, NULL));
        assert_int_equal(begin, VALIDITIES[i].begin);
        assert_int_equal(end, VALIDITIES[i].not_after);
        pai.certificate.not_after = VALIDITIES[i].begin + 1; /* the PAI's end is the DAC's */
        assert_ok(unit_dac_validity(&product, VALIDITIES[i].begin, &begin, &end, NULL));
        assert_int_equal(end, VALIDITIES[i].begin + 1);
        pai.certificate.not_before = VALIDITIES[i].begin + 1;
        assert_ok(unit_dac_validity(&product, VALIDITIES[i].begin, &begin, &end, NULL));
        assert_int_equal(begin, VALIDITIES[i].begin + 1);
        mintmark__v1__product__free_unpacked(message, NULL);
    }
}

static void test_order_that_would_begin_too_late(void **state)
{
    (void)state;
    const struct store_order order = {.dac_not_before = 3000000000};
    struct unit_product product;
    struct problem problem = {0};
    Mintmark__V1__Product *message =
        read_yaml("esp32c6", "", "dac: {validity: 2046-12-31, common_name: \"A {uuid}\"}\n");
    assert_ok(rpc_catalog_read(&world.catalog, message, &product, NULL));
    assert_string_equal(product.dac_common_name, "A {uuid}");
    assert_int_equal(rpc_order_check(&order, &product, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "DAC_VALIDITY");
    mintmark__v1__product__free_unpacked(message, NULL);
}

static const struct {
    const char *chip;
    const char *secure_cert;
    const char *more;
    const char *reason;
    const char *field;
} REFUSED[] = {
    {"esp32c6", SECURE_CERT, "dac: {key: ecdsa-peripheral, efuse: {key_block: 2}}\n", "CHIP_ECDSA",
     "dac.key"},
    {"esp32c2", SECURE_CERT, "dac: {key: hmac-derived, efuse: {key_block: 2}}\n", "CHIP_HMAC",
     "dac.key"},
    {"esp32h2", SECURE_CERT, "dac: {key: ecdsa-peripheral, efuse: {key_block: 5}}\n", "KEY_BLOCK",
     "dac.efuse.key_block"},
    {"esp32h2", SECURE_CERT, "dac: {key: hmac-derived, efuse: {key_block: 262}}\n", "KEY_BLOCK",
     "dac.efuse.key_block"},
    {"esp32h2", SECURE_CERT, "dac: {key: hmac-derived}\n", "MISSING", "dac.efuse"},
    {"esp32h2", SECURE_CERT, "dac: {key: secure-cert, efuse: {key_block: 2}}\n", "DAC_EFUSE",
     "dac.efuse"},
    {"esp32h2", "", "dac: {key: secure-cert}\n", "MISSING", "partitions.secure_cert"},
    {"esp32h2", "", "commissioning: {store_in: secure-cert}\n", "MISSING",
     "partitions.secure_cert"},
    {"esp32h2", SECURE_CERT, "dac: {key: image}\n", "SECURE_CERT", "partitions.secure_cert"},
    {"esp32h2", "  secure_cert: {label: certs, offset: 0xD000, size: 0x2000}\n",
     "dac: {key: secure-cert}\n", "PARTITION", "partitions.secure_cert.label"},
    {"esp32h2", "  secure_cert: {offset: 0xD000, size: 0x20000}\n", "dac: {key: secure-cert}\n",
     "PARTITION", "partitions.secure_cert.size"},
    {"esp32h2", "  secure_cert: esp_secure_cert\n", "dac: {key: secure-cert}\n", "PARTITION",
     "partitions.secure_cert.offset"},
    {"esp32h2", SECURE_CERT,
     "dac: {key: secure-cert}\ncommissioning: {store_in: secure-cert, passcode: dynamic}\n",
     "STORE_IN", "commissioning.store_in"},
    {"esp32h2", "", "dac: {key: device-csr}\n", "DAC_KEY", "partitions"},
    {"esp32h2", "  table: table.csv\n", "", "PARTITION_TABLE", "partitions.table"},
    {"esp32h2", "  table_offset: 0x10000\n", "", "PARTITION_TABLE", "partitions.table"},
    {"esp32h2", "", "dac: {validity: 20}\n", "VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {validity: 0 years}\n", "VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {validity: 101 years}\n", "VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {validity: 2 year}\n", "VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {validity: 2046-02-30}\n", "VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {validity: 2046-2-3}\n", "VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {validity: 1999-12-31}\n", "DAC_VALIDITY", "dac.validity"},
    {"esp32h2", "", "dac: {common_name: Lamp}\n", "COMMON_NAME", "dac.common_name"},
    {"esp32h2", "", "dac: {common_name: \"{uuid}{uuid}\"}\n", "COMMON_NAME", "dac.common_name"},
    {"esp32h2", "", "dac: {common_name: \"{uuid} and 29 more characters here!\"}\n", "COMMON_NAME",
     "dac.common_name"},
    {"esp32h2", "", "dac: {common_name: \"{uuid} Mvid:FFF1\"}\n", NULL, NULL},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        struct unit_product product;
        struct problem problem = {0};
        Mintmark__V1__Product *message =
            read_yaml(REFUSED[i].chip, REFUSED[i].secure_cert, REFUSED[i].more);
        status_t status = rpc_catalog_read(&world.catalog, message, &product, &problem);
        print_message("%-60.60s → %s [%s] %s\n", REFUSED[i].more, problem.reason, problem.field,
                      problem.message);
        assert_int_not_equal(status, STATUS_OK);
        if (REFUSED[i].reason != NULL) {
            assert_string_equal(problem.reason, REFUSED[i].reason);
            assert_string_equal(problem.field, REFUSED[i].field);
        }
        mintmark__v1__product__free_unpacked(message, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_device_csr_taken),
        cmocka_unit_test(test_supplied_of_own_pai_is_not_ordered),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_order_that_would_begin_too_late),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("product_dac", tests, setup, teardown);
}
