#include "tests/unit/audit/story.h"

#include <stdio.h>

static struct pki_plain_key *key_of(uint8_t scalar)
{
    uint8_t bytes[PKI_SCALAR_SIZE] = {[31] = scalar};
    struct pki_plain_key *key = NULL;
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(bytes), &key));
    return key;
}

void story_init(struct story *story)
{
    *story = (struct story){.now_ms = 1795939200000,
                            .ordered = "lamp",
                            .key_source = "image",
                            .other_content = EVENT_TYPE_COUNT,
                            .origin = STORY_ORIGIN};
    story->product = (struct audit_product){
        .vendor_id = 0xFFF1, .limit_per_order = STORY_LIMIT, .limit_per_day = 2 * STORY_LIMIT};
    for (int i = 0; i < STORY_OPERATORS; i++) {
        story->keys[i] = key_of((uint8_t)(i + 3));
    }
}

void story_done(struct story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        buf_done(&story->entries[i]);
    }
    for (int i = 0; i < STORY_OPERATORS; i++) {
        pki_plain_key_free(story->keys[i]);
    }
}

struct event story_event(const struct story *story, enum event_type type)
{
    struct event event;
    event_begin(&event, type, story->now_ms);
    return event;
}

void story_add(struct story *story, struct event *event)
{
    struct problem problem = {0};
    assert_true(story->count < STORY_MAX);
    struct buf *entry = &story->entries[story->count++];
    buf_init(entry, EVENT_MAX);
    event->time_ms = story->now_ms;
    status_t status = event_write(event, entry, &problem);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", event_type_name(event->type), problem.message);
    }
    story->now_ms += 1000;
}

static struct buf sign(struct pki_plain_key *key, struct span text)
{
    struct problem problem = {0};
    struct signer signer = pki_plain_key_signer(key);
    struct buf signature;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    assert_ok(signer.sign(signer.context, text, &signature, &problem));
    return signature;
}

/* The story's statement, as signed by op-<by>, in an event that has these fields. */
static void add_signed(struct story *story, int by, enum event_type type)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, APPROVAL_STATEMENT_MAX + 1);
    assert_ok(approval_statement_write(&story->statement, &text));
    AUTO(buf_done) struct buf signature = sign(story->keys[by - 1], buf_span(&text));
    if (story->statement.act == APPROVAL_PROPOSE) {
        approval_statement_id(buf_span(&text), story->proposal);
    }
    buf_append_byte(&text, '\0');
    struct event event = story_event(story, type);
    event_set_bytes(&event, EVENT_CHANGE, SPAN_OF(story->proposal));
    event_set_text(&event, EVENT_STATEMENT, (const char *)text.data);
    event_set_bytes(&event, EVENT_SIGNATURE, buf_span(&signature));
    if (type == EVENT_TYPE_CHANGE_PROPOSED) {
        event_set_text(&event, EVENT_KIND, story->statement.change);
        event_set_text(&event, EVENT_SUBJECT, story->statement.subject);
    }
    story_add(story, &event);
}

void story_propose(struct story *story, int by, const char *kind, const char *subject)
{
    struct approval_statement *statement = &story->statement;
    *statement = (struct approval_statement){.act = APPROVAL_PROPOSE,
                                             .expires = story->now_ms / 1000 + 3600};
    (void)snprintf(statement->origin, sizeof(statement->origin), "%s", story->origin);
    (void)snprintf(statement->change, sizeof(statement->change), "%s", kind);
    (void)snprintf(statement->subject, sizeof(statement->subject), "%s", subject);
    (void)snprintf(statement->by, sizeof(statement->by), "spiffe://acme/operator/op-%d", by);
    memset(statement->content, 0xC0, sizeof(statement->content));
    memset(statement->reference, (int)story->count, sizeof(statement->reference));
    add_signed(story, by, EVENT_TYPE_CHANGE_PROPOSED);
}

void story_approve(struct story *story, int by)
{
    struct approval_statement *statement = &story->statement;
    statement->act = APPROVAL_APPROVE;
    memcpy(statement->reference, story->proposal, sizeof(statement->reference));
    (void)snprintf(statement->by, sizeof(statement->by), "spiffe://acme/operator/op-%d", by);
    add_signed(story, by, EVENT_TYPE_CHANGE_APPROVED);
}

static void set_change(struct event *event, const struct story *story)
{
    event_set_bytes(event, EVENT_CHANGE, SPAN_OF(story->proposal));
}

static void found(struct story *story, const char *id, const char *role, int key)
{
    struct signer signer = pki_plain_key_signer(story->keys[key]);
    struct event event = story_event(story, EVENT_TYPE_IDENTITY_ENROLLED);
    event_set_text(&event, EVENT_IDENTITY, id);
    event_set_text(&event, EVENT_ROLE, role);
    event_set_text(&event, EVENT_LINE, "");
    event_set_bytes(&event, EVENT_SPKI, signer.spki);
    event_set_bytes(&event, EVENT_CHANGE, (struct span){0});
    story_add(story, &event);
}

void story_genesis(struct story *story, const char *two_person_rule)
{
    struct event event = story_event(story, EVENT_TYPE_GENESIS);
    event_set_text(&event, EVENT_ORIGIN, STORY_ORIGIN);
    event_set_text(&event, EVENT_TWO_PERSON_RULE, two_person_rule);
    story_add(story, &event);
    found(story, "spiffe://acme/operator/op-1", "operator", 0);
    found(story, "spiffe://acme/operator/op-2", "operator", 1);
    found(story, "spiffe://acme/auditor/aud-1", "auditor", 2);
}

void story_enrol(struct story *story, const char *id, const char *role)
{
    struct event event = story_event(story, EVENT_TYPE_IDENTITY_ENROLLED);
    event_set_text(&event, EVENT_IDENTITY, id);
    event_set_text(&event, EVENT_ROLE, role);
    event_set_text(&event, EVENT_LINE, strcmp(role, "station") == 0 ? "line1" : "");
    event_set_bytes(&event, EVENT_SPKI, (struct span){0});
    set_change(&event, story);
    story_add(story, &event);
}

void story_product(struct story *story, const char *name, int revision)
{
    struct event event = story_event(story, EVENT_TYPE_PRODUCT_APPLIED);
    event_set_text(&event, EVENT_PRODUCT, name);
    event_set_number(&event, EVENT_REVISION, revision);
    event_set_bytes(&event, EVENT_CONTENT_SHA256, SPAN_OF(story->statement.content));
    set_change(&event, story);
    story_add(story, &event);
}

void story_order(struct story *story, const char *id, uint32_t limit)
{
    struct event event = story_event(story, EVENT_TYPE_ORDER_CREATED);
    event_set_text(&event, EVENT_ORDER, id);
    event_set_text(&event, EVENT_PRODUCT, story->ordered);
    event_set_number(&event, EVENT_REVISION, 1);
    event_set_number(&event, EVENT_QUANTITY, limit);
    event_set_number(&event, EVENT_IDENTITIES_LIMIT, limit);
    event_set_text(&event, EVENT_LINES, ";line1;");
    set_change(&event, story);
    story_add(story, &event);
}

/* Names of a unit that differ by its number. */
struct names {
    uint8_t record[16];
    uint8_t dac_serial[16];
    uint8_t public_key[65];
    char unit[24];
    char hardware_id[24];
    char serial_number[24];
};

static void name(uint8_t number, struct names *ret_names)
{
    *ret_names = (struct names){0};
    memset(ret_names->record, number, sizeof(ret_names->record));
    memset(ret_names->dac_serial, number, sizeof(ret_names->dac_serial));
    memset(ret_names->public_key, number, sizeof(ret_names->public_key));
    (void)snprintf(ret_names->unit, sizeof(ret_names->unit), "unit-%u", number);
    (void)snprintf(ret_names->hardware_id, sizeof(ret_names->hardware_id), "60:55:f9:01:a2:%02x",
                   number);
    (void)snprintf(ret_names->serial_number, sizeof(ret_names->serial_number), "SN-%u", number);
}

static struct event unit_event(const struct story *story, enum event_type type,
                               const struct names *names, const char *order)
{
    struct event event = story_event(story, type);
    event_set_bytes(&event, EVENT_RECORD, SPAN_OF(names->record));
    event_set_text(&event, EVENT_ORDER, order);
    event_set_text(&event, EVENT_UNIT, names->unit);
    return event;
}

struct event story_unit(const struct story *story, enum event_type type, uint8_t number)
{
    static struct names names; /* borrowed by the event until it is written */
    name(number, &names);
    return unit_event(story, type, &names, STORY_ORDER);
}

void story_effect(struct story *story, enum event_type type, uint8_t number)
{
    struct event event = story_unit(story, type, number);
    set_change(&event, story);
    story_add(story, &event);
}

void story_act(struct story *story, const char *kind, enum event_type type, uint8_t number)
{
    struct names names;
    name(number, &names);
    story_propose(story, 1, kind, names.unit);
    story_effect(story, type, number);
}

void story_describe(struct event *event, uint8_t number)
{
    static struct names names; /* borrowed by the event until it is written */
    name(number, &names);
    event_set_text(event, EVENT_HARDWARE_ID, names.hardware_id);
    event_set_text(event, EVENT_STATION, STORY_STATION);
    event_set_number(event, EVENT_REVISION, 1);
    event_set_text(event, EVENT_SERIAL_NUMBER, names.serial_number);
    event_set_bytes(event, EVENT_DAC_SERIAL, SPAN_OF(names.dac_serial));
    event_set_bytes(event, EVENT_PUBLIC_KEY, SPAN_OF(names.public_key));
    event_set_sha256(event, EVENT_TBS_SHA256, SPAN_OF(names.record));
}

void story_reserve(struct story *story, uint8_t number, const char *order)
{
    struct names names;
    name(number, &names);
    struct event event = unit_event(story, EVENT_TYPE_DEVICE_RESERVED, &names, order);
    story_describe(&event, number);
    event_set_text(&event, EVENT_PRODUCT, story->ordered);
    event_set_text(&event, EVENT_KEY_SOURCE, story->key_source);
    story_add(story, &event);
}

void story_issue(struct story *story, uint8_t number)
{
    struct event event = story_unit(story, EVENT_TYPE_DEVICE_ISSUED, number);
    uint8_t dac_serial[16];
    memset(dac_serial, number, sizeof(dac_serial));
    event_set_bytes(&event, EVENT_DAC_SERIAL, SPAN_OF(dac_serial));
    event_set_sha256(&event, EVENT_CERTIFICATE_SHA256, span_text("certificate"));
    event_set_sha256(&event, EVENT_SET_COMMITMENT, span_text("set"));
    story_add(story, &event);
}

void story_report(struct story *story, uint8_t number, const char *outcome)
{
    struct event event = story_unit(story, EVENT_TYPE_DEVICE_REPORTED, number);
    event_set_text(&event, EVENT_STATION, STORY_STATION);
    event_set_text(&event, EVENT_OUTCOME, outcome);
    event_set_text(&event, EVENT_SLOT, "A1");
    event_set_text(&event, EVENT_PHASE, "");
    event_set_text(&event, EVENT_CODE, "");
    event_set_text(&event, EVENT_ATTEMPT, "");
    story_add(story, &event);
}

void story_close(struct story *story, int64_t flashed, int64_t open, int64_t unused)
{
    story_propose(story, 1, "order-close", STORY_ORDER);
    struct event event = story_event(story, EVENT_TYPE_ORDER_CLOSED);
    event_set_text(&event, EVENT_ORDER, STORY_ORDER);
    event_set_number(&event, EVENT_FLASHED, flashed);
    event_set_number(&event, EVENT_SCRAPPED, 0);
    event_set_number(&event, EVENT_SUPERSEDED, 0);
    event_set_number(&event, EVENT_VOID, 0);
    event_set_number(&event, EVENT_OPEN, open);
    event_set_number(&event, EVENT_UNUSED, unused);
    set_change(&event, story);
    story_add(story, &event);
}

void story_data(struct story *story, const char *kind, int64_t rows)
{
    story_propose(story, 1, kind, STORY_ORDER);
    struct event event = story_event(story, EVENT_TYPE_ORDER_DATA);
    event_set_text(&event, EVENT_ORDER, STORY_ORDER);
    event_set_number(&event, EVENT_COUNT, rows);
    event_set_sha256(&event, EVENT_ROWS_SHA256, span_text("rows"));
    set_change(&event, story);
    story_add(story, &event);
}

void story_data_erased(struct story *story, const char *order, int64_t rows)
{
    struct event event = story_event(story, EVENT_TYPE_ORDER_DATA_ERASED);
    event_set_text(&event, EVENT_ORDER, order);
    event_set_number(&event, EVENT_COUNT, rows);
    story_add(story, &event);
}

void story_begin(struct story *story)
{
    story_genesis(story, "on");
    story_propose(story, 1, "identity", STORY_STATION);
    story_approve(story, 2);
    story_enrol(story, STORY_STATION, "station");
    story_propose(story, 1, "product", "lamp@1");
    story_approve(story, 2);
    story_product(story, "lamp", 1);
    story_propose(story, 2, "order", STORY_ORDER);
    story_order(story, STORY_ORDER, STORY_LIMIT);
}

void story_usual(struct story *story)
{
    story_begin(story);
    story_reserve(story, 1, STORY_ORDER);
    story_issue(story, 1);
    story_report(story, 1, "flashed");
    story_reserve(story, 2, STORY_ORDER);
}

static status_t product_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                           struct audit_product *ret_product, struct problem *problem)
{
    const struct story *story = context;
    if (sha256[0] != 0xC0) {
        return problem_say(problem, STATUS_NOT_FOUND, "CONTENT_MISSING", "", "no such content");
    }
    *ret_product = story->product;
    return STATUS_OK;
}

static status_t revocation_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                              struct audit_revocation *ret_revocation, struct problem *problem)
{
    const struct story *story = context;
    (void)problem;
    assert_int_equal(sha256[0], 0xC0);
    *ret_revocation = story->revocation;
    return STATUS_OK;
}

/* The stories have no contents to read: whether the audit asks at each effect is what is tested. */
static status_t effect_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                          const struct event *event, struct problem *problem)
{
    const struct story *story = context;
    if (sha256[0] == 0xC0 && event->type != story->other_content) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "OTHER_CONTENT", "", "not what was signed");
}

static status_t ceremony_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                            const struct event *event, uint32_t number, uint32_t *ret_keys,
                            struct problem *problem)
{
    const struct story *story = context;
    assert_in_range(number, 0, story->ceremony_keys - 1);
    *ret_keys = story->ceremony_keys;
    return effect_of(context, sha256, event, problem);
}

static status_t window_of(void *context, const uint8_t sha256[static SHA256_SIZE],
                          const struct event *event, int64_t ret_window[static 2],
                          struct problem *problem)
{
    const struct story *story = context;
    (void)sha256;
    (void)event;
    (void)problem;
    memcpy(ret_window, story->window, sizeof(story->window));
    return STATUS_OK;
}

/* The first `count` entries. */
static status_t play(const struct story *story, size_t count, struct audit **ret_audit,
                     struct problem *problem)
{
    struct story *context = NULL;
    memcpy(&context, &story, sizeof(context)); /* callbacks' contexts have no const */
    const struct audit_sources sources = {.context = context,
                                          .product = product_of,
                                          .revocation = revocation_of,
                                          .ceremony = ceremony_of,
                                          .effect = effect_of,
                                          .window = window_of};
    AUTO(audit_free) struct audit *audit = NULL;
    assert_ok(audit_new(&sources, &audit));
    for (size_t i = 0; i < count; i++) {
        TRY(audit_entry(audit, buf_span(&story->entries[i]), problem));
    }
    *ret_audit = TAKE(audit);
    return STATUS_OK;
}

status_t story_play(const struct story *story, struct audit **ret_audit, struct problem *problem)
{
    return play(story, story->count, ret_audit, problem);
}

void story_right(const struct story *story)
{
    struct problem problem = {0};
    AUTO(audit_free) struct audit *audit = NULL;
    if (story_play(story, &audit, &problem) != STATUS_OK) {
        fail_msg("%s: %s (%s)", problem.field, problem.message, problem.reason);
    }
}

void story_refused(const struct story *story, const char *reason)
{
    struct problem problem = {0};
    AUTO(audit_free) struct audit *audit = NULL;
    char field[32];
    (void)snprintf(field, sizeof(field), "entry %zu", story->count - 1);
    assert_int_not_equal(story_play(story, &audit, &problem), STATUS_OK);
    if (strcmp(problem.field, field) != 0 || strcmp(problem.reason, reason) != 0) {
        fail_msg("%s: %s (%s), expected %s at %s", problem.field, problem.message, problem.reason,
                 reason, field);
    }
}
