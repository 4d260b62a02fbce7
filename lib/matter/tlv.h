/* Matter TLV (Core Specification, Appendix A), the part a Certification Declaration uses: context
 * and anonymous tags, unsigned integers in their smallest width, strings with a one-octet length,
 * structures and arrays.
 *
 * Readers take an element off the front of *rest; on STATUS_MALFORMED nothing has moved. */
#ifndef MINTMARK_LIB_MATTER_TLV_H
#define MINTMARK_LIB_MATTER_TLV_H

#include <stdbool.h>

#include "lib/base/buf.h"

enum { MATTER_TLV_ANONYMOUS = -1 }; /* in place of a context tag 0..255 */

enum matter_tlv_type {
    MATTER_TLV_UNSIGNED = 0x04, /* one octet; 05 two, 06 four */
    MATTER_TLV_TEXT = 0x0C,
    MATTER_TLV_OCTETS = 0x10,
    MATTER_TLV_STRUCTURE = 0x15,
    MATTER_TLV_ARRAY = 0x16,
    MATTER_TLV_END = 0x18,
};

/* Does an element with this tag come next, of whatever type? False at an end of container. */
bool matter_tlv_next_is(struct span rest, int tag);

MUST_USE status_t matter_tlv_take_open(struct span *rest, int tag, enum matter_tlv_type container);
MUST_USE status_t matter_tlv_take_end(struct span *rest);
MUST_USE status_t matter_tlv_take_unsigned(struct span *rest, int tag, uint32_t max,
                                           uint32_t *ret_value);
MUST_USE status_t matter_tlv_take_string(struct span *rest, int tag, enum matter_tlv_type type,
                                         struct span *ret_content);

void matter_tlv_put_open(struct buf *buf, int tag, enum matter_tlv_type container);
void matter_tlv_put_end(struct buf *buf);
void matter_tlv_put_unsigned(struct buf *buf, int tag, uint32_t value);
/* At most 255 octets. */
void matter_tlv_put_string(struct buf *buf, int tag, enum matter_tlv_type type,
                           struct span content);

#endif
