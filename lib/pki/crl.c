#include "lib/pki/crl.h"

#include "lib/pki/certificate.h"
#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"

enum {
    VERSION_V2 = 1,
    EXTENSIONS_TAG = PKI_DER_CONTEXT_CONSTRUCTED(0),
    REASON_LAST = 10,
    REASON_UNUSED = 7,
};

/* Names the part that could not be read; other failures pass unchanged. */
static status_t at(const char *part, status_t status, struct problem *problem)
{
    if (status != STATUS_MALFORMED) {
        return status;
    }
    return problem_say(problem, status, "CRL_MALFORMED", part,
                       "the revocation list's %s is not in its strict DER form (RFC 5280 §5): "
                       "have it issued again",
                       part);
}

/* An absent version is v1; an encoded one is v2 and nothing else (RFC 5280 §5.1.2.1). */
static status_t parse_version(struct span *rest, int *ret_version)
{
    uint32_t number = 0;
    if (!pki_der_next_is(*rest, PKI_DER_INTEGER)) {
        *ret_version = 1;
        return STATUS_OK;
    }
    TRY(pki_der_take_number(rest, &number));
    *ret_version = 2;
    return number == VERSION_V2 ? STATUS_OK : STATUS_MALFORMED;
}

static status_t parse_issuer(struct span *rest, struct span *ret_issuer)
{
    struct pki_name name;
    TRY(pki_der_take_element(rest, PKI_DER_SEQUENCE, ret_issuer));
    return pki_name_parse(*ret_issuer, &name);
}

static bool next_is_time(struct span rest)
{
    return pki_der_next_is(rest, PKI_DER_UTC_TIME) ||
           pki_der_next_is(rest, PKI_DER_GENERALIZED_TIME);
}

static status_t parse_dates(struct span *rest, struct pki_crl *crl)
{
    crl->next_update = -1;
    TRY(pki_der_take_time(rest, &crl->this_update));
    return next_is_time(*rest) ? pki_der_take_time(rest, &crl->next_update) : STATUS_OK;
}

/* ReasonCode: 0 is said by leaving the extension out, 7 is not used (RFC 5280 §5.3.1). */
static status_t parse_reason(struct span value, enum pki_crl_reason *ret_reason)
{
    struct span content;
    TRY(pki_der_take(&value, PKI_DER_ENUMERATED, &content));
    TRY(pki_der_end(value));
    if (content.size != 1 || content.data[0] == PKI_CRL_UNSPECIFIED ||
        content.data[0] == REASON_UNUSED || content.data[0] > REASON_LAST) {
        return STATUS_MALFORMED;
    }
    *ret_reason = (enum pki_crl_reason)content.data[0];
    return STATUS_OK;
}

static status_t parse_entry_extensions(struct span *body, struct pki_crl_entry *entry)
{
    struct span list;
    bool has_reason = false;
    TRY(pki_der_take(body, PKI_DER_SEQUENCE, &list));
    do {
        struct pki_extension extension;
        TRY(pki_extension_take(&list, &extension));
        if (!span_equal(extension.oid, pki_oid_crl_reason)) {
            entry->others = true;
            continue;
        }
        if (has_reason || extension.critical) {
            return STATUS_MALFORMED;
        }
        has_reason = true;
        TRY(parse_reason(extension.value, &entry->reason));
    } while (list.size > 0);
    return STATUS_OK;
}

static status_t parse_entry(struct span *entries, struct pki_crl_entry *ret_entry)
{
    struct span body;
    *ret_entry = (struct pki_crl_entry){0};
    TRY(pki_der_take(entries, PKI_DER_SEQUENCE, &body));
    TRY(pki_der_take_integer(&body, &ret_entry->serial));
    if (ret_entry->serial.size > PKI_SERIAL_MAX + 1) {
        return STATUS_MALFORMED; /* as a certificate's (RFC 5280 §4.1.2.2) */
    }
    TRY(pki_der_take_time(&body, &ret_entry->time));
    if (body.size > 0) {
        TRY(parse_entry_extensions(&body, ret_entry));
    }
    return pki_der_end(body);
}

status_t pki_crl_next(struct span *entries, struct pki_crl_entry *ret_entry)
{
    return entries->size == 0 ? STATUS_NOT_FOUND : parse_entry(entries, ret_entry);
}

/* The list is left out when nothing is revoked, never empty (RFC 5280 §5.1.2.6). */
static status_t parse_entries(struct span *rest, struct pki_crl *crl)
{
    struct pki_crl_entry entry;
    if (!pki_der_next_is(*rest, PKI_DER_SEQUENCE)) {
        return STATUS_OK;
    }
    TRY(pki_der_take(rest, PKI_DER_SEQUENCE, &crl->entries));
    struct span list = crl->entries;
    do {
        TRY(parse_entry(&list, &entry));
        crl->entry_count++;
    } while (list.size > 0);
    return STATUS_OK;
}

static status_t parse_authority_key_id(struct span value, struct pki_crl *crl)
{
    struct pki_authority_key_id key_id;
    if (crl->authority_key_id.data != NULL) {
        return STATUS_MALFORMED; /* at most one instance */
    }
    TRY(pki_extension_authority_key_id(value, &key_id));
    crl->authority_key_id = key_id.key_id;
    crl->authority_key_id_only = key_id.key_id_only;
    return STATUS_OK;
}

static status_t parse_number(struct span value, struct pki_crl *crl)
{
    if (crl->number.size > 0) {
        return STATUS_MALFORMED; /* at most one instance */
    }
    TRY(pki_der_take_integer(&value, &crl->number));
    TRY(pki_der_end(value));
    bool negative = (crl->number.data[0] & 0x80) != 0;
    return negative || crl->number.size > PKI_CRL_NUMBER_MAX ? STATUS_MALFORMED : STATUS_OK;
}

static status_t parse_extensions(struct span *rest, struct pki_crl *crl)
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
        struct pki_extension extension;
        if (crl->extension_count == PKI_EXTENSIONS_MAX) {
            return STATUS_MALFORMED;
        }
        TRY(pki_extension_take(&list, &extension));
        crl->extension_count++;
        crl->critical = crl->critical || extension.critical;
        if (span_equal(extension.oid, pki_oid_authority_key_id)) {
            TRY(parse_authority_key_id(extension.value, crl));
        } else if (span_equal(extension.oid, pki_oid_crl_number)) {
            TRY(parse_number(extension.value, crl));
        }
    } while (list.size > 0);
    return STATUS_OK;
}

/* The fields of a TBSCertList, in their order (RFC 5280 §5.1). */
static status_t parse_body(struct span body, struct pki_crl *crl, struct problem *problem)
{
    TRY(at("version", parse_version(&body, &crl->version), problem));
    TRY(at("signature", pki_der_take_element(&body, PKI_DER_SEQUENCE, &crl->tbs_algorithm),
           problem));
    TRY(at("issuer", parse_issuer(&body, &crl->issuer), problem));
    TRY(at("thisUpdate and nextUpdate", parse_dates(&body, crl), problem));
    TRY(at("revokedCertificates", parse_entries(&body, crl), problem));
    TRY(at("crlExtensions", parse_extensions(&body, crl), problem));
    return at("tbsCertList end", pki_der_end(body), problem);
}

static status_t parse_tbs(struct span tbs, struct pki_crl *crl, struct problem *problem)
{
    struct span rest = tbs;
    struct span body;
    crl->tbs = tbs;
    TRY(at("tbsCertList", pki_der_take(&rest, PKI_DER_SEQUENCE, &body), problem));
    TRY(at("tbsCertList end", pki_der_end(rest), problem));
    return parse_body(body, crl, problem);
}

static status_t check_size(struct span bytes, struct problem *problem)
{
    return bytes.size <= PKI_CRL_MAX
               ? STATUS_OK
               : problem_say(problem, STATUS_TOO_LARGE, "CRL_SIZE", "crl",
                             "the revocation list has %zu bytes, more than %d", bytes.size,
                             PKI_CRL_MAX);
}

status_t pki_crl_parse_tbs(struct span tbs, struct pki_crl *ret_crl, struct problem *problem)
{
    struct pki_crl crl = {0};
    TRY(check_size(tbs, problem));
    TRY(parse_tbs(tbs, &crl, problem));
    *ret_crl = crl;
    return STATUS_OK;
}

status_t pki_crl_parse(struct span der, struct pki_crl *ret_crl, struct problem *problem)
{
    struct pki_crl crl = {0};
    struct span whole = der;
    struct span body;
    struct span tbs;
    TRY(check_size(der, problem));
    TRY(at("outer SEQUENCE", pki_der_take(&whole, PKI_DER_SEQUENCE, &body), problem));
    TRY(at("end", pki_der_end(whole), problem));
    TRY(at("tbsCertList", pki_der_take_element(&body, PKI_DER_SEQUENCE, &tbs), problem));
    TRY(parse_tbs(tbs, &crl, problem));
    TRY(at("signatureAlgorithm",
           pki_der_take_element(&body, PKI_DER_SEQUENCE, &crl.signature_algorithm), problem));
    TRY(at("signatureValue", pki_der_take_octet_bits(&body, &crl.signature), problem));
    TRY(at("end", pki_der_end(body), problem));
    crl.der = der;
    *ret_crl = crl;
    return STATUS_OK;
}

status_t pki_crl_put_entry(struct buf *buf, const struct pki_crl_entry *entry)
{
    size_t mark = pki_der_open(buf, PKI_DER_SEQUENCE);
    pki_der_put(buf, PKI_DER_INTEGER, entry->serial);
    TRY(pki_der_put_time(buf, entry->time));
    if (entry->reason != PKI_CRL_UNSPECIFIED) {
        size_t list = pki_der_open(buf, PKI_DER_SEQUENCE);
        pki_extension_put_crl_reason(buf, (uint8_t)entry->reason);
        pki_der_close(buf, list);
    }
    pki_der_close(buf, mark);
    return buf_status(buf);
}

status_t pki_crl_assemble(struct span tbs, struct span signature, struct buf *ret_der)
{
    struct pki_crl crl;
    TRY(pki_crl_parse_tbs(tbs, &crl, NULL));
    size_t mark = pki_der_open(ret_der, PKI_DER_SEQUENCE);
    buf_append_span(ret_der, tbs);
    buf_append_span(ret_der, crl.tbs_algorithm);
    pki_der_put_octet_bits(ret_der, signature);
    pki_der_close(ret_der, mark);
    return buf_status(ret_der);
}

status_t pki_crl_verify(const struct pki_crl *crl, struct span public_key, struct problem *problem)
{
    if (!span_equal(crl->tbs_algorithm, pki_oid_algorithm_ecdsa_sha256) ||
        !span_equal(crl->signature_algorithm, pki_oid_algorithm_ecdsa_sha256)) {
        return problem_say(problem, STATUS_REFUSED, "CRL_ALGORITHM", "signatureAlgorithm",
                           "the revocation list is not signed with ecdsa-with-SHA256 in both "
                           "places: have it issued again with that algorithm");
    }
    status_t status = pki_plain_key_verify(public_key, crl->tbs, crl->signature);
    if (status == STATUS_OK || status == STATUS_NO_MEMORY) {
        return status;
    }
    return problem_say(problem, STATUS_REFUSED, "CRL_SIGNATURE", "signatureValue",
                       "the revocation list's signature was not made by this PAI's key: give the "
                       "PAI's certificate that belongs to it");
}
