#include "lib/audit/certificate.h"

#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/matter/certificate.h"

void audit_issuers_done(struct audit_issuers *issuers)
{
    for (size_t i = 0; i < issuers->count; i++) {
        pki_verify_key_free(issuers->pais[i].key);
    }
    issuers->count = 0;
}

/* Signed by this PAA, and fit to be: the problem says why not. */
static status_t check_pai(const struct pki_certificate *pai, struct span paa_der,
                          struct problem *problem)
{
    struct pki_certificate paa;
    TRY(pki_certificate_parse(paa_der, &paa, problem));
    TRY(matter_certificate_lint(&paa, MATTER_PAA, NULL, true, problem));
    TRY(matter_certificate_lint(pai, MATTER_PAI, &paa, true, problem));
    return pki_certificate_verify(pai, paa.public_key, problem);
}

status_t audit_issuers_add(struct audit_issuers *issuers, struct span pai, const struct span *paas,
                           size_t paa_count, struct problem *problem)
{
    struct problem why = {0};
    if (issuers->count == AUDIT_ISSUERS_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "ISSUERS_MAX", "issuers", "more than %d PAIs",
                           AUDIT_ISSUERS_MAX);
    }
    struct audit_issuer *issuer = &issuers->pais[issuers->count];
    *issuer = (struct audit_issuer){0};
    TRY(pki_certificate_parse(pai, &issuer->certificate, problem));
    status_t status = STATUS_REFUSED;
    for (size_t i = 0; i < paa_count && status != STATUS_OK; i++) {
        status = check_pai(&issuer->certificate, paas[i], &why);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "ISSUER_UNTRUSTED", "issuers",
                           "a PAI of this log is not signed by a PAA you trust: %.200s",
                           why.message);
    }
    TRY(pki_verify_key_new(issuer->certificate.public_key, &issuer->key));
    issuers->count++;
    return STATUS_OK;
}

static struct audit_issuer *issuer_of(struct audit_issuers *issuers,
                                      const struct pki_certificate *certificate)
{
    for (size_t i = 0; i < issuers->count; i++) {
        const struct pki_certificate *pai = &issuers->pais[i].certificate;
        if (span_equal(pai->subject, certificate->issuer) &&
            span_equal(pai->subject_key_id, certificate->authority_key_id)) {
            return &issuers->pais[i];
        }
    }
    return NULL;
}

static bool has_digest(struct span bytes, const uint8_t wanted[static SHA256_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(bytes, digest);
    return memcmp(digest, wanted, SHA256_SIZE) == 0;
}

/* Serial numbers are unique for one issuer only: a bought DAC goes by another name (SPEC.md §5). */
static bool has_serial(const struct audit_certificate *announced,
                       const struct pki_certificate *certificate)
{
    uint8_t name[PKI_CERTIFICATE_NAME_SIZE];
    if (!announced->bought) {
        return span_equal(certificate->serial, SPAN_OF(announced->dac_serial));
    }
    return pki_certificate_name(certificate, name) == STATUS_OK &&
           span_equal(SPAN_OF(name), SPAN_OF(announced->dac_serial));
}

/* What the log said before the certificate existed, and after. */
static status_t check_announced(const struct audit_certificate *announced,
                                const struct pki_certificate *certificate, struct problem *problem)
{
    struct matter_ids ids;
    if (!has_digest(certificate->der, announced->sha256) ||
        !has_digest(certificate->tbs, announced->tbs_sha256) ||
        !has_serial(announced, certificate) ||
        !span_equal(certificate->public_key, SPAN_OF(announced->public_key))) {
        return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_OTHER", "",
                           "the certificate is not the one that was announced");
    }
    TRY(matter_certificate_ids(certificate->subject, &ids, problem));
    if (ids.vendor_id != announced->vendor_id) {
        return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_OTHER", "",
                           "the certificate is of vendor %04X, its product of %04X",
                           (unsigned)ids.vendor_id, announced->vendor_id);
    }
    return STATUS_OK;
}

static status_t check(struct audit_issuers *issuers, const struct audit_certificate *announced,
                      struct span der, struct problem *problem)
{
    struct pki_certificate certificate;
    TRY(pki_certificate_parse(der, &certificate, problem));
    TRY(check_announced(announced, &certificate, problem));
    struct audit_issuer *issuer = issuer_of(issuers, &certificate);
    if (issuer == NULL) {
        return problem_say(problem, STATUS_REFUSED, "ISSUER_UNTRUSTED", "",
                           "the certificate's issuer is none of the log's PAIs");
    }
    TRY(matter_certificate_lint(&certificate, MATTER_DAC, &issuer->certificate, announced->bought,
                                problem));
    if (pki_verify_key_verify(issuer->key, certificate.tbs, certificate.signature) != STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_SIGNATURE", "",
                           "the PAI's signature does not verify");
    }
    issuer->issued++;
    return STATUS_OK;
}

status_t audit_certificate_check(struct audit_issuers *issuers,
                                 const struct audit_certificate *announced, struct span der,
                                 struct problem *problem)
{
    status_t status = check(issuers, announced, der, problem);
    if (status != STATUS_OK && problem != NULL) {
        (void)problem_complete(problem, status);
        (void)snprintf(problem->field, sizeof(problem->field), "entry %llu",
                       (unsigned long long)announced->issued_at);
    }
    return status;
}
