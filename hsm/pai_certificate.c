#include "hsm/pai_certificate.h"

#include "lib/matter/certificate.h"
#include "lib/pki/extension.h"
#include "lib/pki/oid.h"

enum { TEST_VENDOR_FIRST = 0xFFF1, TEST_VENDOR_LAST = 0xFFF4 };

static bool has_crl_sign(const struct pki_certificate *certificate)
{
    const struct pki_extension *usage = pki_extension_find(certificate, pki_oid_key_usage);
    uint32_t bits = 0;
    return usage != NULL && pki_extension_key_usage(usage->value, &bits) == STATUS_OK &&
           (bits & PKI_USAGE_CRL_SIGN) != 0;
}

status_t hsm_pai_certificate_check(struct span der, const struct pki_certificate *issuer,
                                   const char *field, struct pki_certificate *ret_certificate,
                                   int32_t *ret_vendor_id, int32_t *ret_product_id,
                                   struct problem *problem)
{
    struct pki_certificate certificate;
    TRY(pki_certificate_parse(der, &certificate, problem));
    if (!has_crl_sign(&certificate)) {
        return problem_say(
            problem, STATUS_REFUSED, "PAI_NO_CRL_SIGN", field,
            "the PAI certificate lacks cRLSign in keyUsage, so it could never revoke "
            "a DAC: have the PAA issue it again with keyCertSign and cRLSign");
    }
    TRY(matter_certificate_lint(&certificate, MATTER_PAI, issuer, true, problem));
    struct matter_ids ids;
    TRY(matter_certificate_ids(certificate.subject, &ids, problem));
    *ret_certificate = certificate;
    *ret_vendor_id = ids.vendor_id;
    *ret_product_id = ids.product_id;
    return STATUS_OK;
}

bool hsm_pai_certificate_is_test(int32_t vendor_id)
{
    return vendor_id >= TEST_VENDOR_FIRST && vendor_id <= TEST_VENDOR_LAST;
}
