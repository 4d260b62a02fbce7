/* One product with all of its unit for every place of the DAC's key, and what is asked of its sets.
 */
#ifndef MINTMARK_TESTS_UNIT_IMAGE_SECURE_CERT_SETS_H
#define MINTMARK_TESTS_UNIT_IMAGE_SECURE_CERT_SETS_H

#include "tests/unit/image/chain.h"

extern struct chain secure_cert_chains[IMAGE_DAC_KEY_DEVICE]; /* by where the key is */

/* For cmocka_run_group_tests. */
int secure_cert_setup(void **context);
int secure_cert_teardown(void **context);

/* A product of these whose NVS is encrypted too, by an HMAC key in that block. */
struct chain secure_cert_with_nvs_hmac(enum image_dac_key key, uint8_t block);

/* One with a vendor value that is the scalar of the chain whose key is for the ECDSA peripheral, in
 * reversed order; the text stands as long as it does. */
struct chain secure_cert_leaking_chain(enum image_dac_key key, char ret_hex[65]);

void secure_cert_build(const struct chain *chain, struct image_set *ret_set);
/* Digests, manifest and flash_args of what the set holds now: only its content can be wrong. */
void secure_cert_describe(struct image_set *set);
/* With a NUL behind. */
const char *secure_cert_manifest_text(struct image_set *set);

/* The station takes it, and the finding `what` has `part` in its text. */
void secure_cert_assert_accepted(const struct chain *chain, const struct image_set *set,
                                 const char *what, const char *part);
void secure_cert_assert_refused(const struct chain *chain, const struct image_set *set,
                                status_t status, const char *reason);

#endif
