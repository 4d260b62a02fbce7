#include "lib/unit/sheet_config.h"

#include <stddef.h>

#include "lib/image/values.h"
#include "lib/image/vendor.h"

/* SPEC.md §2.3: keys of chip-factory that a unit has of its own. */
static const struct meaning {
    const char *key;
    enum unit_sheet_kind kind;
    size_t field;
} meanings[] = {
    {"discriminator", UNIT_SHEET_NUMBER, offsetof(struct unit_supplied, discriminator)},
    {"iteration-count", UNIT_SHEET_NUMBER, offsetof(struct unit_supplied, iterations)},
    {"salt", UNIT_SHEET_BASE64, offsetof(struct unit_supplied, salt)},
    {"verifier", UNIT_SHEET_BASE64, offsetof(struct unit_supplied, verifier)},
    {"serial-num", UNIT_SHEET_TEXT, offsetof(struct unit_supplied, serial_number)},
    {"mfg-date", UNIT_SHEET_TEXT, offsetof(struct unit_supplied, manufacturing_date)},
    {"rd-id-uid", UNIT_SHEET_BYTES, offsetof(struct unit_supplied, rotating_id)},
    {"dac-cert", UNIT_SHEET_BYTES, offsetof(struct unit_supplied, dac)},
    {"dac-key", UNIT_SHEET_BYTES, offsetof(struct unit_supplied, dac_key)},
};

void unit_sheet_config_done(struct unit_sheet_config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        buf_done(&config->keys[i].first);
        buf_done(&config->keys[i].bytes);
    }
    config->count = 0;
}

bool unit_sheet_config_is_blank(const struct nvs_csv_reader *reader)
{
    struct span field = nvs_csv_reader_field(reader, 0);
    return reader->count == 1 && strspn((const char *)field.data, " \t\v\f") == field.size;
}

static status_t refuse(struct problem *problem, const char *reason, const char *what)
{
    return problem_say(problem, STATUS_MALFORMED, reason, "", "%s", what);
}

static const char *text_of(const struct nvs_csv_reader *reader, size_t index)
{
    return index < reader->count ? (const char *)nvs_csv_reader_field(reader, index).data : "";
}

static status_t copy_name(const char *text, char ret_name[static NVS_KEY_MAX + 1],
                          struct problem *problem)
{
    size_t size = strlen(text);
    if (size == 0 || size > NVS_KEY_MAX) {
        return refuse(problem, "SHEET_NAME", "a namespace and a key have 1 to 15 characters");
    }
    memcpy(ret_name, text, size + 1);
    return STATUS_OK;
}

/* What a key of the SDK's own namespace means; all others are vendor data. */
static void find_meaning(struct unit_sheet_key *key)
{
    key->kind = UNIT_SHEET_VENDOR;
    if (strcmp(key->namespace_name, IMAGE_NAMESPACE) != 0 || !image_vendor_is_sdk_key(key->key)) {
        return;
    }
    key->kind = UNIT_SHEET_EXPECTED;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strcmp(key->key, meanings[i].key) == 0) {
            key->kind = meanings[i].kind;
            key->field = meanings[i].field;
            key->secret = key->field == offsetof(struct unit_supplied, dac_key);
        }
    }
}

static status_t check_twice(const struct unit_sheet_config *config,
                            const struct unit_sheet_key *key, struct problem *problem)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->keys[i].key, key->key) == 0 &&
            strcmp(config->keys[i].namespace_name, key->namespace_name) == 0) {
            return refuse(problem, "SHEET_KEY_TWICE",
                          "this key is in its namespace already: keep one");
        }
    }
    return STATUS_OK;
}

static status_t read_encoding(const char *text, struct unit_sheet_key *key, struct problem *problem)
{
    static const char *const encodings[] = {"u8",  "i8",  "u16",    "i16",    "u32",     "i32",
                                            "u64", "i64", "string", "binary", "hex2bin", "base64"};
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        if (strcmp(text, encodings[i]) == 0) {
            memcpy(key->encoding, text, strlen(text) + 1);
            return STATUS_OK;
        }
    }
    return refuse(problem, "SHEET_ENCODING",
                  "the third field is none of u8 i8 u16 i16 u32 i32 u64 i64 string binary hex2bin "
                  "base64");
}

static status_t read_key(const struct nvs_csv_reader *reader, const char *namespace_name,
                         struct unit_sheet_config *config, struct problem *problem)
{
    struct unit_sheet_key key = {0};
    const char *type = text_of(reader, 1);
    const char *repeat = text_of(reader, 3);
    key.file = strcmp(type, "file") == 0;
    key.repeat = strcmp(repeat, "REPEAT") == 0;
    if (!key.file && strcmp(type, "data") != 0) {
        return refuse(problem, "SHEET_TYPE", "the second field is none of namespace, data, file");
    }
    if (reader->count > 4 || (repeat[0] != '\0' && !key.repeat)) {
        return refuse(problem, "SHEET_FIELDS", "a row reads key,type,encoding or ends with REPEAT");
    }
    memcpy(key.namespace_name, namespace_name, strlen(namespace_name) + 1);
    TRY(copy_name(text_of(reader, 0), key.key, problem));
    TRY(read_encoding(text_of(reader, 2), &key, problem));
    TRY(check_twice(config, &key, problem));
    if (config->count == UNIT_SHEET_KEYS_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "SHEET_KEYS", "",
                           "more than %d keys in a config CSV", UNIT_SHEET_KEYS_MAX);
    }
    find_meaning(&key);
    config->keys[config->count++] = key;
    return STATUS_OK;
}

static status_t read_rows(struct nvs_csv_reader *reader, struct unit_sheet_config *config,
                          struct problem *problem)
{
    char namespace_name[NVS_KEY_MAX + 1] = IMAGE_NAMESPACE;
    for (;;) {
        bool found = false;
        TRY(nvs_csv_reader_next(reader, &found, problem));
        if (!found) {
            return config->count > 0
                       ? STATUS_OK
                       : refuse(problem, "SHEET_EMPTY", "the config CSV names no key");
        }
        if (unit_sheet_config_is_blank(reader)) {
            continue;
        }
        TRY(strcmp(text_of(reader, 1), "namespace") == 0
                ? copy_name(text_of(reader, 0), namespace_name, problem)
                : read_key(reader, namespace_name, config, problem));
    }
}

status_t unit_sheet_config_read(const char *name, struct span text,
                                struct unit_sheet_config *config, struct problem *problem)
{
    static const struct nvs_csv_dialect dialect = {UNIT_SHEET_CONFIG_MAX, false};
    struct problem own = {0};
    struct nvs_csv_reader reader;
    status_t status = nvs_csv_reader_init(&reader, text, &dialect, &own);
    if (status == STATUS_OK) {
        status = read_rows(&reader, config, &own);
    }
    if (status != STATUS_OK && problem != NULL) {
        (void)problem_complete(&own, status);
        nvs_csv_reader_place(&reader, name, &own);
        *problem = own;
    }
    nvs_csv_reader_done(&reader);
    return status;
}
