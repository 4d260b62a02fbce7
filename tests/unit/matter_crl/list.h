/* Revocation lists of the test chain's PAI. */
#ifndef MINTMARK_TESTS_UNIT_MATTER_CRL_LIST_H
#define MINTMARK_TESTS_UNIT_MATTER_CRL_LIST_H

#include "lib/matter/crl.h"
#include "tests/unit/matter_certificate/chain.h"

enum {
    LIST_TIME = CHAIN_BEGIN + 10 * CHAIN_DAY, /* thisUpdate */
    LIST_PERIOD = 7 * CHAIN_DAY,
    LIST_SERIAL_SIZE = 16,
};

/* Number 1, no entries. */
struct matter_crl list_recipe(void);

/* An entry for a serial number whose octets are all `octet`, revoked a day before LIST_TIME.
 * Borrows `serial`. */
struct pki_crl_entry list_entry(uint8_t octet, enum pki_crl_reason reason,
                                uint8_t serial[static LIST_SERIAL_SIZE]);

/* The TBS; the caller ends the buf. */
struct buf list_tbs(const struct matter_crl *recipe);

/* The whole list, signed by the chain's PAI; the caller ends the buf. */
struct buf list_signed(const struct matter_crl *recipe);

#endif
