/* A product and a unit to start from: every value allowed, none real. */
#ifndef MINTMARK_TESTS_UNIT_IMAGE_SAMPLE_H
#define MINTMARK_TESTS_UNIT_IMAGE_SAMPLE_H

#include "lib/image/factory_data.h"

struct image_product sample_product(void);
struct image_unit sample_unit(void);

/* The same with a key partition. */
struct image_product sample_encrypted_product(void);
struct image_unit sample_encrypted_unit(void);

/* The same with an HMAC key for BLOCK_KEY4. */
struct image_product sample_hmac_product(void);
struct image_unit sample_hmac_unit(void);

#endif
