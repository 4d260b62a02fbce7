#include "proto/wire/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static const unsigned char ALPN_H2[] = {2, 'h', '2'};

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *in, unsigned in_size, void *context)
{
    (void)ssl;
    (void)context;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_size, ALPN_H2, sizeof(ALPN_H2), in, in_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* The next certificate of a PEM text, or NULL at its end. */
static X509 *next_certificate(BIO *bio)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (certificate == NULL) {
        ERR_clear_error();
    }
    return certificate;
}

static status_t load_chain(SSL_CTX *context, struct span pem, struct problem *problem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    int count = 0;
    bool ok = bio != NULL;
    for (X509 *certificate; ok && (certificate = next_certificate(bio)) != NULL; count++) {
        ok = (count == 0 ? SSL_CTX_use_certificate(context, certificate)
                         : (int)SSL_CTX_add1_chain_cert(context, certificate)) == 1;
        X509_free(certificate);
    }
    BIO_free(bio);
    if (!ok || count == 0) {
        return problem_say(problem, STATUS_INVALID, "TLS_CERTIFICATE", "certificate",
                           "no usable certificate in the PEM chain: leaf first, then its issuers");
    }
    return STATUS_OK;
}

/* Keeps OpenSSL from asking on a terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static status_t load_key(SSL_CTX *context, struct span pem, struct problem *problem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    bool ok = key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 &&
              SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    ERR_clear_error();
    return ok ? STATUS_OK
              : problem_say(problem, STATUS_INVALID, "TLS_KEY", "key",
                            "no unencrypted PEM key, or not the key of the certificate");
}

static status_t load_ca(SSL_CTX *context, struct span pem, struct problem *problem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    int count = 0;
    bool ok = bio != NULL;
    for (X509 *certificate; ok && (certificate = next_certificate(bio)) != NULL; count++) {
        ok = X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1 &&
             SSL_CTX_add_client_CA(context, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(bio);
    if (!ok || count == 0) {
        return problem_say(problem, STATUS_INVALID, "TLS_CA", "ca", "no CA certificate in the PEM");
    }
    return STATUS_OK;
}

static status_t configure(SSL_CTX *context, const struct wire_tls_files *files,
                          struct problem *problem)
{
    if (SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1 || SSL_CTX_set_max_early_data(context, 0) != 1) {
        return STATUS_CRYPTO;
    }
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    /* HTTP/2 delimits itself, so a peer that closes without close_notify cannot truncate anything;
     * decrypted replies hold secrets, so OpenSSL wipes its copies */
    (void)SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CLEANSE_PLAINTEXT);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_verify_depth(context, WIRE_TLS_DEPTH_MAX);
    TRY(load_chain(context, files->certificate, problem));
    TRY(load_key(context, files->key, problem));
    return load_ca(context, files->ca, problem);
}

static status_t context_new(const SSL_METHOD *method, const struct wire_tls_files *files,
                            SSL_CTX **ret_context, struct problem *problem)
{
    SSL_CTX *context = SSL_CTX_new(method);
    if (context == NULL) {
        return STATUS_NO_MEMORY;
    }
    status_t status = configure(context, files, problem);
    if (status != STATUS_OK) {
        SSL_CTX_free(context);
        return status;
    }
    *ret_context = context;
    return STATUS_OK;
}

status_t wire_tls_server_new(const struct wire_tls_files *files, SSL_CTX **ret_context,
                             struct problem *problem)
{
    SSL_CTX *context = NULL;
    TRY(context_new(TLS_server_method(), files, &context, problem));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    *ret_context = context;
    return STATUS_OK;
}

status_t wire_tls_client_new(const struct wire_tls_files *files, SSL_CTX **ret_context,
                             struct problem *problem)
{
    SSL_CTX *context = NULL;
    TRY(context_new(TLS_client_method(), files, &context, problem));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_alpn_protos(context, ALPN_H2, sizeof(ALPN_H2)) != 0) {
        SSL_CTX_free(context);
        return STATUS_NO_MEMORY;
    }
    *ret_context = context;
    return STATUS_OK;
}

status_t wire_tls_expect_name(SSL *ssl, const char *name)
{
    struct in6_addr address;
    if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1 ? STATUS_OK
                                                                             : STATUS_NO_MEMORY;
    }
    char host[256]; /* OpenSSL's macro takes a pointer to what it could write */
    (void)snprintf(host, sizeof(host), "%s", name);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1
               ? STATUS_OK
               : STATUS_NO_MEMORY;
}

bool wire_tls_is_h2(const SSL *ssl)
{
    const unsigned char *name = NULL;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &name, &size);
    return size == 2 && memcmp(name, "h2", 2) == 0;
}
