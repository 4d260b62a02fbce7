#include "lib/matter/certificate.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/base/utf8.h"
#include "lib/matter/certificate_ids.h"
#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"

enum {
    VENDOR_ID_MAX = 0xFFF4, /* FFF5.. are reserved, 0 is the standard itself (Core Spec §2.5.2) */
    PRODUCT_ID_MAX = 0xFFFF,
    TBS_MAX = PKI_CERTIFICATE_MAX,
    EXTENSIONS_TAG = PKI_DER_CONTEXT_CONSTRUCTED(3),
    VERSION_TAG = PKI_DER_CONTEXT_CONSTRUCTED(0),
};

/* basicConstraints and keyUsage of each kind, whole extensions as DER (SPEC.md C-BC, C-KU): cA only
 * where TRUE, and the bit string without trailing zero bits. */
static const uint8_t authority_usage[] = {0x30, 0x0E, 0x06, 0x03, 0x55, 0x1D, 0x0F, 0x01,
                                          0x01, 0xFF, 0x04, 0x04, 0x03, 0x02, 0x01, 0x06};
static const uint8_t device_usage[] = {0x30, 0x0E, 0x06, 0x03, 0x55, 0x1D, 0x0F, 0x01,
                                       0x01, 0xFF, 0x04, 0x04, 0x03, 0x02, 0x07, 0x80};
static const uint8_t paa_constraints[] = {0x30, 0x12, 0x06, 0x03, 0x55, 0x1D, 0x13,
                                          0x01, 0x01, 0xFF, 0x04, 0x08, 0x30, 0x06,
                                          0x01, 0x01, 0xFF, 0x02, 0x01, 0x01};
static const uint8_t pai_constraints[] = {0x30, 0x12, 0x06, 0x03, 0x55, 0x1D, 0x13,
                                          0x01, 0x01, 0xFF, 0x04, 0x08, 0x30, 0x06,
                                          0x01, 0x01, 0xFF, 0x02, 0x01, 0x00};
static const uint8_t device_constraints[] = {0x30, 0x0C, 0x06, 0x03, 0x55, 0x1D, 0x13,
                                             0x01, 0x01, 0xFF, 0x04, 0x02, 0x30, 0x00};

static const struct {
    struct span constraints;
    struct span usage;
} fixed_extensions[] = {
    [MATTER_PAA] = {{paa_constraints, sizeof(paa_constraints)},
                    {authority_usage, sizeof(authority_usage)}},
    [MATTER_PAI] = {{pai_constraints, sizeof(pai_constraints)},
                    {authority_usage, sizeof(authority_usage)}},
    [MATTER_DAC] = {{device_constraints, sizeof(device_constraints)},
                    {device_usage, sizeof(device_usage)}},
};

static void put_id(struct buf *buf, struct span oid, int32_t id)
{
    char digits[8];
    if (id >= 0) {
        (void)snprintf(digits, sizeof(digits), "%04X", (unsigned)id & 0xFFFF);
        pki_name_put_utf8(buf, oid, span_text(digits));
    }
}

/* SPEC.md C-CN: characters of the name, no control characters, and nothing a commissioner would
 * read as an id. */
static bool common_name_valid(const char *text)
{
    size_t characters = 0;
    if (text == NULL || utf8_length(span_text(text), &characters) != STATUS_OK || characters < 1 ||
        characters > MATTER_COMMON_NAME_MAX) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F) {
            return false;
        }
    }
    return strstr(text, MATTER_CERTIFICATE_IDS_VENDOR_PREFIX) == NULL &&
           strstr(text, MATTER_CERTIFICATE_IDS_PRODUCT_PREFIX) == NULL;
}

status_t matter_certificate_subject(const char *common_name, int32_t vendor_id, int32_t product_id,
                                    struct buf *ret_name)
{
    bool vendor_valid = vendor_id == -1 || (vendor_id >= 1 && vendor_id <= VENDOR_ID_MAX);
    bool product_valid = product_id == -1 || (product_id >= 1 && product_id <= PRODUCT_ID_MAX);
    if (!common_name_valid(common_name) || !vendor_valid || !product_valid) {
        return STATUS_INVALID;
    }
    size_t mark = pki_der_open(ret_name, PKI_DER_SEQUENCE);
    pki_name_put_utf8(ret_name, pki_oid_common_name, span_text(common_name));
    put_id(ret_name, matter_certificate_ids_oid_vendor, vendor_id);
    put_id(ret_name, matter_certificate_ids_oid_product, product_id);
    pki_der_close(ret_name, mark);
    return buf_status(ret_name);
}

/* SPEC.md C-SERIAL: top bit clear, first octet not zero, whatever was drawn. */
static void put_serial(struct buf *tbs, const uint8_t drawn[static MATTER_SERIAL_SIZE])
{
    uint8_t serial[MATTER_SERIAL_SIZE];
    memcpy(serial, drawn, sizeof(serial));
    serial[0] = (uint8_t)((serial[0] & 0x7F) | 0x40);
    pki_der_put(tbs, PKI_DER_INTEGER, SPAN_OF(serial));
}

static status_t put_validity(struct buf *tbs, int64_t not_before, int64_t not_after)
{
    size_t mark = pki_der_open(tbs, PKI_DER_SEQUENCE);
    TRY(pki_der_put_time(tbs, not_before));
    TRY(pki_der_put_time(tbs, not_after));
    pki_der_close(tbs, mark);
    return STATUS_OK;
}

/* SPEC.md C-EXT: these four and no other, in this order. */
static void put_extensions(struct buf *tbs, const struct matter_certificate *certificate)
{
    uint8_t key_id[SHA1_SIZE];
    digest_sha1(certificate->public_key, key_id); /* RFC 5280 §4.2.1.2, method 1 */
    struct span issuer_key_id =
        certificate->issuer != NULL ? certificate->issuer->subject_key_id : SPAN_OF(key_id);
    size_t wrapper = pki_der_open(tbs, EXTENSIONS_TAG);
    size_t list = pki_der_open(tbs, PKI_DER_SEQUENCE);
    buf_append_span(tbs, fixed_extensions[certificate->kind].constraints);
    buf_append_span(tbs, fixed_extensions[certificate->kind].usage);
    pki_extension_put_subject_key_id(tbs, SPAN_OF(key_id));
    pki_extension_put_authority_key_id(tbs, issuer_key_id);
    pki_der_close(tbs, list);
    pki_der_close(tbs, wrapper);
}

static status_t invalid(struct problem *problem, const char *field, const char *what)
{
    return problem_say(problem, STATUS_INVALID, "CERTIFICATE_VALUE", field, "%s", what);
}

static status_t check_values(const struct matter_certificate *certificate, struct problem *problem)
{
    bool is_device = certificate->kind == MATTER_DAC;
    if (!common_name_valid(certificate->common_name)) {
        return invalid(problem, "common_name",
                       "the common name must be 1 to 64 printable characters of UTF-8 without "
                       "\"Mvid:\" or \"Mpid:\"");
    }
    if (certificate->vendor_id == -1
            ? certificate->kind != MATTER_PAA
            : certificate->vendor_id < 1 || certificate->vendor_id > VENDOR_ID_MAX) {
        return invalid(problem, "vendor_id", "the vendor id must be 0x0001 to 0xFFF4");
    }
    if (certificate->product_id == -1
            ? is_device
            : certificate->kind == MATTER_PAA || certificate->product_id < 1 ||
                  certificate->product_id > PRODUCT_ID_MAX) {
        return invalid(problem, "product_id",
                       "the product id must be 0x0001 to 0xFFFF in a DAC, may be absent in a PAI "
                       "and must be absent in a PAA");
    }
    if ((certificate->issuer == NULL) != (certificate->kind == MATTER_PAA)) {
        return invalid(problem, "issuer", "a PAA signs itself; a PAI and a DAC need their issuer");
    }
    if (pki_plain_key_check_point(certificate->public_key) != STATUS_OK) {
        return invalid(problem, "public_key",
                       "the public key is not an uncompressed point of the curve P-256");
    }
    return STATUS_OK;
}

static status_t put_body(struct buf *tbs, const struct matter_certificate *certificate,
                         struct problem *problem)
{
    AUTO(buf_done) struct buf subject;
    buf_init(&subject, TBS_MAX);
    TRY(matter_certificate_subject(certificate->common_name, certificate->vendor_id,
                                   certificate->product_id, &subject));
    size_t version = pki_der_open(tbs, VERSION_TAG);
    pki_der_put_number(tbs, 2);
    pki_der_close(tbs, version);
    put_serial(tbs, certificate->serial);
    buf_append_span(tbs, pki_oid_algorithm_ecdsa_sha256);
    /* SPEC.md C-ISSUER: the issuer's own bytes, never encoded anew */
    buf_append_span(tbs, certificate->issuer != NULL ? certificate->issuer->subject
                                                     : buf_span(&subject));
    if (put_validity(tbs, certificate->not_before, certificate->not_after) != STATUS_OK) {
        return invalid(problem, "not_before", "dates must lie in the years 1950 to 9999");
    }
    buf_append_span(tbs, buf_span(&subject));
    TRY(pki_plain_key_spki(certificate->public_key, tbs));
    put_extensions(tbs, certificate);
    return buf_status(tbs);
}

status_t matter_certificate_tbs(const struct matter_certificate *certificate, struct buf *ret_tbs,
                                struct problem *problem)
{
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, TBS_MAX);
    TRY(check_values(certificate, problem));
    size_t mark = pki_der_open(&tbs, PKI_DER_SEQUENCE);
    TRY(put_body(&tbs, certificate, problem));
    pki_der_close(&tbs, mark);
    TRY(buf_status(&tbs));
    buf_append_span(ret_tbs, buf_span(&tbs));
    return buf_status(ret_tbs);
}

/* The key that signs is the issuer's: found before a signature exists. */
static status_t check_signer(const struct matter_certificate *certificate,
                             const struct signer *signer, struct span *ret_point,
                             struct problem *problem)
{
    struct span expected =
        certificate->issuer != NULL ? certificate->issuer->public_key : certificate->public_key;
    if (pki_plain_key_spki_point(signer->spki, ret_point) != STATUS_OK ||
        !span_equal(*ret_point, expected)) {
        return problem_say(problem, STATUS_REFUSED, "SIGNER_KEY", "signer",
                           "the signing key is not the key of the issuer's certificate: give the "
                           "certificate that belongs to the key");
    }
    return STATUS_OK;
}

status_t matter_certificate_issue(const struct matter_certificate *certificate,
                                  const struct signer *signer, struct buf *ret_der,
                                  struct problem *problem)
{
    AUTO(buf_done) struct buf tbs;
    AUTO(buf_done) struct buf signature;
    AUTO(buf_done) struct buf der;
    struct pki_certificate parsed;
    struct span point;
    buf_init(&tbs, TBS_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&der, PKI_CERTIFICATE_MAX);
    TRY(check_signer(certificate, signer, &point, problem));
    TRY(matter_certificate_tbs(certificate, &tbs, problem));
    TRY(pki_certificate_parse_tbs(buf_span(&tbs), &parsed, problem));
    TRY(matter_certificate_lint(&parsed, certificate->kind, certificate->issuer, false, problem));
    TRY(signer->sign(signer->context, buf_span(&tbs), &signature, problem));
    TRY(pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), &der));
    TRY(pki_certificate_parse(buf_span(&der), &parsed, problem));
    TRY(pki_certificate_verify(&parsed, point, problem));
    TRY(matter_certificate_lint(&parsed, certificate->kind, certificate->issuer, false, problem));
    buf_append_span(ret_der, buf_span(&der));
    return buf_status(ret_der);
}

/* SPEC.md C-TEST: subject key ids of the two public test PAAs, whose private keys everybody has. */
static const uint8_t test_paas[][SHA1_SIZE] = {
    {0x6A, 0xFD, 0x22, 0x77, 0x1F, 0x51, 0x1F, 0xEC, 0xBF, 0x16,
     0x41, 0x97, 0x67, 0x10, 0xDC, 0xDC, 0x31, 0xA1, 0x71, 0x7E},
    {0x78, 0x5C, 0xE7, 0x05, 0xB8, 0x6B, 0x8F, 0x4E, 0x6F, 0xC7,
     0x93, 0xAA, 0x60, 0xCB, 0x43, 0xEA, 0x69, 0x68, 0x82, 0xD5},
};

bool matter_certificate_is_test_paa(const struct pki_certificate *paa)
{
    uint8_t key_id[SHA1_SIZE];
    digest_sha1(paa->public_key, key_id); /* a re-issued certificate may state another id */
    for (size_t i = 0; i < sizeof(test_paas) / sizeof(test_paas[0]); i++) {
        if (memcmp(test_paas[i], key_id, SHA1_SIZE) == 0 ||
            span_equal(paa->subject_key_id, SPAN_OF(test_paas[i]))) {
            return true;
        }
    }
    return false;
}
