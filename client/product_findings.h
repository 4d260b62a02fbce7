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

Mintmark__V1__DacKey product_rules_dac_key(const struct product_rules *rules);

const struct image_sdkconfig_value *product_rules_option(const struct product_rules *rules,
                                                         enum image_sdkconfig_option which);

/* What a product wants of an option that is on or off. */
struct product_wish {
    enum image_sdkconfig_option option;
    bool wanted;
    enum product_verdict otherwise;
    const char *consequence;
    const char *remedy; /* NULL: switch it on or off */
};
void product_rules_wish(const struct product_rules *rules, const struct product_wish *wish);

/* `path` and `line` are where it stands; NULL for the product's own, line 0 for none. */
void product_findings_tell(const struct product_rules *rules, enum product_verdict verdict,
                           const char *what, const char *path, unsigned line, const char *format,
                           ...) PRINTF_LIKE(6, 7);

/* The rules of one file each; providers are part of sdkconfig. */
void product_rules_providers(const struct product_rules *rules);
void product_rules_sdkconfig(const struct product_rules *rules);
void product_rules_table(const struct product_rules *rules);
void product_rules_flasher(const struct product_rules *rules);

#endif
