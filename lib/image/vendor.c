#include "lib/image/vendor.h"

#include <assert.h>
#include <stdio.h>

#include "lib/image/rules.h"
#include "lib/nvs/csv_wifi.h"

/* SPEC.md §1.2, §1.4: keys of chip-factory that firmware gives a meaning; a product writes them by
 * their own names in product.yaml, or never. */
static const char *const sdk_keys[] = {
    "discriminator", "iteration-count", "salt",           "verifier",       "vendor-id",
    "vendor-name",   "product-id",      "product-name",   "hardware-ver",   "hw-ver-str",
    "mfg-date",      "rd-id-uid",       "serial-num",     "dac-cert",       "dac-key",
    "dac-pub-key",   "pai-cert",        "cert-dclrn",     "part-number",    "product-label",
    "product-url",   "product-color",   "product-finish", "loc-capability", "device-type",
    "cal-types",     "locale-sz",
};
static const char *const never_written[] = {"pin-code", "unique-id"};
static const char *const sdk_families[] = {"locale/", "fl-", "sm-", "st-"};

/* "vendor_data.rmaker_creds.node_id" */
static status_t refuse(struct problem *problem, const char *reason,
                       const struct image_vendor_value *value, const char *what)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "vendor_data.%.40s.%.40s", value->namespace_name,
                   value->key);
    return problem_say(problem, STATUS_INVALID, reason, field, "%s", what);
}

/* ---- names ---- */

/* As the writer wants them; here the field of product.yaml can be named. */
static status_t check_name(const struct image_vendor_value *value, const char *name,
                           struct problem *problem)
{
    size_t size = strnlen(name, NVS_KEY_MAX + 1);
    bool good = size >= 1 && size <= NVS_KEY_MAX;
    for (size_t i = 0; good && i < size; i++) {
        good = name[i] > 0x20 && name[i] < 0x7f;
    }
    return good ? STATUS_OK
                : refuse(problem, "VENDOR_NAME", value,
                         "a namespace and a key have 1 to 15 ASCII characters without blanks");
}

bool image_vendor_is_sdk_key(const char *key)
{
    for (size_t i = 0; i < sizeof(sdk_keys) / sizeof(sdk_keys[0]); i++) {
        if (strcmp(key, sdk_keys[i]) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(sdk_families) / sizeof(sdk_families[0]); i++) {
        if (strncmp(key, sdk_families[i], strlen(sdk_families[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool same_place(const struct image_vendor_value *a, const struct image_vendor_value *b)
{
    return strcmp(a->namespace_name, b->namespace_name) == 0 && strcmp(a->key, b->key) == 0;
}

/* In the SDK's own namespace. */
static status_t check_sdk_key(const struct image_vendor_value *value, struct problem *problem)
{
    for (size_t i = 0; i < sizeof(never_written) / sizeof(never_written[0]); i++) {
        if (strcmp(value->key, never_written[i]) == 0) {
            return refuse(problem, "VENDOR_CLASH", value,
                          "the Matter SDK defines this key, and no factory data may have it: leave "
                          "it out");
        }
    }
    return image_vendor_is_sdk_key(value->key)
               ? refuse(problem, "VENDOR_CLASH", value,
                        "the Matter SDK reads this key: write it under its own name in the "
                        "product, or use another key")
               : STATUS_OK;
}

static status_t check_place(const struct image_product *product, size_t index,
                            struct problem *problem)
{
    const struct image_vendor_value *value = &product->vendor_values[index];
    TRY(check_name(value, value->namespace_name, problem));
    TRY(check_name(value, value->key, problem));
    if (strcmp(value->namespace_name, IMAGE_NAMESPACE) == 0) {
        TRY(check_sdk_key(value, problem));
    }
    if (nvs_csv_wifi_has(value->key)) {
        return refuse(problem, "VENDOR_WIFI_KEY", value,
                      "nvs_partition_gen adds further keys to this one: use another name");
    }
    for (size_t i = 0; i < index; i++) {
        if (same_place(&product->vendor_values[i], value)) {
            return refuse(problem, "VENDOR_TWICE", value, "this key is declared twice: keep one");
        }
    }
    return STATUS_OK;
}

/* ---- values ---- */

status_t image_vendor_decode(const struct image_vendor_value *value,
                             struct nvs_csv_decoded *ret_decoded, struct problem *problem)
{
    const struct nvs_csv_value text = {.key = value->key,
                                       .encoding = value->encoding,
                                       .bytes = value->text,
                                       .from_file = value->from_file};
    struct problem found = {0};
    status_t status = nvs_csv_value_decode(&text, ret_decoded, &found);
    if (status != STATUS_OK) {
        (void)problem_complete(&found, status);
        (void)refuse(problem, found.reason, value, found.message);
        return status;
    }
    if (ret_decoded->type == NVS_STRING && ret_decoded->bytes.size > NVS_STRING_MAX) {
        return refuse(problem, "VENDOR_TOO_LONG", value,
                      "a string in NVS has at most 3967 bytes: use the type binary");
    }
    return STATUS_OK;
}

/* An integer has no empty text. */
static struct image_vendor_value example_of(const struct image_vendor_value *declared)
{
    struct image_vendor_value example = *declared;
    bool number = declared->encoding[0] == 'u' || declared->encoding[0] == 'i';
    if (declared->supplied) {
        example.text = span_text(number ? "0" : "");
        example.supplied = false;
    }
    return example;
}

size_t image_vendor_examples(const struct image_product *product,
                             struct image_vendor_value *ret_values)
{
    size_t count = 0;
    for (size_t i = 0; i < product->vendor_count; i++) {
        if (product->vendor_values[i].supplied) {
            ret_values[count++] = example_of(&product->vendor_values[i]);
        }
    }
    return count;
}

static status_t check_encoding(const struct image_vendor_value *value, enum nvs_type *ret_type,
                               struct problem *problem)
{
    AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {0};
    const struct image_vendor_value example = example_of(value);
    if (strchr(value->encoding, '(') != NULL) {
        return refuse(problem, "VENDOR_TYPE", value,
                      "vendor data has the types u8 to i64, string, binary, hex2bin and base64");
    }
    TRY(image_vendor_decode(&example, &decoded, problem));
    *ret_type = decoded.type;
    return STATUS_OK;
}

static status_t check_total(const struct image_vendor_value *values, size_t count,
                            struct problem *problem)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        if (values[i].text.size > IMAGE_VENDOR_TEXT_MAX - total) {
            return refuse(problem, "VENDOR_TOO_LARGE", &values[i],
                          "vendor data has at most 32 KiB in all");
        }
        total += values[i].text.size;
    }
    return STATUS_OK;
}

status_t image_vendor_check(const struct image_product *product, struct problem *problem)
{
    enum nvs_type type;
    TRY(image_rules_count("vendor_data", product->vendor_count, IMAGE_VENDOR_VALUES_MAX, problem));
    TRY(check_total(product->vendor_values, product->vendor_count, problem));
    for (size_t i = 0; i < product->vendor_count; i++) {
        TRY(check_place(product, i, problem));
        TRY(check_encoding(&product->vendor_values[i], &type, problem));
    }
    return STATUS_OK;
}

/* ---- a unit's own ---- */

static const struct image_vendor_value *find(const struct image_vendor_value *values, size_t count,
                                             const struct image_vendor_value *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (same_place(&values[i], wanted)) {
            return &values[i];
        }
    }
    return NULL;
}

static status_t check_supplied(const struct image_vendor_value *declared,
                               const struct image_unit *unit, struct problem *problem)
{
    const struct image_vendor_value *value =
        find(unit->vendor_values, unit->vendor_count, declared);
    enum nvs_type type;
    if (value == NULL) {
        return refuse(problem, "SUPPLIED_MISSING", declared,
                      "the product wants this value supplied for each unit, and there is none");
    }
    AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {0};
    TRY(check_encoding(declared, &type, problem));
    TRY(image_vendor_decode(value, &decoded, problem));
    return decoded.type == type
               ? STATUS_OK
               : refuse(problem, "VENDOR_TYPE", declared,
                        "the value supplied has another type than the product declares");
}

status_t image_vendor_check_unit(const struct image_product *product, const struct image_unit *unit,
                                 struct problem *problem)
{
    size_t wanted = 0;
    TRY(check_total(unit->vendor_values, unit->vendor_count, problem));
    for (size_t i = 0; i < product->vendor_count; i++) {
        if (product->vendor_values[i].supplied) {
            TRY(check_supplied(&product->vendor_values[i], unit, problem));
            wanted++;
        }
    }
    for (size_t i = 0; i < unit->vendor_count; i++) {
        const struct image_vendor_value *declared =
            find(product->vendor_values, product->vendor_count, &unit->vendor_values[i]);
        if (declared == NULL || !declared->supplied) {
            return refuse(problem, "SUPPLIED_UNKNOWN", &unit->vendor_values[i],
                          "a value is supplied that the product does not declare as supplied");
        }
    }
    return image_rules_count("vendor_data", unit->vendor_count, wanted, problem);
}

/* ---- listing ---- */

static size_t room_for(const struct image_product *product, const struct image_unit *unit)
{
    size_t size = 1;
    for (size_t i = 0; i < product->vendor_count; i++) {
        size += product->vendor_values[i].text.size;
    }
    for (size_t i = 0; i < unit->vendor_count; i++) {
        size += unit->vendor_values[i].text.size;
    }
    return size;
}

status_t image_vendor_list(const struct image_product *product, const struct image_unit *unit,
                           struct image_values *values)
{
    size_t used = 0;
    if (product->vendor_count == 0) {
        return STATUS_OK;
    }
    TRY(secret_new(&values->vendor, room_for(product, unit)));
    for (size_t i = 0; i < product->vendor_count; i++) {
        AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {0};
        const struct image_vendor_value *value = &product->vendor_values[i];
        if (value->supplied) {
            value = find(unit->vendor_values, unit->vendor_count, value);
        }
        TRY(image_vendor_decode(value, &decoded, NULL));
        size_t size = decoded.bytes.size;
        assert(size <= values->vendor.size - used); /* no encoding makes a value longer */
        if (size > 0) {
            memcpy(values->vendor.data + used, decoded.bytes.data, size);
        }
        image_values_add(values,
                         (struct image_value){
                             .namespace_name = value->namespace_name,
                             .type = decoded.type,
                             .integer = decoded.integer,
                             .bytes = span_make(values->vendor.data + used, size),
                         },
                         value->key);
        used += size;
    }
    return STATUS_OK;
}

/* ---- expecting ---- */

static bool is_as_expected(const struct image_values *values,
                           const struct image_vendor_value *expected,
                           const struct nvs_csv_decoded *decoded)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct image_value *value = &values->items[i];
        if (strcmp(value->namespace_name, expected->namespace_name) == 0 &&
            strcmp(value->key, expected->key) == 0) {
            bool number = value->type != NVS_STRING && value->type != NVS_BLOB_DATA;
            return value->type == decoded->type &&
                   (number ? value->integer == decoded->integer
                           : span_equal_secret(value->bytes, buf_span(&decoded->bytes)));
        }
    }
    return false;
}

status_t image_vendor_expect(const struct image_values *values, const struct image_unit *unit,
                             struct problem *problem)
{
    for (size_t i = 0; i < unit->expected_count; i++) {
        AUTO(nvs_csv_decoded_done) struct nvs_csv_decoded decoded = {0};
        TRY(image_vendor_decode(&unit->expected[i], &decoded, problem));
        if (!is_as_expected(values, &unit->expected[i], &decoded)) {
            return problem_say(problem, STATUS_INVALID, "EXPECTED_DIFFERS", unit->expected[i].key,
                               "what comes with the unit has another value for key %.15s than the "
                               "product: correct one of them",
                               unit->expected[i].key);
        }
    }
    return STATUS_OK;
}
