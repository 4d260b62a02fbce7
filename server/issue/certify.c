#include "server/issue/certify.h"

#include <openssl/rand.h>
#include <stdio.h>

#include "lib/base/signer.h"
#include "lib/pki/identity_certificate.h"
#include "lib/pki/plain_key.h"
#include "server/issue/authorize.h"
#include "server/issue/leaf.h"
#include "server/store/change.h"

enum { DAY = 86400 };

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t not_before(const struct issue_environment *environment, int64_t now_ms)
{
    int64_t from = now_ms / 1000 - ISSUE_CERTIFY_BACK_S;
    int64_t ca = environment->identity_ca->not_before;
    return from > ca ? from : ca;
}

status_t issue_certify_until(const struct issue_environment *environment, int64_t now_ms,
                             int64_t *ret_not_after, struct problem *problem)
{
    const struct pki_certificate *ca = environment->identity_ca;
    int64_t now = now_ms / 1000;
    if (ca == NULL) {
        return problem_say(problem, STATUS_REFUSED, "IDENTITY_CA_NONE", "csr",
                           "this server has no identity CA: configure identity_ca, or enrol the "
                           "station with a certificate of another CA");
    }
    if (now < ca->not_before || now >= ca->not_after) {
        return problem_say(problem, STATUS_REFUSED, "IDENTITY_CA_EXPIRED", "csr",
                           "the identity CA's certificate is not valid now: make a new identity "
                           "CA, or enrol the station with a certificate of another CA");
    }
    int64_t days = environment->identity_days;
    int64_t most = not_before(environment, now_ms) + (int64_t)PKI_IDENTITY_DAYS_MAX * DAY;
    *ret_not_after = earlier(earlier(now + days * DAY, most), ca->not_after);
    return STATUS_OK;
}

status_t issue_certify_tbs(const struct issue_environment *environment,
                           const struct store_identity *identity, const char *prefix,
                           struct buf *ret_tbs, struct problem *problem)
{
    struct span point = {0};
    const char *slash = strrchr(identity->id, '/');
    struct pki_identity_certificate certificate = {
        .common_name = slash != NULL ? slash + 1 : identity->id,
        .uri = identity->id,
        .not_before = not_before(environment, identity->enrolled_ms),
        .not_after = identity->not_after,
        .issuer = environment->identity_ca,
    };
    TRY(pki_plain_key_spki_point(span_make(identity->spki, identity->spki_size), &point));
    certificate.public_key = point;
    if (RAND_bytes(certificate.serial, sizeof(certificate.serial)) != 1) {
        return STATUS_CRYPTO;
    }
    TRY(pki_identity_certificate_tbs(&certificate, ret_tbs, problem));
    return pki_identity_certificate_lint(buf_span(ret_tbs), environment->identity_ca, prefix,
                                         problem);
}

static bool is_own(const struct pki_certificate *ca, struct span tbs)
{
    struct pki_certificate certificate;
    return pki_certificate_parse_tbs(tbs, &certificate, NULL) == STATUS_OK &&
           span_equal(certificate.issuer, ca->subject) &&
           span_equal(certificate.authority_key_id, ca->subject_key_id);
}

/* The identity CA was replaced since: its successor signs nothing that names it. */
static status_t drop(const struct issue_environment *environment,
                     const struct store_identity *identity, struct span tbs,
                     struct problem *problem)
{
    TRY(store_identity_drop(environment->store, identity->id, tbs));
    return problem_say(problem, STATUS_REFUSED, "IDENTITY_CA_OTHER", "identity",
                       "the certificate of %.200s was to be made by an identity CA that was "
                       "replaced, and is not made: enrol the station again with its request",
                       identity->id);
}

/* The signer lints the TBS again and verifies its own signature. Of two that do this at once one
 * records its signature. */
static status_t finish(const struct issue_environment *environment,
                       const struct store_identity *identity, struct span tbs,
                       struct problem *problem)
{
    AUTO(buf_done) struct buf signature;
    AUTO(buf_done) struct buf certificate;
    AUTO(buf_done) struct buf leaf = {0};
    bool recorded = false;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&certificate, PKI_CERTIFICATE_MAX);
    TRY(environment->sign_identity(environment->token, tbs, &signature, problem));
    TRY(pki_certificate_assemble(tbs, buf_span(&signature), &certificate));
    int64_t now = issue_authorize_now_ms(environment);
    TRY(issue_leaf_certified(identity->id, tbs, buf_span(&certificate), now, &leaf, problem));
    const struct store_certified certified = {identity->id, tbs, buf_span(&certificate),
                                              buf_span(&leaf)};
    return store_identity_certified(environment->store, &certified, now, &recorded, problem);
}

status_t issue_certify_upkeep(const struct issue_environment *environment, bool *more,
                              struct problem *problem)
{
    char after[STORE_IDENTITY_MAX + 1] = "";
    status_t first = STATUS_OK;
    (void)more; /* all of them, each time: seldom more than one */
    if (environment->identity_ca == NULL) {
        return STATUS_OK; /* whatever is to be made waits for it */
    }
    for (;;) {
        struct problem own = {0};
        struct store_identity identity;
        AUTO(buf_done) struct buf tbs;
        buf_init(&tbs, PKI_CERTIFICATE_MAX);
        status_t status = store_identity_intent(environment->store, after, &identity, &tbs);
        if (status != STATUS_OK) {
            return status == STATUS_NOT_FOUND ? first : status;
        }
        (void)snprintf(after, sizeof(after), "%s", identity.id);
        status = is_own(environment->identity_ca, buf_span(&tbs))
                     ? finish(environment, &identity, buf_span(&tbs), &own)
                     : drop(environment, &identity, buf_span(&tbs), &own);
        if (status != STATUS_OK && first == STATUS_OK) {
            first = problem_complete(&own, status);
            *problem = own;
        }
    }
}
