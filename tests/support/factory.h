/* A factory in memory for tests of issuing: PAA, PAI and CD signer with plain keys, a product, a
 * store in a temporary folder. Everything but the token is the real part; the token is a plain key
 * behind the same two functions. */
#ifndef MINTMARK_TESTS_SUPPORT_FACTORY_H
#define MINTMARK_TESTS_SUPPORT_FACTORY_H

#include "lib/pki/plain_key.h"
#include "server/issue/issue.h"
#include "server/issue/seal.h"

struct factory {
    char folder[64];
    struct pki_plain_key *paa_key;
    struct pki_plain_key *pai_key;
    struct pki_plain_key *cd_key;
    struct pki_plain_key *identity_key;
    struct buf paa;
    struct buf pai;
    struct buf cd;
    struct buf cd_signer;   /* certificate */
    struct buf identity_ca; /* certificate; of stations "spiffe://test/station/…" */
    struct pki_certificate identity_certificate;
    struct unit_pai unit_pai;
    struct unit_product product;
    struct issue_seal_keys seal_keys;
    struct store *store;
    struct issue_environment environment;
    int signatures;       /* made so far */
    int signed_crl;       /* of these, of revocation lists */
    uint32_t last_crl;    /* what the store must say was the last list's number */
    status_t sign_status; /* when not STATUS_OK the token refuses */
};

/* Order "WO-1" of `quantity` identities, no overage, every line. */
void factory_init(struct factory *factory, uint32_t quantity);
void factory_done(struct factory *factory);

/* A request of station "spiffe://test/station/s1" for unit `mac`. */
struct issue_request factory_request(const char *mac);

/* Order "WO-1" as it stands. */
struct store_order factory_order(struct factory *factory);

/* issue_unit into zeroed results. */
MUST_USE status_t factory_issue(struct factory *factory, struct issue_request request,
                                struct issue_result *ret_result, struct problem *problem);

/* A PKCS#10 request by a new key; appends DER. */
void factory_csr(struct buf *ret_csr);

/* The clock of the environment: real time plus this. */
extern int64_t factory_clock_offset_ms;

#endif
