/* SHA256_Transform is deprecated in OpenSSL 3 in favour of EVP, which has no way to run the bare
 * block function. Going through it here costs 2.2 times less than PKCS5_PBKDF2_HMAC, and this loop
 * is nearly all the computation a device needs. Where the processor has SHA instructions and more
 * than one block is wanted, pbkdf2_lanes.c runs the blocks side by side instead. The unit test
 * holds all three equal. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "lib/matter/pbkdf2.h"

#include <assert.h>
#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "lib/base/digest.h"
#include "lib/matter/pbkdf2_lanes.h"

enum { BLOCK_SIZE = SHA256_CBLOCK };

/* Everything derived from the password, wiped as one piece. */
struct derivation {
    SHA256_CTX inner; /* state after the block key ^ ipad; only .h is used */
    SHA256_CTX outer; /* state after the block key ^ opad */
    SHA256_CTX work;
    uint8_t block[BLOCK_SIZE];
    uint32_t sums[MATTER_PBKDF2_LANES][MATTER_PBKDF2_WORDS];
    uint8_t key[MATTER_PBKDF2_LANES * SHA256_SIZE];
};

static void write_be32(uint8_t *p, uint32_t value)
{
    value = htobe32(value);
    memcpy(p, &value, sizeof(value));
}

static void start_pad(struct derivation *d, struct span password, uint8_t pad, SHA256_CTX *ret_ctx)
{
    memset(d->block, pad, sizeof(d->block));
    for (size_t i = 0; i < password.size; i++) {
        d->block[i] ^= password.data[i];
    }
    (void)SHA256_Init(ret_ctx); /* cannot fail: sets constants */
    SHA256_Transform(ret_ctx, d->block);
}

/* SHA-256 padding of a message of `size` bytes that stands in d->block behind one whole block. */
static void pad_block(struct derivation *d, size_t size)
{
    memset(d->block + size, 0, sizeof(d->block) - size);
    d->block[size] = 0x80;
    write_be32(d->block + BLOCK_SIZE - 4, (uint32_t)(BLOCK_SIZE + size) * 8);
}

/* Four words at once: SHA256_Transform reads the block in pieces of 16 bytes, and a load that spans
 * several smaller stores waits for them (6 % of the whole). */
static void store_big_endian(const uint32_t words[static 4], uint8_t ret_bytes[static 16])
{
    typedef uint32_t four_words_t __attribute__((vector_size(16)));
    _Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the bytes are always swapped");
    four_words_t w;
    memcpy(&w, words, sizeof(w));
    w = w << 24 | (w & 0xff00) << 8 | (w >> 8 & 0xff00) | w >> 24;
    memcpy(ret_bytes, &w, sizeof(w));
}

/* One half of an HMAC over the padded message in d->block: the digest replaces its first 32 bytes,
 * which makes the block a padded message of one digest if it was one before. */
static void digest_block(struct derivation *d, const SHA256_CTX *half)
{
    memcpy(d->work.h, half->h, SHA256_SIZE);
    SHA256_Transform(&d->work, d->block);
    store_big_endian(d->work.h, d->block);
    store_big_endian(d->work.h + 4, d->block + 16);
}

/* U_1 of T_number (RFC 8018 §5.2) into d->work.h; d->block is then a padded message of it. */
static void derive_first(struct derivation *d, struct span salt, uint32_t number)
{
    memcpy(d->block, salt.data, salt.size);
    write_be32(d->block + salt.size, number);
    pad_block(d, salt.size + 4);
    digest_block(d, &d->inner);
    pad_block(d, SHA256_SIZE); /* from here on every message is one digest long */
    digest_block(d, &d->outer);
}

/* T_number into the first of d->sums. */
static void derive_block(struct derivation *d, struct span salt, uint32_t iterations,
                         uint32_t number)
{
    derive_first(d, salt, number);
    memcpy(d->sums[0], d->work.h, SHA256_SIZE);
    for (uint32_t i = 1; i < iterations; i++) {
        digest_block(d, &d->inner);
        digest_block(d, &d->outer);
        for (size_t word = 0; word < MATTER_PBKDF2_WORDS; word++) {
            d->sums[0][word] ^= d->work.h[word];
        }
    }
}

/* T_number and those that follow it into d->sums, a block to a lane. */
static void derive_lanes(struct derivation *d, struct span salt, uint32_t iterations,
                         uint32_t number)
{
    for (uint32_t lane = 0; lane < MATTER_PBKDF2_LANES; lane++) {
        derive_first(d, salt, number + lane);
        memcpy(d->sums[lane], d->work.h, SHA256_SIZE);
    }
    matter_pbkdf2_lanes_run(d->inner.h, d->outer.h, iterations, d->sums);
}

/* The first `size` bytes of d->sums. */
static void take_key(struct derivation *d, uint8_t *ret_key, size_t size)
{
    for (size_t lane = 0; lane < MATTER_PBKDF2_LANES; lane++) {
        store_big_endian(d->sums[lane], d->key + lane * SHA256_SIZE);
        store_big_endian(d->sums[lane] + 4, d->key + lane * SHA256_SIZE + 16);
    }
    memcpy(ret_key, d->key, size);
}

static void derive(struct span password, struct span salt, uint32_t iterations, bool lanes,
                   uint8_t *ret_key, size_t size)
{
    assert(password.size <= MATTER_PBKDF2_PASSWORD_MAX);
    assert(salt.size > 0 && salt.size <= MATTER_PBKDF2_SALT_MAX && iterations >= 1);
    struct derivation d = {0};
    start_pad(&d, password, 0x36, &d.inner);
    start_pad(&d, password, 0x5c, &d.outer);
    uint32_t number = 1;
    for (size_t done = 0; done < size;) {
        size_t take = size - done;
        if (lanes && take > SHA256_SIZE) { /* costs less than two blocks in turn, more than one */
            derive_lanes(&d, salt, iterations, number);
            number += MATTER_PBKDF2_LANES;
            take = take < sizeof(d.sums) ? take : sizeof(d.sums);
        } else {
            derive_block(&d, salt, iterations, number);
            number++;
            take = take < SHA256_SIZE ? take : SHA256_SIZE;
        }
        take_key(&d, ret_key + done, take);
        done += take;
    }
    OPENSSL_cleanse(&d, sizeof(d));
}

void matter_pbkdf2_derive(struct span password, struct span salt, uint32_t iterations,
                          uint8_t *ret_key, size_t size)
{
    derive(password, salt, iterations, matter_pbkdf2_lanes_supported(), ret_key, size);
}

void matter_pbkdf2_derive_portable(struct span password, struct span salt, uint32_t iterations,
                                   uint8_t *ret_key, size_t size)
{
    derive(password, salt, iterations, false, ret_key, size);
}
