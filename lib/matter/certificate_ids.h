/* Vendor and product id in a name (SPEC.md, "Vendor and product id"). */
#ifndef MINTMARK_LIB_MATTER_CERTIFICATE_IDS_H
#define MINTMARK_LIB_MATTER_CERTIFICATE_IDS_H

#include "lib/base/buf.h"
#include "lib/pki/name.h"

extern const struct span matter_certificate_ids_oid_vendor;  /* 1.3.6.1.4.1.37244.2.1 */
extern const struct span matter_certificate_ids_oid_product; /* 1.3.6.1.4.1.37244.2.2 */

#define MATTER_CERTIFICATE_IDS_VENDOR_PREFIX "Mvid:"
#define MATTER_CERTIFICATE_IDS_PRODUCT_PREFIX "Mpid:"

#endif
