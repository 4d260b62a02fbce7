/* What a log's entries must say of each other, checked in their order and without the server that
 * wrote them (SPEC.md). Signatures of the log and hashes of its tree are lib/tlog's; certificates
 * are certificate.h's. */
#ifndef MINTMARK_LIB_AUDIT_AUDIT_H
#define MINTMARK_LIB_AUDIT_AUDIT_H

#include "lib/event/event.h"

/* What a product's revision says, as far as an audit needs it. */
struct audit_product {
    uint16_t vendor_id;
    bool dac_supplied;        /* its units bring their DACs with them */
    bool data;                /* each of its units takes a row of order data */
    uint32_t limit_per_order; /* identities; 0: no order of it can be opened by one person */
    uint32_t limit_per_day;   /* 0: no such limit */
    uint32_t rework_percent;  /* of an order's quantity that one person may rework */
    char created_by[512]; /* ";op-1;operator/mes;": who may (pki_spiffe_is_named); "": everybody */
};

/* The certificates that a revocation names. */
struct audit_revocation {
    uint32_t units;
    uint8_t units_sha256[SHA256_SIZE]; /* over their serial numbers, ascending */
};

/* Where the contents of changes come from: they are kept beside the log, by their SHA-256, which
 * the log's entries name. */
struct audit_sources {
    void *context;
    /* Reads the product whose content has this digest; the digest has been checked.
     * STATUS_NOT_FOUND when the content is not there. */
    status_t (*product)(void *context, const uint8_t sha256[static SHA256_SIZE],
                        struct audit_product *ret_product, struct problem *problem);
    /* The same for a revocation. */
    status_t (*revocation)(void *context, const uint8_t sha256[static SHA256_SIZE],
                           struct audit_revocation *ret_revocation, struct problem *problem);
    /* Whether an entry is the key of this number (from 0) in the ceremony's transcript that was
     * signed; *ret_keys: how many it has. STATUS_REFUSED OTHER_CONTENT. */
    status_t (*ceremony)(void *context, const uint8_t sha256[static SHA256_SIZE],
                         const struct event *event, uint32_t number, uint32_t *ret_keys,
                         struct problem *problem);
    /* Whether an entry says what was signed: `sha256` is of the content of the change that it
     * names. STATUS_REFUSED OTHER_CONTENT. */
    status_t (*effect)(void *context, const uint8_t sha256[static SHA256_SIZE],
                       const struct event *event, struct problem *problem);
    /* The first and the last moment of an order, in Unix seconds, as the content of the change that
     * opens or amends it says; the last is the first one that is too late. 0: not said. NULL:
     * orders are not held to them. */
    status_t (*window)(void *context, const uint8_t sha256[static SHA256_SIZE],
                       const struct event *event, int64_t ret_window[static 2],
                       struct problem *problem);
    /* Told of each entry that was found right; NULL: nobody wants it. */
    status_t (*entry)(void *context, const struct event *event, struct problem *problem);
};

/* Numbers for the summary; all that the entries said so far. */
struct audit_summary {
    uint64_t entries;
    uint64_t types[EVENT_TYPE_COUNT];
    uint64_t attempts_failed;
    uint64_t open_intents; /* reserved, not issued: signed or not, nobody can say */
    uint64_t unreported;   /* issued, no end reported */
    uint64_t changes_by_two;
    uint64_t changes_by_one;   /* of kinds that need one */
    uint64_t orders_in_limits; /* opened by one inside approved limits */
    uint64_t changes_rule_off; /* by one, where two would be needed, with the rule off */
    uint64_t keys_served;      /* different ones, of all starts */
    uint64_t keys_unrecorded;  /* of them: without a ceremony on record */
    bool two_person_rule;
    uint64_t software_token_at; /* entry of the first start with a software token */
    bool software_token;
    uint64_t entries_lost; /* written off by recoveries */
    int64_t first_ms;
    int64_t last_ms;
    char origin[97];
};

/* A log that went on under a new origin behind a restored store (SPEC §6). */
struct audit_recovery {
    char old_origin[97];
    uint64_t size;        /* entries of the old log that were kept */
    uint64_t signed_size; /* of the last one that was known to be signed */
    uint8_t signed_root[SHA256_SIZE];
};

struct audit;

/* Borrows the sources. */
MUST_USE status_t audit_new(const struct audit_sources *sources, struct audit **ret_audit);
void audit_free(struct audit *audit); /* accepts NULL */
OWN_POINTER(struct audit, audit_free)

/* The next entry. STATUS_REFUSED or STATUS_MALFORMED: the first thing that is wrong; the problem's
 * field names the entry ("entry 812"), its reason is one of SPEC.md's. Nothing may follow it. */
MUST_USE status_t audit_entry(struct audit *audit, struct span entry, struct problem *problem);

const struct audit_summary *audit_summary(const struct audit *audit);

/* The recovery that ended the log of this origin; NULL: none did. */
const struct audit_recovery *audit_recovery_of(const struct audit *audit, const char *old_origin);

/* One issued certificate as the log announced it, for whoever holds certificates against it. */
struct audit_certificate {
    uint64_t reserved_at; /* entries */
    uint64_t issued_at;
    uint8_t sha256[SHA256_SIZE];
    uint8_t tbs_sha256[SHA256_SIZE];
    uint8_t dac_serial[16];
    bool bought; /* not signed by the service */
    uint8_t public_key[65];
    uint16_t vendor_id;
};

size_t audit_certificate_count(const struct audit *audit);
/* In the order in which they were issued. */
void audit_certificate_get(const struct audit *audit, size_t index,
                           struct audit_certificate *ret_certificate);

#endif
