#include "lib/audit/state.h"

/* A certificate is revoked once; a bulk revocation is one change of many. */
status_t audit_on_DEVICE_REVOKED(struct audit *audit, const struct event *event,
                                 struct problem *problem)
{
    struct span pai = audit_bytes(event, EVENT_PAI);
    uint32_t revoked = audit_table_get(&audit->names, AUDIT_NAME_REVOKED_OF, pai);
    TRY(audit_change_member(audit, event, "revoke", problem));
    if (audit_table_get(&audit->names, AUDIT_NAME_DAC_SERIAL,
                        audit_bytes(event, EVENT_DAC_SERIAL)) == 0) {
        return audit_wrong(problem, "NO_INTENT", "no certificate of this serial was ever intended");
    }
    TRY(audit_take(audit, AUDIT_NAME_REVOKED, audit_bytes(event, EVENT_DAC_SERIAL), 1,
                   "REVOKED_TWICE", problem));
    return audit_table_put(&audit->names, AUDIT_NAME_REVOKED_OF, pai, revoked + 1);
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
