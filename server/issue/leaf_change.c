/* The entries of what people change. */
#include "lib/event/event.h"
#include "server/issue/leaf.h"

static status_t finish(const struct event *event, struct buf *ret_leaf, struct problem *problem)
{
    buf_init(ret_leaf, EVENT_MAX);
    return event_write(event, ret_leaf, problem);
}

status_t issue_leaf_genesis(const char *origin, bool two_person_rule, int64_t now_ms,
                            struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_GENESIS, now_ms);
    event_set_text(&event, EVENT_ORIGIN, origin);
    event_set_text(&event, EVENT_TWO_PERSON_RULE, two_person_rule ? "on" : "off");
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_clock_jump(int64_t offset_ms, int64_t now_ms, struct buf *ret_leaf,
                               struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_CLOCK_JUMP, now_ms);
    event_set_number(&event, EVENT_OFFSET_MS, offset_ms);
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_log_recovered(const struct issue_leaf_recovery *recovery, int64_t now_ms,
                                  struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_LOG_RECOVERED, now_ms);
    event_set_text(&event, EVENT_OLD_ORIGIN, recovery->old_origin);
    event_set_text(&event, EVENT_ORIGIN, recovery->origin);
    event_set_number(&event, EVENT_SIZE, (int64_t)recovery->kept->size);
    event_set_bytes(&event, EVENT_ROOT, SPAN_OF(recovery->kept->root.bytes));
    event_set_number(&event, EVENT_SIGNED_SIZE, (int64_t)recovery->last->size);
    event_set_bytes(&event, EVENT_SIGNED_ROOT, SPAN_OF(recovery->last->root.bytes));
    event_set_number(&event, EVENT_LOST, (int64_t)recovery->lost);
    event_set_number(&event, EVENT_COUNT, recovery->units);
    event_set_bytes(&event, EVENT_UNITS_SHA256, span_make(recovery->units_sha256, SHA256_SIZE));
    event_set_number(&event, EVENT_LEFT_OUT, recovery->left_out);
    event_set_bytes(&event, EVENT_CHANGE, span_make(recovery->change, SHA256_SIZE));
    return finish(&event, ret_leaf, problem);
}

/* As mintmark.v1.Role. */
static const char *role_name(int role)
{
    static const char *const NAMES[] = {"", "station", "operator", "auditor", "label"};
    return role > 0 && role < (int)(sizeof(NAMES) / sizeof(NAMES[0])) ? NAMES[role] : NAMES[0];
}

status_t issue_leaf_identity(const struct store_identity *identity, struct buf *ret_leaf,
                             struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_IDENTITY_ENROLLED, identity->enrolled_ms);
    event_set_text(&event, EVENT_IDENTITY, identity->id);
    event_set_text(&event, EVENT_ROLE, role_name(identity->role));
    event_set_text(&event, EVENT_LINE, identity->line);
    event_set_bytes(&event, EVENT_SPKI, span_make(identity->spki, identity->spki_size));
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(identity->change_id));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_requested(const struct store_identity *identity, struct span tbs,
                              struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_IDENTITY_REQUESTED, identity->enrolled_ms);
    event_set_text(&event, EVENT_IDENTITY, identity->id);
    event_set_sha256(&event, EVENT_TBS_SHA256, tbs);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(identity->change_id));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_certified(const char *identity, struct span tbs, struct span certificate,
                              int64_t now_ms, struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_IDENTITY_CERTIFIED, now_ms);
    event_set_text(&event, EVENT_IDENTITY, identity);
    event_set_sha256(&event, EVENT_TBS_SHA256, tbs);
    event_set_sha256(&event, EVENT_CERTIFICATE_SHA256, certificate);
    return finish(&event, ret_leaf, problem);
}

static status_t signed_by(struct event *event, const struct store_signed *given,
                          struct buf *ret_leaf, struct problem *problem)
{
    event_set_text(event, EVENT_STATEMENT, given->text);
    event_set_bytes(event, EVENT_SIGNATURE, span_make(given->signature, given->signature_size));
    return finish(event, ret_leaf, problem);
}

status_t issue_leaf_proposed(const struct store_change *change, struct buf *ret_leaf,
                             struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_CHANGE_PROPOSED, change->proposed_ms);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(change->id));
    event_set_text(&event, EVENT_KIND, change->kind);
    event_set_text(&event, EVENT_SUBJECT, change->subject);
    return signed_by(&event, &change->proposal, ret_leaf, problem);
}

status_t issue_leaf_approved(const struct store_change *change, int64_t now_ms,
                             struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_CHANGE_APPROVED, now_ms);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(change->id));
    return signed_by(&event, &change->approval, ret_leaf, problem);
}

status_t issue_leaf_ended(const struct store_change *change,
                          const uint8_t by[static STORE_DIGEST_SIZE], int64_t now_ms,
                          struct buf *ret_leaf, struct problem *problem)
{
    const char *reason = change->state == STORE_CHANGE_EXPIRED     ? "EXPIRED"
                         : change->state == STORE_CHANGE_WITHDRAWN ? "WITHDRAWN"
                                                                   : "SUPERSEDED";
    struct event event;
    event_begin(&event, EVENT_TYPE_CHANGE_ENDED, now_ms);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(change->id));
    event_set_text(&event, EVENT_REASON, reason);
    event_set_id(&event, EVENT_BY_CHANGE, span_make(by, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_blocked(const struct store_identity *identity, int64_t now_ms,
                            struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_IDENTITY_BLOCKED, now_ms);
    event_set_text(&event, EVENT_IDENTITY, identity->id);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(identity->change_id));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_product(const struct store_product *product, struct span content,
                            struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_PRODUCT_APPLIED, product->created_ms);
    event_set_text(&event, EVENT_PRODUCT, product->name);
    event_set_number(&event, EVENT_REVISION, product->revision);
    event_set_sha256(&event, EVENT_CONTENT_SHA256, content);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(product->change_id));
    return finish(&event, ret_leaf, problem);
}

/* What created and amended orders say of themselves. */
static void set_order(struct event *event, const struct store_order *order)
{
    event_set_text(event, EVENT_ORDER, order->id);
    event_set_number(event, EVENT_REVISION, order->product_revision);
    event_set_number(event, EVENT_QUANTITY, order->quantity);
    event_set_number(event, EVENT_IDENTITIES_LIMIT, order->identities_limit);
}

status_t issue_leaf_order(const struct store_order *order,
                          const uint8_t change[static STORE_DIGEST_SIZE], struct buf *ret_leaf,
                          struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_ORDER_CREATED, order->created_ms);
    set_order(&event, order);
    event_set_text(&event, EVENT_PRODUCT, order->product);
    event_set_text(&event, EVENT_LINES, order->lines);
    event_set_id(&event, EVENT_CHANGE, span_make(change, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_amended(const struct store_order *order,
                            const uint8_t change[static STORE_DIGEST_SIZE], int64_t now_ms,
                            struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_ORDER_AMENDED, now_ms);
    set_order(&event, order);
    event_set_id(&event, EVENT_CHANGE, span_make(change, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_data(const char *order, uint32_t count, struct span rows_sha256,
                         const uint8_t change[static STORE_DIGEST_SIZE], int64_t now_ms,
                         struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_ORDER_DATA, now_ms);
    event_set_text(&event, EVENT_ORDER, order);
    event_set_number(&event, EVENT_COUNT, count);
    event_set_bytes(&event, EVENT_ROWS_SHA256, rows_sha256);
    event_set_id(&event, EVENT_CHANGE, span_make(change, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_data_erased(const char *order, uint32_t count, int64_t now_ms,
                                struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_ORDER_DATA_ERASED, now_ms);
    event_set_text(&event, EVENT_ORDER, order);
    event_set_number(&event, EVENT_COUNT, count);
    return finish(&event, ret_leaf, problem);
}

static void set_counts(struct event *event, const struct store_order *order)
{
    event_set_number(event, EVENT_FLASHED, order->flashed);
    event_set_number(event, EVENT_SCRAPPED, order->scrapped);
    event_set_number(event, EVENT_SUPERSEDED, order->superseded);
    event_set_number(event, EVENT_VOID, order->voided);
    event_set_number(event, EVENT_OPEN,
                     (int64_t)order->counted - order->flashed - order->scrapped -
                         order->superseded - order->voided);
    event_set_number(event, EVENT_UNUSED, order->identities_limit - order->counted);
}

status_t issue_leaf_order_state(const struct store_order *order,
                                const uint8_t change[static STORE_DIGEST_SIZE], int64_t now_ms,
                                struct buf *ret_leaf, struct problem *problem)
{
    static const enum event_type TYPES[] = {
        [STORE_ORDER_OPEN] = EVENT_TYPE_ORDER_RESUMED,
        [STORE_ORDER_PAUSED] = EVENT_TYPE_ORDER_PAUSED,
        [STORE_ORDER_CLOSED] = EVENT_TYPE_ORDER_CLOSED,
    };
    struct event event;
    event_begin(&event, TYPES[order->state], now_ms);
    event_set_text(&event, EVENT_ORDER, order->id);
    if (order->state == STORE_ORDER_CLOSED) {
        set_counts(&event, order);
    }
    event_set_id(&event, EVENT_CHANGE, span_make(change, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}

static status_t device_leaf(enum event_type type, const struct store_device *device,
                            const uint8_t change_id[static STORE_DIGEST_SIZE], int64_t now_ms,
                            struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, type, now_ms);
    event_set_bytes(&event, EVENT_RECORD, SPAN_OF(device->record_id));
    event_set_text(&event, EVENT_ORDER, device->order);
    event_set_text(&event, EVENT_UNIT, device->unit_id);
    event_set_bytes(&event, EVENT_CHANGE, span_make(change_id, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_scrapped(const struct store_device *device,
                             const uint8_t change_id[static STORE_DIGEST_SIZE], int64_t now_ms,
                             struct buf *ret_leaf, struct problem *problem)
{
    enum event_type type =
        device->state == STORE_UNIT_RESERVED ? EVENT_TYPE_DEVICE_VOID : EVENT_TYPE_DEVICE_SCRAPPED;
    return device_leaf(type, device, change_id, now_ms, ret_leaf, problem);
}

status_t issue_leaf_released(const struct store_device *device,
                             const uint8_t change_id[static STORE_DIGEST_SIZE], int64_t now_ms,
                             struct buf *ret_leaf, struct problem *problem)
{
    return device_leaf(EVENT_TYPE_DEVICE_RELEASED, device, change_id, now_ms, ret_leaf, problem);
}

status_t issue_leaf_reworked(const struct store_device *device,
                             const uint8_t change_id[static STORE_DIGEST_SIZE], int64_t now_ms,
                             struct buf *ret_leaf, struct problem *problem)
{
    return device_leaf(EVENT_TYPE_DEVICE_REWORKED, device, change_id, now_ms, ret_leaf, problem);
}

status_t issue_leaf_ceremony(const struct ceremony_transcript *transcript, size_t number,
                             const uint8_t change[static STORE_DIGEST_SIZE], int64_t now_ms,
                             struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    const struct ceremony_key *key = &transcript->keys[number];
    event_begin(&event, EVENT_TYPE_KEY_CEREMONY, now_ms);
    event_set_text(&event, EVENT_KEY_PURPOSE, key->purpose);
    event_set_text(&event, EVENT_KEY_LABEL, key->label);
    event_set_text(&event, EVENT_TOKEN_SERIAL, transcript->token_serial);
    event_set_text(&event, EVENT_TOKEN_KIND, transcript->software ? "software" : "hardware");
    event_set_bytes(&event, EVENT_PUBLIC_KEY_SHA256,
                    span_make(key->public_key_sha256, key->public_key_sha256_size));
    event_set_bytes(&event, EVENT_TRANSCRIPT_SHA256, SPAN_OF(transcript->sha256));
    event_set_id(&event, EVENT_CHANGE, span_make(change, STORE_DIGEST_SIZE));
    return finish(&event, ret_leaf, problem);
}
