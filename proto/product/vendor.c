#include "proto/product/vendor.h"

#include <stdio.h>

#include "lib/image/rules.h"
#include "proto/product/file.h"

/* As nvs_partition_gen names them. */
static const char *const encodings[] = {
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_UNSPECIFIED] = "",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_U8] = "u8",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_I8] = "i8",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_U16] = "u16",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_I16] = "i16",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_U32] = "u32",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_I32] = "i32",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_U64] = "u64",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_I64] = "i64",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_STRING] = "string",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_BINARY] = "binary",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_HEX2BIN] = "hex2bin",
    [MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_BASE64] = "base64",
};

static const char *encoding_of(Mintmark__V1__VendorType type)
{
    return (size_t)type < sizeof(encodings) / sizeof(encodings[0]) ? encodings[type] : "";
}

/* One key of one namespace, and the name it has in messages: "vendor_data.creds.node_id". */
struct entry {
    const char *namespace_name;
    const char *key;
    Mintmark__V1__VendorValue *value;
    char field[PROBLEM_FIELD_MAX];
};

typedef status_t each_t(void *context, const struct entry *entry, struct problem *problem);

static status_t each_key(const char *namespace_name, const Mintmark__V1__VendorNamespace *keys,
                         each_t *visit, void *context, struct problem *problem)
{
    for (size_t i = 0; keys != NULL && i < keys->n_keys; i++) {
        struct entry entry = {namespace_name, keys->keys[i]->key, keys->keys[i]->value, ""};
        (void)snprintf(entry.field, sizeof(entry.field), "vendor_data.%.40s.%.40s", namespace_name,
                       entry.key);
        if (entry.value == NULL) {
            return problem_say(problem, STATUS_INVALID, "MISSING", entry.field,
                               "the key has no type and value");
        }
        TRY(visit(context, &entry, problem));
    }
    return STATUS_OK;
}

static status_t each(const Mintmark__V1__Product *message, each_t *visit, void *context,
                     struct problem *problem)
{
    for (size_t i = 0; i < message->n_vendor_data; i++) {
        TRY(each_key(message->vendor_data[i]->key, message->vendor_data[i]->value, visit, context,
                     problem));
    }
    return STATUS_OK;
}

/* ---- values ---- */

/* Exactly one source; a value that is forgotten must not become an empty one. */
static status_t check_source(const struct entry *entry, struct problem *problem)
{
    const Mintmark__V1__VendorValue *value = entry->value;
    bool supplied = value->from == MINTMARK__V1__VENDOR_SOURCE__VENDOR_SOURCE_SUPPLIED;
    int sources = (value->value[0] != '\0') + (value->file[0] != '\0') + supplied;
    if (sources != 1) {
        return problem_say(problem, STATUS_INVALID, "VENDOR_SOURCE", entry->field,
                           "write one of value, file, and from: supplied");
    }
    if (value->file[0] != '\0' && value->content.len == 0) {
        return problem_say(problem, STATUS_INVALID, "VENDOR_SOURCE", entry->field,
                           "the file is empty, or was not sent with the product");
    }
    return STATUS_OK;
}

static status_t add_value(void *context, const struct entry *entry, struct problem *problem)
{
    struct image_product *product = context;
    const Mintmark__V1__VendorValue *value = entry->value;
    if (value->type == MINTMARK__V1__VENDOR_TYPE__VENDOR_TYPE_UNSPECIFIED) {
        return problem_say(problem, STATUS_INVALID, "MISSING", entry->field,
                           "the value has no type: write one, such as type: string");
    }
    TRY(check_source(entry, problem));
    TRY(image_rules_count("vendor_data", product->vendor_count + 1, IMAGE_VENDOR_VALUES_MAX,
                          problem));
    bool from_file = value->file[0] != '\0';
    product->vendor_values[product->vendor_count++] = (struct image_vendor_value){
        .namespace_name = entry->namespace_name,
        .key = entry->key,
        .encoding = encoding_of(value->type),
        .text = from_file ? span_make(value->content.data, value->content.len)
                          : span_text(value->value),
        .from_file = from_file,
        .supplied = value->from == MINTMARK__V1__VENDOR_SOURCE__VENDOR_SOURCE_SUPPLIED,
    };
    return STATUS_OK;
}

status_t product_vendor_read(const Mintmark__V1__Product *message, struct image_product *product,
                             struct problem *problem)
{
    return each(message, add_value, product, problem);
}

/* ---- files ---- */

static status_t read_file(void *context, const struct entry *entry, struct problem *problem)
{
    struct product_file *file = context;
    Mintmark__V1__VendorValue *value = entry->value;
    file->name = value->file;
    file->field = entry->field;
    return value->file[0] == '\0' ? STATUS_OK : product_file_read(file, &value->content, problem);
}

status_t product_vendor_files_read(const char *path, Mintmark__V1__Product *message,
                                   struct problem *problem)
{
    struct product_file file = {.path = path, .limit = IMAGE_VENDOR_TEXT_MAX};
    return each(message, read_file, &file, problem);
}
