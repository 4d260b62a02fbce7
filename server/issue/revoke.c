#include "server/issue/revoke.h"

#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/matter/crl.h"
#include "server/issue/crl.h"
#include "server/issue/leaf.h"

enum { ROOM_FIRST = 16 };

void issue_revocation_done(struct issue_revocation *revocation)
{
    free(revocation->units);
    *revocation = (struct issue_revocation){0};
}

struct selecting {
    const struct issue_environment *environment;
    struct issue_revocation *revocation;
    struct problem *problem;
};

static status_t add(struct issue_revocation *revocation, const struct store_revocable *unit,
                    const struct unit_pai *pai)
{
    if (revocation->count == revocation->room) {
        size_t room = revocation->room == 0 ? ROOM_FIRST : 2 * revocation->room;
        struct issue_revocable *units = realloc(revocation->units, room * sizeof(*units));
        if (units == NULL) {
            return STATUS_NO_MEMORY;
        }
        revocation->units = units;
        revocation->room = room;
    }
    revocation->units[revocation->count++] = (struct issue_revocable){*unit, pai};
    return STATUS_OK;
}

static status_t take(void *context, const struct store_revocable *unit, struct span tbs)
{
    const struct selecting *selecting = context;
    const struct unit_pai *pai = issue_crl_issuer_of(selecting->environment, tbs);
    if (selecting->revocation->count == ISSUE_REVOKE_MAX) {
        return problem_say(selecting->problem, STATUS_TOO_LARGE, "REVOKE_TOO_MANY", "from",
                           "more than %d units: revoke them in several changes, by time",
                           ISSUE_REVOKE_MAX);
    }
    if (pai == NULL) {
        return problem_say(selecting->problem, STATUS_REFUSED, "PAI_UNKNOWN", "pais",
                           "unit %s of order %s was issued by a PAI that is not in the "
                           "configuration: only its own PAI can revoke it",
                           unit->unit_id, unit->order);
    }
    if (pai->bought) {
        return problem_say(selecting->problem, STATUS_REFUSED, "PAI_BOUGHT", "pais",
                           "unit %s of order %s has a DAC that was bought: whoever has the key of "
                           "PAI %s can revoke it",
                           unit->unit_id, unit->order, pai->name);
    }
    return add(selecting->revocation, unit, pai);
}

static int compare(const void *a, const void *b)
{
    const struct issue_revocable *left = a;
    const struct issue_revocable *right = b;
    return memcmp(left->unit.dac_serial, right->unit.dac_serial, STORE_DAC_SERIAL_SIZE);
}

/* Exactly these units, so that people agree to them and not to whatever the words will mean later.
 */
static status_t name_units(struct issue_revocation *revocation)
{
    AUTO(buf_done) struct buf serials;
    buf_init(&serials, (size_t)ISSUE_REVOKE_MAX * STORE_DAC_SERIAL_SIZE);
    for (size_t i = 0; i < revocation->count; i++) {
        buf_append_span(&serials, SPAN_OF(revocation->units[i].unit.dac_serial));
    }
    TRY(buf_status(&serials));
    digest_sha256(buf_span(&serials), revocation->sha256);
    return STATUS_OK;
}

/* What would not fit the next list must fail at the desk. */
static status_t check_room(const struct issue_environment *environment, const struct unit_pai *pai,
                           const struct issue_revocation *revocation, struct problem *problem)
{
    uint8_t issuer[STORE_ISSUER_SIZE];
    uint32_t before = 0;
    size_t added = 0;
    for (size_t i = 0; i < revocation->count; i++) {
        added += revocation->units[i].pai == pai ? 1 : 0;
    }
    issue_crl_issuer(pai, issuer);
    TRY(store_revocation_count(environment->store, issuer, &before));
    if (added > 0 && before + added > MATTER_CRL_ENTRIES_MAX) {
        return problem_say(
            problem, STATUS_TOO_LARGE, "CRL_FULL", "pais",
            "PAI %s has %u revocations, a list holds %d: have the PAI itself revoked "
            "by its PAA instead",
            pai->name, before, MATTER_CRL_ENTRIES_MAX);
    }
    return STATUS_OK;
}

status_t issue_revoke_select(const struct issue_environment *environment,
                             const struct store_selection *selection,
                             struct issue_revocation *ret_revocation, struct problem *problem)
{
    AUTO(issue_revocation_done) struct issue_revocation revocation = {0};
    struct selecting selecting = {environment, &revocation, problem};
    TRY(store_revocation_select(environment->store, selection, take, &selecting));
    if (revocation.count > 0) {
        qsort(revocation.units, revocation.count, sizeof(*revocation.units), compare);
    }
    for (size_t i = 0; i < environment->pai_count; i++) {
        TRY(check_room(environment, &environment->pais[i], &revocation, problem));
    }
    TRY(name_units(&revocation));
    *ret_revocation = revocation;
    revocation = (struct issue_revocation){0};
    return STATUS_OK;
}

static status_t revoke_one(const struct issue_environment *environment,
                           const struct issue_revocable *revocable,
                           const struct store_revocation *act, int64_t now_ms,
                           struct problem *problem)
{
    struct store_revocation revocation = *act;
    AUTO(buf_done) struct buf leaf = {0};
    memcpy(revocation.dac_serial, revocable->unit.dac_serial, sizeof(revocation.dac_serial));
    issue_crl_issuer(revocable->pai, revocation.issuer);
    TRY(issue_leaf_revoked(revocable->pai->name, &revocation, now_ms, &leaf, problem));
    return store_revocation_put(environment->store, &revocable->unit, &revocation, buf_span(&leaf),
                                now_ms);
}

status_t issue_revoke(const struct issue_environment *environment,
                      const struct issue_revocation *revocation, int reason, int64_t now_ms,
                      const uint8_t change_id[static STORE_DIGEST_SIZE], struct problem *problem)
{
    struct store_revocation act = {.reason = reason, .time = now_ms / 1000};
    memcpy(act.change_id, change_id, sizeof(act.change_id));
    for (size_t i = 0; i < revocation->count; i++) {
        TRY(revoke_one(environment, &revocation->units[i], &act, now_ms, problem));
    }
    return STATUS_OK;
}
