#include "lib/unit/bought.h"

#include "lib/matter/certificate.h"
#include "lib/pki/private_key.h"

static status_t check_ids(const struct pki_certificate *dac, const struct image_product *product,
                          const char *field, struct problem *problem)
{
    struct matter_ids ids;
    TRY(matter_certificate_ids(dac->subject, &ids, problem));
    if (ids.vendor_id != product->vendor_id) {
        return problem_say(problem, STATUS_REFUSED, "DAC_VENDOR_ID", field,
                           "the DAC is for vendor id 0x%04X, the product says 0x%04X",
                           (unsigned)ids.vendor_id, product->vendor_id);
    }
    if (ids.product_id != product->product_id) {
        return problem_say(problem, STATUS_REFUSED, "DAC_PRODUCT_ID", field,
                           "the DAC is for product id 0x%04X, the product says 0x%04X",
                           (unsigned)ids.product_id, product->product_id);
    }
    return STATUS_OK;
}

status_t unit_bought_check_pair(const struct unit_product *product, const struct unit_bought *dac,
                                struct problem *problem)
{
    struct pki_certificate certificate;
    TRY(pki_certificate_parse(dac->der, &certificate, problem));
    TRY(check_ids(&certificate, &product->image, dac->field, problem));
    return span_equal(dac->public_key, certificate.public_key)
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "DAC_KEY", dac->key_field,
                             "%s is not the private key of the DAC: give the pair", dac->key_field);
}

/* As firmware has it, which is how the factory tools want it in a table, or a key file. */
static status_t read_key(struct span bytes, struct secret *ret_scalar, struct problem *problem)
{
    if (bytes.size != PKI_SCALAR_SIZE) {
        return pki_private_key_decode(bytes, ret_scalar, problem);
    }
    TRY(secret_new(ret_scalar, PKI_SCALAR_SIZE));
    memcpy(ret_scalar->data, bytes.data, PKI_SCALAR_SIZE);
    return STATUS_OK;
}

status_t unit_bought_key(const struct unit_supplied *supplied, struct secret *ret_scalar,
                         uint8_t ret_point[static PKI_POINT_SIZE], struct problem *problem)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    TRY(read_key(supplied->dac_key, &scalar, problem));
    status_t status = pki_plain_key_public(secret_span(&scalar), ret_point);
    if (status == STATUS_INVALID) {
        return problem_say(problem, status, "DAC_KEY", "dac-key",
                           "no private key of P-256: give its 32 bytes, PEM or DER");
    }
    TRY(status);
    *ret_scalar = scalar;
    scalar = (struct secret){0};
    return STATUS_OK;
}

status_t unit_bought_check(const struct unit_product *product, const struct unit_supplied *supplied,
                           int64_t now, uint8_t ret_point[static PKI_POINT_SIZE],
                           struct problem *problem)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    TRY(unit_bought_key(supplied, &scalar, ret_point, problem));
    const struct unit_bought dac = {
        .der = supplied->dac,
        .field = "dac-cert",
        .public_key = span_make(ret_point, PKI_POINT_SIZE),
        .key_field = "dac-key",
    };
    TRY(unit_bought_check_pair(product, &dac, problem));
    return matter_certificate_check_chain(supplied->dac, product->pai->der, product->pai->paa_der,
                                          now, problem);
}
