/* Kind "revoke". */
#include <stdio.h>

#include "lib/base/hex.h"
#include "lib/matter/certificate.h"
#include "lib/matter/crl.h"
#include "server/issue/revoke.h"
#include "server/rpc/change.h"

enum { SHOWN_MAX = CHANGE_FINDINGS_MAX - 2 }; /* units named one by one */

static const Mintmark__V1__Revocation *message_of(const struct change *change)
{
    return (const Mintmark__V1__Revocation *)change->message;
}

static int64_t time_ms(const Google__Protobuf__Timestamp *time)
{
    return time->seconds * 1000 + time->nanos / 1000000;
}

static bool is_time(const Google__Protobuf__Timestamp *time)
{
    return time == NULL || (time->seconds >= 0 && time->seconds <= MATTER_NO_EXPIRY &&
                            time->nanos >= 0 && time->nanos < 1000000000);
}

static status_t invalid(struct problem *problem, const char *field, const char *what)
{
    return problem_say(problem, STATUS_INVALID, "REVOCATION", field, "%s", what);
}

/* One device or one DAC alone; or order, station and time together, at least one of them. */
static status_t check_shape(const Mintmark__V1__Revocation *message, struct problem *problem)
{
    bool device = message->device[0] != '\0';
    bool serial = message->dac_serial[0] != '\0';
    bool wide = message->order[0] != '\0' || message->station[0] != '\0' || message->from != NULL;
    if ((device ? 1 : 0) + (serial ? 1 : 0) + (wide ? 1 : 0) != 1 ||
        (!wide && message->until != NULL)) {
        return invalid(problem, "device",
                       "say one of: a device, a DAC's serial number, or order, station and time");
    }
    if (!is_time(message->from) || !is_time(message->until)) {
        return invalid(problem, "from", "not a time");
    }
    if (!matter_crl_reason_allowed((enum pki_crl_reason)message->reason)) {
        return invalid(problem, "reason",
                       "a revocation is final, and for one of the reasons that "
                       "RevocationReason lists");
    }
    return STATUS_OK;
}

/* A set of units that cannot grow: what is reserved from now on is not meant. */
static status_t read_until(const struct change *change, int64_t *ret_until_ms,
                           struct problem *problem)
{
    const Mintmark__V1__Revocation *message = message_of(change);
    if (message->device[0] != '\0' || message->dac_serial[0] != '\0') {
        *ret_until_ms = INT64_MAX;
        return STATUS_OK;
    }
    if (message->until == NULL && !change->validate_only) {
        return invalid(problem, "until", "say until when: a proposal is exact");
    }
    int64_t next_ms = change->now_ms + 1; /* what was reserved in this very millisecond is meant */
    *ret_until_ms = message->until == NULL ? next_ms : time_ms(message->until);
    if (*ret_until_ms > next_ms) {
        return invalid(problem, "until",
                       "this time has not come yet: what is reserved by then is "
                       "not known");
    }
    return STATUS_OK;
}

static status_t read_selection(const struct change *change, struct buf *serial,
                               struct store_selection *ret_selection, struct problem *problem)
{
    const Mintmark__V1__Revocation *message = message_of(change);
    TRY(check_shape(message, problem));
    TRY(read_until(change, &ret_selection->until_ms, problem));
    if (message->dac_serial[0] != '\0' &&
        (hex_decode(span_text(message->dac_serial), serial) != STATUS_OK ||
         serial->size != STORE_DAC_SERIAL_SIZE)) {
        return invalid(problem, "dac_serial", "a serial number is 32 hexadecimal digits");
    }
    ret_selection->unit_id = message->device;
    ret_selection->dac_serial = buf_span(serial);
    ret_selection->order = message->order;
    ret_selection->station = message->station;
    ret_selection->from_ms = message->from == NULL ? 0 : time_ms(message->from);
    return STATUS_OK;
}

static void name_subject(const Mintmark__V1__Revocation *message, struct change_plan *plan)
{
    char serial[2 * STORE_DAC_SERIAL_SIZE + 1];
    hex_encode(SPAN_OF(plan->revocation.units[0].unit.dac_serial), serial);
    const struct {
        const char *what;
        const char *value;
    } names[] = {{"device", message->device},
                 {"dac", message->dac_serial},
                 {"order", message->order},
                 {"station", message->station},
                 {"time", message->from != NULL ? "units" : ""},
                 {"dac", serial}}; /* a device whose name is no word */
    size_t i = 0;
    while (!change_is_word(names[i].value)) {
        i++;
    }
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s/%.240s", names[i].what,
                   names[i].value);
}

static const char *state_name(enum store_unit_state state)
{
    static const char *const names[] = {
        [STORE_UNIT_RESERVED] = "reserved",     [STORE_UNIT_ISSUED] = "issued",
        [STORE_UNIT_FLASHED] = "flashed",       [STORE_UNIT_SCRAPPED] = "scrapped",
        [STORE_UNIT_SUPERSEDED] = "superseded", [STORE_UNIT_VOID] = "void",
    };
    return names[state];
}

/* For the people who agree to it: how many, and the first of them. */
static void show(struct change_plan *plan)
{
    const struct issue_revocation *revocation = &plan->revocation;
    size_t flashed = 0;
    for (size_t i = 0; i < revocation->count; i++) {
        flashed += revocation->units[i].unit.state == STORE_UNIT_FLASHED ? 1 : 0;
    }
    change_find(plan, "%zu identities, for ever; %zu of them on flashed devices", revocation->count,
                flashed);
    for (size_t i = 0; i < revocation->count && i < SHOWN_MAX; i++) {
        const struct store_revocable *unit = &revocation->units[i].unit;
        char serial[2 * STORE_DAC_SERIAL_SIZE + 1];
        hex_encode(SPAN_OF(unit->dac_serial), serial);
        change_find(plan, "%s of order %s, %s, DAC %s of PAI %.30s", unit->unit_id, unit->order,
                    state_name(unit->state), serial, revocation->units[i].pai->name);
    }
    if (revocation->count > SHOWN_MAX) {
        change_find(plan, "and %zu more", revocation->count - SHOWN_MAX);
    }
}

/* Exactly the units that were looked at; for who only looks, they are filled in. */
static status_t check_units(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    const Mintmark__V1__Revocation *message = message_of(change);
    const struct issue_revocation *revocation = &plan->revocation;
    struct span named = span_make(message->units_sha256.data, message->units_sha256.len);
    if (change->validate_only && message->units == 0 && named.size == 0) {
        return STATUS_OK;
    }
    return message->units == revocation->count && span_equal(named, SPAN_OF(revocation->sha256))
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "UNITS_CHANGED", "units",
                             "these are not the units any more, it would be %zu now: propose it "
                             "anew",
                             revocation->count);
}

static status_t complete(const struct change *change, int64_t until_ms, struct change_plan *plan)
{
    Mintmark__V1__Revocation message = *message_of(change);
    Google__Protobuf__Timestamp until;
    google__protobuf__timestamp__init(&until);
    if (!change->validate_only) {
        return STATUS_OK;
    }
    if (message.until == NULL && until_ms != INT64_MAX) {
        until.seconds = until_ms / 1000;
        until.nanos = (int32_t)(until_ms % 1000) * 1000000;
        message.until = &until;
    }
    message.units = (uint32_t)plan->revocation.count;
    message.units_sha256 =
        (ProtobufCBinaryData){sizeof(plan->revocation.sha256), plan->revocation.sha256};
    uint8_t *place =
        buf_extend(&plan->complete, mintmark__v1__revocation__get_packed_size(&message));
    TRY(buf_status(&plan->complete));
    (void)mintmark__v1__revocation__pack(&message, place);
    return STATUS_OK;
}

status_t change_revoke_check(const struct change *change, struct change_plan *plan,
                             struct problem *problem)
{
    const struct issue_environment *environment = change->call->environment;
    AUTO(buf_done) struct buf serial;
    struct store_selection selection = {0};
    buf_init(&serial, STORE_DAC_SERIAL_SIZE);
    TRY(read_selection(change, &serial, &selection, problem));
    TRY(issue_revoke_select(environment, &selection, &plan->revocation, problem));
    if (plan->revocation.count == 0) {
        return problem_say(problem, STATUS_REFUSED, "NOTHING_TO_REVOKE", "device",
                           "no identity is meant that is not revoked already");
    }
    TRY(check_units(change, plan, problem));
    name_subject(message_of(change), plan);
    show(plan);
    return complete(change, selection.until_ms, plan);
}

status_t change_revoke_apply(const struct change *change, const struct change_plan *plan,
                             const uint8_t id[static STORE_DIGEST_SIZE])
{
    return issue_revoke(change->call->environment, &plan->revocation,
                        (int)message_of(change)->reason, change->now_ms, id, NULL);
}
