#include "lib/pki/extension.h"

#include "lib/pki/der.h"
#include "lib/pki/oid.h"

const struct pki_extension *pki_extension_find(const struct pki_certificate *certificate,
                                               struct span oid)
{
    for (size_t i = 0; i < certificate->extension_count; i++) {
        if (span_equal(certificate->extensions[i].oid, oid)) {
            return &certificate->extensions[i];
        }
    }
    return NULL;
}

status_t pki_extension_basic_constraints(struct span value,
                                         struct pki_basic_constraints *ret_constraints)
{
    struct pki_basic_constraints constraints = {.path_length = -1};
    struct span sequence;
    TRY(pki_der_take(&value, PKI_DER_SEQUENCE, &sequence));
    TRY(pki_der_end(value));
    if (pki_der_next_is(sequence, PKI_DER_BOOLEAN)) {
        TRY(pki_der_take_boolean(&sequence, &constraints.authority));
        if (!constraints.authority) {
            return STATUS_MALFORMED; /* a default value is not encoded */
        }
    }
    if (sequence.size > 0) {
        uint32_t path_length;
        TRY(pki_der_take_number(&sequence, &path_length));
        constraints.path_length = path_length;
    }
    TRY(pki_der_end(sequence));
    *ret_constraints = constraints;
    return STATUS_OK;
}

status_t pki_extension_key_usage(struct span value, uint32_t *ret_bits)
{
    uint32_t bits;
    TRY(pki_der_take_named_bits(&value, &bits));
    TRY(pki_der_end(value));
    *ret_bits = bits;
    return STATUS_OK;
}

status_t pki_extension_subject_key_id(struct span value, struct span *ret_key_id)
{
    struct span key_id;
    TRY(pki_der_take(&value, PKI_DER_OCTET_STRING, &key_id));
    TRY(pki_der_end(value));
    *ret_key_id = key_id;
    return STATUS_OK;
}

status_t pki_extension_authority_key_id(struct span value, struct pki_authority_key_id *ret_key_id)
{
    struct pki_authority_key_id key_id = {.key_id_only = true};
    struct span sequence;
    TRY(pki_der_take(&value, PKI_DER_SEQUENCE, &sequence));
    TRY(pki_der_end(value));
    if (pki_der_next_is(sequence, PKI_DER_CONTEXT(0))) {
        TRY(pki_der_take(&sequence, PKI_DER_CONTEXT(0), &key_id.key_id));
    }
    static const uint8_t others[] = {PKI_DER_CONTEXT_CONSTRUCTED(1), PKI_DER_CONTEXT(2)};
    for (size_t i = 0; i < sizeof(others); i++) {
        if (pki_der_next_is(sequence, others[i])) {
            struct span ignored;
            TRY(pki_der_take(&sequence, others[i], &ignored));
            key_id.key_id_only = false;
        }
    }
    TRY(pki_der_end(sequence));
    *ret_key_id = key_id;
    return STATUS_OK;
}

status_t pki_extension_take(struct span *list, struct pki_extension *ret_extension)
{
    struct span extension;
    ret_extension->critical = false;
    TRY(pki_der_take(list, PKI_DER_SEQUENCE, &extension));
    TRY(pki_der_take_oid(&extension, &ret_extension->oid));
    if (pki_der_next_is(extension, PKI_DER_BOOLEAN)) {
        TRY(pki_der_take_boolean(&extension, &ret_extension->critical));
        if (!ret_extension->critical) {
            return STATUS_MALFORMED; /* a default value is not encoded */
        }
    }
    TRY(pki_der_take(&extension, PKI_DER_OCTET_STRING, &ret_extension->value));
    return pki_der_end(extension);
}

/* A non-critical extension around whatever is written until close. */
struct mark {
    size_t extension;
    size_t value;
};

static struct mark open_extension(struct buf *buf, struct span oid)
{
    struct mark mark;
    mark.extension = pki_der_open(buf, PKI_DER_SEQUENCE);
    pki_der_put(buf, PKI_DER_OID, oid);
    mark.value = pki_der_open(buf, PKI_DER_OCTET_STRING);
    return mark;
}

static void close_extension(struct buf *buf, struct mark mark)
{
    pki_der_close(buf, mark.value);
    pki_der_close(buf, mark.extension);
}

void pki_extension_put_subject_key_id(struct buf *buf, struct span key_id)
{
    struct mark mark = open_extension(buf, pki_oid_subject_key_id);
    pki_der_put(buf, PKI_DER_OCTET_STRING, key_id);
    close_extension(buf, mark);
}

void pki_extension_put_authority_key_id(struct buf *buf, struct span key_id)
{
    struct mark mark = open_extension(buf, pki_oid_authority_key_id);
    size_t sequence = pki_der_open(buf, PKI_DER_SEQUENCE);
    pki_der_put(buf, PKI_DER_CONTEXT(0), key_id);
    pki_der_close(buf, sequence);
    close_extension(buf, mark);
}

void pki_extension_put_crl_number(struct buf *buf, uint32_t number)
{
    const uint8_t magnitude[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                                 (uint8_t)(number >> 8), (uint8_t)number};
    struct mark mark = open_extension(buf, pki_oid_crl_number);
    pki_der_put_unsigned(buf, SPAN_OF(magnitude));
    close_extension(buf, mark);
}

void pki_extension_put_crl_reason(struct buf *buf, uint8_t reason)
{
    struct mark mark = open_extension(buf, pki_oid_crl_reason);
    pki_der_put(buf, PKI_DER_ENUMERATED, span_make(&reason, 1));
    close_extension(buf, mark);
}
