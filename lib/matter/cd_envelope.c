#include "lib/matter/cd_envelope.h"

#include "lib/matter/cd.h"
#include "lib/pki/der.h"
#include "lib/pki/oid.h"

enum { CMS_VERSION = 3, EXPLICIT = PKI_DER_CONTEXT_CONSTRUCTED(0) };

static status_t say(struct problem *problem, status_t status, const char *reason, const char *what)
{
    return problem_say(problem, status, reason, "cd",
                       "the Certification Declaration %s: use the file as the CSA delivered it",
                       what);
}

static status_t at(status_t status, const char *what, struct problem *problem)
{
    return status == STATUS_OK ? STATUS_OK : say(problem, status, "CD_MALFORMED", what);
}

static status_t take_version(struct span *rest, struct problem *problem)
{
    uint32_t version;
    TRY(at(pki_der_take_number(rest, &version), "has no CMS version where one belongs", problem));
    return version == CMS_VERSION
               ? STATUS_OK
               : say(problem, STATUS_REFUSED, "CD_CMS_VERSION", "is not CMS version 3");
}

/* One AlgorithmIdentifier, compared whole: so parameters are refused too. */
static status_t take_algorithm(struct span *rest, struct span wanted, const char *reason,
                               const char *what, struct problem *problem)
{
    struct span algorithm;
    TRY(at(pki_der_take_element(rest, PKI_DER_SEQUENCE, &algorithm),
           "has no algorithm where one belongs", problem));
    return span_equal(algorithm, wanted) ? STATUS_OK : say(problem, STATUS_REFUSED, reason, what);
}

static status_t take_digest(struct span *rest, struct problem *problem)
{
    return take_algorithm(rest, pki_oid_algorithm_sha256, "CD_CMS_DIGEST",
                          "is digested with another algorithm than SHA-256 without parameters",
                          problem);
}

static status_t take_digests(struct span *rest, struct problem *problem)
{
    struct span set;
    TRY(at(pki_der_take(rest, PKI_DER_SET, &set), "has no digestAlgorithms", problem));
    TRY(take_digest(&set, problem));
    return set.size == 0 ? STATUS_OK
                         : say(problem, STATUS_REFUSED, "CD_CMS_DIGEST",
                               "names more than one digest algorithm");
}

static status_t take_content(struct span *rest, struct span *ret_content, struct problem *problem)
{
    static const char bad[] = "has a malformed encapContentInfo";
    struct span info;
    struct span type;
    struct span wrapper;
    TRY(at(pki_der_take(rest, PKI_DER_SEQUENCE, &info), bad, problem));
    TRY(at(pki_der_take_oid(&info, &type), bad, problem));
    if (!span_equal(type, pki_oid_data)) {
        return say(problem, STATUS_REFUSED, "CD_CMS_CONTENT_TYPE",
                   "has another content type than id-data");
    }
    TRY(at(pki_der_take(&info, EXPLICIT, &wrapper), bad, problem));
    TRY(at(pki_der_end(info), bad, problem));
    TRY(at(pki_der_take(&wrapper, PKI_DER_OCTET_STRING, ret_content), bad, problem));
    return at(pki_der_end(wrapper), bad, problem);
}

static status_t take_signer_id(struct span *rest, struct span *ret_key_id, struct problem *problem)
{
    struct span key_id;
    if (pki_der_take(rest, PKI_DER_CONTEXT(0), &key_id) != STATUS_OK ||
        key_id.size != MATTER_KEY_ID_SIZE) {
        return say(problem, STATUS_REFUSED, "CD_CMS_SIGNER_ID",
                   "does not name its signer by a subjectKeyIdentifier of 20 octets");
    }
    *ret_key_id = key_id;
    return STATUS_OK;
}

static status_t parse_signer(struct span signer, struct matter_cd_envelope *envelope,
                             struct problem *problem)
{
    TRY(take_version(&signer, problem));
    TRY(take_signer_id(&signer, &envelope->signer_key_id, problem));
    TRY(take_digest(&signer, problem));
    if (pki_der_next_is(signer, EXPLICIT)) {
        return say(problem, STATUS_REFUSED, "CD_CMS_EXTRA", "has signed attributes");
    }
    TRY(take_algorithm(&signer, pki_oid_algorithm_ecdsa_sha256, "CD_CMS_ALGORITHM",
                       "is not signed with ecdsa-with-SHA256", problem));
    TRY(at(pki_der_take(&signer, PKI_DER_OCTET_STRING, &envelope->signature), "has no signature",
           problem));
    return signer.size == 0 ? STATUS_OK
                            : say(problem, STATUS_REFUSED, "CD_CMS_EXTRA",
                                  "has unsigned attributes or other extra fields");
}

static status_t take_signer(struct span *rest, struct matter_cd_envelope *envelope,
                            struct problem *problem)
{
    struct span set;
    struct span signer;
    if (pki_der_next_is(*rest, PKI_DER_CONTEXT_CONSTRUCTED(0)) ||
        pki_der_next_is(*rest, PKI_DER_CONTEXT_CONSTRUCTED(1))) {
        return say(problem, STATUS_REFUSED, "CD_CMS_EXTRA", "carries certificates or CRLs");
    }
    TRY(at(pki_der_take(rest, PKI_DER_SET, &set), "has no signerInfos", problem));
    TRY(at(pki_der_take(&set, PKI_DER_SEQUENCE, &signer), "has no signer", problem));
    if (set.size > 0) {
        return say(problem, STATUS_REFUSED, "CD_CMS_EXTRA", "has more than one signer");
    }
    return parse_signer(signer, envelope, problem);
}

static status_t open_content_info(struct span der, struct span *ret_signed_data,
                                  struct problem *problem)
{
    static const char bad[] = "is not a CMS signedData in DER";
    struct span info;
    struct span type;
    struct span wrapper;
    if (der.size > MATTER_CD_MAX) {
        return say(problem, STATUS_TOO_LARGE, "CD_TOO_LARGE", "has more than 790 octets");
    }
    TRY(at(pki_der_take(&der, PKI_DER_SEQUENCE, &info), bad, problem));
    if (der.size > 0) {
        return say(problem, STATUS_MALFORMED, "CD_TRAILING_BYTES", "is followed by other bytes");
    }
    TRY(at(pki_der_take_oid(&info, &type), bad, problem));
    TRY(at(span_equal(type, pki_oid_signed_data) ? STATUS_OK : STATUS_MALFORMED, bad, problem));
    TRY(at(pki_der_take(&info, EXPLICIT, &wrapper), bad, problem));
    TRY(at(pki_der_end(info), bad, problem));
    TRY(at(pki_der_take(&wrapper, PKI_DER_SEQUENCE, ret_signed_data), bad, problem));
    return at(pki_der_end(wrapper), bad, problem);
}

status_t matter_cd_envelope_parse(struct span der, struct matter_cd_envelope *ret_envelope,
                                  struct problem *problem)
{
    struct matter_cd_envelope envelope = {0};
    struct span signed_data;
    TRY(open_content_info(der, &signed_data, problem));
    TRY(take_version(&signed_data, problem));
    TRY(take_digests(&signed_data, problem));
    TRY(take_content(&signed_data, &envelope.content, problem));
    TRY(take_signer(&signed_data, &envelope, problem));
    TRY(at(pki_der_end(signed_data), "has extra fields in its signedData", problem));
    *ret_envelope = envelope;
    return STATUS_OK;
}

static void put_content(struct buf *der, struct span content)
{
    size_t info = pki_der_open(der, PKI_DER_SEQUENCE);
    pki_der_put(der, PKI_DER_OID, pki_oid_data);
    size_t wrapper = pki_der_open(der, EXPLICIT);
    pki_der_put(der, PKI_DER_OCTET_STRING, content);
    pki_der_close(der, wrapper);
    pki_der_close(der, info);
}

static void put_signer(struct buf *der, const struct matter_cd_envelope *envelope)
{
    size_t set = pki_der_open(der, PKI_DER_SET);
    size_t signer = pki_der_open(der, PKI_DER_SEQUENCE);
    pki_der_put_number(der, CMS_VERSION);
    pki_der_put(der, PKI_DER_CONTEXT(0), envelope->signer_key_id);
    buf_append_span(der, pki_oid_algorithm_sha256);
    buf_append_span(der, pki_oid_algorithm_ecdsa_sha256);
    pki_der_put(der, PKI_DER_OCTET_STRING, envelope->signature);
    pki_der_close(der, signer);
    pki_der_close(der, set);
}

status_t matter_cd_envelope_make(const struct matter_cd_envelope *envelope, struct buf *ret_der)
{
    size_t info = pki_der_open(ret_der, PKI_DER_SEQUENCE);
    pki_der_put(ret_der, PKI_DER_OID, pki_oid_signed_data);
    size_t wrapper = pki_der_open(ret_der, EXPLICIT);
    size_t signed_data = pki_der_open(ret_der, PKI_DER_SEQUENCE);
    pki_der_put_number(ret_der, CMS_VERSION);
    pki_der_put(ret_der, PKI_DER_SET, pki_oid_algorithm_sha256);
    put_content(ret_der, envelope->content);
    put_signer(ret_der, envelope);
    pki_der_close(ret_der, signed_data);
    pki_der_close(ret_der, wrapper);
    pki_der_close(ret_der, info);
    return buf_status(ret_der);
}
