/* TLS as this project speaks it: version 1.3 only, ALPN "h2" only, both sides show a certificate,
 * no tickets, no early data (SPEC.md §1). */
#ifndef MINTMARK_PROTO_WIRE_TLS_H
#define MINTMARK_PROTO_WIRE_TLS_H

#include <openssl/ssl.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

enum {
    WIRE_TLS_PEM_MAX = 64 * 1024, /* a certificate chain or a CA list */
    WIRE_TLS_DEPTH_MAX = 4,       /* intermediate certificates between peer and CA */
    WIRE_TLS_IDENTITY_MAX = 256,  /* a SPIFFE id with its NUL; SPIFFE allows 2048, ours are short */
};

/* Who the peer is, from its certificate. */
struct wire_identity {
    char spiffe_id[WIRE_TLS_IDENTITY_MAX];
    uint8_t spki_sha256[SHA256_SIZE];
};

/* The certificate chain (leaf first), its key and the CAs trusted for the peer, all PEM, borrowed.
 * STATUS_INVALID with the problem's field "certificate", "key" or "ca"; STATUS_NO_MEMORY and
 * STATUS_CRYPTO without words. The caller frees with SSL_CTX_free. */
struct wire_tls_files {
    struct span certificate;
    struct span key;
    struct span ca;
};
MUST_USE status_t wire_tls_server_new(const struct wire_tls_files *files, SSL_CTX **ret_context,
                                      struct problem *problem);
MUST_USE status_t wire_tls_client_new(const struct wire_tls_files *files, SSL_CTX **ret_context,
                                      struct problem *problem);

/* Client: the name, or IP address, that the server's certificate must carry. */
MUST_USE status_t wire_tls_expect_name(SSL *ssl, const char *name);

/* After the handshake: was "h2" agreed on? */
bool wire_tls_is_h2(const SSL *ssl);

/* The peer's SPIFFE id: its certificate's only URI SAN, in the trust domain (SPEC.md §1.4).
 * STATUS_UNAUTHENTICATED otherwise; ret_identity->spki_sha256 is filled either way. */
MUST_USE status_t wire_tls_peer_identity(SSL *ssl, const char *trust_domain,
                                         struct wire_identity *ret_identity,
                                         struct problem *problem);

/* Why the handshake, or the first read after it, failed: from the verification result and the
 * error queue. STATUS_UNAUTHENTICATED where trying again cannot help, else STATUS_UNAVAILABLE. */
status_t wire_tls_explain(SSL *ssl, struct problem *problem);

#endif
