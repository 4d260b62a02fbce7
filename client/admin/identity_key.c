#include "client/admin/identity_key.h"

#include "client/fingerprint.h"
#include "lib/pki/certificate.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"

status_t identity_key_append(const Mintmark__V1__IdentitySpec *spec, struct buf *ret_text,
                             struct problem *problem)
{
    char text[FINGERPRINT_SIZE];
    uint8_t point[PKI_POINT_SIZE];
    struct pki_certificate certificate;
    if (spec->csr.len > 0) {
        TRY(pki_pkcs10_check(span_make(spec->csr.data, spec->csr.len), point, problem));
        TRY(fingerprint_of_point(SPAN_OF(point), text));
    } else if (spec->certificate.len > 0) {
        TRY(pki_certificate_parse(span_make(spec->certificate.data, spec->certificate.len),
                                  &certificate, problem));
        fingerprint_of_spki(certificate.spki, text);
    } else {
        return STATUS_OK;
    }
    buf_print(ret_text, "  key    SHA-256 %s\n", text);
    return buf_status(ret_text);
}
