#include "lib/pki/private_key.h"

#include "lib/pki/der.h"
#include "lib/pki/oid.h"
#include "lib/pki/pem.h"
#include "lib/pki/plain_key.h"

enum { KEY_DER_MAX = 1024 };

static status_t malformed(struct problem *problem)
{
    return problem_say(problem, STATUS_MALFORMED, "KEY_MALFORMED", "key",
                       "not a P-256 private key in PKCS#8 or SEC1 form: make one with `openssl "
                       "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`");
}

static status_t wrong_curve(struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "KEY_CURVE", "key",
                       "the private key is not on the curve P-256 (prime256v1): make a P-256 key");
}

static bool contains(struct span text, const char *words)
{
    return text.size > 0 && memmem(text.data, text.size, words, strlen(words)) != NULL;
}

static status_t to_der(struct span pem_or_der, struct buf *ret_der, struct problem *problem)
{
    if (contains(pem_or_der, "-----BEGIN ENCRYPTED PRIVATE KEY") ||
        contains(pem_or_der, "Proc-Type: 4,ENCRYPTED")) {
        return problem_say(problem, STATUS_INVALID, "KEY_ENCRYPTED", "key",
                           "the private key is encrypted: decrypt it with `openssl pkey` into a "
                           "file of mode 0600");
    }
    bool sec1 = contains(pem_or_der, "-----BEGIN EC PRIVATE KEY-----");
    return pki_pem_decode(pem_or_der, sec1 ? "EC PRIVATE KEY" : "PRIVATE KEY", ret_der, problem);
}

/* The optional fields: the curve's name, and the public key. */
static status_t parse_sec1_options(struct span rest, struct span *ret_point, struct span *ret_curve)
{
    struct span wrapper;
    if (pki_der_next_is(rest, PKI_DER_CONTEXT_CONSTRUCTED(0))) {
        TRY(pki_der_take(&rest, PKI_DER_CONTEXT_CONSTRUCTED(0), &wrapper));
        TRY(pki_der_take_oid(&wrapper, ret_curve));
        TRY(pki_der_end(wrapper));
    }
    if (pki_der_next_is(rest, PKI_DER_CONTEXT_CONSTRUCTED(1))) {
        TRY(pki_der_take(&rest, PKI_DER_CONTEXT_CONSTRUCTED(1), &wrapper));
        TRY(pki_der_take_octet_bits(&wrapper, ret_point));
        TRY(pki_der_end(wrapper));
    }
    return pki_der_end(rest);
}

/* RFC 5915 §3; the parameters may be missing inside PKCS#8. */
static status_t parse_sec1(struct span der, struct span *ret_scalar, struct span *ret_point,
                           struct span *ret_curve)
{
    struct span sequence;
    uint32_t version;
    TRY(pki_der_take(&der, PKI_DER_SEQUENCE, &sequence));
    TRY(pki_der_end(der));
    TRY(pki_der_take_number(&sequence, &version));
    TRY(pki_der_take(&sequence, PKI_DER_OCTET_STRING, ret_scalar));
    TRY(parse_sec1_options(sequence, ret_point, ret_curve));
    return version == 1 ? STATUS_OK : STATUS_MALFORMED;
}

/* RFC 5958 §2, down to the SEC1 key inside. Attributes and a second public key are passed over. */
static status_t parse_pkcs8(struct span der, struct span *ret_sec1, struct span *ret_curve)
{
    struct span sequence;
    struct span algorithm;
    struct span oid;
    uint32_t version;
    TRY(pki_der_take(&der, PKI_DER_SEQUENCE, &sequence));
    TRY(pki_der_end(der));
    TRY(pki_der_take_number(&sequence, &version));
    TRY(pki_der_take(&sequence, PKI_DER_SEQUENCE, &algorithm));
    TRY(pki_der_take(&sequence, PKI_DER_OCTET_STRING, ret_sec1));
    TRY(pki_der_take_oid(&algorithm, &oid));
    if (!span_equal(oid, pki_oid_ec_public_key)) {
        *ret_curve = oid; /* RSA, Ed25519, …: not P-256 either */
        return version <= 1 ? STATUS_OK : STATUS_MALFORMED;
    }
    TRY(pki_der_take_oid(&algorithm, ret_curve));
    TRY(pki_der_end(algorithm));
    return version <= 1 ? STATUS_OK : STATUS_MALFORMED;
}

static bool is_sec1(struct span der)
{
    struct span sequence;
    uint32_t version;
    return pki_der_take(&der, PKI_DER_SEQUENCE, &sequence) == STATUS_OK &&
           pki_der_take_number(&sequence, &version) == STATUS_OK &&
           pki_der_next_is(sequence, PKI_DER_OCTET_STRING);
}

static status_t find_scalar(struct span der, struct span *ret_scalar, struct span *ret_point,
                            struct problem *problem)
{
    struct span sec1 = der;
    struct span outer_curve = pki_oid_p256;
    struct span inner_curve = pki_oid_p256;
    if (!is_sec1(der) && parse_pkcs8(der, &sec1, &outer_curve) != STATUS_OK) {
        return malformed(problem);
    }
    if (!span_equal(outer_curve, pki_oid_p256)) {
        return wrong_curve(problem);
    }
    if (parse_sec1(sec1, ret_scalar, ret_point, &inner_curve) != STATUS_OK) {
        return malformed(problem);
    }
    if (!span_equal(inner_curve, pki_oid_p256) || ret_scalar->size != PKI_SCALAR_SIZE) {
        return wrong_curve(problem);
    }
    return STATUS_OK;
}

static status_t check_pair(struct span scalar, struct span point, struct problem *problem)
{
    uint8_t own[PKI_POINT_SIZE];
    if (pki_plain_key_public(scalar, own) != STATUS_OK) {
        return malformed(problem);
    }
    if (point.size > 0 && !span_equal(point, SPAN_OF(own))) {
        return problem_say(problem, STATUS_INVALID, "KEY_PAIR", "key",
                           "the public key in the file is not that of its private key, or not "
                           "uncompressed: export the key again");
    }
    return STATUS_OK;
}

status_t pki_private_key_decode(struct span pem_or_der, struct secret *ret_scalar,
                                struct problem *problem)
{
    struct span scalar = {0};
    struct span point = {0};
    AUTO(buf_done) struct buf der;
    buf_init_secret(&der, KEY_DER_MAX);
    TRY(to_der(pem_or_der, &der, problem));
    TRY(find_scalar(buf_span(&der), &scalar, &point, problem));
    TRY(check_pair(scalar, point, problem));
    return secret_copy(ret_scalar, scalar);
}
