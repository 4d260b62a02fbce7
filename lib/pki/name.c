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
