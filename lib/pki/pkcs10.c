#include "lib/pki/pkcs10.h"

#include "lib/pki/der.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"

enum { ATTRIBUTES_TAG = PKI_DER_CONTEXT_CONSTRUCTED(0) };

struct request {
    struct span info; /* as DER: what is signed */
    struct span spki; /* as DER */
    struct span algorithm;
    struct span signature;
};

static status_t malformed(const char *part, status_t status, struct problem *problem)
{
    if (status != STATUS_MALFORMED) {
        return status;
    }
    return problem_say(problem, status, "CSR_MALFORMED", "csr",
                       "the request's %s is not in its strict DER form (RFC 2986): send PKCS#10 "
                       "as DER",
                       part);
}

static status_t parse_info(struct span info, struct span *ret_spki, struct problem *problem)
{
    struct span body;
    uint32_t version;
    struct span subject;
    struct span attributes;
    struct pki_name name;
    TRY(malformed("info", pki_der_take(&info, PKI_DER_SEQUENCE, &body), problem));
    TRY(malformed("version", pki_der_take_number(&body, &version), problem));
    TRY(malformed("version", version == 0 ? STATUS_OK : STATUS_MALFORMED, problem));
    TRY(malformed("subject", pki_der_take_element(&body, PKI_DER_SEQUENCE, &subject), problem));
    TRY(malformed("subject", pki_name_parse(subject, &name), problem));
    TRY(malformed("public key", pki_der_take_element(&body, PKI_DER_SEQUENCE, ret_spki), problem));
    TRY(malformed("attributes", pki_der_take(&body, ATTRIBUTES_TAG, &attributes), problem));
    return malformed("info end", pki_der_end(body), problem);
}

static status_t parse(struct span der, struct request *ret_request, struct problem *problem)
{
    struct span body;
    if (der.size > PKI_CSR_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "CSR_TOO_LARGE", "csr",
                           "the request has %zu octets, more than %d", der.size, PKI_CSR_MAX);
    }
    TRY(malformed("outer sequence", pki_der_take(&der, PKI_DER_SEQUENCE, &body), problem));
    if (der.size > 0) {
        return problem_say(problem, STATUS_MALFORMED, "CSR_TRAILING_BYTES", "csr",
                           "%zu bytes follow the request: send one request alone", der.size);
    }
    TRY(malformed("info", pki_der_take_element(&body, PKI_DER_SEQUENCE, &ret_request->info),
                  problem));
    TRY(malformed("algorithm",
                  pki_der_take_element(&body, PKI_DER_SEQUENCE, &ret_request->algorithm), problem));
    TRY(malformed("signature", pki_der_take_octet_bits(&body, &ret_request->signature), problem));
    TRY(malformed("end", pki_der_end(body), problem));
    return parse_info(ret_request->info, &ret_request->spki, problem);
}

status_t pki_pkcs10_check(struct span der, uint8_t ret_public_key[static 65],
                          struct problem *problem)
{
    struct request request;
    struct span point;
    TRY(parse(der, &request, problem));
    if (pki_plain_key_spki_point(request.spki, &point) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "CSR_CURVE", "csr",
                           "the request's key is not an uncompressed point of the curve P-256 "
                           "(prime256v1): make the device key on that curve");
    }
    if (!span_equal(request.algorithm, pki_oid_algorithm_ecdsa_sha256)) {
        return problem_say(problem, STATUS_INVALID, "CSR_ALGORITHM", "csr",
                           "the request is not signed with ecdsa-with-SHA256: sign it so");
    }
    if (pki_plain_key_verify(point, request.info, request.signature) != STATUS_OK) {
        return problem_say(problem, STATUS_INVALID, "CSR_SIGNATURE", "csr",
                           "the request's signature does not verify under its own key: it was "
                           "damaged, or the device does not hold the key");
    }
    memcpy(ret_public_key, point.data, PKI_POINT_SIZE);
    return STATUS_OK;
}

status_t pki_pkcs10_make(struct span subject, const struct signer *signer, struct buf *ret_der,
                         struct problem *problem)
{
    AUTO(buf_done) struct buf info;
    AUTO(buf_done) struct buf signature;
    struct pki_name name;
    buf_init(&info, PKI_CSR_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    TRY(malformed("subject", pki_name_parse(subject, &name), problem));
    size_t mark = pki_der_open(&info, PKI_DER_SEQUENCE);
    pki_der_put_number(&info, 0);
    buf_append_span(&info, subject);
    buf_append_span(&info, signer->spki);
    pki_der_put(&info, ATTRIBUTES_TAG, (struct span){0});
    pki_der_close(&info, mark);
    TRY(buf_status(&info));
    TRY(signer->sign(signer->context, buf_span(&info), &signature, problem));
    mark = pki_der_open(ret_der, PKI_DER_SEQUENCE);
    buf_append_span(ret_der, buf_span(&info));
    buf_append_span(ret_der, pki_oid_algorithm_ecdsa_sha256);
    pki_der_put_octet_bits(ret_der, buf_span(&signature));
    pki_der_close(ret_der, mark);
    return buf_status(ret_der);
}
