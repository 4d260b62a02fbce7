#include "hsm/ceremony/subject.h"

#include <string.h>

#include "lib/pki/der.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"

status_t ceremony_subject_stored(const struct ceremony_token *token, const struct hsm_key *key,
                                 struct buf *ret_name, struct problem *problem)
{
    AUTO(buf_done) struct buf name = {0};
    buf_init(&name, CEREMONY_SUBJECT_MAX);
    if (hsm_object_read(&token->session, key->handle, CKA_SUBJECT, &name) != STATUS_OK ||
        name.size == 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "KEY_NO_SUBJECT", key->label,
                           "key '%s' has no subject stored with it: give --vendor-id and "
                           "--common-name, or make the key with mintmark-hsm pai create",
                           key->label);
    }
    buf_append_span(ret_name, buf_span(&name));
    return buf_status(ret_name);
}

/* CertificationRequest → CertificationRequestInfo → version, subject (RFC 2986 §4). */
static status_t take_csr_subject(struct span csr, struct span *ret_name)
{
    struct span request;
    struct span info;
    uint32_t version = 0;
    TRY(pki_der_take(&csr, PKI_DER_SEQUENCE, &request));
    TRY(pki_der_take(&request, PKI_DER_SEQUENCE, &info));
    TRY(pki_der_take_number(&info, &version));
    return pki_der_take_element(&info, PKI_DER_SEQUENCE, ret_name);
}

status_t ceremony_subject_of_csr(struct span csr, struct buf *ret_name, struct problem *problem)
{
    struct span name;
    if (take_csr_subject(csr, &name) != STATUS_OK) {
        return problem_say(problem, STATUS_MALFORMED, "CSR_MALFORMED", "csr",
                           "the request has no readable subject");
    }
    buf_append_span(ret_name, name);
    return buf_status(ret_name);
}

status_t ceremony_subject_read(struct span name, struct ceremony_subject *ret_subject,
                               struct problem *problem)
{
    struct ceremony_subject subject = {0};
    TRY(matter_certificate_ids(name, &subject.ids, problem));
    struct pki_name parsed;
    TRY(pki_name_parse(name, &parsed));
    for (size_t i = 0; i < parsed.count; i++) {
        const struct pki_attribute *attribute = &parsed.attributes[i];
        if (span_equal(attribute->oid, pki_oid_common_name) &&
            attribute->value.size < sizeof(subject.common_name)) {
            memcpy(subject.common_name, attribute->value.data, attribute->value.size);
            subject.common_name[attribute->value.size] = '\0';
        }
    }
    if (subject.common_name[0] == '\0') {
        return problem_say(problem, STATUS_INVALID, "SUBJECT_CN", "subject",
                           "the subject has no common name: give --common-name");
    }
    *ret_subject = subject;
    return STATUS_OK;
}
