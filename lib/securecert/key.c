#include "lib/securecert/key.h"

#include <openssl/evp.h>

enum {
    SCALAR_OFFSET = 7, /* where the firmware looks for them */
    POINT_OFFSET = 56,
    PARAMETERS_OFFSET = SCALAR_OFFSET + PKI_SCALAR_SIZE,
    DERIVE_ITERATIONS = 2048,
};

/* RFC 5915 ECPrivateKey of P-256 with both optional fields: what stands before the scalar, and
 * between scalar and point. */
static const uint8_t sec1_head[SCALAR_OFFSET] = {0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20};
static const uint8_t sec1_parameters[POINT_OFFSET - PARAMETERS_OFFSET] = {
    0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
    0x03, 0x01, 0x07, 0xA1, 0x44, 0x03, 0x42, 0x00,
};

status_t securecert_key_encode(struct span scalar, struct buf *ret_value, struct problem *problem)
{
    uint8_t point[PKI_POINT_SIZE];
    status_t status = pki_plain_key_public(scalar, point);
    if (status == STATUS_INVALID) {
        return problem_say(problem, status, "SECURECERT_KEY", "key",
                           "not a private scalar of P-256: give the key that the DAC is for");
    }
    TRY(status);
    buf_append(ret_value, sec1_head, sizeof(sec1_head));
    buf_append_span(ret_value, scalar);
    buf_append(ret_value, sec1_parameters, sizeof(sec1_parameters));
    buf_append(ret_value, point, sizeof(point));
    return buf_status(ret_value);
}

status_t securecert_key_decode(struct span value, struct span *ret_point, struct problem *problem)
{
    if (value.size != SECURECERT_SEC1_SIZE ||
        memcmp(value.data, sec1_head, sizeof(sec1_head)) != 0 ||
        memcmp(value.data + PARAMETERS_OFFSET, sec1_parameters, sizeof(sec1_parameters)) != 0) {
        return problem_say(problem, STATUS_MALFORMED, "SECURECERT_KEY", "private-key",
                           "not the %d bytes of SEC1 DER with curve and public key that the "
                           "firmware reads by their places: PKCS#8 and PEM do not work",
                           SECURECERT_SEC1_SIZE);
    }
    uint8_t point[PKI_POINT_SIZE];
    struct span stored = span_make(value.data + POINT_OFFSET, PKI_POINT_SIZE);
    status_t status =
        pki_plain_key_public(span_make(value.data + SCALAR_OFFSET, PKI_SCALAR_SIZE), point);
    if (status == STATUS_INVALID || (status == STATUS_OK && !span_equal(stored, SPAN_OF(point)))) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_KEY", "private-key",
                           "the public point in the entry is not that of its scalar: the device "
                           "would sign what nobody can verify");
    }
    TRY(status);
    *ret_point = stored;
    return STATUS_OK;
}

status_t securecert_key_accept(struct span candidate, struct secret *ret_scalar,
                               uint8_t ret_point[static PKI_POINT_SIZE], struct problem *problem)
{
    status_t status = pki_plain_key_from_random(candidate, ret_scalar, ret_point);
    if (status == STATUS_INVALID) {
        return problem_say(problem, status, "SECURECERT_HMAC_SALT_UNUSABLE", "hmac-salt",
                           "HMAC key and salt give 0 or a number beyond the curve's order, which "
                           "is no key: draw another salt");
    }
    return status;
}

/* PBKDF2-HMAC-SHA256, as the firmware does by the chip's HMAC peripheral. */
static status_t derive(struct span hmac_key, struct span salt, uint8_t *ret_key)
{
    int done = PKCS5_PBKDF2_HMAC((const char *)hmac_key.data, (int)hmac_key.size, salt.data,
                                 (int)salt.size, DERIVE_ITERATIONS, EVP_sha256(), PKI_SCALAR_SIZE,
                                 ret_key);
    return done == 1 ? STATUS_OK : STATUS_CRYPTO;
}

status_t securecert_key_derive(struct span hmac_key, struct span salt, struct secret *ret_scalar,
                               uint8_t ret_point[static PKI_POINT_SIZE], struct problem *problem)
{
    if (hmac_key.size != SECURECERT_HMAC_KEY_SIZE) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_HMAC_KEY_SIZE", "hmac-key",
                           "an eFuse HMAC key has %d bytes, this one %zu", SECURECERT_HMAC_KEY_SIZE,
                           hmac_key.size);
    }
    if (salt.size != SECURECERT_HMAC_SALT_SIZE) {
        return problem_say(problem, STATUS_INVALID, "SECURECERT_HMAC_SALT_SIZE", "hmac-salt",
                           "the salt of a derived key has %d bytes, this one %zu",
                           SECURECERT_HMAC_SALT_SIZE, salt.size);
    }
    AUTO(secret_wipe) struct secret candidate = {0};
    TRY(secret_new(&candidate, PKI_SCALAR_SIZE));
    TRY(derive(hmac_key, salt, candidate.data));
    return securecert_key_accept(secret_span(&candidate), ret_scalar, ret_point, problem);
}
