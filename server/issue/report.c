#include "server/issue/report.h"

#include "server/issue/authorize.h"
#include "server/issue/bind.h"
#include "server/issue/commit.h"
#include "server/issue/leaf.h"
#include "server/issue/seal.h"
#include "server/issue/secrets.h"

static status_t check_record(const struct issue_report *report, const struct store_unit *unit,
                             struct problem *problem)
{
    if (span_equal(report->record_id, SPAN_OF(unit->record_id))) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "RECORD_CHANGED", "record_id",
                       "unit %s has another record now: report what ProvisionDevice answers",
                       unit->unit_id);
}

static status_t digests_wrong(const struct store_unit *unit, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "DIGESTS", "image_sha256",
                       "these are not the images of unit %s: report the SHA-256 of each file of "
                       "manifest.json, in its order, as read back from flash",
                       unit->unit_id);
}

static bool is_unknown(const uint8_t set_digest[static SHA256_SIZE])
{
    static const uint8_t NONE[SHA256_SIZE];
    return memcmp(set_digest, NONE, SHA256_SIZE) == 0;
}

/* A unit is flashed when what was verified on it is what is on record. */
static status_t check_digests(const struct issue_environment *environment,
                              const struct issue_report *report, const struct store_unit *unit,
                              struct problem *problem)
{
    uint8_t commitment[SHA256_SIZE];
    if (report->outcome != STORE_OUTCOME_FLASHED || unit->state == STORE_UNIT_RESERVED) {
        return STATUS_OK;
    }
    if (unit->key_source == STORE_KEY_CSR) {
        return report->digest_count == 0 ? STATUS_OK : digests_wrong(unit, problem);
    }
    if (unit->sealed[STORE_PART_CODES].size == 0 || is_unknown(unit->set_digest)) {
        return STATUS_OK; /* the order is history and the nonce gone, or both were lost in a
                             recovery: nothing to compare with */
    }
    AUTO(secret_wipe) struct secret plain = {0};
    AUTO(secret_wipe) struct secret codes = {0};
    TRY(issue_seal_open(environment, unit, STORE_PART_CODES, &plain, problem));
    TRY(issue_secrets_decode_codes(secret_span(&plain), &codes));
    issue_commit(SPAN_OF(issue_codes_of(&codes)->nonce), report->digests, report->digest_count,
                 commitment);
    return span_equal_secret(SPAN_OF(commitment), SPAN_OF(unit->set_digest))
               ? STATUS_OK
               : digests_wrong(unit, problem);
}

/* The unit this report is about. */
static status_t look_up(const struct issue_environment *environment,
                        const struct issue_report *report, struct store_unit *ret_unit,
                        struct problem *problem)
{
    AUTO(store_unit_done) struct store_unit unit = {0};
    const struct issue_caller caller = {.identity = report->identity,
                                        .line = report->line,
                                        .order = report->order,
                                        .hardware_id = report->hardware_id,
                                        .line_too = true};
    status_t status = store_unit_find(environment->store, report->unit_id, &unit);
    if (status == STATUS_NOT_FOUND) {
        return issue_authorize_unit(&caller, NULL, problem);
    }
    TRY(status);
    TRY(issue_authorize_unit(&caller, &unit, problem));
    TRY(check_record(report, &unit, problem));
    *ret_unit = unit;
    unit = (struct store_unit){0};
    return STATUS_OK;
}

static status_t attempt(const struct issue_environment *environment,
                        const struct issue_report *report, struct store_reported *ret_reported,
                        struct problem *problem)
{
    AUTO(store_unit_done) struct store_unit unit = {0};
    AUTO(buf_done) struct buf leaf = {0};
    const struct store_report stored = {
        .outcome = report->outcome,
        .station = report->identity,
        .slot = report->slot,
        .phase = report->phase,
        .code = report->code,
        .attempt_id = report->attempt_id,
    };
    TRY(look_up(environment, report, &unit, problem));
    TRY(check_digests(environment, report, &unit, problem));
    TRY(issue_bind(environment, &unit, report->hardware_id, problem));
    int64_t now = issue_authorize_now_ms(environment);
    TRY(issue_leaf_reported(&unit, &stored, now, &leaf, problem));
    return store_unit_report(environment->store, &unit, &stored, buf_span(&leaf), now, ret_reported,
                             problem);
}

status_t issue_report(const struct issue_environment *environment,
                      const struct issue_report *report, struct store_reported *ret_reported,
                      struct problem *problem)
{
    status_t status = STATUS_ABORTED;
    for (int i = 0; i < ISSUE_ATTEMPTS && status == STATUS_ABORTED; i++) {
        status = attempt(environment, report, ret_reported, problem);
    }
    return status;
}
