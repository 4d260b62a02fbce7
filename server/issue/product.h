/* What is checked when a product is loaded: what would fail at unit 1 must fail at the desk. */
#ifndef MINTMARK_SERVER_ISSUE_PRODUCT_H
#define MINTMARK_SERVER_ISSUE_PRODUCT_H

#include "server/issue/issue.h"

enum { ISSUE_PRODUCT_NAME_MAX = STORE_NAME_MAX };

/* Checks everything about the product (names, partitions, CD against VID, PID, PAI and PAA, PAI
 * pair, the largest image its values can give) and derives its class. `product` is complete but for
 * product_class. cd_signers are certificates (DER) of configured CD signers. */
MUST_USE status_t issue_product_check(const struct issue_product *product,
                                      const struct span *cd_signers, size_t cd_signer_count,
                                      enum issue_class *ret_class, struct problem *problem);

/* A pai of the configuration: parses, lints both certificates and their relation. `name` and the
 * bytes are borrowed. */
MUST_USE status_t issue_product_pai(const char *name, struct span der, struct span paa_der,
                                    struct issue_pai *ret_pai, struct problem *problem);

const char *issue_product_class_name(enum issue_class product_class); /* "test" … */

#endif
