/* A product message → the plain product that units are made of: one code for the server and for
 * tools without one. */
#ifndef MINTMARK_PROTO_PRODUCT_READ_H
#define MINTMARK_PROTO_PRODUCT_READ_H

#include "lib/unit/product.h"
#include "mintmark/v1/product.pb-c.h"

/* What a product may rely on: the PAIs it can name, and CD signers (DER) beside the CSA's. */
struct product_trust {
    const struct unit_pai *pais;
    size_t pai_count;
    const struct span *cd_signers;
    size_t cd_signer_count;
};

/* Borrows message and trust; checks presence and words, fills defaults, then unit_product_check.
 * Its variants are checked in the same way, each as the product that it makes. */
MUST_USE status_t product_read(const struct product_trust *trust,
                               const Mintmark__V1__Product *message,
                               struct unit_product *ret_product, struct problem *problem);

/* The same for what product_variant_apply has made. */
MUST_USE status_t product_read_variant(const struct product_trust *trust,
                                       const Mintmark__V1__Product *message,
                                       struct unit_product *ret_product, struct problem *problem);

#endif
