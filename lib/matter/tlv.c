#include "lib/matter/tlv.h"

#include <assert.h>

enum { TYPE_MASK = 0x1F, FORM_MASK = 0xE0, FORM_CONTEXT = 0x20 };

struct head {
    int tag;
    uint8_t type;
    size_t size;
};

static status_t read_head(struct span rest, struct head *ret_head)
{
    if (rest.size == 0) {
        return STATUS_MALFORMED;
    }
    uint8_t form = rest.data[0] & FORM_MASK;
    uint8_t type = rest.data[0] & TYPE_MASK;
    if (form == FORM_CONTEXT && rest.size >= 2) {
        *ret_head = (struct head){rest.data[1], type, 2};
        return STATUS_OK;
    }
    if (form == 0) {
        *ret_head = (struct head){MATTER_TLV_ANONYMOUS, type, 1};
        return STATUS_OK;
    }
    return STATUS_MALFORMED; /* profile tags have no place here */
}

static struct span behind(struct span rest, size_t count)
{
    return span_make(rest.data + count, rest.size - count);
}

bool matter_tlv_next_is(struct span rest, int tag)
{
    struct head head;
    return read_head(rest, &head) == STATUS_OK && head.tag == tag && head.type != MATTER_TLV_END;
}

static status_t take_head(struct span *rest, int tag, uint8_t type)
{
    struct head head;
    TRY(read_head(*rest, &head));
    if (head.tag != tag || head.type != type) {
        return STATUS_MALFORMED;
    }
    *rest = behind(*rest, head.size);
    return STATUS_OK;
}

status_t matter_tlv_take_open(struct span *rest, int tag, enum matter_tlv_type container)
{
    return take_head(rest, tag, (uint8_t)container);
}

status_t matter_tlv_take_end(struct span *rest)
{
    return take_head(rest, MATTER_TLV_ANONYMOUS, MATTER_TLV_END);
}

status_t matter_tlv_take_unsigned(struct span *rest, int tag, uint32_t max, uint32_t *ret_value)
{
    struct head head;
    TRY(read_head(*rest, &head));
    size_t width = head.type < MATTER_TLV_UNSIGNED || head.type > MATTER_TLV_UNSIGNED + 2
                       ? 0
                       : (size_t)1 << (head.type - MATTER_TLV_UNSIGNED);
    if (head.tag != tag || width == 0 || rest->size - head.size < width) {
        return STATUS_MALFORMED;
    }
    uint32_t value = 0;
    for (size_t i = width; i-- > 0;) {
        value = value << 8 | rest->data[head.size + i];
    }
    if ((width == 2 && value <= UINT8_MAX) || (width == 4 && value <= UINT16_MAX) || value > max) {
        return STATUS_MALFORMED;
    }
    *rest = behind(*rest, head.size + width);
    *ret_value = value;
    return STATUS_OK;
}

status_t matter_tlv_take_string(struct span *rest, int tag, enum matter_tlv_type type,
                                struct span *ret_content)
{
    struct span after = *rest;
    TRY(take_head(&after, tag, (uint8_t)type));
    if (after.size == 0 || after.data[0] > after.size - 1) {
        return STATUS_MALFORMED;
    }
    *ret_content = span_make(after.data + 1, after.data[0]);
    *rest = behind(after, (size_t)1 + ret_content->size);
    return STATUS_OK;
}

static void put_head(struct buf *buf, int tag, unsigned type)
{
    buf_append_byte(buf, (uint8_t)(tag == MATTER_TLV_ANONYMOUS ? type : FORM_CONTEXT | type));
    if (tag != MATTER_TLV_ANONYMOUS) {
        buf_append_byte(buf, (uint8_t)tag);
    }
}

void matter_tlv_put_open(struct buf *buf, int tag, enum matter_tlv_type container)
{
    put_head(buf, tag, container);
}

void matter_tlv_put_end(struct buf *buf)
{
    put_head(buf, MATTER_TLV_ANONYMOUS, MATTER_TLV_END);
}

void matter_tlv_put_unsigned(struct buf *buf, int tag, uint32_t value)
{
    if (value <= UINT8_MAX) {
        put_head(buf, tag, MATTER_TLV_UNSIGNED);
        buf_append_byte(buf, (uint8_t)value);
    } else if (value <= UINT16_MAX) {
        put_head(buf, tag, MATTER_TLV_UNSIGNED + 1);
        buf_append_le16(buf, (uint16_t)value);
    } else {
        put_head(buf, tag, MATTER_TLV_UNSIGNED + 2);
        buf_append_le32(buf, value);
    }
}

void matter_tlv_put_string(struct buf *buf, int tag, enum matter_tlv_type type, struct span content)
{
    assert(content.size <= UINT8_MAX);
    put_head(buf, tag, type);
    buf_append_byte(buf, (uint8_t)content.size);
    buf_append_span(buf, content);
}
