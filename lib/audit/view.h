/* What an audit knows of orders, people and changes, for whoever writes a report: to read only,
 * good until the next entry. */
#ifndef MINTMARK_LIB_AUDIT_VIEW_H
#define MINTMARK_LIB_AUDIT_VIEW_H

#include "lib/audit/audit.h"

enum audit_unit_state {
    AUDIT_UNIT_RESERVED,
    AUDIT_UNIT_ISSUED,
    AUDIT_UNIT_FLASHED,
    AUDIT_UNIT_SCRAPPED,
    AUDIT_UNIT_SUPERSEDED,
    AUDIT_UNIT_VOID,
    AUDIT_UNIT_STATES,
};

enum audit_order_state { AUDIT_ORDER_OPEN, AUDIT_ORDER_PAUSED, AUDIT_ORDER_CLOSED };

struct audit_order {
    char id[65];
    uint32_t product;
    uint8_t state;
    int64_t window[2]; /* audit_sources.window */
    uint64_t quantity;
    uint64_t identities_limit;
    uint64_t units[AUDIT_UNIT_STATES]; /* by state; their sum never passes the limit */
    uint32_t opened_by;                /* numbers of changes */
    uint32_t closed_by;                /* 0: not closed */
    char product_name[65];             /* with its variant */
    char lines[513];                   /* ";line1;line2;" or "" */
    uint64_t data_rows;                /* of order data: imported and not erased */
    uint64_t data_taken;               /* by identities */
};

struct audit_person {
    char id[256];
    char role[12];
    char line[65];
    bool blocked;
    uint8_t spki[91];
    size_t spki_size;                /* 0: not pinned */
    uint8_t change[SHA256_SIZE];     /* that enrolled it; zero: a founder */
    bool certificate_asked;          /* by the change that enrolled it */
    bool certificate_open;           /* one is to be made for it … */
    uint8_t tbs_sha256[SHA256_SIZE]; /* … of this TBS */
};

/* How many people an effect needs. */
enum audit_agreement { AUDIT_ONE, AUDIT_TWO, AUDIT_TWO_OR_LIMITS };

struct audit_change {
    char kind[33];
    char subject[256];
    char by[256];
    uint32_t approver; /* number of a person; 0: nobody yet */
    uint8_t content[SHA256_SIZE];
    uint64_t at; /* entry of the proposal */
    int64_t proposed_ms;
    int64_t used_ms; /* of its first effect */
    int64_t expires; /* Unix seconds */
    uint8_t needed;  /* enum audit_agreement, once it was used */
    bool approved;   /* by a second person */
    bool ended;
    bool used; /* its effect was seen */
};

/* How many there are, and each by its number, 1 to that; in the order of their entries. */
uint32_t audit_orders(const struct audit *audit);
const struct audit_order *audit_order(const struct audit *audit, uint32_t number);
uint32_t audit_people(const struct audit *audit);
const struct audit_person *audit_person(const struct audit *audit, uint32_t number);
uint32_t audit_changes(const struct audit *audit);
const struct audit_change *audit_change(const struct audit *audit, uint32_t number);

#endif
