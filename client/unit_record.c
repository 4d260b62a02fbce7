#include "client/unit_record.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>

#include "client/files.h"
#include "client/image_verify.h"
#include "client/json.h"

enum { RECORD_MAX = 4096 };

status_t unit_record_set(char ret_text[static UNIT_RECORD_TEXT_MAX], const char *word,
                         const char *field, struct problem *problem)
{
    word = word == NULL ? "" : word;
    if (strlen(word) >= UNIT_RECORD_TEXT_MAX) {
        return problem_say(problem, STATUS_USAGE, "TOO_LONG", field, "%s is too long", field);
    }
    memcpy(ret_text, word, strlen(word) + 1);
    return STATUS_OK;
}

static status_t path_of(const char *folder, char ret_path[static PATH_MAX], struct problem *problem)
{
    int size = snprintf(ret_path, PATH_MAX, "%s/" UNIT_RECORD_FILE, folder);
    return size < PATH_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "PATH", "FOLDER", "the path is too long");
}

status_t unit_record_write(const char *folder, const struct unit_record *record,
                           struct problem *problem)
{
    const struct {
        const char *name;
        const char *text;
    } members[] = {{"order", record->order},
                   {"unit_id", record->unit_id},
                   {"hardware_id", record->hardware_id},
                   {"record_id", record->record_id},
                   {"station", record->station},
                   {"serial_number", record->serial_number}};
    char path[PATH_MAX];
    AUTO(buf_done) struct buf json;
    buf_init(&json, RECORD_MAX);
    buf_append_text(&json, "{");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_append_name(&json, members[i].name, i == 0);
        json_append_text(&json, span_text(members[i].text));
    }
    buf_append_text(&json, "}\n");
    TRY(buf_status(&json));
    TRY(path_of(folder, path, problem));
    return files_write(path, buf_span(&json), problem);
}

static status_t damaged(const char *what, struct problem *problem)
{
    return image_verify_unit_damaged("RECORD", UNIT_RECORD_FILE, what, problem);
}

static status_t take(json_t *object, const char *name, char ret_text[static UNIT_RECORD_TEXT_MAX],
                     struct problem *problem)
{
    const char *text = json_string_value(json_object_get(object, name));
    if (text == NULL || strlen(text) >= UNIT_RECORD_TEXT_MAX) {
        return damaged("lacks a member", problem);
    }
    memcpy(ret_text, text, strlen(text) + 1);
    return STATUS_OK;
}

static status_t take_all(json_t *object, struct unit_record *record, struct problem *problem)
{
    TRY(take(object, "order", record->order, problem));
    TRY(take(object, "unit_id", record->unit_id, problem));
    TRY(take(object, "hardware_id", record->hardware_id, problem));
    return take(object, "record_id", record->record_id, problem);
}

status_t unit_record_read(const char *folder, struct unit_record *ret_record,
                          struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf content;
    buf_init(&content, RECORD_MAX);
    TRY(path_of(folder, path, problem));
    status_t status = files_read(path, &content, problem);
    if (status == STATUS_NOT_FOUND || status == STATUS_TOO_LARGE) {
        return damaged("is not there or too large", problem);
    }
    TRY(status);
    json_t *object =
        json_loadb((const char *)content.data, content.size, JSON_REJECT_DUPLICATES, NULL);
    status = json_is_object(object) ? take_all(object, ret_record, problem)
                                    : damaged("is no JSON object", problem);
    json_decref(object);
    return status;
}
