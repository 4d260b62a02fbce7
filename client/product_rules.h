/* What a product and its firmware's build must agree in (lib/image/SPEC.md §3, §7). */
#ifndef MINTMARK_CLIENT_PRODUCT_RULES_H
#define MINTMARK_CLIENT_PRODUCT_RULES_H

#include "client/product.h"
#include "mintmark/v1/product.pb-c.h"

enum { PRODUCT_FINDINGS_MAX = 96 }; /* each rule has a fixed number; flashed files add one each */

enum product_verdict { PRODUCT_OK, PRODUCT_NOTE, PRODUCT_FAIL };

struct product_finding {
    enum product_verdict verdict;
    char what[64];    /* the option, the product's key, or what is compared */
    const char *path; /* of the file where it stands, borrowed from the build; or NULL */
    unsigned line;    /* there; 0: none */
    char text[PROBLEM_MESSAGE_MAX]; /* what is so, and for a NOTE or FAIL the remedy */
};

struct product_findings {
    struct product_finding items[PRODUCT_FINDINGS_MAX];
    size_t count;
    size_t fails;
};

/* Runs all rules that the build has the files for, in a fixed order. */
void product_rules_run(const Mintmark__V1__Product *product, const struct product_build *build,
                       struct product_findings *ret_findings);

#endif
