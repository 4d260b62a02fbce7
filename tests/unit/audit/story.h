/* A small log for tests, told event by event: two operators, a station, a product, an order. */
#ifndef MINTMARK_TESTS_UNIT_AUDIT_STORY_H
#define MINTMARK_TESTS_UNIT_AUDIT_STORY_H

#include "lib/approval/statement.h"
#include "lib/audit/audit.h"
#include "lib/pki/plain_key.h"
#include "tests/support/test.h"

enum { STORY_MAX = 64, STORY_OPERATORS = 3, STORY_LIMIT = 3 };

#define STORY_ORIGIN "acme/1"
#define STORY_STATION "spiffe://acme/station/line1-01"
#define STORY_LABEL "spiffe://acme/label/pack"
#define STORY_ORDER "WO-1"

struct story {
    struct buf entries[STORY_MAX];
    size_t count;
    int64_t now_ms;
    struct pki_plain_key *keys[STORY_OPERATORS]; /* op-1, op-2, op-3; the last is not enrolled */
    uint8_t proposal[SHA256_SIZE];               /* of the newest proposal */
    struct approval_statement statement;         /* of it */
    struct audit_product product;                /* what the sources answer */
    struct audit_revocation revocation;          /* too */
    uint32_t ceremony_keys;                      /* too: of every transcript */
    enum event_type other_content;               /* whose content says something else */
    int64_t window[2];                           /* of orders, as the sources answer */
    const char *key_source;                      /* of units */
    const char *ordered;                         /* of which orders and units are */
    const char *origin;                          /* of the log that statements are for */
};

void story_init(struct story *story);
void story_done(struct story *story);
OWN_VALUE(struct story, story_done)

/* Events; time goes on by a second with each. */
void story_add(struct story *story, struct event *event);
struct event story_event(const struct story *story, enum event_type type);

/* A proposal by op-<by>, and the approval of the newest one. */
void story_propose(struct story *story, int by, const char *kind, const char *subject);
void story_approve(struct story *story, int by);

void story_genesis(struct story *story, const char *two_person_rule);
void story_product(struct story *story, const char *name, int revision);
void story_enrol(struct story *story, const char *id, const char *role);
void story_order(struct story *story, const char *id, uint32_t limit);
void story_reserve(struct story *story, uint8_t number, const char *order);
/* What a unit is named by and made of, in the events that say all of it. */
void story_describe(struct event *event, uint8_t number);
/* Any event of a unit that has no more fields than record, order and unit. */
struct event story_unit(const struct story *story, enum event_type type, uint8_t number);
/* What the newest change does to a unit; op-1's change of it, and what that does. */
void story_effect(struct story *story, enum event_type type, uint8_t number);
void story_act(struct story *story, const char *kind, enum event_type type, uint8_t number);
void story_issue(struct story *story, uint8_t number);
void story_report(struct story *story, uint8_t number, const char *outcome);
/* The order with these sums. */
void story_close(struct story *story, int64_t flashed, int64_t open, int64_t unused);

/* Rows of order data imported, by a change of this kind; what is left of them erased. */
void story_data(struct story *story, const char *kind, int64_t rows);
void story_data_erased(struct story *story, const char *order, int64_t rows);

/* Genesis to the order; the same with one unit flashed and one reserved. */
void story_begin(struct story *story);
void story_usual(struct story *story);

/* Plays all of it; the audit as it stands then. */
status_t story_play(const struct story *story, struct audit **ret_audit, struct problem *problem);
/* The last entry is refused with this reason, and everything before is right. */
void story_refused(const struct story *story, const char *reason);
void story_right(const struct story *story);

#endif
