#include "lib/pki/name.h"

#include "lib/pki/der.h"

static status_t parse_attribute(struct span *set, struct pki_attribute *ret_attribute)
{
    struct span pair;
    TRY(pki_der_take(set, PKI_DER_SEQUENCE, &pair));
    TRY(pki_der_take_oid(&pair, &ret_attribute->oid));
    TRY(pki_der_take_any(&pair, &ret_attribute->tag, &ret_attribute->value));
    return pki_der_end(pair);
}

/* X.690 §11.6: the elements of a SET OF ascend as octet strings; twice the same is no set. */
static bool ascends(struct span previous, struct span next)
{
    size_t common = previous.size < next.size ? previous.size : next.size;
    int order = memcmp(previous.data, next.data, common);
    return order < 0 || (order == 0 && previous.size < next.size);
}

static status_t parse_relative_name(struct span set, struct pki_name *name)
{
    struct span previous = {0};
    size_t first = name->count;
    do {
        if (name->count == PKI_NAME_ATTRIBUTES_MAX) {
            return STATUS_MALFORMED;
        }
        const uint8_t *start = set.data;
        struct pki_attribute *attribute = &name->attributes[name->count];
        TRY(parse_attribute(&set, attribute));
        struct span element = span_make(start, (size_t)(set.data - start));
        if (previous.size > 0 && !ascends(previous, element)) {
            return STATUS_MALFORMED;
        }
        previous = element;
        attribute->alone = false;
        name->count++;
    } while (set.size > 0);
    name->attributes[first].alone = name->count == first + 1;
    return STATUS_OK;
}

status_t pki_name_parse(struct span der, struct pki_name *ret_name)
{
    struct pki_name name;
    struct span sequence;
    name.count = 0;
    TRY(pki_der_take(&der, PKI_DER_SEQUENCE, &sequence));
    TRY(pki_der_end(der));
    while (sequence.size > 0) {
        struct span set;
        TRY(pki_der_take(&sequence, PKI_DER_SET, &set));
        TRY(parse_relative_name(set, &name));
    }
    memcpy(ret_name->attributes, name.attributes, name.count * sizeof(name.attributes[0]));
    ret_name->count = name.count;
    return STATUS_OK;
}

void pki_name_put_utf8(struct buf *buf, struct span oid, struct span text)
{
    size_t set = pki_der_open(buf, PKI_DER_SET);
    size_t pair = pki_der_open(buf, PKI_DER_SEQUENCE);
    pki_der_put(buf, PKI_DER_OID, oid);
    pki_der_put(buf, PKI_DER_UTF8_STRING, text);
    pki_der_close(buf, pair);
    pki_der_close(buf, set);
}

/* Octets of the character that starts with `first`; 0 when none does. */
static size_t utf8_size(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0) {
        return 2;
    }
    if (first >= 0xE0 && first < 0xF0) {
        return 3;
    }
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

/* RFC 3629 §4: the second octet's range rules out overlong forms, surrogates and > 10FFFF. */
static bool utf8_second_valid(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second < 0xA0;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second < 0x90;
    default:
        return true;
    }
}

status_t pki_name_utf8_length(struct span text, size_t *ret_characters)
{
    size_t characters = 0;
    for (size_t i = 0; i < text.size; characters++) {
        size_t size = utf8_size(text.data[i]);
        if (size == 0 || size > text.size - i) {
            return STATUS_MALFORMED;
        }
        if (size > 1 && !utf8_second_valid(text.data[i], text.data[i + 1])) {
            return STATUS_MALFORMED;
        }
        for (size_t j = 1; j < size; j++) {
            if ((text.data[i + j] & 0xC0) != 0x80) {
                return STATUS_MALFORMED;
            }
        }
        i += size;
    }
    *ret_characters = characters;
    return STATUS_OK;
}
