/* The Certification Declaration: read, verify, match, and (development) sign one (SPEC.md). */
#ifndef MINTMARK_LIB_MATTER_CD_H
#define MINTMARK_LIB_MATTER_CD_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/signer.h"

enum {
    MATTER_CD_MAX = 790,
    MATTER_CD_PRODUCTS_MAX = 100,
    MATTER_CD_PAAS_MAX = 10,
    MATTER_CD_CERTIFICATE_ID_SIZE = 19,
    MATTER_KEY_ID_SIZE = 20,
};

enum matter_cd_type { MATTER_CD_DEVELOPMENT, MATTER_CD_PROVISIONAL, MATTER_CD_OFFICIAL };

struct matter_cd {
    uint16_t vendor_id;
    uint16_t product_ids[MATTER_CD_PRODUCTS_MAX];
    size_t product_id_count;
    uint32_t device_type_id;
    char certificate_id[MATTER_CD_CERTIFICATE_ID_SIZE + 1];
    uint8_t security_level;
    uint16_t security_information;
    uint16_t version_number;
    uint8_t type; /* enum matter_cd_type */
    bool has_dac_origin;
    uint16_t dac_origin_vendor_id;
    uint16_t dac_origin_product_id;
    uint8_t paa_key_ids[MATTER_CD_PAAS_MAX][MATTER_KEY_ID_SIZE];
    size_t paa_count; /* 0: any PAA */
    uint8_t signer_key_id[MATTER_KEY_ID_SIZE];
};

enum matter_cd_signer {
    MATTER_CD_SIGNER_CSA,        /* a CSA production key */
    MATTER_CD_SIGNER_TEST,       /* the public test key */
    MATTER_CD_SIGNER_CONFIGURED, /* a certificate given by the caller */
};

/* Reads CMS and TLV strictly; no signature check. */
MUST_USE status_t matter_cd_parse(struct span der, struct matter_cd *ret_cd,
                                  struct problem *problem);

/* Finds the signer by key id among the built-in CSA and test keys and `certificates` (DER, `count`)
 * and checks the signature. STATUS_REFUSED: unknown signer, or wrong signature, or a type its
 * signer may not sign. */
MUST_USE status_t matter_cd_verify(struct span der, const struct span *certificates, size_t count,
                                   enum matter_cd_signer *ret_signer, struct problem *problem);

/* Does the CD cover this product and this chain? ids are Basic Information's; the chain's are those
 * of the certificates (DAC / PAI subject). paa_key_id is the PAA's SKI. */
struct matter_cd_match {
    uint16_t vendor_id;
    uint16_t product_id;
    uint16_t dac_vendor_id;
    uint16_t dac_product_id;
    int32_t pai_product_id; /* -1: none */
    struct span paa_key_id; /* 20 bytes */
};
MUST_USE status_t matter_cd_check(const struct matter_cd *cd, const struct matter_cd_match *match,
                                  struct problem *problem);

/* Signs a CD (development). signer_key_id of `cd` names the signer. Appends DER. */
MUST_USE status_t matter_cd_make(const struct matter_cd *cd, const struct signer *signer,
                                 struct buf *ret_der, struct problem *problem);

#endif
