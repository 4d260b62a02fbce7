/* What the entries read so far amount to; shared by the files that judge one kind of entry each. */
#ifndef MINTMARK_LIB_AUDIT_STATE_H
#define MINTMARK_LIB_AUDIT_STATE_H

#include "lib/audit/audit.h"
#include "lib/audit/table.h"
#include "lib/audit/view.h"

/* Kinds of names in the table. Each leads to a number of one of the arrays, or is just marked. */
enum audit_name {
    AUDIT_NAME_UNIT = 'u',          /* record id → unit */
    AUDIT_NAME_LIVE = 'l',          /* unit id of a live identity → unit */
    AUDIT_NAME_HARDWARE = 'h',      /* hardware id of a live identity → unit */
    AUDIT_NAME_DAC_SERIAL = 'd',    /* → unit */
    AUDIT_NAME_PUBLIC_KEY = 'k',    /* marked */
    AUDIT_NAME_SERIAL_NUMBER = 's', /* vendor id and number, marked */
    AUDIT_NAME_REVOKED = 'r',       /* DAC serial, marked */
    AUDIT_NAME_ORDER = 'o',         /* id → order */
    AUDIT_NAME_PRODUCT = 'p',       /* "name@revision" → product */
    AUDIT_NAME_NEWEST = 'n',        /* product name → newest revision */
    AUDIT_NAME_DAY = 'y',           /* product, with its variants, and day → identities ordered */
    AUDIT_NAME_IDENTITY = 'i',      /* SPIFFE id → identity */
    AUDIT_NAME_CHANGE = 'c',        /* id → change */
    AUDIT_NAME_KEY = 'K',           /* token serial, purpose, label → key */
    AUDIT_NAME_CRL = 'C',           /* PAI → its last list's number */
    AUDIT_NAME_REVOKED_OF = 'R',    /* PAI → how many of its certificates are revoked */
};

struct audit_unit {
    uint32_t order; /* number of the order */
    uint32_t product;
    uint8_t state;
    bool released;        /* at no station */
    char hardware_id[18]; /* "": not known */
    uint64_t reserved_at;
    uint64_t issued_at;
    uint8_t dac_serial[16];
    bool bought;
    uint8_t public_key[65];
    uint8_t tbs_sha256[SHA256_SIZE];
    uint8_t certificate_sha256[SHA256_SIZE];
};

enum { AUDIT_WINDOW_SLACK_S = 60 }; /* a call that began on an order's last day */

/* A revocation of many, whose entries follow each other. */
struct audit_revoking {
    uint32_t change; /* 0: none is under way */
    struct audit_revocation wanted;
    uint32_t count;
    struct buf serials;
};

/* Behind a recovery come the units that were known again. */
struct audit_recovered_units {
    uint64_t left;               /* entries that must follow */
    uint8_t sha256[SHA256_SIZE]; /* of those that came (SPEC §6) */
    uint8_t wanted[SHA256_SIZE];
};

/* A key of a token, by the token's serial number, purpose and label. */
struct audit_key {
    bool served;                        /* some key of these names, the last one being … */
    bool made;                          /* a ceremony of it is on record, of the key … */
    uint8_t served_sha256[SHA256_SIZE]; /* of the public key; zero: a secret key */
    uint8_t made_sha256[SHA256_SIZE];
};

/* A ceremony of several keys, whose entries follow each other. */
struct audit_ceremony {
    uint32_t change; /* 0: none is under way */
    uint32_t next;   /* number of the next key */
};

/* A growing array; numbers begin at 1. */
struct audit_list {
    void *items;
    size_t item_size;
    size_t count;
    size_t capacity;
};

struct audit {
    struct audit_sources sources;
    struct audit_table names;
    struct audit_list units;
    struct audit_list issued; /* uint32_t: units in the order of their certificates */
    struct audit_list orders;
    struct audit_list products; /* struct audit_product */
    struct audit_list people;
    struct audit_list changes;
    struct audit_list keys;
    struct audit_revoking revoking;
    struct audit_list recoveries; /* struct audit_recovery */
    struct audit_recovered_units recovered;
    struct audit_ceremony ceremony;
    char token_serial[17]; /* of the last start */
    struct audit_summary summary;
};

/* Copies an item to the end: its number is the list's count. */
MUST_USE status_t audit_list_add(struct audit_list *list, const void *item);
/* 1..count. */
void *audit_list_at(const struct audit_list *list, uint32_t number);

static inline struct span audit_bytes(const struct event *event, enum event_field field)
{
    return event->values[field].bytes;
}

static inline int64_t audit_number(const struct event *event, enum event_field field)
{
    return event->values[field].number;
}

/* The number of the change that the entry names; 0: there is none. */
static inline uint32_t audit_change_of(const struct audit *audit, const struct event *event)
{
    return audit_table_get(&audit->names, AUDIT_NAME_CHANGE, audit_bytes(event, EVENT_CHANGE));
}

/* Copies a text value; the schema's limit is below `size`. */
void audit_text(const struct event *event, enum event_field field, char *ret_text, size_t size);

/* Fills the problem. */
void audit_say_wrong(struct problem *problem, const char *reason, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same as an expression: always STATUS_REFUSED, which the compiler can see. */
#define audit_wrong(...) (audit_say_wrong(__VA_ARGS__), STATUS_REFUSED)

/* A name that must be new, and is now taken. */
MUST_USE status_t audit_take(struct audit *audit, enum audit_name kind, struct span name,
                             uint32_t value, const char *reason, struct problem *problem);

/* A person who may act now: enrolled in one of `roles` ("station|label"), not blocked. */
MUST_USE status_t audit_person_acts(const struct audit *audit, struct span id, const char *roles,
                                    const struct audit_person **ret_person,
                                    struct problem *problem);

/* Enrolled in one of `roles`, blocked or not. */
MUST_USE status_t audit_person_known(const struct audit *audit, struct span id, const char *roles,
                                     struct problem *problem);

/* The next of the units that a recovery announced. */
MUST_USE status_t audit_recovery_unit(struct audit *audit, const struct event *event,
                                      struct problem *problem);

/* The change behind an effect: of this kind and subject, proven by as many people as it needs, and
 * not used before (`once`). With AUDIT_TWO_OR_LIMITS *ret_single tells that one person did it. */
MUST_USE status_t audit_change_effect(struct audit *audit, const struct event *event,
                                      const char *kind, struct span subject,
                                      enum audit_agreement agreement, bool *ret_single,
                                      struct problem *problem);

/* A reservation in the order: its DAC comes with it where the signed product says so, and only
 * there; and it takes a row of order data where the product wants one. */
MUST_USE status_t audit_order_gives(const struct audit *audit, const struct event *event,
                                    struct audit_order *order, struct problem *problem);

/* The order's revision is its product's newest one: the limits of others are for nobody. */
bool audit_product_is_newest(const struct audit *audit, const struct audit_order *order);

/* The person behind the event's change may do alone what the product leaves to named ones. */
bool audit_may_alone(const struct audit *audit, const struct event *event,
                     const struct audit_product *product);

/* The same for a change with one effect for each of many certificates or keys, and always two
 * people. *ret_change is its number. */
MUST_USE status_t audit_change_member(struct audit *audit, const struct event *event,
                                      const char *kind, uint32_t *ret_change,
                                      struct problem *problem);

/* Before each entry: a revocation that is under way must go on with it. */
MUST_USE status_t audit_revoking_goes_on(const struct audit *audit, const struct event *event,
                                         struct problem *problem);

/* The same for a ceremony. */
MUST_USE status_t audit_ceremony_goes_on(const struct audit *audit, const struct event *event,
                                         struct problem *problem);

/* The approved revision of a product, or of the product that a variant ("lamp/white") is of; 0:
 * never approved. */
uint32_t audit_product_find(const struct audit *audit, const char *name, int64_t revision);

/* One handler for each type of event, by its name in types.def. */
#define TYPE(constant, name, ...)                                                                  \
    MUST_USE status_t audit_on_##constant(struct audit *audit, const struct event *event,          \
                                          struct problem *problem);
#include "lib/event/types.def"
#undef TYPE

#endif
