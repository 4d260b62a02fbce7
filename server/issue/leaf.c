#include "server/issue/leaf.h"

#include "lib/event/event.h"
#include "lib/pki/crl.h"

_Static_assert((int)STORE_CLOCK_SLACK_MS == (int)EVENT_TIME_SLACK_MS,
               "what the store takes, an auditor takes");

static status_t finish(const struct event *event, struct buf *ret_leaf, struct problem *problem)
{
    buf_init(ret_leaf, EVENT_MAX);
    return event_write(event, ret_leaf, problem);
}

/* Which unit: what all its events begin with. */
static void begin_unit(struct event *event, enum event_type type, const struct store_unit *unit,
                       int64_t now_ms)
{
    event_begin(event, type, now_ms);
    event_set_bytes(event, EVENT_RECORD, SPAN_OF(unit->record_id));
    event_set_text(event, EVENT_ORDER, unit->order);
    event_set_text(event, EVENT_UNIT, unit->unit_id);
}

static const char *key_source_name(const struct store_unit *unit)
{
    if (unit->key_source == STORE_KEY_CSR) {
        return "csr";
    }
    return unit->bought ? "bought" : "image";
}

status_t issue_leaf_reserved(const struct store_unit *unit, int64_t now_ms, struct buf *ret_leaf,
                             struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_RESERVED, unit, now_ms);
    event_set_text(&event, EVENT_HARDWARE_ID, unit->hardware_id);
    event_set_text(&event, EVENT_STATION, unit->station);
    event_set_text(&event, EVENT_PRODUCT, unit->product);
    event_set_number(&event, EVENT_REVISION, unit->product_revision);
    event_set_text(&event, EVENT_KEY_SOURCE, key_source_name(unit));
    event_set_text(&event, EVENT_SERIAL_NUMBER, unit->serial_number);
    event_set_bytes(&event, EVENT_DAC_SERIAL, SPAN_OF(unit->dac_serial));
    event_set_bytes(&event, EVENT_PUBLIC_KEY, SPAN_OF(unit->public_key));
    event_set_sha256(&event, EVENT_TBS_SHA256, buf_span(&unit->tbs));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_issued(const struct store_unit *unit, int64_t now_ms, struct buf *ret_leaf,
                           struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_ISSUED, unit, now_ms);
    event_set_bytes(&event, EVENT_DAC_SERIAL, SPAN_OF(unit->dac_serial));
    event_set_sha256(&event, EVENT_CERTIFICATE_SHA256, buf_span(&unit->certificate));
    event_set_bytes(&event, EVENT_SET_COMMITMENT, SPAN_OF(unit->set_digest));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_device_recovered(const struct store_unit *unit, int64_t now_ms,
                                     struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_RECOVERED, unit, now_ms);
    event_set_text(&event, EVENT_HARDWARE_ID, unit->hardware_id);
    event_set_text(&event, EVENT_STATION, unit->station);
    event_set_text(&event, EVENT_PRODUCT, unit->product);
    event_set_number(&event, EVENT_REVISION, unit->product_revision);
    event_set_text(&event, EVENT_SERIAL_NUMBER, unit->serial_number);
    event_set_bytes(&event, EVENT_DAC_SERIAL, SPAN_OF(unit->dac_serial));
    event_set_bytes(&event, EVENT_PUBLIC_KEY, SPAN_OF(unit->public_key));
    event_set_sha256(&event, EVENT_TBS_SHA256, buf_span(&unit->tbs));
    event_set_sha256(&event, EVENT_CERTIFICATE_SHA256, buf_span(&unit->certificate));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_bound(const struct store_unit *unit, const char *hardware_id, int64_t now_ms,
                          struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_BOUND, unit, now_ms);
    event_set_text(&event, EVENT_HARDWARE_ID, hardware_id);
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_taken(const struct store_unit *unit, int64_t now_ms, struct buf *ret_leaf,
                          struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_TAKEN, unit, now_ms);
    event_set_text(&event, EVENT_STATION, unit->station);
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_delivered(const struct store_unit *unit, const char *identity, int64_t now_ms,
                              struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_DELIVERED, unit, now_ms);
    event_set_text(&event, EVENT_STATION, identity);
    return finish(&event, ret_leaf, problem);
}

static const char *outcome_name(enum store_outcome outcome)
{
    static const char *const NAMES[] = {
        [STORE_OUTCOME_FLASHED] = "flashed",
        [STORE_OUTCOME_ATTEMPT_FAILED] = "attempt_failed",
        [STORE_OUTCOME_SCRAPPED] = "scrapped",
    };
    return NAMES[outcome];
}

status_t issue_leaf_reported(const struct store_unit *unit, const struct store_report *report,
                             int64_t now_ms, struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_DEVICE_REPORTED, unit, now_ms);
    event_set_text(&event, EVENT_STATION, report->station);
    event_set_text(&event, EVENT_OUTCOME, outcome_name(report->outcome));
    event_set_text(&event, EVENT_SLOT, report->slot);
    event_set_text(&event, EVENT_PHASE, report->phase);
    event_set_text(&event, EVENT_CODE, report->code);
    event_set_text(&event, EVENT_ATTEMPT, report->attempt_id);
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_erased(const struct store_erasure *erasure, int64_t now_ms,
                           struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_DEVICE_ERASED, now_ms);
    event_set_text(&event, EVENT_ERASED,
                   erasure->part == STORE_PART_DEVICE ? "device_secrets" : "onboarding");
    event_set_number(&event, EVENT_COUNT, (int64_t)erasure->count);
    event_set_bytes(&event, EVENT_FIRST_RECORD, SPAN_OF(erasure->due[0].record_id));
    event_set_bytes(&event, EVENT_LAST_RECORD, SPAN_OF(erasure->due[erasure->count - 1].record_id));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_void(const struct store_due *due, int64_t now_ms, struct buf *ret_leaf,
                         struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_DEVICE_VOID, now_ms);
    event_set_bytes(&event, EVENT_RECORD, SPAN_OF(due->record_id));
    event_set_text(&event, EVENT_ORDER, due->order);
    event_set_text(&event, EVENT_UNIT, due->unit_id);
    event_set_bytes(&event, EVENT_CHANGE, (struct span){0}); /* time alone did it */
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_salt(const char *day, int64_t now_ms, struct buf *ret_leaf,
                         struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_SALT_DESTROYED, now_ms);
    event_set_text(&event, EVENT_DAY, day);
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_codes_read(const struct store_unit *unit, const char *identity,
                               const char *purpose, int64_t now_ms, struct buf *ret_leaf,
                               struct problem *problem)
{
    struct event event;
    begin_unit(&event, EVENT_TYPE_CODES_READ, unit, now_ms);
    event_set_text(&event, EVENT_IDENTITY, identity);
    event_set_text(&event, EVENT_PURPOSE, purpose);
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_revoked(const char *pai, const struct store_revocation *revocation,
                            int64_t now_ms, struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    event_begin(&event, EVENT_TYPE_DEVICE_REVOKED, now_ms);
    event_set_bytes(&event, EVENT_DAC_SERIAL, SPAN_OF(revocation->dac_serial));
    event_set_text(&event, EVENT_PAI, pai);
    event_set_number(&event, EVENT_REVOCATION_REASON, revocation->reason);
    event_set_id(&event, EVENT_CHANGE, SPAN_OF(revocation->change_id));
    return finish(&event, ret_leaf, problem);
}

status_t issue_leaf_crl(const char *pai, const struct store_crl *crl, int64_t now_ms,
                        struct buf *ret_leaf, struct problem *problem)
{
    struct event event;
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CRL_MAX);
    TRY(pki_crl_assemble(buf_span(&crl->tbs), buf_span(&crl->signature), &der));
    event_begin(&event, EVENT_TYPE_CRL_ISSUED, now_ms);
    event_set_text(&event, EVENT_PAI, pai);
    event_set_number(&event, EVENT_CRL_NUMBER, crl->number);
    event_set_number(&event, EVENT_THIS_UPDATE, crl->this_update * 1000);
    event_set_number(&event, EVENT_NEXT_UPDATE, crl->next_update * 1000);
    event_set_number(&event, EVENT_COUNT, crl->revocations);
    event_set_sha256(&event, EVENT_CRL_SHA256, buf_span(&der));
    return finish(&event, ret_leaf, problem);
}
