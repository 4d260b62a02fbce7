#include "lib/matter/spake2p.h"

#include <openssl/bn.h>

#include "lib/base/secret.h"
#include "lib/matter/pbkdf2.h"
#include "lib/pki/plain_key.h"

enum {
    SHARE_SIZE = 40, /* w0s, w1s: 8 bytes more than the order, so that the remainder is unbiased */
    W_SIZE = 32,
};

/* Order n of P-256 (SEC 2 §2.4.2). */
static const uint8_t p256_order[W_SIZE] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/* SPEC.md "SPAKE2+ verifier", forbidden passcodes: those a person would try first. The repeated
 * digits 00000000 and 99999999 are outside the range. */
static const uint32_t trivial_passcodes[] = {11111111, 22222222, 33333333, 44444444, 55555555,
                                             66666666, 77777777, 88888888, 12345678, 87654321};

bool matter_spake2p_passcode_valid(uint32_t passcode)
{
    if (passcode == 0 || passcode > MATTER_PASSCODE_MAX) {
        return false;
    }
    for (size_t i = 0; i < sizeof(trivial_passcodes) / sizeof(trivial_passcodes[0]); i++) {
        if (passcode == trivial_passcodes[i]) {
            return false;
        }
    }
    return true;
}

OWN_POINTER(BN_CTX, BN_CTX_free)
OWN_POINTER(BIGNUM, BN_clear_free)

/* ret_w = share mod n. */
static status_t reduce_share(const uint8_t *share, uint8_t ret_w[static W_SIZE])
{
    AUTO(BN_CTX_free) BN_CTX *context = BN_CTX_secure_new();
    AUTO(BN_clear_free) BIGNUM *value = BN_secure_new();
    AUTO(BN_clear_free) BIGNUM *order = BN_new();
    if (context == NULL || value == NULL || order == NULL) {
        return STATUS_NO_MEMORY;
    }
    BN_set_flags(value, BN_FLG_CONSTTIME);
    if (BN_bin2bn(share, SHARE_SIZE, value) == NULL ||
        BN_bin2bn(p256_order, sizeof(p256_order), order) == NULL ||
        BN_nnmod(value, value, order, context) != 1 ||
        BN_bn2binpad(value, ret_w, W_SIZE) != W_SIZE) {
        return STATUS_CRYPTO;
    }
    return STATUS_OK;
}

/* SPEC.md "SPAKE2+ verifier": w0 ‖ L from w0s ‖ w1s. `w` has room for two scalars. */
static status_t make_verifier(const uint8_t *shares, uint8_t *w, uint8_t *ret_verifier)
{
    TRY(reduce_share(shares, w));
    TRY(reduce_share(shares + SHARE_SIZE, w + W_SIZE));
    /* L = w1 · G is what a public key is to its scalar */
    if (pki_plain_key_public(span_make(w + W_SIZE, W_SIZE), ret_verifier + W_SIZE) != STATUS_OK) {
        return STATUS_CRYPTO; /* w1 = 0: never, unless the library fails */
    }
    memcpy(ret_verifier, w, W_SIZE);
    return STATUS_OK;
}

status_t matter_spake2p_verifier(uint32_t passcode, struct span salt, uint32_t iterations,
                                 uint8_t ret_verifier[static MATTER_SPAKE2P_VERIFIER_SIZE])
{
    if (!matter_spake2p_passcode_valid(passcode) || salt.size < MATTER_SPAKE2P_SALT_MIN ||
        salt.size > MATTER_SPAKE2P_SALT_MAX || iterations < MATTER_SPAKE2P_ITERATIONS_MIN ||
        iterations > MATTER_SPAKE2P_ITERATIONS_MAX) {
        return STATUS_INVALID;
    }
    /* one allocation: password, both shares, both scalars */
    enum { PASSWORD_SIZE = 4, SHARES_SIZE = 2 * SHARE_SIZE, SCALARS_SIZE = 2 * W_SIZE };
    AUTO(secret_wipe) struct secret work = {0};
    TRY(secret_new(&work, PASSWORD_SIZE + SHARES_SIZE + SCALARS_SIZE));
    uint8_t *shares = work.data + PASSWORD_SIZE;
    write_le32(work.data, passcode);
    matter_pbkdf2_derive(span_make(work.data, PASSWORD_SIZE), salt, iterations, shares,
                         SHARES_SIZE);
    return make_verifier(shares, shares + SHARES_SIZE, ret_verifier);
}
