#include "lib/matter/certificate_ids.h"

#include "lib/matter/certificate.h"
#include "lib/pki/der.h"
#include "lib/pki/oid.h"

enum { ID_DIGITS = 4, PREFIX_SIZE = sizeof(MATTER_CERTIFICATE_IDS_VENDOR_PREFIX) - 1 };

static const uint8_t vendor_oid[] = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0xA2, 0x7C, 0x02, 0x01};
static const uint8_t product_oid[] = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0xA2, 0x7C, 0x02, 0x02};
const struct span matter_certificate_ids_oid_vendor = {vendor_oid, sizeof(vendor_oid)};
const struct span matter_certificate_ids_oid_product = {product_oid, sizeof(product_oid)};

static status_t malformed(struct problem *problem, const char *what)
{
    return problem_say(problem, STATUS_REFUSED, "NAME_IDS", "name", "%s", what); /* SPEC.md C-ID */
}

/* Exactly four upper-case hex digits at `digits`; -1 otherwise. */
static int32_t read_id(const uint8_t *digits)
{
    int32_t id = 0;
    for (size_t i = 0; i < ID_DIGITS; i++) {
        uint8_t digit = digits[i];
        bool decimal = digit >= '0' && digit <= '9';
        if (!decimal && (digit < 'A' || digit > 'F')) {
            return -1;
        }
        id = id * 16 + (decimal ? digit - '0' : digit - 'A' + 10);
    }
    return id;
}

static status_t store_once(int32_t id, int32_t *ret_id, struct problem *problem)
{
    if (*ret_id >= 0) {
        return malformed(problem, "the name carries a vendor or product id twice");
    }
    *ret_id = id;
    return STATUS_OK;
}

/* SPEC.md C-ID-2: UTF8String of exactly four digits. */
static status_t read_attribute(const struct pki_attribute *attribute, int32_t *ret_id,
                               struct problem *problem)
{
    int32_t id = attribute->tag == PKI_DER_UTF8_STRING && attribute->value.size == ID_DIGITS
                     ? read_id(attribute->value.data)
                     : -1;
    if (id < 0) {
        return malformed(problem, "a vendor or product id is not a UTF8String of exactly four "
                                  "upper-case hexadecimal digits");
    }
    return store_once(id, ret_id, problem);
}

static status_t read_oids(const struct pki_name *name, struct matter_ids *ids,
                          struct problem *problem)
{
    for (size_t i = 0; i < name->count; i++) {
        const struct pki_attribute *attribute = &name->attributes[i];
        if (span_equal(attribute->oid, matter_certificate_ids_oid_vendor)) {
            TRY(read_attribute(attribute, &ids->vendor_id, problem));
        } else if (span_equal(attribute->oid, matter_certificate_ids_oid_product)) {
            TRY(read_attribute(attribute, &ids->product_id, problem));
        }
    }
    return STATUS_OK;
}

/* SPEC.md C-ID-4: the leftmost well-formed occurrence counts; a prefix without any is refused. */
static status_t find_in_text(struct span text, const char *prefix, int32_t *ret_id,
                             struct problem *problem)
{
    bool seen = false;
    for (size_t i = 0; i + PREFIX_SIZE <= text.size; i++) {
        if (memcmp(text.data + i, prefix, PREFIX_SIZE) != 0) {
            continue;
        }
        seen = true;
        if (text.size - i < PREFIX_SIZE + ID_DIGITS) {
            continue;
        }
        int32_t id = read_id(text.data + i + PREFIX_SIZE);
        if (id >= 0) {
            return store_once(id, ret_id, problem);
        }
    }
    if (seen) {
        return malformed(problem, "the common name holds \"Mvid:\" or \"Mpid:\" without four "
                                  "upper-case hexadecimal digits behind it");
    }
    return STATUS_OK;
}

static status_t read_common_names(const struct pki_name *name, struct matter_ids *ids,
                                  struct problem *problem)
{
    for (size_t i = 0; i < name->count; i++) {
        const struct pki_attribute *attribute = &name->attributes[i];
        if (!span_equal(attribute->oid, pki_oid_common_name) ||
            (attribute->tag != PKI_DER_UTF8_STRING && attribute->tag != PKI_DER_PRINTABLE_STRING)) {
            continue;
        }
        TRY(find_in_text(attribute->value, MATTER_CERTIFICATE_IDS_VENDOR_PREFIX, &ids->vendor_id,
                         problem));
        TRY(find_in_text(attribute->value, MATTER_CERTIFICATE_IDS_PRODUCT_PREFIX, &ids->product_id,
                         problem));
    }
    return STATUS_OK;
}

status_t matter_certificate_ids(struct span name, struct matter_ids *ret_ids,
                                struct problem *problem)
{
    struct matter_ids ids = {-1, -1};
    struct pki_name parsed;
    if (pki_name_parse(name, &parsed) != STATUS_OK) {
        return problem_say(problem, STATUS_MALFORMED, "NAME_MALFORMED", "name",
                           "the name is not in its strict DER form (RFC 5280)");
    }
    TRY(read_oids(&parsed, &ids, problem));
    if (ids.vendor_id < 0 && ids.product_id < 0) {
        TRY(read_common_names(&parsed, &ids, problem)); /* SPEC.md C-ID-3 */
    }
    *ret_ids = ids;
    return STATUS_OK;
}
