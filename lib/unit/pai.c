#include "lib/unit/pai.h"

#include "lib/base/digest.h"
#include "lib/matter/certificate.h"

status_t unit_pai_read(const char *name, struct span der, struct span paa_der,
                       struct unit_pai *ret_pai, struct problem *problem)
{
    struct unit_pai pai = {.name = name, .der = der, .paa_der = paa_der};
    TRY(pki_certificate_parse(der, &pai.certificate, problem));
    TRY(pki_certificate_parse(paa_der, &pai.paa, problem));
    TRY(matter_certificate_lint(&pai.paa, MATTER_PAA, NULL, true, problem));
    TRY(matter_certificate_lint(&pai.certificate, MATTER_PAI, &pai.paa, true, problem));
    TRY(pki_certificate_verify(&pai.certificate, pai.paa.public_key, problem));
    AUTO(buf_done) struct buf chain;
    buf_init(&chain, (size_t)PKI_CERTIFICATE_MAX + PKI_CERTIFICATE_MAX);
    buf_append_span(&chain, der);
    buf_append_span(&chain, paa_der);
    TRY(buf_status(&chain));
    digest_sha256(buf_span(&chain), pai.chain_sha256);
    *ret_pai = pai;
    return STATUS_OK;
}
