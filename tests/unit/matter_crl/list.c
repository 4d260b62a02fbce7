#include "tests/unit/matter_crl/list.h"

struct matter_crl list_recipe(void)
{
    return (struct matter_crl){
        .pai = &chain.certificates[MATTER_PAI],
        .number = 1,
        .this_update = LIST_TIME,
        .next_update = LIST_TIME + LIST_PERIOD,
    };
}

struct pki_crl_entry list_entry(uint8_t octet, enum pki_crl_reason reason,
                                uint8_t serial[static LIST_SERIAL_SIZE])
{
    memset(serial, octet, LIST_SERIAL_SIZE);
    return (struct pki_crl_entry){
        .serial = span_make(serial, LIST_SERIAL_SIZE),
        .time = LIST_TIME - CHAIN_DAY,
        .reason = reason,
    };
}

struct buf list_tbs(const struct matter_crl *recipe)
{
    struct buf tbs;
    buf_init(&tbs, PKI_CRL_MAX);
    assert_ok(matter_crl_tbs(recipe, &tbs, NULL));
    return tbs;
}

struct buf list_signed(const struct matter_crl *recipe)
{
    AUTO(buf_done) struct buf tbs = list_tbs(recipe);
    AUTO(buf_done) struct buf signature;
    struct buf der;
    struct signer signer = pki_plain_key_signer(chain.keys[MATTER_PAI]);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&der, PKI_CRL_MAX);
    assert_ok(signer.sign(signer.context, buf_span(&tbs), &signature, NULL));
    assert_ok(pki_crl_assemble(buf_span(&tbs), buf_span(&signature), &der));
    return der;
}
