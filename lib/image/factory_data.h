/* One unit's factory data → partitions → image set (SPEC.md). Pure: the same input gives the same
 * bytes. Whatever changes bytes for equal input raises IMAGE_REVISION. */
#ifndef MINTMARK_LIB_IMAGE_FACTORY_DATA_H
#define MINTMARK_LIB_IMAGE_FACTORY_DATA_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/matter/onboarding.h"

enum {
    IMAGE_REVISION = 1,
    IMAGE_LABEL_MAX = 15,
    IMAGE_PARTITIONS_MAX = 4,
    IMAGE_EFUSE_KEYS_MAX = 2,        /* the NVS's and the DAC's */
    IMAGE_SET_MAX = 2 * 1024 * 1024, /* bytes of all images: fits one answer with room */
};

enum image_nvs_encryption { IMAGE_NVS_PLAIN, IMAGE_NVS_KEY_PARTITION, IMAGE_NVS_HMAC };

/* Where the DAC's private key is on the device (SPEC.md §3.2). */
enum image_dac_key {
    IMAGE_DAC_KEY_FACTORY,     /* in the factory data, with DAC and PAI */
    IMAGE_DAC_KEY_SECURE_CERT, /* in the esp_secure_cert partition, with DAC and PAI */
    IMAGE_DAC_KEY_PERIPHERAL,  /* in an eFuse block, for the ECDSA peripheral */
    IMAGE_DAC_KEY_DERIVED,     /* nowhere: derived from an eFuse HMAC key and a salt */
    IMAGE_DAC_KEY_DEVICE,      /* made by the device, which has no images from here */
};

struct image_partition {
    char label[IMAGE_LABEL_MAX + 1];
    uint32_t offset;
    uint32_t size;
    bool encrypted; /* the partition table's flag: written with flash encryption */
};

/* Numbers whose 0 has a meaning. */
struct image_number {
    bool given;
    uint32_t value;
};

enum {
    IMAGE_LOCALES_MAX = 32, /* these four bound an image; the firmware has no limits of its own */
    IMAGE_FIXED_LABELS_MAX = 32,
    IMAGE_SUPPORTED_MODES_MAX = 32,
    IMAGE_MODE_TAGS_MAX = 8,
};

struct image_fixed_label {
    uint16_t endpoint;
    const char *label; /* 1..15 */
    const char *value; /* 1..15 */
};

struct image_mode_tag {
    uint16_t manufacturer_code;
    uint16_t value;
};

struct image_supported_mode {
    uint16_t endpoint;
    const char *label; /* 1..64 */
    uint8_t mode;
    struct image_mode_tag tags[IMAGE_MODE_TAGS_MAX];
    size_t tag_count;
};

/* What a product may have and need not (SPEC.md §1.4). All zero: nothing of it. Borrows. */
struct image_details {
    const char *part_number;                 /* <= 32, or NULL */
    const char *product_label;               /* <= 64, or NULL */
    const char *product_url;                 /* <= 256, or NULL */
    struct image_number product_finish;      /* 0..5 */
    struct image_number product_color;       /* 0..20 */
    struct image_number location_capability; /* 0..2 */
    struct image_number device_type;
    uint16_t calendar_types;                /* bit per calendar, 0: not written */
    const char *locales[IMAGE_LOCALES_MAX]; /* <= 35 each */
    size_t locale_count;
    struct image_fixed_label fixed_labels[IMAGE_FIXED_LABELS_MAX];
    size_t fixed_label_count;
    struct image_supported_mode supported_modes[IMAGE_SUPPORTED_MODES_MAX];
    size_t supported_mode_count;
};

enum {
    IMAGE_VENDOR_VALUES_MAX = 64,
    IMAGE_VENDOR_TEXT_MAX = 32 * 1024, /* bytes of all values; real ones are two or three PEMs */
};

/* A key beside those of the Matter SDK (SPEC.md §1.5). Borrows. */
struct image_vendor_value {
    const char *namespace_name; /* 1..15 */
    const char *key;            /* 1..15 */
    const char *encoding;       /* "u8" … "i64", "string", "binary", "hex2bin", "base64" */
    struct span text;           /* the value in that encoding; secret */
    bool from_file;             /* then a binary value may have any bytes */
    bool supplied;              /* in a product: each unit brings its own value */
};

enum { IMAGE_FIRMWARE_MAX = 16, IMAGE_FIRMWARE_NAME_MAX = 63 };

/* A file of the firmware that is written with a unit's images (firmware.h). */
struct image_firmware {
    char file_name[IMAGE_FIRMWARE_NAME_MAX + 1];
    uint32_t offset;
    uint32_t size;
    uint8_t sha256[32];
};

/* What all units of a product share. Borrows. */
struct image_product {
    const char *chip; /* "esp32c6", as esptool names it */
    uint16_t vendor_id;
    const char *vendor_name; /* <= 32 bytes UTF-8 */
    uint16_t product_id;
    const char *product_name; /* <= 32 */
    uint16_t hardware_version;
    const char *hardware_version_string; /* 1..64 */
    struct span certification_declaration;
    bool cd_in_firmware; /* then it is not written */
    struct span pai;     /* DER */
    uint32_t spake2p_iterations;
    bool dynamic_passcode;       /* the device makes its own: no passcode, verifier or codes */
    bool commissioning_left_out; /* with dynamic_passcode; not written either (SPEC.md §1.7) */
    bool instance_left_out;      /* device instance info is not written (SPEC.md §1.7) */
    enum matter_flow flow;
    uint8_t discovery; /* MATTER_DISCOVERY_… */
    enum image_nvs_encryption nvs_encryption;
    struct image_partition factory_data;
    struct image_partition nvs_keys; /* with IMAGE_NVS_KEY_PARTITION */
    uint8_t nvs_hmac_block;          /* with IMAGE_NVS_HMAC: 4 is BLOCK_KEY4 */
    enum image_dac_key dac_key;
    uint8_t dac_key_block;              /* with IMAGE_DAC_KEY_PERIPHERAL and _DERIVED */
    bool commissioning_in_secure_cert;  /* else in the factory data */
    struct image_partition secure_cert; /* where image_product_has_secure_cert */
    struct image_details details;
    struct image_vendor_value vendor_values[IMAGE_VENDOR_VALUES_MAX]; /* as they are written */
    size_t vendor_count;
    struct image_firmware firmware[IMAGE_FIRMWARE_MAX];
    size_t firmware_count;
};

/* What is this unit's own. Borrows secret memory. */
struct image_unit {
    uint16_t discriminator;
    uint32_t passcode;                 /* 0 with a dynamic passcode */
    struct span salt;                  /* 16..32 bytes; empty where commissioning_left_out */
    uint32_t spake2p_iterations;       /* of its verifier; 0: the product's */
    struct span verifier;              /* 97 bytes; empty with a dynamic passcode */
    struct span dac;                   /* DER */
    struct span dac_key;               /* 32-byte scalar; empty with IMAGE_DAC_KEY_DERIVED */
    struct span dac_hmac_key;          /* 32 bytes with IMAGE_DAC_KEY_DERIVED */
    struct span dac_hmac_salt;         /* 32 bytes with IMAGE_DAC_KEY_DERIVED */
    struct span dac_public_key;        /* 65 bytes */
    const char *serial_number;         /* 1..32 */
    const char *manufacturing_date;    /* "YYYY-MM-DD" or "YYYYMMDD" and up to 8 more; NULL: none */
    struct span rotating_id_unique_id; /* 16 bytes, or empty: not written */
    struct span nvs_keys;              /* 64 bytes with IMAGE_NVS_KEY_PARTITION */
    struct span nvs_hmac_key;          /* 32 bytes with IMAGE_NVS_HMAC */
    const struct image_vendor_value *vendor_values; /* of those the product wants supplied */
    size_t vendor_count;
    const struct image_vendor_value *expected; /* keys that the image must have, with this value */
    size_t expected_count;
};

static inline uint32_t image_iterations(const struct image_product *product,
                                        const struct image_unit *unit)
{
    return unit->spake2p_iterations != 0 ? unit->spake2p_iterations : product->spake2p_iterations;
}

/* What a file of a set is. */
enum image_role {
    IMAGE_ROLE_FACTORY_DATA,
    IMAGE_ROLE_NVS_KEYS,
    IMAGE_ROLE_SECURE_CERT,
    IMAGE_ROLE_COUNT
};

struct image_file {
    enum image_role role;
    char label[IMAGE_LABEL_MAX + 1];
    char file_name[IMAGE_LABEL_MAX + 5]; /* label + ".bin" */
    uint32_t offset;
    bool encrypt;       /* flash with --encrypt */
    struct buf content; /* secret */
    uint8_t sha256[32];
    uint8_t md5[16];
};

/* A key for an eFuse block, to be burnt before any image is written (SPEC.md §3.3). */
struct image_efuse_key {
    char file_name[20];
    char purpose[12]; /* as espefuse names it */
    uint8_t block;    /* 4 is BLOCK_KEY4 */
    bool for_nvs;     /* what firmware does with it: one key may serve both */
    bool for_dac;
    struct buf content; /* secret; what espefuse reads from the file */
};
enum { IMAGE_EFUSE_BLOCK_LAST = 5, IMAGE_EFUSE_FILE_MAX = 256 };

struct image_set {
    struct image_file files[IMAGE_PARTITIONS_MAX];
    size_t file_count;
    struct image_efuse_key efuse_keys[IMAGE_EFUSE_KEYS_MAX];
    size_t efuse_key_count;
    struct image_firmware firmware[IMAGE_FIRMWARE_MAX]; /* named in the manifest, and not here */
    size_t firmware_count;
    struct buf manifest;   /* manifest.json, documented in SPEC.md; no secret */
    struct buf flash_args; /* argument file for esptool write-flash */
};

void image_set_done(struct image_set *set); /* accepts a zeroed struct */
OWN_VALUE(struct image_set, image_set_done)

/* Product values alone: lengths, ranges, partitions (size multiple of 4096, no overlap). Field
 * names are product.yaml's ("product_name"). Called when a product is loaded. */
MUST_USE status_t image_product_check(const struct image_product *product, struct problem *problem);

/* Whether its units have an esp_secure_cert partition. */
bool image_product_has_secure_cert(const struct image_product *product);

/* Builds and re-reads the set: every key is found again by lib/nvs/reader with its value, and the
 * esp_secure_cert partition passes lib/securecert/check. A value too long or an image larger than
 * its partition is refused with the field's name. */
MUST_USE status_t image_set_build(const struct image_product *product,
                                  const struct image_unit *unit, struct image_set *ret_set,
                                  struct problem *problem);

/* Whether the unit's factory data fit their partition, its values keep their limits, and what is
 * expected is there: for values at their longest, which need not be a real unit's. esp_secure_cert
 * is not looked at: what can be in it fits the smallest one. */
MUST_USE status_t image_set_check_size(const struct image_product *product,
                                       const struct image_unit *unit, struct problem *problem);

/* One line of a check, for people: "chain", "DAC → PAI → PAA, signatures and profile ok". */
struct image_finding {
    char what[24];
    char text[160];
};
enum { IMAGE_FINDINGS_MAX = 12 };

/* What a station checks of a set it received (SPEC.md §5): manifest digests and sizes, every NVS
 * key readable (decrypted with the set's own key partition or HMAC key), the esp_secure_cert
 * partition sound, the private key is the DAC's and is nowhere it should not be, chain to `paa`, CD
 * covers VID/PID, verifier recomputed from the passcode of `codes`, codes agree with the data. The
 * CD's signature is checked when its signer is known, here or to the caller; the finding "cd" says
 * when it is not. Without codes (dynamic passcode) there must be no verifier. Groups of keys that
 * are left out are named in the findings (SPEC.md §1.7). ret_findings has
 * IMAGE_FINDINGS_MAX places. The first thing wrong is STATUS_DATA_LOSS or STATUS_REFUSED with the
 * problem saying what. `now` is Unix time. */
struct image_check {
    const struct image_file *files; /* label, offset, encrypt, content, sha256; not the role */
    size_t file_count;
    const struct image_efuse_key *efuse_keys; /* not what they are for */
    size_t efuse_key_count;
    struct span manifest;
    struct span flash_args;    /* empty: not received, not used */
    struct span dac, pai, paa; /* DER */
    const char *qr_code;       /* both empty: dynamic passcode */
    const char *manual_code;
    const char *serial_number;
    const struct span *cd_signers; /* DER certificates beside the built-in CSA and test keys */
    size_t cd_signer_count;
    int64_t now;
};
MUST_USE status_t image_set_check(const struct image_check *check,
                                  struct image_finding *ret_findings, size_t *ret_count,
                                  struct problem *problem);

#endif
