#include "lib/pki/certificate.h"

#include "lib/base/digest.h"
#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"

enum {
    VERSION_TAG = PKI_DER_CONTEXT_CONSTRUCTED(0),
    EXTENSIONS_TAG = PKI_DER_CONTEXT_CONSTRUCTED(3)
};

/* Names the part that could not be read; other failures pass unchanged. */
static status_t at(const char *part, status_t status, struct problem *problem)
{
    if (status != STATUS_MALFORMED) {
        return status;
    }
    return problem_say(problem, status, "CERTIFICATE_MALFORMED", part,
                       "the certificate's %s is not in its strict DER form (RFC 5280): have it "
                       "issued again",
                       part);
}

/* An absent version is 1; an encoded one is therefore 2 or 3 (X.690 §11.5). */
static status_t parse_version(struct span *rest, int *ret_version)
{
    if (!pki_der_next_is(*rest, VERSION_TAG)) {
        *ret_version = 1;
        return STATUS_OK;
    }
    struct span explicit_version;
    uint32_t number;
    TRY(pki_der_take(rest, VERSION_TAG, &explicit_version));
    TRY(pki_der_take_number(&explicit_version, &number));
    TRY(pki_der_end(explicit_version));
    if (number != 1 && number != 2) {
        return STATUS_MALFORMED;
    }
    *ret_version = (int)number + 1;
    return STATUS_OK;
}

static status_t parse_serial(struct span *rest, struct span *ret_serial)
{
    struct span serial;
    TRY(pki_der_take_integer(rest, &serial));
    /* 20 octets of number; a set top bit costs one more (RFC 5280 §4.1.2.2) */
    if (serial.size > PKI_SERIAL_MAX + 1) {
        return STATUS_MALFORMED;
    }
    *ret_serial = serial;
    return STATUS_OK;
}

static status_t parse_algorithm(struct span *rest, struct span *ret_algorithm)
{
    struct span sequence;
    struct span oid;
    TRY(pki_der_take_element(rest, PKI_DER_SEQUENCE, ret_algorithm));
    struct span whole = *ret_algorithm;
    TRY(pki_der_take(&whole, PKI_DER_SEQUENCE, &sequence));
    TRY(pki_der_take_oid(&sequence, &oid));
    if (sequence.size > 0) {
        uint8_t tag;
        struct span parameters;
        TRY(pki_der_take_any(&sequence, &tag, &parameters));
    }
    return pki_der_end(sequence);
}

static status_t parse_name(struct span *rest, struct span *ret_name)
{
    struct pki_name name;
    TRY(pki_der_take_element(rest, PKI_DER_SEQUENCE, ret_name));
    return pki_name_parse(*ret_name, &name);
}

static status_t parse_validity(struct span *rest, struct pki_certificate *certificate)
{
    struct span validity;
    TRY(pki_der_take(rest, PKI_DER_SEQUENCE, &validity));
    TRY(pki_der_take_time(&validity, &certificate->not_before));
    TRY(pki_der_take_time(&validity, &certificate->not_after));
    return pki_der_end(validity);
}

static status_t parse_key(struct span *rest, struct pki_certificate *certificate)
{
    struct span spki;
    struct span algorithm;
    TRY(pki_der_take_element(rest, PKI_DER_SEQUENCE, &certificate->spki));
    struct span whole = certificate->spki;
    TRY(pki_der_take(&whole, PKI_DER_SEQUENCE, &spki));
    TRY(parse_algorithm(&spki, &algorithm));
    TRY(pki_der_take_octet_bits(&spki, &certificate->public_key));
    return pki_der_end(spki);
}

static status_t parse_extensions(struct span *rest, struct pki_certificate *certificate)
{
    struct span wrapper;
    struct span list;
    if (!pki_der_next_is(*rest, EXTENSIONS_TAG)) {
        return STATUS_OK;
    }
    TRY(pki_der_take(rest, EXTENSIONS_TAG, &wrapper));
    TRY(pki_der_take(&wrapper, PKI_DER_SEQUENCE, &list));
    TRY(pki_der_end(wrapper));
    do {
        if (certificate->extension_count == PKI_EXTENSIONS_MAX) {
            return STATUS_MALFORMED;
        }
        struct pki_extension extension;
        TRY(pki_extension_take(&list, &extension));
        if (pki_extension_find(certificate, extension.oid) != NULL) {
            return STATUS_MALFORMED; /* at most one instance (RFC 5280 §4.2) */
        }
        certificate->extensions[certificate->extension_count++] = extension;
    } while (list.size > 0);
    return STATUS_OK;
}

static status_t parse_key_ids(struct pki_certificate *certificate)
{
    const struct pki_extension *subject = pki_extension_find(certificate, pki_oid_subject_key_id);
    if (subject != NULL) {
        TRY(pki_extension_subject_key_id(subject->value, &certificate->subject_key_id));
    }
    const struct pki_extension *authority =
        pki_extension_find(certificate, pki_oid_authority_key_id);
    if (authority != NULL) {
        struct pki_authority_key_id key_id;
        TRY(pki_extension_authority_key_id(authority->value, &key_id));
        certificate->authority_key_id = key_id.key_id;
    }
    return STATUS_OK;
}

static status_t parse_names(struct span *body, struct pki_certificate *certificate,
                            struct problem *problem)
{
    TRY(at("issuer", parse_name(body, &certificate->issuer), problem));
    TRY(at("validity", parse_validity(body, certificate), problem));
    return at("subject", parse_name(body, &certificate->subject), problem);
}

/* The fields of a TBSCertificate, in their order (RFC 5280 §4.1). */
static status_t parse_body(struct span body, struct pki_certificate *certificate,
                           struct problem *problem)
{
    TRY(at("version", parse_version(&body, &certificate->version), problem));
    TRY(at("serialNumber", parse_serial(&body, &certificate->serial), problem));
    TRY(at("signature", parse_algorithm(&body, &certificate->tbs_algorithm), problem));
    TRY(parse_names(&body, certificate, problem));
    TRY(at("subjectPublicKeyInfo", parse_key(&body, certificate), problem));
    TRY(at("extensions", parse_extensions(&body, certificate), problem));
    return at("tbsCertificate end", pki_der_end(body), problem);
}

static status_t parse_tbs(struct span tbs, struct pki_certificate *certificate,
                          struct problem *problem)
{
    struct span rest = tbs;
    struct span body;
    certificate->tbs = tbs;
    TRY(at("tbsCertificate", pki_der_take(&rest, PKI_DER_SEQUENCE, &body), problem));
    TRY(at("tbsCertificate end", pki_der_end(rest), problem));
    TRY(parse_body(body, certificate, problem));
    return at("key identifiers", parse_key_ids(certificate), problem);
}

status_t pki_certificate_parse_tbs(struct span tbs, struct pki_certificate *ret_certificate,
                                   struct problem *problem)
{
    struct pki_certificate certificate = {0};
    TRY(parse_tbs(tbs, &certificate, problem));
    *ret_certificate = certificate;
    return STATUS_OK;
}

static status_t check_outside(struct span der, struct problem *problem)
{
    struct span rest = der;
    struct span whole;
    if (der.size > PKI_CERTIFICATE_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "CERTIFICATE_TOO_LARGE", "certificate",
                           "the certificate has %zu octets, more than %d", der.size,
                           PKI_CERTIFICATE_MAX);
    }
    TRY(at("outer sequence", pki_der_take(&rest, PKI_DER_SEQUENCE, &whole), problem));
    if (rest.size > 0) {
        return problem_say(problem, STATUS_MALFORMED, "CERTIFICATE_TRAILING_BYTES", "certificate",
                           "%zu bytes follow the certificate: give one certificate alone",
                           rest.size);
    }
    return STATUS_OK;
}

status_t pki_certificate_parse(struct span der, struct pki_certificate *ret_certificate,
                               struct problem *problem)
{
    struct pki_certificate certificate = {0};
    struct span whole = der;
    struct span body;
    struct span tbs;
    TRY(check_outside(der, problem));
    TRY(pki_der_take(&whole, PKI_DER_SEQUENCE, &body));
    TRY(at("tbsCertificate", pki_der_take_element(&body, PKI_DER_SEQUENCE, &tbs), problem));
    TRY(parse_tbs(tbs, &certificate, problem));
    TRY(at("signatureAlgorithm", parse_algorithm(&body, &certificate.signature_algorithm),
           problem));
    TRY(at("signatureValue", pki_der_take_octet_bits(&body, &certificate.signature), problem));
    TRY(at("end", pki_der_end(body), problem));
    certificate.der = der;
    *ret_certificate = certificate;
    return STATUS_OK;
}

status_t pki_certificate_assemble(struct span tbs, struct span signature, struct buf *ret_der)
{
    struct pki_certificate certificate;
    TRY(pki_certificate_parse_tbs(tbs, &certificate, NULL));
    size_t mark = pki_der_open(ret_der, PKI_DER_SEQUENCE);
    buf_append_span(ret_der, tbs);
    buf_append_span(ret_der, certificate.tbs_algorithm);
    pki_der_put_octet_bits(ret_der, signature);
    pki_der_close(ret_der, mark);
    return buf_status(ret_der);
}

status_t pki_certificate_verify(const struct pki_certificate *certificate, struct span public_key,
                                struct problem *problem)
{
    if (!span_equal(certificate->tbs_algorithm, pki_oid_algorithm_ecdsa_sha256) ||
        !span_equal(certificate->signature_algorithm, pki_oid_algorithm_ecdsa_sha256)) {
        return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_ALGORITHM", "signatureAlgorithm",
                           "the certificate is not signed with ecdsa-with-SHA256 in both places: "
                           "have it issued again with that algorithm");
    }
    status_t status = pki_plain_key_verify(public_key, certificate->tbs, certificate->signature);
    if (status == STATUS_OK || status == STATUS_NO_MEMORY) {
        return status;
    }
    return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_SIGNATURE", "signatureValue",
                       "the certificate's signature was not made by its issuer's key: give the "
                       "issuer's certificate that belongs to it");
}

status_t pki_certificate_name(const struct pki_certificate *certificate,
                              uint8_t ret_name[static PKI_CERTIFICATE_NAME_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    AUTO(buf_done) struct buf named;
    buf_init(&named, PKI_CERTIFICATE_MAX);
    buf_append_span(&named, certificate->authority_key_id);
    buf_append_span(&named, certificate->serial);
    TRY(buf_status(&named));
    digest_sha256(buf_span(&named), digest);
    memcpy(ret_name, digest, PKI_CERTIFICATE_NAME_SIZE);
    return STATUS_OK;
}
