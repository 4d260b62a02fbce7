/* Random products and units, with every kind of NVS encryption, place of the DAC's key and of the
 * commissioning data: written, encrypted, and read back by the independent readers, value by value.
 * The seed is fixed and printed. */
#include <stdio.h>

#include "lib/image/contents.h"
#include "lib/image/efuse.h"
#include "lib/image/factory_reader.h"
#include "lib/image/values.h"
#include "tests/support/test.h"
#include "tests/unit/image/chain.h"
#include "tests/unit/image/sample.h"

enum { CASES = 10000 };

static uint64_t state = 20261122;

static uint32_t any(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % below;
}

/* Memory for the texts of one case. */
static char texts[200][257];
static size_t text_count;

static const char *any_text(uint32_t max)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    char *text = texts[text_count++];
    uint32_t size = 1 + any(max);
    text[0] = 'x';
    for (uint32_t i = 1; i < size; i++) {
        text[i] = letters[any(sizeof(letters) - 1)];
    }
    text[size] = '\0';
    return text;
}

/* Another one for each number. */
static const char *any_own_text(uint32_t max, size_t number)
{
    const char *text = any_text(max);
    texts[text_count - 1][0] = (char)('a' + number);
    return text;
}

static const char *any_url(void)
{
    static const char start[] = "https://";
    (void)any_text(256 - sizeof(start));
    char *text = texts[text_count - 1];
    memmove(text + sizeof(start) - 1, text, strlen(text) + 1);
    memcpy(text, start, sizeof(start) - 1);
    return text;
}

static const char *maybe_text(uint32_t max)
{
    return any(2) == 0 ? NULL : any_text(max);
}

static struct image_number maybe_number(uint32_t last)
{
    return any(2) == 0 ? (struct image_number){0} : (struct image_number){true, any(last + 1)};
}

static void any_lists(struct image_details *details)
{
    details->locale_count = any(4);
    for (size_t i = 0; i < details->locale_count; i++) {
        details->locales[i] = any_own_text(35, i);
    }
    details->fixed_label_count = any(6);
    for (size_t i = 0; i < details->fixed_label_count; i++) {
        details->fixed_labels[i] = (struct image_fixed_label){
            (uint16_t)any(any(2) == 0 ? 3 : 0xffff), any_own_text(15, i), any_text(15)};
    }
    details->supported_mode_count = any(6);
    for (size_t i = 0; i < details->supported_mode_count; i++) {
        struct image_supported_mode *mode = &details->supported_modes[i];
        mode->endpoint = (uint16_t)any(any(2) == 0 ? 3 : 0x1000);
        mode->label = any_text(64);
        mode->mode = (uint8_t)(i * 40 + any(40));
        mode->tag_count = any(IMAGE_MODE_TAGS_MAX + 1);
        for (size_t j = 0; j < mode->tag_count; j++) {
            mode->tags[j] = (struct image_mode_tag){(uint16_t)any(65536), (uint16_t)any(65536)};
        }
    }
}

/* Texts that are good in each of the encodings; half of the values are each unit's own. */
static struct image_vendor_value supplied[8];

static struct span any_value(const char *encoding)
{
    static const char digits[] = "0123456789abcdef";
    char *text = texts[text_count++];
    uint32_t size = 0;
    if (strcmp(encoding, "hex2bin") == 0 || strcmp(encoding, "base64") == 0) {
        for (uint32_t end = 4 * any(64); size < end; size++) {
            text[size] = digits[any(16)];
        }
        return span_make(text, size);
    }
    if (strcmp(encoding, "string") == 0 || strcmp(encoding, "binary") == 0) {
        text_count--;
        return span_text(any_text(256));
    }
    (void)snprintf(text, sizeof(texts[0]), "%u", any(128));
    return span_text(text);
}

static void any_vendor_data(struct image_product *product, struct image_unit *unit)
{
    static const char *const namespaces[] = {"app", "chip-factory", "rmaker_creds"};
    static const char *const encodings[] = {"u8",  "i8",     "u16",    "i16",     "u32",   "i32",
                                            "i64", "string", "binary", "hex2bin", "base64"};
    static const char *const keys[] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"};
    struct image_vendor_value *vendor = product->vendor_values;
    product->vendor_count = any(9);
    unit->vendor_values = supplied;
    for (size_t i = 0; i < product->vendor_count; i++) {
        vendor[i] = (struct image_vendor_value){
            .namespace_name = namespaces[any(3)],
            .key = keys[i],
            .encoding = encodings[any(sizeof(encodings) / sizeof(encodings[0]))],
            .supplied = any(2) == 0,
        };
        vendor[i].text = any_value(vendor[i].encoding);
        if (vendor[i].supplied) {
            supplied[unit->vendor_count++] = vendor[i];
            vendor[i].text = (struct span){0};
        }
    }
}

static struct image_product any_product(enum image_nvs_encryption encryption)
{
    struct image_product product = encryption == IMAGE_NVS_KEY_PARTITION
                                       ? sample_encrypted_product()
                                   : encryption == IMAGE_NVS_HMAC ? sample_hmac_product()
                                                                  : sample_product();
    product.vendor_name = any_text(32);
    product.product_name = any_text(32);
    product.hardware_version_string = any_text(64);
    product.hardware_version = (uint16_t)any(65536);
    product.certification_declaration.size = 1 + any(600);
    product.cd_in_firmware = any(4) == 0;
    product.dynamic_passcode = any(4) == 0;
    product.commissioning_left_out = product.dynamic_passcode && any(2) == 0;
    product.instance_left_out = any(6) == 0;
    product.details = (struct image_details){
        .part_number = maybe_text(32),
        .product_label = maybe_text(64),
        .product_url = any(2) == 0 ? NULL : any_url(),
        .product_finish = maybe_number(5),
        .product_color = maybe_number(20),
        .location_capability = maybe_number(2),
        .device_type = maybe_number(0x7ffffffe),
        .calendar_types = (uint16_t)any(0x1000),
    };
    any_lists(&product.details);
    return product;
}

static struct image_unit any_unit(const struct image_product *product)
{
    struct image_unit unit = product->nvs_encryption == IMAGE_NVS_KEY_PARTITION
                                 ? sample_encrypted_unit()
                             : product->nvs_encryption == IMAGE_NVS_HMAC ? sample_hmac_unit()
                                                                         : sample_unit();
    unit.discriminator = (uint16_t)any(4096);
    unit.salt.size = 16 + any(17);
    unit.dac.size = 1 + any(600);
    unit.serial_number = any_text(32);
    unit.manufacturing_date = any(2) == 0 ? NULL : "2026-11-22";
    if (product->dynamic_passcode) {
        unit.passcode = 0;
        unit.verifier = (struct span){0};
    }
    if (product->commissioning_left_out) {
        unit.discriminator = 0;
        unit.salt = (struct span){0};
    }
    if (any(2) == 0) {
        unit.rotating_id_unique_id = (struct span){0};
    }
    return unit;
}

/* Real certificates, which a partition with an identity is checked by; by place of the key. */
static struct chain chains[IMAGE_DAC_KEY_DEVICE];

/* A derived key costs as much as all the rest, so there are fewer of them. */
static enum image_dac_key any_dac_key(void)
{
    static const enum image_dac_key keys[] = {IMAGE_DAC_KEY_FACTORY, IMAGE_DAC_KEY_FACTORY,
                                              IMAGE_DAC_KEY_SECURE_CERT, IMAGE_DAC_KEY_SECURE_CERT,
                                              IMAGE_DAC_KEY_PERIPHERAL};
    return any(24) == 0 ? IMAGE_DAC_KEY_DERIVED : keys[any(5)];
}

static void any_places(struct image_product *product, struct image_unit *unit)
{
    const struct chain *chain = &chains[any_dac_key()];
    product->chip = chain->product.chip;
    product->secure_cert = chain->product.secure_cert;
    product->secure_cert.encrypted = any(2) == 0;
    product->dac_key = chain->product.dac_key;
    product->dac_key_block = (uint8_t)any(4); /* below NVS's, which has 4 */
    if (product->dac_key != IMAGE_DAC_KEY_FACTORY) {
        product->pai = chain->product.pai;
        unit->dac = chain->unit.dac;
        unit->dac_public_key = chain->unit.dac_public_key;
        unit->dac_key = chain->unit.dac_key;
        unit->dac_hmac_key = chain->unit.dac_hmac_key;
        unit->dac_hmac_salt = chain->unit.dac_hmac_salt;
    }
    product->commissioning_in_secure_cert = !product->dynamic_passcode && any(3) == 0;
    if (product->commissioning_in_secure_cert) {
        unit->verifier = chain->unit.verifier;
    }
}

static struct image_manifest_parts parts_of(const struct image_set *set)
{
    struct image_manifest_parts parts = {
        .nvs_key = image_efuse_for_nvs(set->efuse_keys, set->efuse_key_count),
        .dac_key = image_efuse_for_dac(set->efuse_keys, set->efuse_key_count),
    };
    for (size_t i = 0; i < set->file_count; i++) {
        parts.files[set->files[i].role] = &set->files[i];
    }
    return parts;
}

/* Wherever it stands, it says what went in. */
static void assert_contents(const struct image_manifest_parts *parts,
                            const struct image_product *product, const struct image_unit *unit)
{
    AUTO(image_contents_done) struct image_contents contents = {0};
    struct problem problem = {0};
    if (image_contents_read(parts, &contents, &problem) != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem.reason, problem.field, problem.message);
    }
    assert_int_equal(contents.dac_key, product->dac_key);
    assert_span_equal(contents.dac, unit->dac);
    assert_span_equal(contents.pai, product->pai);
    assert_int_equal(contents.discriminator, unit->discriminator);
    assert_int_equal(contents.iterations,
                     product->commissioning_left_out ? 0 : product->spake2p_iterations);
    assert_int_equal(contents.has_commissioning, !product->commissioning_left_out);
    assert_int_equal(contents.has_instance, !product->instance_left_out);
    assert_span_equal(buf_span(&contents.salt), unit->salt);
    assert_span_equal(buf_span(&contents.verifier), unit->verifier);
    if (product->dac_key == IMAGE_DAC_KEY_PERIPHERAL) {
        assert_int_equal(contents.dac_key_block, product->dac_key_block);
    }
}

static void assert_factory_data(const struct image_manifest_parts *parts,
                                const struct image_product *product, const struct image_unit *unit)
{
    struct problem problem = {0};
    AUTO(image_values_done) struct image_values values = {0};
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    const struct image_factory_keys keys = {
        .partition = parts->files[IMAGE_ROLE_NVS_KEYS],
        .hmac_key = parts->nvs_key != NULL ? buf_span(&parts->nvs_key->content) : (struct span){0},
    };
    assert_ok(
        image_factory_reader_new(parts->files[IMAGE_ROLE_FACTORY_DATA], &keys, &reader, &problem));
    assert_ok(image_values_make(product, unit, &values));
    assert_ok(image_values_compare(&values, reader, &problem));
    for (size_t i = 0; i < nvs_reader_count(reader); i++) {
        assert_true(strlen(nvs_reader_item(reader, i)->key) <= 15);
    }
}

static void one_case(unsigned number)
{
    text_count = 0;
    struct image_product product = any_product((enum image_nvs_encryption)(number % 3));
    struct image_unit unit = any_unit(&product);
    any_vendor_data(&product, &unit);
    any_places(&product, &unit);
    struct problem problem = {0};
    AUTO(image_set_done) struct image_set set = {0};
    if (image_set_build(&product, &unit, &set, &problem) != STATUS_OK) {
        fail_msg("case %u: %s: %s", number, problem.field, problem.message);
    }
    const struct image_manifest_parts parts = parts_of(&set);
    assert_factory_data(&parts, &product, &unit);
    assert_contents(&parts, &product, &unit);
}

static void random_products_and_units_are_read_back(void **context)
{
    (void)context;
    print_message("seed %llu, %d cases\n", (unsigned long long)state, CASES);
    for (size_t i = 0; i < IMAGE_DAC_KEY_DEVICE; i++) {
        chain_init(&chains[i], false);
        chain_use_dac_key(&chains[i], (enum image_dac_key)i);
    }
    for (unsigned i = 0; i < CASES; i++) {
        one_case(i);
    }
    for (size_t i = 0; i < IMAGE_DAC_KEY_DEVICE; i++) {
        chain_done(&chains[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_products_and_units_are_read_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
