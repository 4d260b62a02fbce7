/* partitions.table of product.yaml: labels become places, and every refusal. */
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "proto/product/table.h"
#include "proto/text/yaml.h"
#include "tests/support/test.h"

static const char TABLE[] = "# Name, Type, SubType, Offset, Size, Flags\n"
                            "esp_secure_cert, 0x3F, , 0xD000, 0x2000, encrypted\n"
                            "nvs, data, nvs, 0x10000, 0xC000,\n"
                            "nvs_keys, data, nvs_keys, 0x1C000, 0x1000, encrypted\n"
                            "bare_keys, data, nvs_keys, 0x1D000, 0x1000,\n"
                            "second_keys, data, nvs_keys, 0x1E000, 0x1000, encrypted\n"
                            "ota_0, app, ota_0, 0x20000, 0x1E0000,\n"
                            "fctry, data, nvs, 0x3E0000, 0x6000,\n"
                            "flagged, data, nvs, 0x3E6000, 0x3000, encrypted\n";

static char folder[] = "/tmp/mintmark-table-XXXXXX";
static char yaml_path[64];

static void write_file(const char *name, const char *content)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_ok(file_write(path, span_text(content), 0600));
}

static int setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(yaml_path, sizeof(yaml_path), "%s/product.yaml", folder);
    write_file("partitions.csv", TABLE);
    write_file("broken.csv", "fctry, data, nvs, 0x3E0001, 0x6000,\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const FILES[] = {"partitions.csv", "broken.csv"};
    char path[64];
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, FILES[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static Mintmark__V1__Product *read_yaml(const char *text)
{
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    if (text_yaml_read("product.yaml", span_text(text), &mintmark__v1__product__descriptor,
                       &message, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    return (Mintmark__V1__Product *)message;
}

static void assert_place(const Mintmark__V1__Partition *partition, const char *label,
                         uint32_t offset, uint32_t size)
{
    assert_non_null(partition);
    assert_string_equal(partition->label, label);
    assert_int_equal(partition->offset, offset);
    assert_int_equal(partition->size, size);
}

static void labels_become_places(void **state)
{
    (void)state;
    struct problem problem = {0};
    Mintmark__V1__Product *message =
        read_yaml("partitions: {table: partitions.csv, factory_data: fctry, nvs_keys: nvs_keys}\n"
                  "dac: {key: secure-cert}\n");
    if (product_table_read(yaml_path, message, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    const Mintmark__V1__Partitions *partitions = message->partitions;
    assert_string_equal(partitions->table, "");
    assert_place(partitions->factory_data, "fctry", 0x3E0000, 0x6000);
    assert_false(partitions->factory_data->encrypted);
    assert_place(partitions->nvs_keys, "nvs_keys", 0x1C000, 0x1000);
    assert_place(partitions->secure_cert, "esp_secure_cert", 0xD000, 0x2000);
    assert_true(partitions->secure_cert->encrypted);
    mintmark__v1__product__free_unpacked(message, NULL);
}

/* Both ways to write a label, and no partition that nothing is written to. */
static void only_what_the_product_uses(void **state)
{
    (void)state;
    Mintmark__V1__Product *message =
        read_yaml("partitions: {table: partitions.csv, factory_data: {label: nvs}}\n");
    assert_ok(product_table_read(yaml_path, message, NULL));
    assert_place(message->partitions->factory_data, "nvs", 0x10000, 0xC000);
    assert_null(message->partitions->nvs_keys);
    assert_null(message->partitions->secure_cert);
    mintmark__v1__product__free_unpacked(message, NULL);
    message = read_yaml("partitions: {table: partitions.csv, factory_data: flagged}\n");
    assert_ok(product_table_read(yaml_path, message, NULL));
    assert_true(message->partitions->factory_data->encrypted); /* refused by the product's check */
    mintmark__v1__product__free_unpacked(message, NULL);
}

static void nothing_without_a_table(void **state)
{
    (void)state;
    Mintmark__V1__Product *message = read_yaml("name: a\n");
    assert_ok(product_table_read(yaml_path, message, NULL));
    mintmark__v1__product__free_unpacked(message, NULL);
    message = read_yaml("partitions: {factory_data: {label: nvs, offset: 0x9000, size: 0x6000}}\n");
    assert_ok(product_table_read(yaml_path, message, NULL));
    assert_place(message->partitions->factory_data, "nvs", 0x9000, 0x6000);
    mintmark__v1__product__free_unpacked(message, NULL);
}

static const struct {
    const char *yaml;
    const char *reason;
    const char *field;
} REFUSED[] = {
    {"table: absent.csv, factory_data: fctry", "PRODUCT_FILE", "partitions.table"},
    {"table: broken.csv, factory_data: fctry", "PARTITION_TABLE", "broken.csv:1"},
    {"table: partitions.csv, factory_data: fctri", "PARTITION_UNKNOWN", "partitions.factory_data"},
    {"table: partitions.csv, factory_data: ota_0", "PARTITION_TYPE", "partitions.factory_data"},
    {"table: partitions.csv, factory_data: nvs_keys", "PARTITION_TYPE", "partitions.factory_data"},
    {"table: partitions.csv, factory_data: fctry, nvs_keys: nvs", "PARTITION_TYPE",
     "partitions.nvs_keys"},
    {"table: partitions.csv, factory_data: fctry, nvs_keys: bare_keys", "PARTITION_FLAG",
     "partitions.nvs_keys"},
    {"table: partitions.csv, factory_data: fctry, nvs_keys: second_keys", "PARTITION_UNKNOWN",
     "partitions.nvs_keys"},
    {"table: partitions.csv, factory_data: fctry, secure_cert: nvs", "PARTITION_TYPE",
     "partitions.secure_cert"},
    {"table: partitions.csv, factory_data: {label: fctry, offset: 0x3E0000}", "PARTITION_TABLE",
     "partitions.factory_data"},
    {"table: partitions.csv, factory_data: {label: fctry, encrypted: true}", "PARTITION_TABLE",
     "partitions.factory_data"},
    {"table: partitions.csv, factory_data: fctry, table_offset: 0x10000", "PARTITION_TABLE",
     "partitions.csv:2"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        char yaml[256];
        struct problem problem = {0};
        (void)snprintf(yaml, sizeof(yaml), "partitions: {%s}\n", REFUSED[i].yaml);
        Mintmark__V1__Product *message = read_yaml(yaml);
        assert_int_not_equal(product_table_read(yaml_path, message, &problem), STATUS_OK);
        print_message("%s: %s [%s] %s\n", REFUSED[i].yaml, problem.reason, problem.field,
                      problem.message);
        assert_string_equal(problem.reason, REFUSED[i].reason);
        assert_string_equal(problem.field, REFUSED[i].field);
        mintmark__v1__product__free_unpacked(message, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_become_places),
        cmocka_unit_test(only_what_the_product_uses),
        cmocka_unit_test(nothing_without_a_table),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
