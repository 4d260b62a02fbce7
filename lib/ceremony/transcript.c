#include "lib/ceremony/transcript.h"

#include <jansson.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/hex.h"

OWN_POINTER(json_t, json_decref)

static status_t refuse(const char *field, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "TRANSCRIPT", field,
                       "%s %s: it is not a transcript as mintmark-hsm writes it", field, what);
}

/* A text of at most `max` bytes without control characters. */
static status_t copy_text(const json_t *value, const char *name, size_t max, char *ret_text,
                          struct problem *problem)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    if (text == NULL || size == 0 || size > max) {
        return refuse(name, "is missing, empty or too long", problem);
    }
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) {
            return refuse(name, "has a control character", problem);
        }
    }
    memcpy(ret_text, text, size + 1);
    return STATUS_OK;
}

static status_t read_text(const json_t *object, const char *name, size_t max, char *ret_text,
                          struct problem *problem)
{
    return copy_text(json_object_get(object, name), name, max, ret_text, problem);
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* SPEC §2: secret keys have none, all others have one. */
static status_t read_fingerprint(const json_t *object, struct ceremony_key *key,
                                 struct problem *problem)
{
    const json_t *value = json_object_get(object, "public_key_sha256");
    bool secret = strcmp(key->purpose, "seal") == 0;
    AUTO(buf_done) struct buf digest;
    buf_init(&digest, SHA256_SIZE);
    if (secret && json_is_null(value)) {
        return STATUS_OK;
    }
    if (secret || json_string_length(value) != (size_t)2 * SHA256_SIZE ||
        hex_decode(span_text(json_string_value(value)), &digest) != STATUS_OK) {
        return refuse("public_key_sha256", "is not that of a key of this purpose", problem);
    }
    memcpy(key->public_key_sha256, digest.data, SHA256_SIZE);
    key->public_key_sha256_size = SHA256_SIZE;
    return STATUS_OK;
}

static status_t read_key(const json_t *object, struct ceremony_key *key, struct problem *problem)
{
    static const char *const PURPOSES[] = {"pai", "seal", "log", "identity"};
    static const char *const CLASSES[] = {"strict", "replica", "dev"};
    const json_t *made = json_object_get(object, "made");
    const json_t *policy = json_object_get(object, "policy");
    TRY(read_text(object, "purpose", CEREMONY_PURPOSE_MAX, key->purpose, problem));
    TRY(read_text(object, "label", CEREMONY_LABEL_MAX, key->label, problem));
    TRY(read_text(policy, "class", CEREMONY_CLASS_MAX, key->class, problem));
    if (!is_one_of(key->purpose, PURPOSES, sizeof(PURPOSES) / sizeof(PURPOSES[0]))) {
        return refuse("purpose", "is none that Mintmark has keys for", problem);
    }
    if (!is_one_of(key->class, CLASSES, sizeof(CLASSES) / sizeof(CLASSES[0]))) {
        return refuse("class", "is none that a key can have", problem);
    }
    if (!json_is_boolean(made) || !json_is_object(json_object_get(policy, "attributes"))) {
        return refuse("keys", "do not say whether they were made, and their attributes", problem);
    }
    key->made = json_is_true(made);
    return read_fingerprint(object, key, problem);
}

static status_t read_keys(const json_t *list, struct ceremony_transcript *transcript,
                          struct problem *problem)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > CEREMONY_KEYS_MAX) {
        return refuse("keys", "are none, or too many", problem);
    }
    for (size_t i = 0; i < count; i++) {
        struct ceremony_key *key = &transcript->keys[i];
        TRY(read_key(json_array_get(list, i), key, problem));
        for (size_t j = 0; j < i; j++) {
            if (strcmp(transcript->keys[j].purpose, key->purpose) == 0 &&
                strcmp(transcript->keys[j].label, key->label) == 0) {
                return refuse("keys", "name one key twice", problem);
            }
        }
    }
    transcript->key_count = count;
    return STATUS_OK;
}

static status_t read_people(const json_t *list, struct ceremony_transcript *transcript,
                            struct problem *problem)
{
    char name[CEREMONY_PERSON_MAX + 1];
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > CEREMONY_PEOPLE_MAX) {
        return refuse("people", "are no list, or too many", problem);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(copy_text(json_array_get(list, i), "people", CEREMONY_PERSON_MAX, name, problem));
    }
    transcript->people = count;
    return STATUS_OK;
}

/* Digits where there are some in "2026-11-22T20:15:00Z", and all else the same. */
static bool is_time(const char *text)
{
    static const char SHAPE[] = "0000-00-00T00:00:00Z";
    if (strlen(text) != strlen(SHAPE)) {
        return false;
    }
    for (size_t i = 0; i < strlen(SHAPE); i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (SHAPE[i] == '0' ? !digit : text[i] != SHAPE[i]) {
            return false;
        }
    }
    return true;
}

static status_t read_all(const json_t *json, struct ceremony_transcript *transcript,
                         struct problem *problem)
{
    const json_t *token = json_object_get(json, "token");
    const json_t *software = json_object_get(token, "software");
    if (json_integer_value(json_object_get(json, "transcript")) != 1) {
        return refuse("transcript", "is not 1, the version of this form", problem);
    }
    TRY(read_text(json, "command", CEREMONY_COMMAND_MAX, transcript->command, problem));
    TRY(read_text(json, "version", CEREMONY_VERSION_MAX, transcript->version, problem));
    TRY(read_text(json, "time", CEREMONY_TIME_SIZE - 1, transcript->time, problem));
    if (!is_time(transcript->time)) {
        return refuse("time", "is not written like 2026-11-22T20:15:00Z", problem);
    }
    TRY(read_text(token, "label", CEREMONY_TOKEN_LABEL_MAX, transcript->token_label, problem));
    TRY(read_text(token, "serial", CEREMONY_TOKEN_SERIAL_MAX, transcript->token_serial, problem));
    if (!json_is_boolean(software)) {
        return refuse("software", "is not true or false", problem);
    }
    transcript->software = json_is_true(software);
    TRY(read_people(json_object_get(json, "people"), transcript, problem));
    return read_keys(json_object_get(json, "keys"), transcript, problem);
}

status_t ceremony_transcript_read(struct span text, struct ceremony_transcript *ret_transcript,
                                  struct problem *problem)
{
    struct ceremony_transcript transcript = {0};
    json_error_t error;
    if (text.size > CEREMONY_TRANSCRIPT_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "TRANSCRIPT", "transcript",
                           "a transcript has at most %d bytes", CEREMONY_TRANSCRIPT_MAX);
    }
    AUTO(json_decref)
    json_t *json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        return problem_say(problem, STATUS_MALFORMED, "TRANSCRIPT", "transcript",
                           "line %d is not JSON: %s", error.line, error.text);
    }
    TRY(read_all(json, &transcript, problem));
    digest_sha256(text, transcript.sha256);
    *ret_transcript = transcript;
    return STATUS_OK;
}
