#include "tests/unit/change/person.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "lib/base/digest.h"
#include "lib/pki/certificate.h"
#include "server/store/change.h"
#include "tests/support/test.h"

static void add_uri(X509 *x509, const char *uri)
{
    char value[300];
    (void)snprintf(value, sizeof(value), "URI:%s", uri);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void make_certificate(struct person *person, EVP_PKEY *key, long days)
{
    unsigned char *der = NULL;
    X509 *x509 = X509_new();
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), -2 * 86400L));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), days * 86400L));
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                                                (const unsigned char *)"x", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x509, X509_get_subject_name(x509)), 1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    add_uri(x509, person->id);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    int size = i2d_X509(x509, &der);
    assert_true(size > 0);
    buf_init(&person->certificate, PKI_CERTIFICATE_MAX);
    buf_append(&person->certificate, der, (size_t)size);
    OPENSSL_free(der);
    X509_free(x509);
}

static void take_key(struct person *person, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int size = i2d_PrivateKey(key, &der);
    assert_true(size > 0);
    assert_ok(pki_plain_key_read(span_make(der, (size_t)size), &person->key, NULL));
    OPENSSL_free(der);
    digest_sha256(pki_plain_key_signer(person->key).spki, person->spki_sha256);
}

void person_init_with(struct person *person, const char *id, const char *curve, long days)
{
    *person = (struct person){0};
    (void)snprintf(person->id, sizeof(person->id), "%s", id);
    EVP_PKEY *key = EVP_EC_gen(curve);
    assert_non_null(key);
    make_certificate(person, key, days);
    if (strcmp(curve, "P-256") == 0) {
        take_key(person, key);
    }
    EVP_PKEY_free(key);
}

void person_init(struct person *person, const char *id)
{
    person_init_with(person, id, "P-256", 365);
}

void person_done(struct person *person)
{
    pki_plain_key_free(person->key);
    buf_done(&person->certificate);
}

void person_enrol(const struct person *person, int role, const char *line, struct store *store)
{
    struct store_identity identity = {.role = role, .enrolled_ms = 1};
    struct span spki = pki_plain_key_signer(person->key).spki;
    (void)snprintf(identity.id, sizeof(identity.id), "%s", person->id);
    (void)snprintf(identity.line, sizeof(identity.line), "%s", line);
    memcpy(identity.spki, spki.data, spki.size);
    identity.spki_size = spki.size;
    assert_ok(store_identity_set(store, &identity, buf_span(&person->certificate)));
}
