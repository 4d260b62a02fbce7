#include "client/label_unit.h"

#include <jansson.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/files.h"
#include "client/unit_folder.h"
#include "lib/base/file.h"

/* The JSON library's own memory holds passcodes for a moment: it is wiped as it is freed. */
static void wipe_free(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

void label_units_init(struct label_units *units)
{
    json_set_alloc_funcs(malloc, wipe_free);
    units->without_codes = false;
    buf_init_secret(&units->bytes, LABEL_UNITS_MAX * sizeof(struct label_unit));
}

void label_units_done(struct label_units *units)
{
    buf_done(&units->bytes);
}

size_t label_units_count(const struct label_units *units)
{
    return units->bytes.size / sizeof(struct label_unit);
}

const struct label_unit *label_units_at(const struct label_units *units, size_t index)
{
    /* whole pages: aligned for any type */
    return (const struct label_unit *)(const void *)units->bytes.data + index;
}

static status_t refuse(const char *folder, struct problem *problem, const char *reason,
                       const char *what)
{
    return problem_say(problem, STATUS_DATA_LOSS, reason, folder,
                       "%.200s: %s; provision the unit again, the same bytes come back", folder,
                       what);
}

/* ---- one folder ---- */

static status_t load(const char *folder, const char *name, json_t **ret_json,
                     struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, LABEL_UNIT_FILE_MAX);
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "FOLDER", "a path is too long");
    }
    TRY(files_read(path, &content, problem));
    json_t *json =
        json_loadb((const char *)content.data, content.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json)) {
        json_decref(json);
        return problem_say(problem, STATUS_DATA_LOSS, "LABEL_FILE", path,
                           "%.200s is no JSON object: provision the unit again", path);
    }
    *ret_json = json;
    return STATUS_OK;
}

/* A member of printable text that fits. */
static bool take_text(const json_t *json, const char *name, char *ret_text, size_t size)
{
    const json_t *member = json_object_get(json, name);
    size_t length = json_string_length(member);
    if (!json_is_string(member) || length == 0 || length >= size) {
        return false;
    }
    memcpy(ret_text, json_string_value(member), length + 1);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)ret_text[i] < 0x20 || ret_text[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool take_number(const json_t *json, const char *name, uint32_t max, uint32_t *ret_number)
{
    const json_t *member = json_object_get(json, name);
    json_int_t value = json_integer_value(member);
    if (!json_is_integer(member) || value < 0 || value > max) {
        return false;
    }
    *ret_number = (uint32_t)value;
    return true;
}

/* What is written of a unit whose device makes its passcode. */
static bool has_no_codes(const json_t *json)
{
    const char *qr = json_string_value(json_object_get(json, "qr_code"));
    const char *manual = json_string_value(json_object_get(json, "manual_code"));
    const json_t *passcode = json_object_get(json, "passcode");
    return qr != NULL && qr[0] == '\0' && manual != NULL && manual[0] == '\0' &&
           json_is_integer(passcode) && json_integer_value(passcode) == 0;
}

static bool take_unit(const json_t *json, bool codes, struct label_unit *ret_unit)
{
    uint32_t discriminator = 0;
    bool whole =
        (!codes ||
         (take_text(json, "qr_code", ret_unit->qr_code, sizeof(ret_unit->qr_code)) &&
          take_text(json, "manual_code", ret_unit->manual_code, sizeof(ret_unit->manual_code)))) &&
        take_text(json, "serial_number", ret_unit->serial_number,
                  sizeof(ret_unit->serial_number)) &&
        take_number(json, "discriminator", UINT16_MAX, &discriminator) &&
        take_number(json, "passcode", UINT32_MAX, &ret_unit->passcode);
    ret_unit->discriminator = (uint16_t)discriminator;
    if (json_object_get(json, "hardware_id") != NULL) {
        whole =
            take_text(json, "hardware_id", ret_unit->hardware_id, sizeof(ret_unit->hardware_id)) &&
            whole;
    }
    return whole;
}

/* Both codes say what the file says beside them; of a manual code only the upper four bits. */
static status_t check_codes(const struct label_unit *unit, struct problem *problem)
{
    struct matter_onboarding qr, manual;
    AUTO(buf_done) struct buf tlv;
    buf_init_secret(&tlv, MATTER_QR_TEXT_MAX);
    bool agree =
        matter_onboarding_decode(span_text(unit->qr_code), &qr, &tlv, NULL) == STATUS_OK &&
        matter_onboarding_decode(span_text(unit->manual_code), &manual, &tlv, NULL) == STATUS_OK &&
        !qr.from_manual_code && manual.from_manual_code && qr.passcode == unit->passcode &&
        manual.passcode == unit->passcode && qr.discriminator == unit->discriminator &&
        manual.discriminator == (unit->discriminator & 0xF00u) &&
        (!manual.has_ids ||
         (manual.vendor_id == qr.vendor_id && manual.product_id == qr.product_id));
    explicit_bzero(&qr, sizeof(qr));
    explicit_bzero(&manual, sizeof(manual));
    return agree ? STATUS_OK
                 : refuse(unit->folder, problem, "LABEL_CODES",
                          "QR code, manual code, discriminator and passcode of onboarding.json do "
                          "not agree");
}

/* A note beside the rest: it may lack, and nothing else says what it should be. */
static status_t read_chip(const char *folder, struct label_unit *unit, struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf line;
    buf_init(&line, UNIT_NAME_HARDWARE_ID_SIZE);
    if (snprintf(path, sizeof(path), "%s/" UNIT_FOLDER_CHIP, folder) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "FOLDER", "a path is too long");
    }
    status_t status = file_read(path, &line);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    char text[UNIT_NAME_HARDWARE_ID_SIZE + 1] = "";
    if (status == STATUS_OK && line.size > 0) {
        memcpy(text, line.data, line.size);
    }
    text[strcspn(text, "\n")] = '\0';
    return unit_name_hardware_id(text, unit->hardware_id, NULL) == STATUS_OK
               ? STATUS_OK
               : refuse(folder, problem, "HARDWARE_ID",
                        "the file " UNIT_FOLDER_CHIP " holds no MAC address");
}

static status_t read_unit(const char *folder, bool without_codes, struct label_unit *ret_unit,
                          struct problem *problem)
{
    json_t *json = NULL;
    TRY(load(folder, "onboarding.json", &json, problem));
    *ret_unit = (struct label_unit){.folder = folder};
    bool empty = has_no_codes(json);
    bool codes = !without_codes || !empty;
    bool whole = take_unit(json, codes, ret_unit);
    json_decref(json);
    if (empty && !without_codes) {
        return problem_say(problem, STATUS_REFUSED, "LABEL_DYNAMIC", folder,
                           "%.200s: the device makes its passcode itself, so there are no codes to "
                           "print: leave the folder out",
                           folder);
    }
    if (!whole) {
        return refuse(folder, problem, "LABEL_FILE",
                      "onboarding.json lacks a value, or one is not what it should be");
    }
    TRY(read_chip(folder, ret_unit, problem));
    return codes ? check_codes(ret_unit, problem) : STATUS_OK;
}

status_t label_units_add(struct label_units *units, const char *folder, struct problem *problem)
{
    json_t *manifest = NULL;
    TRY(load(folder, "manifest.json", &manifest, problem));
    json_decref(manifest);
    struct label_unit unit;
    status_t status = read_unit(folder, units->without_codes, &unit, problem);
    if (status == STATUS_OK) {
        buf_append(&units->bytes, &unit, sizeof(unit));
        status = buf_status(&units->bytes);
    }
    explicit_bzero(&unit, sizeof(unit));
    return status;
}

/* ---- all of them ---- */

static int compare_serial(const void *a, const void *b)
{
    return strcmp((*(const struct label_unit *const *)a)->serial_number,
                  (*(const struct label_unit *const *)b)->serial_number);
}

static int compare_qr(const void *a, const void *b)
{
    return strcmp((*(const struct label_unit *const *)a)->qr_code,
                  (*(const struct label_unit *const *)b)->qr_code);
}

static status_t check_unique(const struct label_unit **sorted, size_t count,
                             int (*compare)(const void *, const void *), const char *words,
                             struct problem *problem)
{
    qsort(sorted, count, sizeof(const struct label_unit *), compare);
    for (size_t i = 1; i < count; i++) {
        if (compare(&sorted[i - 1], &sorted[i]) == 0) {
            return problem_say(problem, STATUS_REFUSED, "LABEL_TWICE", sorted[i]->folder,
                               "%.120s and %.120s have the same %s", sorted[i - 1]->folder,
                               sorted[i]->folder, words);
        }
    }
    return STATUS_OK;
}

status_t label_units_check(const struct label_units *units, struct problem *ret_warning,
                           size_t *ret_warnings, struct problem *problem)
{
    size_t count = label_units_count(units);
    const struct label_unit **sorted = calloc(count + 1, sizeof(const struct label_unit *));
    if (sorted == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = label_units_at(units, i);
    }
    status_t status =
        check_unique(sorted, count, compare_serial, "serial number: give each unit once", problem);
    if (status == STATUS_OK) {
        bool unique =
            check_unique(sorted, count, compare_qr,
                         "QR code, which is right for a product of class test with fixed codes "
                         "only",
                         ret_warning) == STATUS_OK;
        *ret_warnings = unique ? 0 : 1;
    }
    free(sorted);
    return status;
}
