#include <stdio.h>

#include "lib/approval/statement.h"
#include "lib/audit/state.h"
#include "lib/base/hex.h"

static struct audit_person *find_person(const struct audit *audit, struct span id)
{
    uint32_t number = audit_table_get(&audit->names, AUDIT_NAME_IDENTITY, id);
    return number == 0 ? NULL : audit_list_at(&audit->people, number);
}

/* Whether `role` is one of "station|label". */
static bool role_among(const char *role, const char *roles)
{
    size_t length = strlen(role);
    for (const char *next = roles; next != NULL; next = strchr(next, '|')) {
        next += *next == '|';
        if (strncmp(next, role, length) == 0 && (next[length] == '|' || next[length] == '\0')) {
            return true;
        }
    }
    return false;
}

status_t audit_person_acts(const struct audit *audit, struct span id, const char *roles,
                           const struct audit_person **ret_person, struct problem *problem)
{
    const struct audit_person *person = find_person(audit, id);
    if (person == NULL || person->blocked || !role_among(person->role, roles)) {
        return audit_wrong(problem, "NOT_ENROLLED",
                           "%.*s acted without being enrolled as %s at that time", (int)id.size,
                           (const char *)id.data, roles);
    }
    *ret_person = person;
    return STATUS_OK;
}

status_t audit_person_known(const struct audit *audit, struct span id, const char *roles,
                            struct problem *problem)
{
    const struct audit_person *person = find_person(audit, id);
    return person != NULL && role_among(person->role, roles)
               ? STATUS_OK
               : audit_wrong(problem, "NOT_ENROLLED", "%.*s was never enrolled as %s", (int)id.size,
                             (const char *)id.data, roles);
}

/* --- identities --- */

static status_t put_person(struct audit *audit, const struct event *event, struct problem *problem)
{
    struct span id = audit_bytes(event, EVENT_IDENTITY);
    struct span spki = audit_bytes(event, EVENT_SPKI);
    struct audit_person *person = find_person(audit, id);
    if (person == NULL) {
        const struct audit_person nobody = {0};
        TRY(audit_list_add(&audit->people, &nobody));
        TRY(audit_table_put(&audit->names, AUDIT_NAME_IDENTITY, id, (uint32_t)audit->people.count));
        person = audit_list_at(&audit->people, (uint32_t)audit->people.count);
        audit_text(event, EVENT_IDENTITY, person->id, sizeof(person->id));
    }
    audit_text(event, EVENT_ROLE, person->role, sizeof(person->role));
    audit_text(event, EVENT_LINE, person->line, sizeof(person->line));
    person->blocked = false;
    memset(person->change, 0, sizeof(person->change));
    person->certificate_asked = false;
    person->certificate_open = false;
    if (audit_bytes(event, EVENT_CHANGE).size == sizeof(person->change)) {
        memcpy(person->change, audit_bytes(event, EVENT_CHANGE).data, sizeof(person->change));
    }
    person->spki_size = spki.size <= sizeof(person->spki) ? spki.size : 0;
    if (person->spki_size > 0) {
        memcpy(person->spki, spki.data, spki.size);
    }
    if (person->spki_size == 0 && role_among(person->role, "operator|auditor")) {
        return audit_wrong(problem, "PERSON_KEY", "a person is enrolled without a key");
    }
    return STATUS_OK;
}

/* The first people stand behind the genesis, without a change; nobody after them. */
static bool is_founder(const struct audit *audit, const struct event *event)
{
    return audit_bytes(event, EVENT_CHANGE).size == 0 &&
           audit->summary.types[EVENT_TYPE_IDENTITY_ENROLLED] + 1 == audit->summary.entries;
}

status_t audit_on_IDENTITY_ENROLLED(struct audit *audit, const struct event *event,
                                    struct problem *problem)
{
    bool single = false;
    if (!is_founder(audit, event)) {
        TRY(audit_change_effect(audit, event, "identity", audit_bytes(event, EVENT_IDENTITY),
                                AUDIT_TWO, &single, problem));
    }
    return put_person(audit, event, problem);
}

/* A certificate is to be made, once, for whom the change has just enrolled: a station whose request
 * was signed with it. */
status_t audit_on_IDENTITY_REQUESTED(struct audit *audit, const struct event *event,
                                     struct problem *problem)
{
    struct audit_person *person = find_person(audit, audit_bytes(event, EVENT_IDENTITY));
    uint32_t number = audit_change_of(audit, event);
    if (person == NULL || person->blocked || person->spki_size == 0 ||
        strcmp(person->role, "station") != 0) {
        return audit_wrong(problem, "NOT_ENROLLED", "no station with a key is enrolled so");
    }
    if (number == 0 || !span_equal(SPAN_OF(person->change), audit_bytes(event, EVENT_CHANGE))) {
        return audit_wrong(problem, "OTHER_CHANGE", "another change enrolled the station");
    }
    if (person->certificate_asked) {
        return audit_wrong(problem, "CHANGE_USED", "the change had a certificate made before");
    }
    memcpy(person->tbs_sha256, audit_bytes(event, EVENT_TBS_SHA256).data, SHA256_SIZE);
    person->certificate_asked = true;
    person->certificate_open = true;
    const struct audit_change *change = audit_list_at(&audit->changes, number);
    return audit->sources.effect(audit->sources.context, change->content, event, problem);
}

status_t audit_on_IDENTITY_CERTIFIED(struct audit *audit, const struct event *event,
                                     struct problem *problem)
{
    struct audit_person *person = find_person(audit, audit_bytes(event, EVENT_IDENTITY));
    if (person == NULL || !person->certificate_open ||
        !span_equal(SPAN_OF(person->tbs_sha256), audit_bytes(event, EVENT_TBS_SHA256))) {
        return audit_wrong(problem, "NO_INTENT", "no such certificate was to be made");
    }
    person->certificate_open = false;
    return STATUS_OK;
}

status_t audit_on_IDENTITY_BLOCKED(struct audit *audit, const struct event *event,
                                   struct problem *problem)
{
    bool single = false;
    TRY(audit_change_effect(audit, event, "identity-block", audit_bytes(event, EVENT_IDENTITY),
                            AUDIT_ONE, &single, problem));
    struct audit_person *person = find_person(audit, audit_bytes(event, EVENT_IDENTITY));
    if (person == NULL) {
        return audit_wrong(problem, "NOT_ENROLLED", "there is no such identity");
    }
    person->blocked = true;
    person->certificate_open = false; /* none is made any more */
    return STATUS_OK;
}

/* --- changes --- */

static status_t find_change(struct audit *audit, const struct event *event,
                            struct audit_change **ret_change, struct problem *problem)
{
    uint32_t number =
        audit_table_get(&audit->names, AUDIT_NAME_CHANGE, audit_bytes(event, EVENT_CHANGE));
    if (number == 0) {
        return audit_wrong(problem, "NO_CHANGE", "nobody has proposed this");
    }
    struct audit_change *change = audit_list_at(&audit->changes, number);
    if (change->ended) {
        return audit_wrong(problem, "CHANGE_ENDED", "the change had ended before");
    }
    *ret_change = change;
    return STATUS_OK;
}

/* A statement of an operator who may act, for this log, not expired, and signed by the operator's
 * key. */
static status_t check_statement(const struct audit *audit, const struct event *event,
                                struct approval_statement *ret_statement, struct problem *problem)
{
    const struct audit_person *person = NULL;
    struct span text = audit_bytes(event, EVENT_STATEMENT);
    TRY(approval_statement_read(text, ret_statement, problem));
    TRY(audit_person_acts(audit, span_text(ret_statement->by), "operator", &person, problem));
    TRY(approval_statement_verify(span_make(person->spki, person->spki_size), text,
                                  audit_bytes(event, EVENT_SIGNATURE), problem));
    if (strcmp(ret_statement->origin, audit->summary.origin) != 0) {
        return audit_wrong(problem, "STATEMENT_ORIGIN", "the statement was made for another log");
    }
    if (event->time_ms / 1000 >= ret_statement->expires) {
        return audit_wrong(problem, "STATEMENT_EXPIRED", "the statement had expired");
    }
    return STATUS_OK;
}

status_t audit_on_CHANGE_PROPOSED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    struct approval_statement statement;
    uint8_t id[SHA256_SIZE];
    TRY(check_statement(audit, event, &statement, problem));
    approval_statement_id(audit_bytes(event, EVENT_STATEMENT), id);
    if (statement.act != APPROVAL_PROPOSE ||
        !span_equal(SPAN_OF(id), audit_bytes(event, EVENT_CHANGE)) ||
        !span_equal(span_text(statement.change), audit_bytes(event, EVENT_KIND)) ||
        !span_equal(span_text(statement.subject), audit_bytes(event, EVENT_SUBJECT))) {
        return audit_wrong(problem, "OTHER_STATEMENT", "the entry says more than was signed");
    }
    struct audit_change change = {
        .at = audit->summary.entries, .proposed_ms = event->time_ms, .expires = statement.expires};
    (void)snprintf(change.kind, sizeof(change.kind), "%s", statement.change);
    (void)snprintf(change.subject, sizeof(change.subject), "%s", statement.subject);
    (void)snprintf(change.by, sizeof(change.by), "%s", statement.by);
    memcpy(change.content, statement.content, sizeof(change.content));
    TRY(audit_list_add(&audit->changes, &change));
    return audit_take(audit, AUDIT_NAME_CHANGE, SPAN_OF(id), (uint32_t)audit->changes.count,
                      "CHANGE_TWICE", problem);
}

/* The same as the server checks; the proposal's text itself is known by its id. */
static bool approves(const struct approval_statement *statement, const struct audit_change *change,
                     struct span id)
{
    return statement->act == APPROVAL_APPROVE && strcmp(statement->change, change->kind) == 0 &&
           strcmp(statement->subject, change->subject) == 0 &&
           memcmp(statement->content, change->content, SHA256_SIZE) == 0 &&
           span_equal(SPAN_OF(statement->reference), id);
}

status_t audit_on_CHANGE_APPROVED(struct audit *audit, const struct event *event,
                                  struct problem *problem)
{
    struct approval_statement statement;
    struct audit_change *change = NULL;
    TRY(find_change(audit, event, &change, problem));
    TRY(check_statement(audit, event, &statement, problem));
    if (change->approved || !approves(&statement, change, audit_bytes(event, EVENT_CHANGE))) {
        return audit_wrong(problem, "OTHER_STATEMENT",
                           "the statement does not approve this change, or it was approved before");
    }
    if (strcmp(statement.by, change->by) == 0) {
        return audit_wrong(problem, "SAME_PERSON", "%s approved an own proposal", change->by);
    }
    if (event->time_ms / 1000 >= change->expires) {
        return audit_wrong(problem, "STATEMENT_EXPIRED", "the proposal had expired");
    }
    change->approved = true;
    change->approver = audit_table_get(&audit->names, AUDIT_NAME_IDENTITY, span_text(statement.by));
    return STATUS_OK;
}

static void use(struct audit *audit, struct audit_change *change, const struct event *event,
                enum audit_agreement agreement)
{
    struct audit_summary *summary = &audit->summary;
    bool approved = change->approved;
    change->used = true;
    change->used_ms = event->time_ms;
    change->needed = (uint8_t)agreement;
    summary->changes_by_two += approved;
    summary->changes_by_one += !approved && agreement == AUDIT_ONE;
    summary->orders_in_limits += !approved && agreement == AUDIT_TWO_OR_LIMITS;
    summary->changes_rule_off += !approved && agreement == AUDIT_TWO;
}

static status_t say_other(const struct audit_change *change, struct problem *problem)
{
    return audit_wrong(problem, "OTHER_CHANGE", "the change at entry %llu is of %s %s, not of this",
                       (unsigned long long)change->at, change->kind, change->subject);
}

static status_t check_use(const struct audit_change *change, const char *kind, struct span subject,
                          struct problem *problem)
{
    if (strcmp(change->kind, kind) != 0 || !span_equal(span_text(change->subject), subject)) {
        return say_other(change, problem);
    }
    return change->used ? audit_wrong(problem, "CHANGE_USED", "the change had its effect before")
                        : STATUS_OK;
}

/* The effect of a change that one person may do: it takes another one back. */
static status_t withdraw(struct audit *audit, const struct event *event, uint32_t number,
                         struct problem *problem)
{
    char id[2 * SHA256_SIZE + 1];
    struct audit_change *change = audit_list_at(&audit->changes, number);
    hex_encode(audit_bytes(event, EVENT_CHANGE), id);
    TRY(check_use(change, "change-withdraw", span_text(id), problem));
    use(audit, change, event, AUDIT_ONE);
    return STATUS_OK;
}

/* Of one thing: "order-amend" is of "order". */
static bool same_thing(const struct audit_change *a, const struct audit_change *b)
{
    size_t size = strcspn(a->kind, "-");
    return size == strcspn(b->kind, "-") && memcmp(a->kind, b->kind, size) == 0 &&
           strcmp(a->subject, b->subject) == 0;
}

/* A change ends by itself when its time is over, or with another one's effect. */
static status_t check_end(struct audit *audit, const struct event *event,
                          const struct audit_change *change, struct problem *problem)
{
    struct span reason = audit_bytes(event, EVENT_REASON);
    struct span by = audit_bytes(event, EVENT_BY_CHANGE);
    uint32_t number = audit_table_get(&audit->names, AUDIT_NAME_CHANGE, by);
    if (span_equal(reason, span_text("EXPIRED"))) {
        return by.size == 0 && event->time_ms / 1000 >= change->expires
                   ? STATUS_OK
                   : audit_wrong(problem, "ENDED_EARLY", "the change had not expired");
    }
    if (number == 0) {
        return audit_wrong(problem, "NO_CHANGE", "nobody has proposed what ended the change");
    }
    if (span_equal(reason, span_text("WITHDRAWN"))) {
        return withdraw(audit, event, number, problem);
    }
    const struct audit_change *other = audit_list_at(&audit->changes, number);
    return span_equal(reason, span_text("SUPERSEDED")) && other->used && same_thing(other, change)
               ? STATUS_OK
               : audit_wrong(problem, "OTHER_CHANGE", "the change named did not end this one");
}

status_t audit_on_CHANGE_ENDED(struct audit *audit, const struct event *event,
                               struct problem *problem)
{
    struct audit_change *change = NULL;
    TRY(find_change(audit, event, &change, problem));
    if (change->used) {
        return audit_wrong(problem, "CHANGE_USED", "the change had its effect before");
    }
    TRY(check_end(audit, event, change, problem));
    change->ended = true;
    return STATUS_OK;
}

static status_t check_two(const struct audit *audit, const struct audit_change *change,
                          struct problem *problem)
{
    if (!change->approved && audit->summary.two_person_rule) {
        return audit_wrong(problem, "ONE_PERSON", "%s did alone what needs a second person",
                           change->by);
    }
    return STATUS_OK;
}

status_t audit_change_effect(struct audit *audit, const struct event *event, const char *kind,
                             struct span subject, enum audit_agreement agreement, bool *ret_single,
                             struct problem *problem)
{
    struct audit_change *change = NULL;
    TRY(find_change(audit, event, &change, problem));
    TRY(check_use(change, kind, subject, problem));
    if (agreement == AUDIT_TWO) {
        TRY(check_two(audit, change, problem));
    }
    use(audit, change, event, agreement);
    *ret_single = !change->approved;
    return audit->sources.effect(audit->sources.context, change->content, event, problem);
}

status_t audit_change_member(struct audit *audit, const struct event *event, const char *kind,
                             uint32_t *ret_change, struct problem *problem)
{
    struct audit_change *change = NULL;
    TRY(find_change(audit, event, &change, problem));
    if (strcmp(change->kind, kind) != 0) {
        return say_other(change, problem);
    }
    TRY(check_two(audit, change, problem));
    uint32_t number = audit_change_of(audit, event);
    if (change->used && audit->revoking.change != number && audit->ceremony.change != number) {
        return audit_wrong(problem, "CHANGE_USED", "the change had its effect before");
    }
    if (!change->used) {
        use(audit, change, event, AUDIT_TWO);
    }
    *ret_change = number;
    return STATUS_OK;
}
