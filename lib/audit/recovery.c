/* A log that goes on behind a restored store (SPEC §6). */
#include <stdio.h>
#include <stdlib.h>

#include "lib/audit/state.h"

/* "acme/1" is followed by "acme/2". */
static bool follows(const char *origin, const char *old_origin)
{
    char wanted[EVENT_TYPE_NAME_MAX + 97];
    const char *slash = strrchr(old_origin, '/');
    if (slash == NULL) {
        return false;
    }
    (void)snprintf(wanted, sizeof(wanted), "%.*s/%lu", (int)(slash - old_origin), old_origin,
                   strtoul(slash + 1, NULL, 10) + 1);
    return strcmp(origin, wanted) == 0;
}

/* Proposal, approval and recovery stand together, directly behind what was kept; what is gone is
 * what was signed beyond it. */
static status_t check_sizes(const struct audit *audit, const struct event *event,
                            struct problem *problem)
{
    int64_t size = audit_number(event, EVENT_SIZE);
    int64_t lost = audit_number(event, EVENT_SIGNED_SIZE) - size;
    if (size + 2 != (int64_t)audit->summary.entries) {
        return audit_wrong(problem, "RECOVERY_SIZE",
                           "it says that %lld entries were kept: behind them stand proposal, "
                           "approval and this entry, nothing else",
                           (long long)size);
    }
    if (audit_number(event, EVENT_LOST) != (lost > 0 ? lost : 0)) {
        return audit_wrong(problem, "RECOVERY_SIZE",
                           "it says that %lld entries were lost, its sizes say %lld",
                           (long long)audit_number(event, EVENT_LOST), (long long)lost);
    }
    return STATUS_OK;
}

static status_t check_origins(const struct audit *audit, const char *old_origin, const char *origin,
                              struct problem *problem)
{
    return strcmp(old_origin, audit->summary.origin) == 0 && follows(origin, old_origin)
               ? STATUS_OK
               : audit_wrong(problem, "RECOVERY_ORIGIN", "log %s cannot go on as %s behind %s",
                             old_origin, origin, audit->summary.origin);
}

/* Two people look at each order before it is worked on again. */
static void pause_orders(struct audit *audit)
{
    for (uint32_t i = 1; i <= audit->orders.count; i++) {
        struct audit_order *order = audit_list_at(&audit->orders, i);
        if (order->state == AUDIT_ORDER_OPEN) {
            order->state = AUDIT_ORDER_PAUSED;
        }
    }
}

static void announce_units(struct audit *audit, const struct event *event)
{
    audit->recovered =
        (struct audit_recovered_units){.left = (uint64_t)audit_number(event, EVENT_COUNT)};
    memcpy(audit->recovered.wanted, audit_bytes(event, EVENT_UNITS_SHA256).data, SHA256_SIZE);
}

static status_t check_units(const struct audit *audit, struct problem *problem)
{
    const struct audit_recovered_units *units = &audit->recovered;
    return units->left > 0 || memcmp(units->sha256, units->wanted, SHA256_SIZE) == 0
               ? STATUS_OK
               : audit_wrong(problem, "RECOVERY_UNITS",
                             "the recovered units are not those that were signed");
}

/* Two people, whatever the genesis says of the rule: nobody else saw what is gone. */
static status_t check_people(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    bool single = false;
    TRY(audit_change_effect(audit, event, "recovery", audit_bytes(event, EVENT_ORIGIN), AUDIT_TWO,
                            &single, problem));
    return single ? audit_wrong(problem, "ONE_PERSON", "one person recovered the log") : STATUS_OK;
}

status_t audit_on_LOG_RECOVERED(struct audit *audit, const struct event *event,
                                struct problem *problem)
{
    struct audit_recovery recovery = {
        .size = (uint64_t)audit_number(event, EVENT_SIZE),
        .signed_size = (uint64_t)audit_number(event, EVENT_SIGNED_SIZE),
    };
    char origin[sizeof(recovery.old_origin)];
    audit_text(event, EVENT_OLD_ORIGIN, recovery.old_origin, sizeof(recovery.old_origin));
    audit_text(event, EVENT_ORIGIN, origin, sizeof(origin));
    memcpy(recovery.signed_root, audit_bytes(event, EVENT_SIGNED_ROOT).data, SHA256_SIZE);
    TRY(check_origins(audit, recovery.old_origin, origin, problem));
    TRY(check_people(audit, event, problem));
    TRY(check_sizes(audit, event, problem));
    TRY(audit_list_add(&audit->recoveries, &recovery));
    memcpy(audit->summary.origin, origin, sizeof(origin));
    audit->summary.entries_lost += (uint64_t)audit_number(event, EVENT_LOST);
    pause_orders(audit);
    announce_units(audit, event);
    return check_units(audit, problem);
}

status_t audit_recovery_unit(struct audit *audit, const struct event *event,
                             struct problem *problem)
{
    struct audit_recovered_units *units = &audit->recovered;
    uint8_t chained[2 * SHA256_SIZE];
    if (units->left == 0) {
        return audit_wrong(problem, "RECOVERY_UNITS", "no recovery announced this unit");
    }
    memcpy(chained, units->sha256, SHA256_SIZE);
    memcpy(chained + SHA256_SIZE, audit_bytes(event, EVENT_CERTIFICATE_SHA256).data, SHA256_SIZE);
    digest_sha256(SPAN_OF(chained), units->sha256);
    units->left--;
    return check_units(audit, problem);
}

const struct audit_recovery *audit_recovery_of(const struct audit *audit, const char *old_origin)
{
    for (uint32_t i = 1; i <= audit->recoveries.count; i++) {
        const struct audit_recovery *recovery = audit_list_at(&audit->recoveries, i);
        if (strcmp(recovery->old_origin, old_origin) == 0) {
            return recovery;
        }
    }
    return NULL;
}
