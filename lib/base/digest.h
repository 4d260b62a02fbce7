/* The digests and checks everything here uses. */
#ifndef MINTMARK_LIB_BASE_DIGEST_H
#define MINTMARK_LIB_BASE_DIGEST_H

#include "lib/base/buf.h"

enum { SHA256_SIZE = 32, SHA1_SIZE = 20, MD5_SIZE = 16 };

void digest_sha256(struct span bytes, uint8_t ret_digest[static SHA256_SIZE]);
/* Of the byte `prefix` and then `bytes`. */
void digest_sha256_prefixed(uint8_t prefix, struct span bytes,
                            uint8_t ret_digest[static SHA256_SIZE]);
void digest_sha1(struct span bytes, uint8_t ret_digest[static SHA1_SIZE]); /* key identifiers */
void digest_md5(struct span bytes,
                uint8_t ret_digest[static MD5_SIZE]); /* what flash loaders check */
void digest_hmac_sha256(struct span key, struct span bytes, uint8_t ret_mac[static SHA256_SIZE]);

/* The CRC of NVS and esp_secure_cert: polynomial EDB88320 reflected, register from 0, inverted at
 * the end (not zlib's usual start). "123456789" gives D202D277. Chain parts by passing the last
 * result as `previous`; start with DIGEST_CRC_START. */
#define DIGEST_CRC_START 0xFFFFFFFFu
uint32_t digest_crc(uint32_t previous, struct span bytes);

#endif
