/* Why TLS failed, in words that name the remedy. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "proto/wire/tls.h"

struct cause {
    long code;
    const char *reason;
    const char *message;
};

/* What our own check of the peer's certificate said. */
static const struct cause VERIFY_CAUSES[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, "TLS_PEER_EXPIRED",
     "the server's certificate has expired: renew it, or set this host's clock"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "TLS_PEER_NOT_YET_VALID",
     "the server's certificate is not valid yet: check this host's clock"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "TLS_NAME_MISMATCH",
     "the server's certificate is for another name: use a name it carries"},
    {X509_V_ERR_IP_ADDRESS_MISMATCH, "TLS_NAME_MISMATCH",
     "the server's certificate does not carry this IP address: use a name it carries"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "TLS_UNKNOWN_CA",
     "the server's certificate is from a CA that the CA file does not hold"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "TLS_UNKNOWN_CA",
     "the server's certificate is from a CA that the CA file does not hold"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "TLS_UNKNOWN_CA",
     "the server's certificate is from a CA that the CA file does not hold"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "TLS_UNKNOWN_CA",
     "the server's certificate was signed by another key than the CA file's"},
};

/* What the peer's alert said of ours. */
static const struct cause ALERT_CAUSES[] = {
    {SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "TLS_CERTIFICATE_REQUIRED",
     "the server demands a client certificate"},
    {SSL_R_TLSV1_ALERT_UNKNOWN_CA, "TLS_CERTIFICATE_REFUSED",
     "the server does not know the CA of the client certificate"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "TLS_CERTIFICATE_REFUSED",
     "the server says that the client certificate has expired: renew it"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, "TLS_CERTIFICATE_REFUSED",
     "the server says that the client certificate is revoked"},
    {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "TLS_CERTIFICATE_REFUSED",
     "the server does not accept the client certificate"},
    {SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "TLS_CERTIFICATE_REFUSED",
     "the server does not accept the client certificate"},
    {SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, "TLS_CERTIFICATE_REFUSED",
     "the client certificate is not one for clients: check its key usage"},
    {SSL_R_TLSV1_ALERT_DECRYPT_ERROR, "TLS_CERTIFICATE_REFUSED",
     "the server refuses the client certificate: its signature does not verify"},
    {SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "TLS_VERSION", "the server does not speak TLS 1.3"},
    {SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "TLS_NOT_HTTP2",
     "the server does not speak HTTP/2"},
    {SSL_R_WRONG_VERSION_NUMBER, "TLS_NONE", "the server does not speak TLS: wrong port?"},
};

static const struct cause *find(const struct cause *causes, size_t count, long code)
{
    for (size_t i = 0; i < count; i++) {
        if (causes[i].code == code) {
            return &causes[i];
        }
    }
    return NULL;
}

status_t wire_tls_explain(SSL *ssl, struct problem *problem)
{
    long verify = SSL_get_verify_result(ssl);
    unsigned long error = ERR_peek_error();
    ERR_clear_error();
    const struct cause *cause =
        verify != X509_V_OK
            ? find(VERIFY_CAUSES, sizeof(VERIFY_CAUSES) / sizeof(VERIFY_CAUSES[0]), verify)
            : find(ALERT_CAUSES, sizeof(ALERT_CAUSES) / sizeof(ALERT_CAUSES[0]),
                   ERR_GET_REASON(error));
    if (cause != NULL) {
        return problem_say(problem, STATUS_UNAUTHENTICATED, cause->reason, "", "%s",
                           cause->message);
    }
    if (verify != X509_V_OK) {
        return problem_say(problem, STATUS_UNAUTHENTICATED, "TLS_PEER_REFUSED", "",
                           "the server's certificate does not verify: %s",
                           X509_verify_cert_error_string(verify));
    }
    const char *words = error == 0 ? NULL : ERR_reason_error_string(error);
    return problem_say(problem, STATUS_UNAVAILABLE, "TLS_FAILED", "",
                       "the TLS connection broke: %s",
                       words == NULL ? "closed by the other side" : words);
}
