#include "lib/nvs/crypt.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "lib/base/digest.h"
#include "lib/nvs/format.h"

enum { HALF = NVS_KEYS_SIZE / 2, TWEAK_SIZE = 16 };

static inline void context_free(EVP_CIPHER_CTX *context)
{
    EVP_CIPHER_CTX_free(context);
}
OWN_POINTER(EVP_CIPHER_CTX, context_free)

static bool keys_usable(struct span keys)
{
    return keys.size == NVS_KEYS_SIZE && CRYPTO_memcmp(keys.data, keys.data + HALF, HALF) != 0;
}

/* Before the first row changes: whole pages, and no row in the state that flash cannot hold. */
static status_t check_image(const uint8_t *image, size_t size)
{
    if (size == 0 || size % NVS_PAGE_SIZE != 0 || size > NVS_SIZE_MAX) {
        return STATUS_INVALID;
    }
    for (size_t page = 0; page < size; page += NVS_PAGE_SIZE) {
        for (unsigned row = 0; row < NVS_PAGE_ROWS; row++) {
            if (nvs_row_state(image + page, row) == NVS_ROW_ILLEGAL) {
                return STATUS_MALFORMED;
            }
        }
    }
    return STATUS_OK;
}

/* SPEC.md §3: one data unit per row; its number is the row's byte offset in the partition. */
static status_t crypt_row(EVP_CIPHER_CTX *context, uint8_t *image, size_t offset)
{
    uint8_t tweak[TWEAK_SIZE] = {0};
    int written = 0;
    write_le32(tweak, (uint32_t)offset);
    uint8_t *row = image + offset;
    bool done = EVP_CipherInit_ex2(context, NULL, NULL, tweak, -1, NULL) == 1 &&
                EVP_CipherUpdate(context, row, &written, row, NVS_ROW_SIZE) == 1 &&
                written == NVS_ROW_SIZE;
    return done ? STATUS_OK : STATUS_CRYPTO;
}

static status_t crypt_page(EVP_CIPHER_CTX *context, uint8_t *image, size_t page)
{
    for (unsigned row = 0; row < NVS_PAGE_ROWS; row++) {
        if (nvs_row_state(image + page, row) == NVS_ROW_WRITTEN) {
            TRY(crypt_row(context, image, page + nvs_row_offset(row)));
        }
    }
    return STATUS_OK;
}

/* One context for the image: the key schedule is most of the cost of a naive loop. */
static status_t crypt(uint8_t *image, size_t size, struct span keys, int encrypt)
{
    if (!keys_usable(keys)) {
        return STATUS_INVALID;
    }
    TRY(check_image(image, size));
    AUTO(context_free) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (EVP_CipherInit_ex2(context, EVP_aes_256_xts(), keys.data, NULL, encrypt, NULL) != 1) {
        return STATUS_CRYPTO;
    }
    for (size_t page = 0; page < size; page += NVS_PAGE_SIZE) {
        TRY(crypt_page(context, image, page));
    }
    return STATUS_OK;
}

status_t nvs_crypt_encrypt(uint8_t *image, size_t size, struct span keys)
{
    return crypt(image, size, keys, 1);
}

status_t nvs_crypt_decrypt(uint8_t *image, size_t size, struct span keys)
{
    return crypt(image, size, keys, 0);
}

status_t nvs_crypt_key_partition(struct span keys, struct buf *ret_partition)
{
    if (!keys_usable(keys)) {
        return STATUS_INVALID;
    }
    uint8_t *partition = buf_extend(ret_partition, NVS_KEY_PARTITION_SIZE);
    if (partition == NULL) {
        return buf_status(ret_partition);
    }
    memset(partition, 0xFF, NVS_KEY_PARTITION_SIZE);
    memcpy(partition, keys.data, NVS_KEYS_SIZE);
    write_le32(partition + NVS_KEYS_SIZE, digest_crc(DIGEST_CRC_START, keys));
    return STATUS_OK;
}

static bool blank(struct span bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] != 0xFF) {
            return false;
        }
    }
    return true;
}

/* SPEC.md §3.1. What follows the CRC is ignored, as the firmware ignores it. */
status_t nvs_crypt_read_key_partition(struct span partition, uint8_t ret_keys[static NVS_KEYS_SIZE],
                                      struct problem *problem)
{
    if (partition.size != NVS_KEY_PARTITION_SIZE) {
        return problem_say(problem, STATUS_INVALID, "NVS_KEYS_SIZE", "keys",
                           "a key partition has %d bytes, this has %zu", NVS_KEY_PARTITION_SIZE,
                           partition.size);
    }
    if (blank(span_make(partition.data, NVS_KEYS_SIZE + 4))) {
        return problem_say(problem, STATUS_INVALID, "NVS_KEYS_BLANK", "keys",
                           "the key partition is blank: make keys with `mintmark nvs keygen`");
    }
    struct span keys = span_make(partition.data, NVS_KEYS_SIZE);
    if (digest_crc(DIGEST_CRC_START, keys) != read_le32(partition.data + NVS_KEYS_SIZE)) {
        return problem_say(problem, STATUS_MALFORMED, "NVS_KEYS_CRC", "keys",
                           "the CRC of the key partition is wrong: the file is damaged, or it is "
                           "not a plain key partition");
    }
    if (!keys_usable(keys)) {
        return problem_say(problem, STATUS_INVALID, "NVS_KEYS_EQUAL", "keys",
                           "data key and tweak key are equal, which the firmware refuses: make "
                           "new keys with `mintmark nvs keygen`");
    }
    memcpy(ret_keys, keys.data, NVS_KEYS_SIZE);
    return STATUS_OK;
}

static void hmac_half(struct span hmac_key, const uint8_t seed[static 4],
                      uint8_t ret_key[static HALF])
{
    uint8_t message[HALF];
    for (size_t i = 0; i < sizeof(message); i++) {
        message[i] = seed[i % 4];
    }
    digest_hmac_sha256(hmac_key, SPAN_OF(message), ret_key);
}

/* SPEC.md §3.2 */
void nvs_crypt_keys_from_hmac(struct span hmac_key, uint8_t ret_keys[static NVS_KEYS_SIZE])
{
    static const uint8_t DATA_SEED[4] = {0x5A, 0x5A, 0xBE, 0xAE};
    static const uint8_t TWEAK_SEED[4] = {0xA5, 0xA5, 0xDE, 0xCE};
    assert(hmac_key.size == NVS_HMAC_KEY_SIZE);
    hmac_half(hmac_key, DATA_SEED, ret_keys);
    hmac_half(hmac_key, TWEAK_SEED, ret_keys + HALF);
}
