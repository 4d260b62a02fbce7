/* A whole unit made here: PAA, PAI, DAC, CD, verifier and image set, that a station would accept.
 */
#ifndef MINTMARK_TESTS_UNIT_IMAGE_CHAIN_H
#define MINTMARK_TESTS_UNIT_IMAGE_CHAIN_H

#include "lib/image/factory_data.h"
#include "lib/matter/spake2p.h"
#include "lib/pki/plain_key.h"

enum { CHAIN_NOW = 1800000000 };

struct chain {
    uint8_t dac_public_key[PKI_POINT_SIZE];
    uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
    struct buf paa, pai, dac, cd;
    struct image_product product; /* borrows from the bufs above */
    struct image_unit unit;
    char qr_code[MATTER_QR_SIZE];
    char manual_code[MATTER_MANUAL_SIZE];
};

/* The PAA's private key, a scalar. */
extern const uint8_t chain_paa_key[32];

/* In place: product and unit point into it. Fails the test when a step fails. */
void chain_init(struct chain *chain, bool encrypted);
void chain_done(struct chain *chain);

/* Moves the DAC's key there, on a chip that can (ESP32-H2), into BLOCK_KEY2 where it is one for an
 * eFuse; for a derived key the DAC is issued anew. */
void chain_use_dac_key(struct chain *chain, enum image_dac_key key);
/* The esp_secure_cert partition of such products. */
void chain_add_secure_cert(struct chain *chain);

/* `set` as a station received it with the chain's certificates and codes. */
struct image_check chain_check(const struct chain *chain, const struct image_set *set);

#endif
