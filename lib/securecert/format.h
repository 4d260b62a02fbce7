/* The esp_secure_cert partition: names and numbers of its entries (SPEC.md §1). */
#ifndef MINTMARK_LIB_SECURECERT_FORMAT_H
#define MINTMARK_LIB_SECURECERT_FORMAT_H

#include "lib/base/buf.h"

#define SECURECERT_MAGIC 0xBA5EBA11u

enum {
    SECURECERT_SECTOR_SIZE = 4096,     /* partitions are erased in these */
    SECURECERT_PARTITION_MAX = 0xF000, /* the firmware counts offsets in 16 bits (SPEC.md §1.4) */
    SECURECERT_HEADER_SIZE = 12,
    SECURECERT_CRC_SIZE = 4,
    SECURECERT_ALIGNMENT = 16,
    SECURECERT_SUBTYPE_MAX = 253, /* 254 and 255 mean something else to the firmware */
    SECURECERT_ENTRIES_MAX = SECURECERT_PARTITION_MAX / SECURECERT_ALIGNMENT,

    SECURECERT_CERTIFICATE_MAX = 600, /* the buffer Matter's provider copies a certificate to */
    SECURECERT_SEC1_SIZE = 121,
    SECURECERT_SEC_CFG_SIZE = 40,
    SECURECERT_EFUSE_KEYS = 6,       /* BLOCK_KEY0 … BLOCK_KEY5 */
    SECURECERT_EFUSE_BLOCK_KEY0 = 4, /* the eFuse block that BLOCK_KEY0 is */
    SECURECERT_HMAC_KEY_SIZE = 32,
    SECURECERT_HMAC_SALT_SIZE = 32,
    SECURECERT_VERIFIER_SIZE = 97,
    SECURECERT_SALT_MIN = 16,
    SECURECERT_SALT_MAX = 32,
    SECURECERT_ITERATIONS_MIN = 1000,
    SECURECERT_ITERATIONS_MAX = 100000,
    SECURECERT_DISCRIMINATOR_MAX = 4095,
    SECURECERT_ROTATING_ID_SIZE = 16,
};

/* The type byte. */
enum securecert_type {
    SECURECERT_CA_CERT = 0,  /* the PAI */
    SECURECERT_DEV_CERT = 1, /* the DAC */
    SECURECERT_PRIV_KEY = 2,
    SECURECERT_DS_DATA = 3,
    SECURECERT_DS_CONTEXT = 4,
    SECURECERT_HMAC_SALT = 5,
    SECURECERT_SEC_CFG = 6,
    SECURECERT_TEE_KEY = 7,
    SECURECERT_SIGNATURE = 8,
    SECURECERT_INTEGRITY = 9,
    SECURECERT_END = 50, /* only asked for, never stored */
    SECURECERT_USER_DATA_1 = 51,
    SECURECERT_USER_DATA_5 = 55,
    SECURECERT_MATTER_1 = 201,
    SECURECERT_MATTER_2 = 202,
    SECURECERT_TYPE_MAX = 254, /* this and 255 are never stored */
};

/* Subtypes of SECURECERT_MATTER_1. */
enum securecert_matter {
    SECURECERT_DISCRIMINATOR = 0, /* u16 */
    SECURECERT_VERIFIER = 1,      /* 97 bytes */
    SECURECERT_SALT = 2,          /* 16 to 32 bytes */
    SECURECERT_ITERATIONS = 3,    /* u32 */
    SECURECERT_ROTATING_ID = 4,   /* 16 bytes */
    SECURECERT_RANDOM_1 = 128,
    SECURECERT_RANDOM_2 = 129,
};

/* The flags byte: one of these. */
enum securecert_flags {
    SECURECERT_PLAIN = 0,
    SECURECERT_KEY_IN_EFUSE = 0x08,   /* a PRIV_KEY: the ECDSA peripheral holds it */
    SECURECERT_KEY_FROM_HMAC = 0x40,  /* a PRIV_KEY: derived by the HMAC peripheral */
    SECURECERT_HMAC_ENCRYPTED = 0x80, /* any value: AES-GCM under a key of the HMAC peripheral */
};

struct securecert_entry {
    uint8_t type;
    uint8_t subtype;
    uint8_t flags;
    struct span value; /* borrowed */
    size_t offset;     /* of the header in the partition; set by the reader */
};

/* Header, value, zeros and CRC: a multiple of 16. */
static inline size_t securecert_entry_size(size_t value_size)
{
    size_t padded = (value_size + SECURECERT_ALIGNMENT - 1) / SECURECERT_ALIGNMENT;
    return SECURECERT_HEADER_SIZE + padded * SECURECERT_ALIGNMENT + SECURECERT_CRC_SIZE;
}

#endif
