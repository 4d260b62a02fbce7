#include "hsm/ceremony/cd_signer.h"

#include "hsm/ceremony/files.h"
#include "lib/base/digest.h"
#include "lib/pki/der.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"

static const char common_name[] = "Mintmark development CD signer";

static void put_name(struct buf *buf)
{
    size_t name = pki_der_open(buf, PKI_DER_SEQUENCE);
    pki_name_put_utf8(buf, pki_oid_common_name, span_text(common_name));
    pki_der_close(buf, name);
}

/* Extension (RFC 5280 §4.1): id, critical when true, value in an OCTET STRING. */
static void put_extension(struct buf *buf, struct span oid, bool critical, struct span value)
{
    static const uint8_t true_octet[] = {0xFF};
    size_t extension = pki_der_open(buf, PKI_DER_SEQUENCE);
    pki_der_put(buf, PKI_DER_OID, oid);
    if (critical) {
        pki_der_put(buf, PKI_DER_BOOLEAN, SPAN_OF(true_octet));
    }
    pki_der_put(buf, PKI_DER_OCTET_STRING, value);
    pki_der_close(buf, extension);
}

static void put_extensions(struct buf *buf, struct span key_id)
{
    static const uint8_t not_authority[] = {0x30, 0x00};                 /* BasicConstraints {} */
    static const uint8_t digital_signature[] = {0x03, 0x02, 0x07, 0x80}; /* KeyUsage bit 0 */
    uint8_t subject_key_id[2 + SHA1_SIZE] = {PKI_DER_OCTET_STRING, SHA1_SIZE};
    memcpy(subject_key_id + 2, key_id.data, SHA1_SIZE);
    size_t wrapper = pki_der_open(buf, PKI_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = pki_der_open(buf, PKI_DER_SEQUENCE);
    put_extension(buf, pki_oid_basic_constraints, true, SPAN_OF(not_authority));
    put_extension(buf, pki_oid_key_usage, true, SPAN_OF(digital_signature));
    put_extension(buf, pki_oid_subject_key_id, false, SPAN_OF(subject_key_id));
    pki_der_close(buf, list);
    pki_der_close(buf, wrapper);
}

static status_t put_tbs(struct buf *buf, struct span spki, struct span key_id, int64_t not_before)
{
    uint8_t serial[MATTER_SERIAL_SIZE];
    TRY(ceremony_files_serial(serial));
    serial[0] = (uint8_t)((serial[0] & 0x7F) | 0x40); /* positive, and never shorter */
    size_t tbs = pki_der_open(buf, PKI_DER_SEQUENCE);
    size_t version = pki_der_open(buf, PKI_DER_CONTEXT_CONSTRUCTED(0));
    pki_der_put_number(buf, 2); /* v3 */
    pki_der_close(buf, version);
    pki_der_put_unsigned(buf, SPAN_OF(serial));
    buf_append_span(buf, pki_oid_algorithm_ecdsa_sha256);
    put_name(buf);
    size_t validity = pki_der_open(buf, PKI_DER_SEQUENCE);
    TRY(pki_der_put_time(buf, not_before));
    TRY(pki_der_put_time(buf, MATTER_NO_EXPIRY));
    pki_der_close(buf, validity);
    put_name(buf);
    buf_append_span(buf, spki);
    put_extensions(buf, key_id);
    pki_der_close(buf, tbs);
    return buf_status(buf);
}

status_t ceremony_cd_signer_certificate(const struct signer *signer, struct span point,
                                        int64_t not_before, struct buf *ret_der,
                                        struct problem *problem)
{
    uint8_t key_id[SHA1_SIZE];
    digest_sha1(point, key_id);
    AUTO(buf_done) struct buf tbs = {0};
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    TRY(put_tbs(&tbs, signer->spki, SPAN_OF(key_id), not_before));
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    TRY(signer->sign(signer->context, buf_span(&tbs), &signature, problem));
    AUTO(buf_done) struct buf der = {0};
    buf_init(&der, PKI_CERTIFICATE_MAX);
    TRY(pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), &der));
    struct pki_certificate parsed; /* nothing leaves that our own reader would not take */
    TRY(pki_certificate_parse(buf_span(&der), &parsed, problem));
    TRY(pki_certificate_verify(&parsed, point, problem));
    buf_append_span(ret_der, buf_span(&der));
    return buf_status(ret_der);
}
