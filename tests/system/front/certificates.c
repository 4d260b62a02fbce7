#include "tests/system/front/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/base/file.h"
#include "tests/support/test.h"

struct authority {
    EVP_PKEY *key;
    X509 *certificate;
};

static void write_pem(const char *folder, const char *name, BIO *pem, mode_t mode)
{
    char path[512];
    char *data = NULL;
    long size = BIO_get_mem_data(pem, &data);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_ok(file_write(path, span_make(data, (size_t)size), mode));
    BIO_free(pem);
}

static void write_certificate(const char *folder, const char *name, X509 *certificate)
{
    char file[64];
    BIO *pem = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(pem, certificate), 1);
    (void)snprintf(file, sizeof(file), "%s.pem", name);
    write_pem(folder, file, pem, 0644);
}

static void write_key(const char *folder, const char *name, EVP_PKEY *key)
{
    char file[64];
    BIO *pem = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL), 1);
    (void)snprintf(file, sizeof(file), "%s.key", name);
    write_pem(folder, file, pem, 0600);
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *begin(const char *name, EVP_PKEY *key, long from_days)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    (void)X509_set_version(certificate, X509_VERSION_3);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    (void)X509_set_subject_name(certificate, subject);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), from_days * 86400);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), (from_days + 30) * 86400);
    (void)X509_set_pubkey(certificate, key);
    X509_NAME_free(subject);
    return certificate;
}

static struct authority make_authority(const char *folder, const char *name)
{
    struct authority authority = {.key = EVP_EC_gen("P-256")};
    authority.certificate = begin(name, authority.key, -1);
    (void)X509_set_issuer_name(authority.certificate, X509_get_subject_name(authority.certificate));
    add_extension(authority.certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(authority.certificate, NID_key_usage, "critical,keyCertSign");
    assert_true(X509_sign(authority.certificate, authority.key, EVP_sha256()) > 0);
    write_certificate(folder, name, authority.certificate);
    return authority;
}

static void make_leaf(const char *folder, const char *name, const struct authority *authority,
                      const char *names, long from_days)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = begin(name, key, from_days);
    (void)X509_set_issuer_name(certificate, X509_get_subject_name(authority->certificate));
    add_extension(certificate, NID_key_usage, "critical,digitalSignature");
    if (names != NULL) {
        add_extension(certificate, NID_subject_alt_name, names);
    }
    assert_true(X509_sign(certificate, authority->key, EVP_sha256()) > 0);
    write_certificate(folder, name, certificate);
    write_key(folder, name, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void certificates_write(const char *folder)
{
    struct authority ca = make_authority(folder, "ca");
    struct authority other = make_authority(folder, "other-ca");
    make_leaf(folder, "server", &ca, "DNS:localhost,IP:127.0.0.1", -1);
    make_leaf(folder, "expired", &ca, "DNS:localhost,IP:127.0.0.1", -60);
    make_leaf(folder, "station", &ca, "URI:spiffe://test/station/line1-03", -1);
    make_leaf(folder, "neighbour", &ca, "URI:spiffe://test/station/line1-04", -1);
    make_leaf(folder, "nobody", &ca, NULL, -1);
    make_leaf(folder, "stranger", &ca, "URI:spiffe://elsewhere/station/line1-03", -1);
    make_leaf(folder, "double", &ca, "URI:spiffe://test/a,URI:spiffe://test/b", -1);
    make_leaf(folder, "outsider", &other, "URI:spiffe://test/station/line1-03", -1);
    X509_free(ca.certificate);
    EVP_PKEY_free(ca.key);
    X509_free(other.certificate);
    EVP_PKEY_free(other.key);
}
