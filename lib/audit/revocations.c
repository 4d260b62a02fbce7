#include "lib/audit/state.h"

enum { SERIAL_SIZE = 16, SERIALS_MAX = 10000 * SERIAL_SIZE }; /* of one change, as the server's */

static status_t other_units(struct problem *problem)
{
    return audit_wrong(problem, "OTHER_UNITS",
                       "these are not exactly the certificates whose revocation was signed");
}

status_t audit_revoking_goes_on(const struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    const struct audit_revoking *revoking = &audit->revoking;
    return revoking->change == 0 || (event->type == EVENT_TYPE_DEVICE_REVOKED &&
                                     audit_change_of(audit, event) == revoking->change)
               ? STATUS_OK
               : other_units(problem);
}

static status_t begin(struct audit *audit, uint32_t number, struct problem *problem)
{
    struct audit_revoking *revoking = &audit->revoking;
    const struct audit_change *change = audit_list_at(&audit->changes, number);
    TRY(audit->sources.revocation(audit->sources.context, change->content, &revoking->wanted,
                                  problem));
    buf_done(&revoking->serials);
    buf_init(&revoking->serials, SERIALS_MAX);
    revoking->change = number;
    revoking->count = 0;
    return STATUS_OK;
}

/* One more of them; with the last one all are known. */
static status_t add(struct audit *audit, const struct event *event, struct problem *problem)
{
    struct audit_revoking *revoking = &audit->revoking;
    uint8_t digest[SHA256_SIZE];
    buf_append_span(&revoking->serials, audit_bytes(event, EVENT_DAC_SERIAL));
    revoking->count++;
    if (buf_status(&revoking->serials) != STATUS_OK || revoking->count > revoking->wanted.units) {
        return other_units(problem);
    }
    if (revoking->count < revoking->wanted.units) {
        return STATUS_OK;
    }
    revoking->change = 0;
    digest_sha256(buf_span(&revoking->serials), digest);
    return memcmp(digest, revoking->wanted.units_sha256, sizeof(digest)) == 0
               ? STATUS_OK
               : other_units(problem);
}

/* A certificate is revoked once; a bulk revocation is one change of many. */
status_t audit_on_DEVICE_REVOKED(struct audit *audit, const struct event *event,
                                 struct problem *problem)
{
    struct span pai = audit_bytes(event, EVENT_PAI);
    uint32_t revoked = audit_table_get(&audit->names, AUDIT_NAME_REVOKED_OF, pai);
    uint32_t change = 0;
    TRY(audit_change_member(audit, event, "revoke", &change, problem));
    if (audit->revoking.change == 0) {
        TRY(begin(audit, change, problem));
    }
    if (audit_table_get(&audit->names, AUDIT_NAME_DAC_SERIAL,
                        audit_bytes(event, EVENT_DAC_SERIAL)) == 0) {
        return audit_wrong(problem, "NO_INTENT", "no certificate of this serial was ever intended");
    }
    TRY(audit_take(audit, AUDIT_NAME_REVOKED, audit_bytes(event, EVENT_DAC_SERIAL), 1,
                   "REVOKED_TWICE", problem));
    TRY(audit_table_put(&audit->names, AUDIT_NAME_REVOKED_OF, pai, revoked + 1));
    return add(audit, event, problem);
}

/* Lists never go back, and leave nobody out. */
status_t audit_on_CRL_ISSUED(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    struct span pai = audit_bytes(event, EVENT_PAI);
    int64_t number = audit_number(event, EVENT_CRL_NUMBER);
    if (number <= (int64_t)audit_table_get(&audit->names, AUDIT_NAME_CRL, pai)) {
        return audit_wrong(problem, "CRL_NUMBER", "the list's number is not above the last one's");
    }
    if (audit_number(event, EVENT_COUNT) !=
        (int64_t)audit_table_get(&audit->names, AUDIT_NAME_REVOKED_OF, pai)) {
        return audit_wrong(problem, "CRL_COUNT", "the list does not hold all that are revoked");
    }
    return audit_table_put(&audit->names, AUDIT_NAME_CRL, pai, (uint32_t)number);
}
