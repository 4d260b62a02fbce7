/* NVS encryption: XTS-AES-256, one data unit per written 32-byte row, and its keys (SPEC.md). */
#ifndef MINTMARK_LIB_NVS_CRYPT_H
#define MINTMARK_LIB_NVS_CRYPT_H

#include "lib/base/buf.h"

enum { NVS_KEYS_SIZE = 64, NVS_KEY_PARTITION_SIZE = 4096, NVS_HMAC_KEY_SIZE = 32 };

/* Encrypts / decrypts in place the written rows of a plain / encrypted image. `keys` are 64 bytes:
 * data key, then tweak key; equal halves are refused. */
MUST_USE status_t nvs_crypt_encrypt(uint8_t *image, size_t size, struct span keys);
MUST_USE status_t nvs_crypt_decrypt(uint8_t *image, size_t size, struct span keys);

/* The 4096-byte key partition: keys, CRC, FF. Reading checks size and CRC. */
MUST_USE status_t nvs_crypt_key_partition(struct span keys, struct buf *ret_partition);
MUST_USE status_t nvs_crypt_read_key_partition(struct span partition,
                                               uint8_t ret_keys[static NVS_KEYS_SIZE],
                                               struct problem *problem);

/* The HMAC scheme: both keys from the 32-byte eFuse key. */
void nvs_crypt_keys_from_hmac(struct span hmac_key, uint8_t ret_keys[static NVS_KEYS_SIZE]);

#endif
