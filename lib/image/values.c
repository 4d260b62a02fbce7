#include "lib/image/values.h"

#include <assert.h>

#include "lib/base/hex.h"
#include "lib/image/details.h"
#include "lib/image/vendor.h"
#include "lib/matter/spake2p.h"
#include "lib/nvs/writer.h"

#define BASE64_LENGTH(size) (4 * (((size) + 2) / 3))

enum {
    SALT_TEXT_SIZE = BASE64_LENGTH(MATTER_SPAKE2P_SALT_MAX) + 1,
    VERIFIER_TEXT_SIZE = BASE64_LENGTH(MATTER_SPAKE2P_VERIFIER_SIZE) + 1,
};

void image_values_add(struct image_values *values, struct image_value value, const char *key)
{
    size_t size = strlen(key);
    assert(values->count < IMAGE_VALUES_MAX && size <= NVS_KEY_MAX);
    memcpy(value.key, key, size + 1);
    values->items[values->count++] = value;
}

/* In the SDK's own namespace. */
static void add(struct image_values *values, const char *key, struct image_value value)
{
    value.namespace_name = IMAGE_NAMESPACE;
    image_values_add(values, value, key);
}

void image_values_add_integer(struct image_values *values, const char *key, uint32_t integer)
{
    add(values, key, (struct image_value){.type = NVS_U32, .integer = integer});
}

void image_values_add_text(struct image_values *values, const char *key, const char *text)
{
    add(values, key, (struct image_value){.type = NVS_STRING, .bytes = span_text(text)});
}

static void add_blob(struct image_values *values, const char *key, struct span bytes)
{
    add(values, key, (struct image_value){.type = NVS_BLOB_DATA, .bytes = bytes});
}

/* SPEC.md §1.6: what stands in the esp_secure_cert partition does not stand here too. */
static void list_identity(const struct image_product *product, const struct image_unit *unit,
                          struct image_values *values)
{
    if (product->dac_key == IMAGE_DAC_KEY_FACTORY) {
        add_blob(values, "dac-cert", unit->dac);
        add_blob(values, "dac-key", unit->dac_key);
        add_blob(values, "dac-pub-key", unit->dac_public_key);
        add_blob(values, "pai-cert", product->pai);
    }
}

static void list_instance(const struct image_product *product, const struct image_unit *unit,
                          struct image_values *values)
{
    if (product->instance_left_out) {
        return;
    }
    image_values_add_integer(values, "vendor-id", product->vendor_id);
    image_values_add_text(values, "vendor-name", product->vendor_name);
    image_values_add_integer(values, "product-id", product->product_id);
    image_values_add_text(values, "product-name", product->product_name);
    image_values_add_integer(values, "hardware-ver", product->hardware_version);
    image_values_add_text(values, "hw-ver-str", product->hardware_version_string);
    if (unit->manufacturing_date != NULL) {
        image_values_add_text(values, "mfg-date", unit->manufacturing_date);
    }
    if (unit->rotating_id_unique_id.size > 0 && !product->commissioning_in_secure_cert) {
        add_blob(values, "rd-id-uid", unit->rotating_id_unique_id);
    }
    image_values_add_text(values, "serial-num", unit->serial_number);
}

/* SPEC.md §1.2: the order is that of the factory tool devices are made with today. */
static void list_values(const struct image_product *product, const struct image_unit *unit,
                        struct image_values *values)
{
    bool commissioning = !product->commissioning_in_secure_cert && !product->commissioning_left_out;
    if (commissioning) {
        image_values_add_integer(values, "discriminator", unit->discriminator);
        image_values_add_integer(values, "iteration-count", image_iterations(product, unit));
        image_values_add_text(values, "salt", (const char *)values->text.data);
    }
    list_instance(product, unit, values);
    list_identity(product, unit, values);
    if (commissioning && !product->dynamic_passcode) {
        image_values_add_text(values, "verifier", (const char *)values->text.data + SALT_TEXT_SIZE);
    }
    if (!product->cd_in_firmware) {
        add_blob(values, "cert-dclrn", product->certification_declaration);
    }
    image_details_list(product, values);
}

status_t image_values_make(const struct image_product *product, const struct image_unit *unit,
                           struct image_values *ret_values)
{
    AUTO(image_values_done) struct image_values values = {0};
    TRY(secret_new(&values.text, SALT_TEXT_SIZE + VERIFIER_TEXT_SIZE));
    base64_encode(unit->salt, (char *)values.text.data);
    base64_encode(unit->verifier, (char *)values.text.data + SALT_TEXT_SIZE);
    list_values(product, unit, &values);
    TRY(image_vendor_list(product, unit, &values));
    *ret_values = values;
    values = (struct image_values){0};
    return STATUS_OK;
}

void image_values_done(struct image_values *values)
{
    secret_wipe(&values->text);
    secret_wipe(&values->vendor);
    *values = (struct image_values){0};
}

static status_t write_value(struct nvs_writer *writer, const struct image_value *value,
                            struct problem *problem)
{
    TRY(nvs_writer_namespace(writer, value->namespace_name, problem));
    if (value->type == NVS_STRING) {
        return nvs_writer_string(writer, value->key, value->bytes, problem);
    }
    if (value->type == NVS_BLOB_DATA) {
        return nvs_writer_blob(writer, value->key, value->bytes, problem);
    }
    return nvs_writer_integer(writer, value->key, value->type, value->integer, problem);
}

status_t image_values_write(const struct image_values *values, size_t size, struct buf *ret_image,
                            struct problem *problem)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    TRY(nvs_writer_new(size, NVS_VERSION_2, &writer, problem));
    for (size_t i = 0; i < values->count; i++) {
        status_t status = write_value(writer, &values->items[i], problem);
        if (status == STATUS_TOO_LARGE) {
            return problem_say(problem, status, "IMAGE_TOO_LARGE", "partitions.factory_data.size",
                               "the factory data does not fit a partition of 0x%zx bytes: make it "
                               "larger",
                               size);
        }
        TRY(status);
    }
    return nvs_writer_finish(writer, ret_image);
}

static bool same(const struct image_value *value, const struct nvs_item *item)
{
    if (item == NULL || item->type != value->type) {
        return false;
    }
    return value->type == NVS_STRING || value->type == NVS_BLOB_DATA
               ? span_equal_secret(item->bytes, value->bytes)
               : item->integer == value->integer;
}

status_t image_values_compare(const struct image_values *values, const struct nvs_reader *reader,
                              struct problem *problem)
{
    if (nvs_reader_count(reader) != values->count) {
        return problem_say(problem, STATUS_INTERNAL, "IMAGE_READ_BACK", "",
                           "the image just written has %zu keys instead of %zu: report this",
                           nvs_reader_count(reader), values->count);
    }
    for (size_t i = 0; i < values->count; i++) {
        const struct image_value *value = &values->items[i];
        const char *key = value->key;
        if (!same(value, nvs_reader_find(reader, value->namespace_name, key))) {
            return problem_say(problem, STATUS_INTERNAL, "IMAGE_READ_BACK", key,
                               "key '%s' is not read back from the image just written: report this",
                               key);
        }
    }
    return STATUS_OK;
}
