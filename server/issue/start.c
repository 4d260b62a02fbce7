#include "server/issue/start.h"

#include <jansson.h>
#include <stdlib.h>

#include "lib/base/hex.h"
#include "lib/event/event.h"
#include "server/store/log.h"

enum { ENTRIES_MAX = 1 + ISSUE_START_KEYS_MAX };

struct entries {
    size_t count;
    struct buf entries[ENTRIES_MAX];
};

static void entries_done(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        buf_done(&entries->entries[i]);
    }
}
OWN_VALUE(struct entries, entries_done)
OWN_POINTER(json_t, json_decref)

static status_t add(struct entries *entries, const struct event *event, struct problem *problem)
{
    struct buf *entry = &entries->entries[entries->count++];
    buf_init(entry, EVENT_MAX);
    return event_write(event, entry, problem);
}

/* "" for what is not there: the entry's limits then say no. */
static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static status_t add_start(struct entries *entries, const json_t *report, struct event *event,
                          struct problem *problem)
{
    const json_t *token = json_object_get(report, "token");
    event_set_text(event, EVENT_TOKEN_LABEL, text_of(token, "label"));
    event_set_text(event, EVENT_TOKEN_SERIAL, text_of(token, "serial"));
    event_set_text(event, EVENT_TOKEN_MODEL, text_of(token, "model"));
    event_set_text(event, EVENT_TOKEN_KIND,
                   json_is_false(json_object_get(token, "software")) ? "hardware" : "software");
    event_set_number(event, EVENT_COUNT, (int64_t)json_array_size(json_object_get(report, "keys")));
    return add(entries, event, problem);
}

static status_t add_key(struct entries *entries, const json_t *key, int64_t now_ms,
                        struct problem *problem)
{
    struct event event;
    AUTO(buf_done) struct buf fingerprint;
    const json_t *policy = json_object_get(key, "policy");
    char *attributes = json_dumps(json_object_get(policy, "attributes"), JSON_COMPACT);
    buf_init(&fingerprint, SHA256_SIZE);
    status_t status = hex_decode(span_text(text_of(key, "public_key_sha256")), &fingerprint);
    event_begin(&event, EVENT_TYPE_KEY_SERVED, now_ms);
    event_set_text(&event, EVENT_KEY_PURPOSE, text_of(key, "purpose"));
    event_set_text(&event, EVENT_KEY_LABEL, text_of(key, "label"));
    event_set_bytes(&event, EVENT_PUBLIC_KEY_SHA256, buf_span(&fingerprint));
    event_set_text(&event, EVENT_KEY_CLASS, text_of(policy, "class"));
    event_set_text(&event, EVENT_KEY_ATTRIBUTES, attributes != NULL ? attributes : "");
    if (status == STATUS_OK) {
        status = add(entries, &event, problem);
    }
    free(attributes);
    return status;
}

static status_t add_keys(struct entries *entries, const json_t *report, int64_t now_ms,
                         struct problem *problem)
{
    const json_t *keys = json_object_get(report, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        TRY(add_key(entries, json_array_get(keys, i), now_ms, problem));
    }
    return STATUS_OK;
}

/* Whoever recovers a store has no token at hand, and must know whose signatures count. */
static status_t keep_log_key(struct store *store, const json_t *report, struct problem *problem)
{
    const json_t *keys = json_object_get(report, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        if (strcmp(text_of(key, "purpose"), "log") == 0) {
            return store_log_put_key(store, text_of(key, "public_key"), problem);
        }
    }
    return STATUS_OK;
}

status_t issue_start(const struct issue_environment *environment, struct span report,
                     const char *version, const uint8_t config_sha256[static SHA256_SIZE],
                     struct problem *problem)
{
    struct event event;
    AUTO(entries_done) struct entries entries = {0};
    int64_t now = environment->now_ms();
    AUTO(json_decref)
    json_t *json = json_loadb((const char *)report.data, report.size, JSON_REJECT_DUPLICATES, NULL);
    size_t keys = json_array_size(json_object_get(json, "keys"));
    if (keys == 0 || keys > ISSUE_START_KEYS_MAX) {
        return problem_say(problem, STATUS_INTERNAL, "START_REPORT", "",
                           "the signer's report names no keys, or more than %d",
                           ISSUE_START_KEYS_MAX);
    }
    event_begin(&event, EVENT_TYPE_START, now);
    event_set_text(&event, EVENT_VERSION, version);
    event_set_bytes(&event, EVENT_CONFIG_SHA256, span_make(config_sha256, SHA256_SIZE));
    TRY(add_start(&entries, json, &event, problem));
    TRY(add_keys(&entries, json, now, problem));
    TRY(keep_log_key(environment->store, json, problem));
    return store_log_append(environment->store, entries.entries, entries.count, now, problem);
}
