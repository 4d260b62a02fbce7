#include "lib/matter/onboarding_tlv.h"

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
