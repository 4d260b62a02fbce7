/* DER (ITU-T X.690 §10, §11), strictly: one-octet tags, definite lengths in their shortest form,
 * nothing left over. The reader walks a span; the writer fills a buf.
 *
 * Readers take one element off the front of *rest and advance it. On failure (STATUS_MALFORMED)
 * *rest and the results are untouched. All spans borrow from the bytes read. */
#ifndef MINTMARK_LIB_PKI_DER_H
#define MINTMARK_LIB_PKI_DER_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum {
    PKI_DER_BOOLEAN = 0x01,
    PKI_DER_INTEGER = 0x02,
    PKI_DER_BIT_STRING = 0x03,
    PKI_DER_OCTET_STRING = 0x04,
    PKI_DER_OID = 0x06,
    PKI_DER_ENUMERATED = 0x0A,
    PKI_DER_UTF8_STRING = 0x0C,
    PKI_DER_PRINTABLE_STRING = 0x13,
    PKI_DER_UTC_TIME = 0x17,
    PKI_DER_GENERALIZED_TIME = 0x18,
    PKI_DER_SEQUENCE = 0x30,
    PKI_DER_SET = 0x31,
};
#define PKI_DER_CONTEXT(number) ((uint8_t)(0x80 | (number))) /* primitive */
#define PKI_DER_CONTEXT_CONSTRUCTED(number) ((uint8_t)(0xA0 | (number)))

/* Is the next element's tag `tag`? False at the end. */
bool pki_der_next_is(struct span rest, uint8_t tag);

MUST_USE status_t pki_der_take(struct span *rest, uint8_t tag, struct span *ret_content);
/* The element with its tag and length. */
MUST_USE status_t pki_der_take_element(struct span *rest, uint8_t tag, struct span *ret_element);
MUST_USE status_t pki_der_take_any(struct span *rest, uint8_t *ret_tag, struct span *ret_content);

/* Content octets of an INTEGER in shortest form, sign included. */
MUST_USE status_t pki_der_take_integer(struct span *rest, struct span *ret_content);
/* An INTEGER 0..UINT32_MAX. */
MUST_USE status_t pki_der_take_number(struct span *rest, uint32_t *ret_number);
/* TRUE is FF (X.690 §11.1). */
MUST_USE status_t pki_der_take_boolean(struct span *rest, bool *ret_value);
/* Content octets of an OBJECT IDENTIFIER, checked for shortest form. */
MUST_USE status_t pki_der_take_oid(struct span *rest, struct span *ret_oid);
/* Octets of a BIT STRING without unused bits: keys and signatures. */
MUST_USE status_t pki_der_take_octet_bits(struct span *rest, struct span *ret_octets);
/* A named bit list (X.690 §11.2.2: no trailing zero bits), at most 16 bits; bit 0 of ASN.1 is the
 * least significant bit of *ret_bits. */
MUST_USE status_t pki_der_take_named_bits(struct span *rest, uint32_t *ret_bits);
/* UTCTime through 2049, GeneralizedTime from 2050, seconds, Z (RFC 5280 §4.1.2.5), as Unix time. */
MUST_USE status_t pki_der_take_time(struct span *rest, int64_t *ret_time);

/* STATUS_MALFORMED unless everything was taken. */
MUST_USE status_t pki_der_end(struct span rest);

/* Writers append; a failure shows in buf_status. */

/* Starts a constructed element, or a string filled piece by piece; returns the mark for close. */
size_t pki_der_open(struct buf *buf, uint8_t tag);
/* Writes the length of everything since the matching open. */
void pki_der_close(struct buf *buf, size_t mark);
void pki_der_put(struct buf *buf, uint8_t tag, struct span content);
/* INTEGER from a big-endian number without sign. */
void pki_der_put_unsigned(struct buf *buf, struct span magnitude);
void pki_der_put_number(struct buf *buf, uint8_t number); /* 0..127 */
void pki_der_put_octet_bits(struct buf *buf, struct span octets);
/* Years 1950..9999, else STATUS_INVALID and nothing appended. */
MUST_USE status_t pki_der_put_time(struct buf *buf, int64_t time);

#endif
