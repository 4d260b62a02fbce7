/* How a rule tells what it found. */
#ifndef MINTMARK_CLIENT_PRODUCT_FINDINGS_H
#define MINTMARK_CLIENT_PRODUCT_FINDINGS_H

#include "client/product_rules.h"

struct product_rules {
    const Mintmark__V1__Product *product;
    const struct product_build *build;
    struct product_findings *findings;
};

bool product_rules_encrypts(const struct product_rules *rules); /* NVS with a key partition */
bool product_rules_hmac(const struct product_rules *rules);     /* … with an eFuse key */

/* `path` and `line` are where it stands; NULL for the product's own, line 0 for none. */
void product_findings_tell(const struct product_rules *rules, enum product_verdict verdict,
                           const char *what, const char *path, unsigned line, const char *format,
                           ...) PRINTF_LIKE(6, 7);

/* The rules of one file each. */
void product_rules_sdkconfig(const struct product_rules *rules);
void product_rules_table(const struct product_rules *rules);
void product_rules_flasher(const struct product_rules *rules);

#endif
