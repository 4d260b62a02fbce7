#include "lib/matter/certificate_chain.h"

/* Puts "pai: " before what the X.509 reader says: it does not know which one it read. */
static status_t parse(struct span der, const char *name, struct pki_certificate *ret_certificate,
                      struct problem *problem)
{
    struct problem detail = {0};
    status_t status = pki_certificate_parse(der, ret_certificate, &detail);
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    return problem_say(problem, status, detail.reason, name, "%s: %s", name, detail.message);
}

static status_t read_dac(struct matter_certificate_chain *chain, struct problem *problem)
{
    return parse(chain->dac_der, "dac", &chain->dac, problem);
}

static status_t read_pai(struct matter_certificate_chain *chain, struct problem *problem)
{
    return parse(chain->pai_der, "pai", &chain->pai, problem);
}

static status_t read_paa(struct matter_certificate_chain *chain, struct problem *problem)
{
    return parse(chain->paa_der, "paa", &chain->paa, problem);
}

static status_t lint_paa(struct matter_certificate_chain *chain, struct problem *problem)
{
    return matter_certificate_lint(&chain->paa, MATTER_PAA, NULL, true, problem);
}

static status_t lint_pai(struct matter_certificate_chain *chain, struct problem *problem)
{
    return matter_certificate_lint(&chain->pai, MATTER_PAI, &chain->paa, true, problem);
}

static status_t lint_dac(struct matter_certificate_chain *chain, struct problem *problem)
{
    return matter_certificate_lint(&chain->dac, MATTER_DAC, &chain->pai, true, problem);
}

/* SPEC.md C-NOW: only the DAC is judged by the clock. */
static status_t check_now(struct matter_certificate_chain *chain, struct problem *problem)
{
    if (chain->now < chain->dac.not_before || chain->now > chain->dac.not_after) {
        return problem_say(problem, STATUS_REFUSED, "DAC_NOT_VALID_NOW", "dac",
                           "the DAC is %s: check the clock, or have it issued again",
                           chain->now < chain->dac.not_before ? "not valid yet" : "expired");
    }
    return STATUS_OK;
}

/* SPEC.md C-CHAIN-TIME: the issuers at the DAC's notBefore. The PAI was judged with the DAC. */
static status_t check_then(struct matter_certificate_chain *chain, struct problem *problem)
{
    int64_t then = chain->dac.not_before;
    if (then < chain->paa.not_before || then > chain->paa.not_after) {
        return problem_say(problem, STATUS_REFUSED, "PAA_NOT_VALID_THEN", "paa",
                           "the PAA was not valid when the DAC begins: let notBefore lie inside "
                           "the validity of PAI and PAA");
    }
    return STATUS_OK;
}

static status_t verify(const struct pki_certificate *certificate, const char *name,
                       const struct pki_certificate *issuer, const char *reason,
                       struct problem *problem)
{
    status_t status = pki_certificate_verify(certificate, issuer->public_key, NULL);
    if (status != STATUS_REFUSED) {
        return status;
    }
    return problem_say(problem, status, reason, name,
                       "the %s's signature was not made by its issuer's key: give the chain that "
                       "belongs together",
                       name);
}

static status_t check_signatures(struct matter_certificate_chain *chain, struct problem *problem)
{
    TRY(verify(&chain->dac, "dac", &chain->pai, "DAC_SIGNATURE", problem));
    TRY(verify(&chain->pai, "pai", &chain->paa, "PAI_SIGNATURE", problem));
    return verify(&chain->paa, "paa", &chain->paa, "PAA_SIGNATURE", problem);
}

const struct matter_certificate_chain_step
    matter_certificate_chain_steps[MATTER_CERTIFICATE_CHAIN_STEPS] = {
        {"DAC is strict DER", read_dac},
        {"PAI is strict DER", read_pai},
        {"PAA is strict DER", read_paa},
        {"PAA follows its profile", lint_paa},
        {"PAI follows its profile and belongs to the PAA", lint_pai},
        {"DAC follows its profile and belongs to the PAI", lint_dac},
        {"DAC is valid now", check_now},
        {"PAI and PAA were valid when the DAC begins", check_then},
        {"signatures of DAC, PAI and PAA verify", check_signatures},
};

status_t matter_certificate_check_chain(struct span dac, struct span pai, struct span paa,
                                        int64_t now, struct problem *problem)
{
    struct matter_certificate_chain chain = {
        .dac_der = dac, .pai_der = pai, .paa_der = paa, .now = now};
    for (size_t i = 0; i < MATTER_CERTIFICATE_CHAIN_STEPS; i++) {
        TRY(matter_certificate_chain_steps[i].run(&chain, problem));
    }
    return STATUS_OK;
}
