#include "lib/pki/extension.h"

#include "lib/pki/der.h"

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
