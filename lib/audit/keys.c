/* The token's keys: what ceremonies put on record, and what the service served. */
#include "lib/audit/state.h"
#include "lib/base/hex.h"

enum { NAME_MAX = 128 };

/* The key of these names, new if need be. Texts of the log have no control characters. */
static status_t find(struct audit *audit, struct span serial, const struct event *event,
                     struct audit_key **ret_key)
{
    AUTO(buf_done) struct buf name;
    buf_init(&name, NAME_MAX);
    buf_append_span(&name, serial);
    buf_append_byte(&name, '\n');
    buf_append_span(&name, audit_bytes(event, EVENT_KEY_PURPOSE));
    buf_append_byte(&name, '\n');
    buf_append_span(&name, audit_bytes(event, EVENT_KEY_LABEL));
    TRY(buf_status(&name));
    uint32_t number = audit_table_get(&audit->names, AUDIT_NAME_KEY, buf_span(&name));
    if (number == 0) {
        const struct audit_key key = {0};
        TRY(audit_list_add(&audit->keys, &key));
        number = (uint32_t)audit->keys.count;
        TRY(audit_table_put(&audit->names, AUDIT_NAME_KEY, buf_span(&name), number));
    }
    *ret_key = audit_list_at(&audit->keys, number);
    return STATUS_OK;
}

/* Zero for a secret key, which has none. */
static void copy_fingerprint(const struct event *event, uint8_t ret_sha256[static SHA256_SIZE])
{
    struct span fingerprint = audit_bytes(event, EVENT_PUBLIC_KEY_SHA256);
    memset(ret_sha256, 0, SHA256_SIZE);
    if (fingerprint.size == SHA256_SIZE) {
        memcpy(ret_sha256, fingerprint.data, SHA256_SIZE);
    }
}

static bool is_unrecorded(const struct audit_key *key)
{
    return key->served &&
           !(key->made && memcmp(key->served_sha256, key->made_sha256, SHA256_SIZE) == 0);
}

status_t audit_on_KEY_SERVED(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    struct audit_key *key = NULL;
    TRY(find(audit, span_text(audit->token_serial), event, &key));
    bool before = is_unrecorded(key);
    audit->summary.keys_served += !key->served;
    key->served = true;
    copy_fingerprint(event, key->served_sha256);
    if (key->made && is_unrecorded(key)) {
        struct span label = audit_bytes(event, EVENT_KEY_LABEL);
        return audit_wrong(problem, "CEREMONY_KEY",
                           "key '%.*s' is not the one that its ceremony put on record",
                           (int)label.size, (const char *)label.data);
    }
    audit->summary.keys_unrecorded += (uint64_t)is_unrecorded(key) - (uint64_t)before;
    return STATUS_OK;
}

status_t audit_ceremony_goes_on(const struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    return audit->ceremony.change == 0 || (event->type == EVENT_TYPE_KEY_CEREMONY &&
                                           audit_change_of(audit, event) == audit->ceremony.change)
               ? STATUS_OK
               : audit_wrong(problem, "OTHER_KEYS",
                             "these are not exactly the keys of the transcript that was signed");
}

/* The change is of this very transcript. */
static status_t check_subject(const struct audit *audit, const struct event *event, uint32_t number,
                              struct problem *problem)
{
    char transcript[2 * SHA256_SIZE + 1];
    const struct audit_change *change = audit_list_at(&audit->changes, number);
    hex_encode(audit_bytes(event, EVENT_TRANSCRIPT_SHA256), transcript);
    return strcmp(change->subject, transcript) == 0
               ? STATUS_OK
               : audit_wrong(problem, "OTHER_CHANGE",
                             "the change at entry %llu is of another transcript",
                             (unsigned long long)change->at);
}

status_t audit_on_KEY_CEREMONY(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    struct audit_ceremony *ceremony = &audit->ceremony;
    struct audit_key *key = NULL;
    uint32_t number = 0;
    uint32_t keys = 0;
    TRY(audit_change_member(audit, event, "ceremony", &number, problem));
    TRY(check_subject(audit, event, number, problem));
    const struct audit_change *change = audit_list_at(&audit->changes, number);
    TRY(audit->sources.ceremony(audit->sources.context, change->content, event, ceremony->next,
                                &keys, problem));
    ceremony->next = ceremony->next + 1 < keys ? ceremony->next + 1 : 0;
    ceremony->change = ceremony->next > 0 ? number : 0;
    TRY(find(audit, audit_bytes(event, EVENT_TOKEN_SERIAL), event, &key));
    bool before = is_unrecorded(key);
    key->made = true;
    copy_fingerprint(event, key->made_sha256);
    audit->summary.keys_unrecorded += (uint64_t)is_unrecorded(key) - (uint64_t)before;
    return STATUS_OK;
}
