/* Who the peer is: the SPIFFE id in its certificate (SPEC.md §1.4). */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/pki/spiffe.h"
#include "proto/wire/tls.h"

static status_t refuse(struct problem *problem, const char *reason, const char *message)
{
    return problem_say(problem, STATUS_UNAUTHENTICATED, reason, "", "%s", message);
}

static status_t digest_key(const X509 *certificate, uint8_t ret_digest[static SHA256_SIZE])
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0) {
        ERR_clear_error();
        return STATUS_CRYPTO;
    }
    digest_sha256(span_make(der, (size_t)size), ret_digest);
    OPENSSL_free(der);
    return STATUS_OK;
}

/* Exactly one URI among the names, whatever else there is. */
static status_t only_uri(const GENERAL_NAMES *names, struct span *ret_uri, struct problem *problem)
{
    int count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI) {
            const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
            *ret_uri = span_make(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
            count++;
        }
    }
    if (count != 1) {
        return refuse(problem, count == 0 ? "IDENTITY_MISSING" : "IDENTITY_AMBIGUOUS",
                      "the client certificate must carry exactly one URI: its SPIFFE id");
    }
    return STATUS_OK;
}

status_t wire_tls_peer_identity(SSL *ssl, const char *trust_domain,
                                struct wire_identity *ret_identity, struct problem *problem)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == NULL) {
        return refuse(problem, "IDENTITY_MISSING", "the client showed no certificate");
    }
    TRY(digest_key(certificate, ret_identity->spki_sha256));
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    struct span uri = {0};
    status_t status = only_uri(names, &uri, problem);
    if (status == STATUS_OK) {
        status = pki_spiffe_check(uri, trust_domain, problem);
    }
    if (status == STATUS_OK) {
        memcpy(ret_identity->spiffe_id, uri.data, uri.size);
        ret_identity->spiffe_id[uri.size] = '\0';
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return status;
}
