#include "hsm/ceremony/certificate_object.h"

#include <string.h>

#include "hsm/rv.h"
#include "lib/pki/der.h"

status_t ceremony_certificate_object_read(const struct ceremony_token *token,
                                          const struct hsm_key *key, struct buf *ret_der,
                                          struct problem *problem)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE template[2] = {hsm_attribute(CKA_CLASS, &class, sizeof(class)),
                                hsm_attribute(CKA_ID, key->id, key->id_size)};
    CK_OBJECT_HANDLE found[2];
    CK_ULONG count = 0;
    if (key->id_size == 0) {
        return STATUS_NOT_FOUND; /* an empty id would match every certificate without one */
    }
    TRY(hsm_object_find(&token->session, template, 2, found, 2, &count, problem));
    if (count == 0) {
        return STATUS_NOT_FOUND;
    }
    if (count > 1) {
        return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_AMBIGUOUS", key->label,
                           "the token has several certificates for key '%s': remove the wrong ones",
                           key->label);
    }
    return hsm_object_read(&token->session, found[0], CKA_VALUE, ret_der);
}

static status_t store(const struct ceremony_token *token, const struct hsm_key *key,
                      const struct pki_certificate *certificate, struct problem *problem)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL no = CK_FALSE;
    AUTO(buf_done) struct buf serial = {0}; /* CKA_SERIAL_NUMBER is the INTEGER, DER */
    buf_init(&serial, PKI_SERIAL_MAX + 8);
    pki_der_put(&serial, PKI_DER_INTEGER, certificate->serial);
    TRY(buf_status(&serial));
    CK_ATTRIBUTE template[] = {
        hsm_attribute(CKA_CLASS, &class, sizeof(class)),
        hsm_attribute(CKA_CERTIFICATE_TYPE, &type, sizeof(type)),
        hsm_attribute(CKA_TOKEN, &yes, sizeof(yes)),
        hsm_attribute(CKA_PRIVATE, &no, sizeof(no)),
        hsm_attribute(CKA_LABEL, key->label, strlen(key->label)),
        hsm_attribute(CKA_ID, key->id, key->id_size),
        hsm_attribute(CKA_SUBJECT, certificate->subject.data, certificate->subject.size),
        hsm_attribute(CKA_ISSUER, certificate->issuer.data, certificate->issuer.size),
        hsm_attribute(CKA_SERIAL_NUMBER, serial.data, serial.size),
        hsm_attribute(CKA_VALUE, certificate->der.data, certificate->der.size),
    };
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    CK_RV rv = token->module.calls->C_CreateObject(token->session.handle, template,
                                                   sizeof(template) / sizeof(template[0]), &object);
    return hsm_rv_say(problem, rv, "C_CreateObject");
}

status_t ceremony_certificate_object_write(const struct ceremony_token *token,
                                           const struct hsm_key *key,
                                           const struct pki_certificate *certificate,
                                           bool *ret_stored, struct problem *problem)
{
    AUTO(buf_done) struct buf found = {0};
    buf_init(&found, PKI_CERTIFICATE_MAX);
    status_t status = ceremony_certificate_object_read(token, key, &found, problem);
    if (status == STATUS_NOT_FOUND && key->id_size > 0) {
        *ret_stored = true;
        return store(token, key, certificate, problem);
    }
    TRY(status);
    if (!span_equal(buf_span(&found), certificate->der)) {
        return problem_say(problem, STATUS_EXISTS, "CERTIFICATE_EXISTS", key->label,
                           "key '%s' has another certificate in the token: a PAI keeps its "
                           "certificate, make a new PAI for a new one",
                           key->label);
    }
    *ret_stored = false;
    return STATUS_OK;
}
