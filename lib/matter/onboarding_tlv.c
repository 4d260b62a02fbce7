#include "lib/matter/onboarding_tlv.h"

#include "lib/base/utf8.h"
#include "lib/matter/spake2p.h"
#include "lib/matter/tlv.h"

/* SPEC.md "QR payload": context tags of the defined elements. */
enum { TAG_SERIAL_NUMBER, TAG_ITERATIONS, TAG_SALT, TAG_DEVICE_COUNT, TAG_TIMEOUT };

/* Control octet: tag form in the upper three bits, element type in the lower five. */
enum {
    TYPE_MASK = 0x1f,
    TYPE_BOOLEAN = 0x08, /* and 0x09; below: integers of 1, 2, 4, 8 bytes, signed then unsigned */
    TYPE_FLOAT = 0x0a,
    TYPE_DOUBLE = 0x0b,
    TYPE_STRING = 0x0c, /* 0x0c..0x13: UTF-8, then octets; length of 1, 2, 4, 8 bytes */
    TYPE_NULL = 0x14,
    TYPE_STRUCTURE = 0x15,
    TYPE_ARRAY = 0x16,
    TYPE_LIST = 0x17,
    TYPE_END = 0x18,
    TAG_ANONYMOUS = 0,
};

struct cursor {
    const uint8_t *next;
    size_t left;
    uint8_t containers[MATTER_ONBOARDING_TLV_DEPTH_MAX];
    size_t depth;
};

static bool skip(struct cursor *cursor, uint64_t count)
{
    if (count > cursor->left) {
        return false;
    }
    cursor->next += count;
    cursor->left -= (size_t)count;
    return true;
}

/* Over a string: its length field, then its bytes. */
static bool skip_string(struct cursor *cursor, size_t length_size)
{
    const uint8_t *field = cursor->next;
    if (!skip(cursor, length_size)) {
        return false;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < length_size; i++) {
        length |= (uint64_t)field[i] << (8 * i);
    }
    return skip(cursor, length);
}

static bool skip_value(struct cursor *cursor, uint8_t type)
{
    if (type < TYPE_BOOLEAN) {
        return skip(cursor, (uint64_t)1 << (type & 3));
    }
    if (type >= TYPE_STRING && type < TYPE_NULL) {
        return skip_string(cursor, (size_t)1 << (type & 3));
    }
    if (type >= TYPE_STRUCTURE && type <= TYPE_LIST) {
        if (cursor->depth == MATTER_ONBOARDING_TLV_DEPTH_MAX) {
            return false;
        }
        cursor->containers[cursor->depth++] = type;
        return true;
    }
    if (type == TYPE_FLOAT || type == TYPE_DOUBLE) {
        return skip(cursor, type == TYPE_FLOAT ? 4 : 8);
    }
    return type < TYPE_FLOAT || type == TYPE_NULL; /* the type is the value */
}

/* A structure's members carry tags, an array's do not, a list's may. */
static bool tag_allowed(const struct cursor *cursor, uint8_t tag_form)
{
    if (cursor->depth == 0) {
        return tag_form == TAG_ANONYMOUS;
    }
    uint8_t container = cursor->containers[cursor->depth - 1];
    return container == TYPE_LIST || (container == TYPE_ARRAY) == (tag_form == TAG_ANONYMOUS);
}

static bool read_element(struct cursor *cursor)
{
    static const uint8_t tag_sizes[8] = {0, 1, 2, 4, 2, 4, 6, 8};
    uint8_t control = cursor->next[0];
    uint8_t type = control & TYPE_MASK;
    uint8_t tag_form = control >> 5;
    (void)skip(cursor, 1);
    if (type == TYPE_END) {
        cursor->depth--; /* never 0 here: the caller stops behind the outermost structure */
        return tag_form == TAG_ANONYMOUS;
    }
    return tag_allowed(cursor, tag_form) && skip(cursor, tag_sizes[tag_form]) &&
           skip_value(cursor, type);
}

bool matter_onboarding_tlv_valid(struct span tlv)
{
    struct cursor cursor = {.next = tlv.data, .left = tlv.size};
    if (tlv.size == 0 || tlv.data[0] != TYPE_STRUCTURE) {
        return false;
    }
    do {
        if (!read_element(&cursor)) {
            return false;
        }
    } while (cursor.depth > 0 && cursor.left > 0);
    return cursor.depth == 0 && cursor.left == 0;
}

/* ---- writing ---- */

static status_t check_serial_number(const char *serial_number, struct problem *problem)
{
    struct span text = span_text(serial_number);
    if (text.size == 0 || text.size > MATTER_ONBOARDING_SERIAL_MAX || !utf8_is_text(text)) {
        return problem_say(problem, STATUS_INVALID, "SERIAL_NUMBER", "serial-number",
                           "a serial number is UTF-8 text of 1 to %d bytes, not %zu",
                           MATTER_ONBOARDING_SERIAL_MAX, text.size);
    }
    return STATUS_OK;
}

static status_t check_verifier_values(const struct matter_onboarding_extra *extra,
                                      struct problem *problem)
{
    if (extra->iterations != 0 && (extra->iterations < MATTER_SPAKE2P_ITERATIONS_MIN ||
                                   extra->iterations > MATTER_SPAKE2P_ITERATIONS_MAX)) {
        return problem_say(problem, STATUS_INVALID, "ITERATIONS_RANGE", "iterations",
                           "%u iterations: the verifier has from %d to %d", extra->iterations,
                           MATTER_SPAKE2P_ITERATIONS_MIN, MATTER_SPAKE2P_ITERATIONS_MAX);
    }
    if (extra->salt.size != 0 && (extra->salt.size < MATTER_SPAKE2P_SALT_MIN ||
                                  extra->salt.size > MATTER_SPAKE2P_SALT_MAX)) {
        return problem_say(problem, STATUS_INVALID, "SALT_SIZE", "salt",
                           "a salt of %zu bytes: the verifier's has from %d to %d",
                           extra->salt.size, MATTER_SPAKE2P_SALT_MIN, MATTER_SPAKE2P_SALT_MAX);
    }
    return STATUS_OK;
}

static status_t check_vendor(const struct matter_onboarding_extra *extra, struct problem *problem)
{
    for (size_t i = 0; i < extra->vendor_count; i++) {
        const struct matter_onboarding_vendor *vendor = &extra->vendor[i];
        struct span text = span_text(vendor->text);
        if (vendor->tag < MATTER_ONBOARDING_VENDOR_TAG_MIN ||
            (i > 0 && vendor->tag <= extra->vendor[i - 1].tag)) {
            return problem_say(problem, STATUS_INVALID, "VENDOR_TAG", "vendor-data",
                               "tag 0x%02x: vendor elements have tags from 0x%02x to 0xff, each "
                               "once, in rising order",
                               vendor->tag, (unsigned)MATTER_ONBOARDING_VENDOR_TAG_MIN);
        }
        if (text.size > MATTER_ONBOARDING_VENDOR_TEXT_MAX || !utf8_is_text(text)) {
            return problem_say(problem, STATUS_INVALID, "VENDOR_TEXT", "vendor-data",
                               "the element of tag 0x%02x is not UTF-8 text of at most %d bytes",
                               vendor->tag, MATTER_ONBOARDING_VENDOR_TEXT_MAX);
        }
    }
    return STATUS_OK;
}

static void put_number(struct buf *tlv, int tag, uint32_t value)
{
    if (value != 0) {
        matter_tlv_put_unsigned(tlv, tag, value);
    }
}

static void put_members(const struct matter_onboarding_extra *extra, struct buf *tlv)
{
    if (extra->serial_number != NULL) {
        matter_tlv_put_string(tlv, TAG_SERIAL_NUMBER, MATTER_TLV_TEXT,
                              span_text(extra->serial_number));
    }
    put_number(tlv, TAG_ITERATIONS, extra->iterations);
    if (extra->salt.size > 0) {
        matter_tlv_put_string(tlv, TAG_SALT, MATTER_TLV_OCTETS, extra->salt);
    }
    put_number(tlv, TAG_DEVICE_COUNT, extra->device_count);
    put_number(tlv, TAG_TIMEOUT, extra->timeout);
    for (size_t i = 0; i < extra->vendor_count; i++) {
        matter_tlv_put_string(tlv, extra->vendor[i].tag, MATTER_TLV_TEXT,
                              span_text(extra->vendor[i].text));
    }
}

status_t matter_onboarding_tlv_write(const struct matter_onboarding_extra *extra,
                                     struct buf *ret_tlv, struct problem *problem)
{
    if (extra->serial_number != NULL) {
        TRY(check_serial_number(extra->serial_number, problem));
    }
    TRY(check_verifier_values(extra, problem));
    TRY(check_vendor(extra, problem));
    bool something = extra->serial_number != NULL || extra->iterations != 0 ||
                     extra->salt.size != 0 || extra->device_count != 0 || extra->timeout != 0 ||
                     extra->vendor_count != 0;
    if (something) {
        matter_tlv_put_open(ret_tlv, MATTER_TLV_ANONYMOUS, MATTER_TLV_STRUCTURE);
        put_members(extra, ret_tlv);
        matter_tlv_put_end(ret_tlv);
    }
    return buf_status(ret_tlv);
}
