/* What a person signs (SPEC.md): a short text that says who proposes or approves which change, down
 * to the digest of its exact content. It is kept with the change for ever, so that approvals are
 * proven, not believed. */
#ifndef MINTMARK_LIB_APPROVAL_STATEMENT_H
#define MINTMARK_LIB_APPROVAL_STATEMENT_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/base/signer.h"

enum {
    APPROVAL_ORIGIN_MAX = 80,
    APPROVAL_CHANGE_MAX = 32,   /* "product", "order-amend", … */
    APPROVAL_SUBJECT_MAX = 255, /* an order, a product's revision, a SPIFFE id */
    APPROVAL_BY_MAX = 255,
    APPROVAL_STATEMENT_MAX = 1024, /* the whole text */
    APPROVAL_SIGNATURE_MAX = 72,   /* DER, P-256 */
};

enum approval_act { APPROVAL_PROPOSE = 1, APPROVAL_APPROVE = 2 };

struct approval_statement {
    enum approval_act act;
    char origin[APPROVAL_ORIGIN_MAX + 1];   /* of the log it will stand in */
    char change[APPROVAL_CHANGE_MAX + 1];   /* kind of change: lower-case letters and '-' */
    char subject[APPROVAL_SUBJECT_MAX + 1]; /* what it changes */
    uint8_t content[SHA256_SIZE];           /* SHA-256 of the content's exact bytes */
    char by[APPROVAL_BY_MAX + 1];           /* SPIFFE id of whoever signs */
    /* propose: 32 random bytes that make the statement unique; approve: approval_statement_id of
     * the proposal */
    uint8_t reference[SHA256_SIZE];
    int64_t expires; /* Unix seconds; 1970 to 9999 */
};

/* Appends the text. STATUS_INVALID when a value cannot stand in one. */
MUST_USE status_t approval_statement_write(const struct approval_statement *statement,
                                           struct buf *ret_text);

/* Only the exact text that approval_statement_write makes. STATUS_MALFORMED, reason STATEMENT. */
MUST_USE status_t approval_statement_read(struct span text,
                                          struct approval_statement *ret_statement,
                                          struct problem *problem);

/* Names a statement: SHA-256 of its text. A proposal's names its change. */
void approval_statement_id(struct span text, uint8_t ret_id[static SHA256_SIZE]);

/* STATUS_REFUSED, reason SIGNATURE, unless the signature over the text verifies under the key (DER
 * SubjectPublicKeyInfo, P-256; ECDSA with SHA-256). */
MUST_USE status_t approval_statement_verify(struct span spki, struct span text,
                                            struct span signature, struct problem *problem);

/* Whether `approval` approves `proposal` (whose text is given): same origin, change, subject and
 * content, its reference, and another person. Reasons: APPROVAL_MISMATCH, APPROVAL_SAME_PERSON. */
MUST_USE status_t approval_statement_matches(const struct approval_statement *approval,
                                             const struct approval_statement *proposal,
                                             struct span proposal_text, struct problem *problem);

#endif
