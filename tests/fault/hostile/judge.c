#include "tests/fault/hostile/judge.h"

#include <openssl/x509v3.h>
#include <time.h>

#include "hsm/protocol.h"
#include "lib/matter/certificate.h"
#include "lib/matter/crl.h"
#include "lib/pki/identity_certificate.h"

static status_t read_issuer(struct span der, struct pki_certificate *ret_parsed, X509 **ret_issuer)
{
    const uint8_t *place = der.data;
    TRY(pki_certificate_parse(der, ret_parsed, NULL));
    *ret_issuer = d2i_X509(NULL, &place, (long)der.size);
    return *ret_issuer == NULL ? STATUS_MALFORMED : STATUS_OK;
}

status_t judge_init(struct span pai, struct span identity_ca, struct judge *ret_judge)
{
    *ret_judge = (struct judge){0};
    TRY(read_issuer(pai, &ret_judge->pai, &ret_judge->issuer));
    return read_issuer(identity_ca, &ret_judge->identity_ca, &ret_judge->identity_issuer);
}

void judge_done(struct judge *judge)
{
    X509_free(judge->issuer);
    X509_free(judge->identity_issuer);
}

static bool has_issuer(const struct judge *judge, const X509_NAME *name)
{
    return X509_NAME_cmp(name, X509_get_subject_name(judge->issuer)) == 0;
}

static const char *openssl_on_dac(const struct judge *judge, X509 *dac)
{
    if (dac == NULL) {
        return "signed what OpenSSL does not read as a certificate";
    }
    if (X509_verify(dac, X509_get0_pubkey(judge->issuer)) != 1) {
        return "a signature that is not the PAI's";
    }
    if (!has_issuer(judge, X509_get_issuer_name(dac)) || X509_get_version(dac) != X509_VERSION_3) {
        return "signed a certificate of another issuer, or not of version 3";
    }
    if (X509_check_ca(dac) != 0 || X509_get_key_usage(dac) != KU_DIGITAL_SIGNATURE ||
        X509_get_ext_count(dac) != 4 || X509_get_extended_key_usage(dac) != UINT32_MAX) {
        return "signed an authority, or other powers than a DAC has";
    }
    return NULL;
}

const char *judge_dac(const struct judge *judge, struct span tbs, struct span signature)
{
    AUTO(buf_done) struct buf der;
    struct pki_certificate parsed;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    if (pki_certificate_assemble(tbs, signature, &der) != STATUS_OK ||
        pki_certificate_parse(buf_span(&der), &parsed, NULL) != STATUS_OK ||
        matter_certificate_lint(&parsed, MATTER_DAC, &judge->pai, false, NULL) != STATUS_OK) {
        return "signed what does not pass the lint";
    }
    const uint8_t *place = der.data;
    X509 *dac = d2i_X509(NULL, &place, (long)der.size);
    const char *wrong = openssl_on_dac(judge, dac);
    X509_free(dac);
    return wrong;
}

/* One name, of a station of this site, and the powers of a client. */
static bool is_station(X509 *certificate)
{
    static const char PREFIX[] = "spiffe://quickstart/station/";
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool is = false;
    if (sk_GENERAL_NAME_num(names) == 1 && sk_GENERAL_NAME_value(names, 0)->type == GEN_URI) {
        const ASN1_IA5STRING *uri = sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
        const char *text = (const char *)ASN1_STRING_get0_data(uri);
        size_t size = (size_t)ASN1_STRING_length(uri);
        is = size > strlen(PREFIX) && memcmp(text, PREFIX, strlen(PREFIX)) == 0 &&
             memmem(text, size, "/.", 2) == NULL && memchr(text, '\0', size) == NULL;
    }
    GENERAL_NAMES_free(names);
    return is && X509_check_ca(certificate) == 0 &&
           X509_get_extended_key_usage(certificate) == XKU_SSL_CLIENT &&
           X509_get_key_usage(certificate) == KU_DIGITAL_SIGNATURE;
}

static const char *openssl_on_identity(const struct judge *judge, X509 *certificate)
{
    int days = 0;
    int seconds = 0;
    if (certificate == NULL ||
        X509_verify(certificate, X509_get0_pubkey(judge->identity_issuer)) != 1) {
        return "signed what OpenSSL does not verify as the identity CA's";
    }
    if (X509_check_issued(judge->identity_issuer, certificate) != X509_V_OK ||
        !is_station(certificate)) {
        return "signed an identity that is no station's";
    }
    if (ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
                       X509_get0_notAfter(certificate)) != 1 ||
        days < 0 || days > PKI_IDENTITY_DAYS_MAX ||
        ASN1_TIME_compare(X509_get0_notAfter(certificate),
                          X509_get0_notAfter(judge->identity_issuer)) > 0) {
        return "signed an identity for longer than its CA lasts, or than is allowed";
    }
    return NULL;
}

const char *judge_identity(const struct judge *judge, struct span tbs, struct span signature)
{
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    if (pki_certificate_assemble(tbs, signature, &der) != STATUS_OK) {
        return "signed what is no TBS";
    }
    const uint8_t *place = der.data;
    X509 *certificate = d2i_X509(NULL, &place, (long)der.size);
    const char *wrong = openssl_on_identity(judge, certificate);
    X509_free(certificate);
    return wrong;
}

static const char *openssl_on_list(const struct judge *judge, X509_CRL *list)
{
    if (list == NULL) {
        return "signed what OpenSSL does not read as a list";
    }
    if (X509_CRL_verify(list, X509_get0_pubkey(judge->issuer)) != 1) {
        return "a signature that is not the PAI's";
    }
    if (!has_issuer(judge, X509_CRL_get_issuer(list)) || X509_CRL_get0_nextUpdate(list) == NULL) {
        return "signed a list of another issuer, or without an end";
    }
    return NULL;
}

/* Never back, in the life of a signer; the last one's bytes may come again. */
static const char *check_order(struct judge *judge, const struct pki_crl *list)
{
    uint8_t digest[SHA256_SIZE];
    uint32_t number = matter_crl_number(list);
    digest_sha256(list->tbs, digest);
    bool again =
        number == judge->list_number && span_equal(SPAN_OF(digest), SPAN_OF(judge->list_sha256));
    if (number <= judge->list_number && !again) {
        return "signed a list that goes back";
    }
    if (number > time(NULL) - judge->pai.not_before + HSM_PROTOCOL_CRL_STEP_MAX) {
        return "signed a list far ahead of all others";
    }
    judge->list_number = number;
    memcpy(judge->list_sha256, digest, sizeof(digest));
    return NULL;
}

const char *judge_list(struct judge *judge, struct span tbs, struct span signature)
{
    AUTO(buf_done) struct buf der;
    struct pki_crl parsed;
    buf_init(&der, PKI_CRL_MAX);
    if (pki_crl_assemble(tbs, signature, &der) != STATUS_OK ||
        pki_crl_parse(buf_span(&der), &parsed, NULL) != STATUS_OK ||
        matter_crl_lint(&parsed, &judge->pai, NULL) != STATUS_OK) {
        return "signed what does not pass the lint";
    }
    const uint8_t *place = der.data;
    X509_CRL *list = d2i_X509_CRL(NULL, &place, (long)der.size);
    const char *wrong = openssl_on_list(judge, list);
    X509_CRL_free(list);
    return wrong != NULL ? wrong : check_order(judge, &parsed);
}
