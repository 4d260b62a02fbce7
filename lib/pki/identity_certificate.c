#include "lib/pki/identity_certificate.h"

#include "lib/base/digest.h"
#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"

enum {
    DAY = 86400,
    VERSION_TAG = PKI_DER_CONTEXT_CONSTRUCTED(0),
    EXTENSIONS_TAG = PKI_DER_CONTEXT_CONSTRUCTED(3),
    URI_TAG = PKI_DER_CONTEXT(6), /* GeneralName, uniformResourceIdentifier (RFC 5280 §4.2.1.6) */
};

/* Whole extensions as DER (SPEC.md, "Client certificates"). basicConstraints: the CA with pathLen
 * 0, a client empty. keyUsage: keyCertSign and cRLSign, digitalSignature. extKeyUsage: clientAuth.
 */
static const uint8_t ca_extensions[] = {0x30, 0x12, 0x06, 0x03, 0x55, 0x1D, 0x13, 0x01, 0x01,
                                        0xFF, 0x04, 0x08, 0x30, 0x06, 0x01, 0x01, 0xFF, 0x02,
                                        0x01, 0x00, 0x30, 0x0E, 0x06, 0x03, 0x55, 0x1D, 0x0F,
                                        0x01, 0x01, 0xFF, 0x04, 0x04, 0x03, 0x02, 0x01, 0x06};
static const uint8_t client_extensions[] = {
    0x30, 0x0C, 0x06, 0x03, 0x55, 0x1D, 0x13, 0x01, 0x01, 0xFF, 0x04, 0x02, 0x30,
    0x00, 0x30, 0x0E, 0x06, 0x03, 0x55, 0x1D, 0x0F, 0x01, 0x01, 0xFF, 0x04, 0x04,
    0x03, 0x02, 0x07, 0x80, 0x30, 0x13, 0x06, 0x03, 0x55, 0x1D, 0x25, 0x04, 0x0C,
    0x30, 0x0A, 0x06, 0x08, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};

static bool is_printable(const char *text, size_t most)
{
    size_t length = text == NULL ? 0 : strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return length >= 1 && length <= most;
}

static status_t check_values(const struct pki_identity_certificate *certificate,
                             struct problem *problem)
{
    const char *field = NULL;
    if (!is_printable(certificate->common_name, PKI_IDENTITY_NAME_MAX)) {
        field = "common_name";
    } else if (certificate->uri != NULL && !is_printable(certificate->uri, PKI_SPIFFE_MAX)) {
        field = "uri";
    } else if (certificate->not_before >= certificate->not_after) {
        field = "not_after";
    } else if (pki_plain_key_check_point(certificate->public_key) != STATUS_OK) {
        field = "public_key";
    }
    return field == NULL ? STATUS_OK
                         : problem_say(problem, STATUS_INVALID, "CERTIFICATE_VALUE", field,
                                       "a certificate cannot have this %s", field);
}

static void put_name(struct buf *tbs, const char *common_name)
{
    size_t mark = pki_der_open(tbs, PKI_DER_SEQUENCE);
    pki_name_put_utf8(tbs, pki_oid_common_name, span_text(common_name));
    pki_der_close(tbs, mark);
}

static void put_uri(struct buf *tbs, const char *uri)
{
    size_t extension = pki_der_open(tbs, PKI_DER_SEQUENCE);
    pki_der_put(tbs, PKI_DER_OID, pki_oid_subject_alternative_name);
    size_t value = pki_der_open(tbs, PKI_DER_OCTET_STRING);
    size_t names = pki_der_open(tbs, PKI_DER_SEQUENCE);
    pki_der_put(tbs, URI_TAG, span_text(uri));
    pki_der_close(tbs, names);
    pki_der_close(tbs, value);
    pki_der_close(tbs, extension);
}

static void put_extensions(struct buf *tbs, const struct pki_identity_certificate *certificate)
{
    uint8_t key_id[SHA1_SIZE];
    digest_sha1(certificate->public_key, key_id); /* RFC 5280 §4.2.1.2, method 1 */
    size_t wrapper = pki_der_open(tbs, EXTENSIONS_TAG);
    size_t list = pki_der_open(tbs, PKI_DER_SEQUENCE);
    if (certificate->issuer == NULL) {
        buf_append_span(tbs, SPAN_OF(ca_extensions));
    } else {
        buf_append_span(tbs, SPAN_OF(client_extensions));
        put_uri(tbs, certificate->uri);
    }
    pki_extension_put_subject_key_id(tbs, SPAN_OF(key_id));
    pki_extension_put_authority_key_id(
        tbs, certificate->issuer != NULL ? certificate->issuer->subject_key_id : SPAN_OF(key_id));
    pki_der_close(tbs, list);
    pki_der_close(tbs, wrapper);
}

static status_t put_dates(struct buf *tbs, const struct pki_identity_certificate *certificate)
{
    size_t mark = pki_der_open(tbs, PKI_DER_SEQUENCE);
    TRY(pki_der_put_time(tbs, certificate->not_before));
    TRY(pki_der_put_time(tbs, certificate->not_after));
    pki_der_close(tbs, mark);
    return STATUS_OK;
}

static status_t put_body(struct buf *tbs, const struct pki_identity_certificate *certificate)
{
    uint8_t serial[PKI_IDENTITY_SERIAL_SIZE];
    memcpy(serial, certificate->serial, sizeof(serial));
    serial[0] = (uint8_t)((serial[0] & 0x7F) | 0x40); /* positive, and of one length */
    size_t version = pki_der_open(tbs, VERSION_TAG);
    pki_der_put_number(tbs, 2);
    pki_der_close(tbs, version);
    pki_der_put(tbs, PKI_DER_INTEGER, SPAN_OF(serial));
    buf_append_span(tbs, pki_oid_algorithm_ecdsa_sha256);
    if (certificate->issuer != NULL) {
        buf_append_span(tbs, certificate->issuer->subject); /* the issuer's own bytes */
    } else {
        put_name(tbs, certificate->common_name);
    }
    TRY(put_dates(tbs, certificate));
    put_name(tbs, certificate->common_name);
    TRY(pki_plain_key_spki(certificate->public_key, tbs));
    put_extensions(tbs, certificate);
    return STATUS_OK;
}

status_t pki_identity_certificate_tbs(const struct pki_identity_certificate *certificate,
                                      struct buf *ret_tbs, struct problem *problem)
{
    TRY(check_values(certificate, problem));
    size_t mark = pki_der_open(ret_tbs, PKI_DER_SEQUENCE);
    TRY(put_body(ret_tbs, certificate));
    pki_der_close(ret_tbs, mark);
    return buf_status(ret_tbs);
}

/* The text of `bytes`, or false when it does not fit. */
static bool copy_text(struct span bytes, char *ret_text, size_t size)
{
    if (bytes.size >= size || memchr(bytes.data, '\0', bytes.size) != NULL) {
        return false;
    }
    memcpy(ret_text, bytes.data, bytes.size);
    ret_text[bytes.size] = '\0';
    return true;
}

static bool copy_common_name(struct span der, char *ret_text, size_t size)
{
    struct pki_name name;
    return pki_name_parse(der, &name) == STATUS_OK && name.count == 1 &&
           copy_text(name.attributes[0].value, ret_text, size);
}

/* Built again from what it says it must be the same bytes: nothing else can stand in it. */
static bool is_own_make(const struct pki_certificate *certificate, const char *uri,
                        const struct pki_certificate *issuer)
{
    char common_name[PKI_IDENTITY_NAME_MAX + 1];
    struct pki_identity_certificate again = {
        .common_name = common_name,
        .uri = uri,
        .not_before = certificate->not_before,
        .not_after = certificate->not_after,
        .public_key = certificate->public_key,
        .issuer = issuer,
    };
    if (!copy_common_name(certificate->subject, common_name, sizeof(common_name)) ||
        certificate->serial.size != sizeof(again.serial)) {
        return false;
    }
    memcpy(again.serial, certificate->serial.data, sizeof(again.serial));
    AUTO(buf_done) struct buf tbs;
    struct problem problem = {0};
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    return pki_identity_certificate_tbs(&again, &tbs, &problem) == STATUS_OK &&
           span_equal(buf_span(&tbs), certificate->tbs);
}

static status_t refuse(const char *reason, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, reason, "certificate", "%s", what);
}

status_t pki_identity_certificate_lint(struct span tbs, const struct pki_certificate *ca,
                                       const char *prefix, struct problem *problem)
{
    struct pki_certificate certificate;
    struct span found;
    char uri[PKI_SPIFFE_MAX + 1];
    TRY(pki_certificate_parse_tbs(tbs, &certificate, problem));
    if (pki_spiffe_of(&certificate, &found) != STATUS_OK || !copy_text(found, uri, sizeof(uri)) ||
        !is_own_make(&certificate, uri, ca)) {
        return refuse("IDENTITY_PROFILE", "not exactly a client's certificate of this CA", problem);
    }
    size_t size = strlen(prefix); /* ends with a slash, where the path goes on */
    if (strncmp(uri, prefix, size) != 0 || !pki_spiffe_is_path(span_text(uri + size - 1))) {
        return refuse("IDENTITY_NAME", "the id is not one that this CA may give out", problem);
    }
    if (certificate.not_before < ca->not_before || certificate.not_after > ca->not_after ||
        certificate.not_after - certificate.not_before > (int64_t)PKI_IDENTITY_DAYS_MAX * DAY) {
        return refuse("IDENTITY_DATES", "the dates lie outside the CA's, or too far apart",
                      problem);
    }
    return STATUS_OK;
}

status_t pki_identity_certificate_check_ca(const struct pki_certificate *ca,
                                           struct problem *problem)
{
    if (!is_own_make(ca, NULL, NULL) ||
        pki_certificate_verify(ca, ca->public_key, problem) != STATUS_OK) {
        return refuse("IDENTITY_CA",
                      "not an identity CA's certificate: make one with mintmark-hsm identity "
                      "create",
                      problem);
    }
    return STATUS_OK;
}
