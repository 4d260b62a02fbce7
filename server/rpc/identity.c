#include "server/rpc/identity.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "lib/pki/spiffe.h"

static status_t refuse_certificate(const char *why, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "CERTIFICATE", "certificate", "%s", why);
}

static status_t read_certificate(struct span der, int64_t now_ms,
                                 struct store_identity *ret_identity, struct problem *problem)
{
    struct pki_certificate certificate;
    struct span point = {0};
    struct span uri = {0};
    TRY(pki_certificate_parse(der, &certificate, problem));
    if (pki_plain_key_spki_point(certificate.spki, &point) != STATUS_OK) {
        return refuse_certificate("the certificate's key is not P-256: make one with "
                                  "ec_paramgen_curve:P-256",
                                  problem);
    }
    if (now_ms / 1000 < certificate.not_before || now_ms / 1000 > certificate.not_after) {
        return refuse_certificate("the certificate is not valid now", problem);
    }
    if (pki_spiffe_of(&certificate, &uri) != STATUS_OK || uri.size > STORE_IDENTITY_MAX) {
        return refuse_certificate("the certificate does not name exactly one URI: its SPIFFE id",
                                  problem);
    }
    memcpy(ret_identity->id, uri.data, uri.size);
    ret_identity->id[uri.size] = '\0';
    memcpy(ret_identity->spki, certificate.spki.data, certificate.spki.size);
    ret_identity->spki_size = certificate.spki.size;
    ret_identity->not_after = certificate.not_after;
    return STATUS_OK;
}

/* The request's key is pinned; what the certificate says comes from the enrolment. */
static status_t read_csr(const Mintmark__V1__IdentitySpec *message,
                         struct store_identity *ret_identity, struct problem *problem)
{
    uint8_t point[PKI_POINT_SIZE];
    AUTO(buf_done) struct buf spki;
    buf_init(&spki, sizeof(ret_identity->spki));
    if (message->role != MINTMARK__V1__ROLE__ROLE_STATION) {
        return problem_say(problem, STATUS_INVALID, "CSR_ROLE", "csr",
                           "only stations are enrolled by a request: others bring a certificate");
    }
    if (message->certificate.len > 0) {
        return problem_say(problem, STATUS_INVALID, "CSR_AND_CERTIFICATE", "csr",
                           "a station is enrolled by a request or by a certificate, not both");
    }
    TRY(pki_pkcs10_check(span_make(message->csr.data, message->csr.len), point, problem));
    TRY(pki_plain_key_spki(SPAN_OF(point), &spki));
    memcpy(ret_identity->spki, spki.data, spki.size);
    ret_identity->spki_size = spki.size;
    return STATUS_OK;
}

static status_t check_id(const char *id, const char *trust_domain, struct problem *problem)
{
    if (pki_spiffe_check(span_text(id), trust_domain, NULL) == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "SPIFFE_ID", "identity",
                       "not a SPIFFE id of this site: they are like spiffe://%.100s/station/"
                       "line1-01, at most %d characters",
                       trust_domain, PKI_SPIFFE_MAX);
}

static status_t check_line(int role, const char *line, struct problem *problem)
{
    size_t length = strlen(line);
    bool good = length <= STORE_NAME_MAX;
    for (size_t i = 0; good && i < length; i++) {
        good = isalnum((unsigned char)line[i]) || strchr("._-", line[i]) != NULL;
    }
    if (!good) {
        return problem_say(problem, STATUS_INVALID, "LINE", "line",
                           "a line's name is up to %d letters, digits, '.', '_' or '-'",
                           STORE_NAME_MAX);
    }
    if (length > 0 && role != MINTMARK__V1__ROLE__ROLE_STATION &&
        role != MINTMARK__V1__ROLE__ROLE_LABEL) {
        return problem_say(problem, STATUS_INVALID, "LINE", "line",
                           "only stations and label printers have a line");
    }
    return STATUS_OK;
}

static status_t check_pinned(const struct store_identity *pinned, const char *id,
                             struct problem *problem)
{
    return strcmp(pinned->id, id) == 0
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "CERTIFICATE", "certificate",
                             "the certificate names %.200s, not this identity", pinned->id);
}

status_t rpc_identity_read(const Mintmark__V1__IdentitySpec *message, const char *trust_domain,
                           int64_t now_ms, struct store_identity *ret_identity,
                           struct problem *problem)
{
    struct store_identity identity = {.role = (int)message->role, .enrolled_ms = now_ms};
    TRY(check_id(message->identity, trust_domain, problem));
    if (message->role == MINTMARK__V1__ROLE__ROLE_UNSPECIFIED) {
        return problem_say(problem, STATUS_INVALID, "ROLE_MISSING", "role",
                           "an identity needs a role: station, operator, auditor or label");
    }
    TRY(check_line(identity.role, message->line, problem));
    if (message->csr.len > 0) {
        TRY(read_csr(message, &identity, problem));
    } else if (message->certificate.len > 0) {
        TRY(read_certificate(span_make(message->certificate.data, message->certificate.len), now_ms,
                             &identity, problem));
        TRY(check_pinned(&identity, message->identity, problem));
    } else if (message->role != MINTMARK__V1__ROLE__ROLE_STATION) {
        return problem_say(problem, STATUS_INVALID, "CERTIFICATE_MISSING", "certificate",
                           "all but stations are enrolled with the certificate");
    }
    (void)snprintf(identity.id, sizeof(identity.id), "%s", message->identity);
    (void)snprintf(identity.line, sizeof(identity.line), "%s", message->line);
    *ret_identity = identity;
    return STATUS_OK;
}

status_t rpc_identity_of(struct span certificate, int role, const char *trust_domain,
                         int64_t now_ms, struct store_identity *ret_identity,
                         struct problem *problem)
{
    struct store_identity identity = {.role = role, .enrolled_ms = now_ms};
    TRY(read_certificate(certificate, now_ms, &identity, problem));
    TRY(check_id(identity.id, trust_domain, problem));
    *ret_identity = identity;
    return STATUS_OK;
}
