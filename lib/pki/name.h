/* X.501 names: a SEQUENCE of relative names, each a SET of attributes (RFC 5280 §4.1.2.4). */
#ifndef MINTMARK_LIB_PKI_NAME_H
#define MINTMARK_LIB_PKI_NAME_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum { PKI_NAME_ATTRIBUTES_MAX = 32 };

struct pki_attribute {
    struct span oid;
    uint8_t tag; /* of the value */
    struct span value;
    bool alone; /* the only attribute of its relative name */
};

struct pki_name {
    struct pki_attribute attributes[PKI_NAME_ATTRIBUTES_MAX];
    size_t count;
};

/* A Name as DER, whole. STATUS_MALFORMED also for empty sets, unsorted sets and more than
 * PKI_NAME_ATTRIBUTES_MAX attributes; an empty Name is well formed. Borrows `der`. */
MUST_USE status_t pki_name_parse(struct span der, struct pki_name *ret_name);

/* Appends a relative name of one UTF8String attribute; the caller has opened the SEQUENCE. */
void pki_name_put_utf8(struct buf *buf, struct span oid, struct span text);

#endif
