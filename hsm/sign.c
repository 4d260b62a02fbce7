#include "hsm/sign.h"

#include <openssl/rand.h>
#include <string.h>

#include "hsm/rv.h"
#include "lib/base/digest.h"
#include "lib/pki/plain_key.h"

enum { HALF = HSM_RAW_SIGNATURE_SIZE / 2, DER_INTEGER = 0x02, DER_SEQUENCE = 0x30 };

/* the order n of P-256 (SEC 2, secp256r1) */
static const uint8_t order[HALF] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};

static bool in_range(const uint8_t number[static HALF])
{
    static const uint8_t zero[HALF];
    return memcmp(number, zero, HALF) != 0 && memcmp(number, order, HALF) < 0;
}

static void append_integer(struct buf *out, const uint8_t number[static HALF])
{
    size_t skip = 0;
    while (skip < HALF - 1 && number[skip] == 0) {
        skip++;
    }
    bool pad = (number[skip] & 0x80) != 0; /* INTEGER is signed */
    buf_append_byte(out, DER_INTEGER);
    buf_append_byte(out, (uint8_t)(HALF - skip + (pad ? 1 : 0)));
    if (pad) {
        buf_append_byte(out, 0);
    }
    buf_append(out, number + skip, HALF - skip);
}

status_t hsm_sign_der(const uint8_t raw[static HSM_RAW_SIGNATURE_SIZE], struct buf *ret_signature)
{
    if (!in_range(raw) || !in_range(raw + HALF)) {
        return STATUS_MALFORMED;
    }
    AUTO(buf_done) struct buf numbers = {0};
    buf_init(&numbers, HSM_RAW_SIGNATURE_SIZE + 6); /* tag, length, sign octet of each */
    append_integer(&numbers, raw);
    append_integer(&numbers, raw + HALF);
    TRY(buf_status(&numbers));
    buf_append_byte(ret_signature, DER_SEQUENCE);
    buf_append_byte(ret_signature, (uint8_t)numbers.size); /* at most 70: the short form */
    buf_append_span(ret_signature, buf_span(&numbers));
    return buf_status(ret_signature);
}

static status_t say_wrong(const struct hsm_key *key, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_UNAVAILABLE, "TOKEN_SIGNATURE", key->label,
                       "the token's signature with key '%s' %s; it was not used: check the token",
                       key->label, what);
}

static status_t sign_raw(const struct hsm_session *session, const struct hsm_key *key,
                         struct span message, uint8_t ret_raw[static HSM_RAW_SIGNATURE_SIZE],
                         struct problem *problem)
{
    CK_FUNCTION_LIST *calls = session->module->calls;
    CK_MECHANISM mechanism = {.mechanism = CKM_ECDSA};
    /* tokens accept a digest of any length for CKM_ECDSA; ours is always SHA-256 */
    uint8_t digest[SHA256_SIZE];
    digest_sha256(message, digest);
    TRY(hsm_rv_say(problem, calls->C_SignInit(session->handle, &mechanism, key->handle),
                   "C_SignInit"));
    uint8_t raw[2 * HSM_RAW_SIGNATURE_SIZE] = {0}; /* room to see a longer answer */
    CK_ULONG size = sizeof(raw);
    TRY(hsm_rv_say(problem, calls->C_Sign(session->handle, digest, sizeof(digest), raw, &size),
                   "C_Sign"));
    if (size != HSM_RAW_SIGNATURE_SIZE) {
        return say_wrong(key, "has the wrong size", problem);
    }
    memcpy(ret_raw, raw, HSM_RAW_SIGNATURE_SIZE);
    return STATUS_OK;
}

status_t hsm_sign_message(const struct hsm_session *session, const struct hsm_key *key,
                          const struct pki_verify_key *public_key, struct span message,
                          struct buf *ret_signature, struct problem *problem)
{
    uint8_t raw[HSM_RAW_SIGNATURE_SIZE];
    TRY(sign_raw(session, key, message, raw, problem));
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    if (hsm_sign_der(raw, &signature) != STATUS_OK) {
        return say_wrong(key, "is out of range", problem);
    }
    /* catches bit faults, a stale handle, and a replica that has diverged */
    if (pki_verify_key_verify(public_key, message, buf_span(&signature)) != STATUS_OK) {
        return say_wrong(key, "does not verify", problem);
    }
    buf_append_span(ret_signature, buf_span(&signature));
    return buf_status(ret_signature);
}

static status_t sign_for_point(const struct hsm_session *session, const struct hsm_key *key,
                               struct span point, struct span message, struct buf *ret_signature,
                               struct problem *problem)
{
    AUTO(pki_verify_key_free) struct pki_verify_key *public_key = NULL;
    status_t status = pki_verify_key_new(point, &public_key);
    if (status == STATUS_INVALID) {
        return say_wrong(key, "does not verify", problem); /* under what is no point */
    }
    TRY(status);
    return hsm_sign_message(session, key, public_key, message, ret_signature, problem);
}

status_t hsm_sign_prove(const struct hsm_session *session, const struct hsm_key *key,
                        struct span point, const char *field, struct problem *problem)
{
    uint8_t challenge[32];
    if (RAND_bytes(challenge, sizeof(challenge)) != 1) {
        return STATUS_CRYPTO;
    }
    AUTO(buf_done) struct buf signature = {0};
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    struct problem why = {0};
    status_t status = sign_for_point(session, key, point, SPAN_OF(challenge), &signature, &why);
    if (status != STATUS_OK && strcmp(why.reason, "TOKEN_SIGNATURE") == 0) {
        return problem_say(problem, STATUS_REFUSED, "KEY_SELF_TEST", field,
                           "key '%s' did not sign a test for its public key: the certificate is of "
                           "another key, or the token is faulty",
                           key->label);
    }
    if (status != STATUS_OK && problem != NULL) {
        *problem = why;
    }
    return status;
}

status_t hsm_sign_mac(const struct hsm_session *session, const struct hsm_key *key,
                      struct span salt, struct secret *ret_mac, struct problem *problem)
{
    CK_FUNCTION_LIST *calls = session->module->calls;
    CK_MECHANISM mechanism = {.mechanism = CKM_SHA256_HMAC};
    uint8_t input[HSM_SALT_MAX];
    if (salt.size == 0 || salt.size > sizeof(input)) {
        return problem_say(problem, STATUS_INVALID, "SALT_SIZE", "salt", "a salt has 1 to %d bytes",
                           HSM_SALT_MAX);
    }
    memcpy(input, salt.data, salt.size); /* C_Sign's input is not const */
    TRY(hsm_rv_say(problem, calls->C_SignInit(session->handle, &mechanism, key->handle),
                   "C_SignInit"));
    AUTO(secret_wipe) struct secret mac = {0};
    TRY(secret_new(&mac, HSM_MAC_SIZE));
    CK_ULONG size = mac.size;
    TRY(hsm_rv_say(problem, calls->C_Sign(session->handle, input, salt.size, mac.data, &size),
                   "C_Sign"));
    if (size != HSM_MAC_SIZE) {
        return say_wrong(key, "has the wrong size", problem);
    }
    *ret_mac = mac;
    mac = (struct secret){0};
    return STATUS_OK;
}

status_t hsm_sign_context(const struct hsm_session *session, const struct hsm_key *key,
                          struct hsm_sign_context *ret_context, struct problem *problem)
{
    if (!key->has_point) {
        return problem_say(problem, STATUS_NOT_FOUND, "KEY_NO_PUBLIC", key->label,
                           "the token has no public key object for '%s': write it beside the key",
                           key->label);
    }
    struct hsm_sign_context context = {.session = session, .key = *key};
    AUTO(buf_done) struct buf spki = {0};
    buf_init(&spki, HSM_SPKI_SIZE);
    TRY(pki_plain_key_check_point(SPAN_OF(key->point)));
    TRY(pki_plain_key_spki(SPAN_OF(key->point), &spki));
    if (spki.size != HSM_SPKI_SIZE) {
        return STATUS_INTERNAL;
    }
    memcpy(context.spki, spki.data, HSM_SPKI_SIZE);
    *ret_context = context;
    return STATUS_OK;
}

static status_t sign_with_context(void *context, struct span message, struct buf *ret_signature,
                                  struct problem *problem)
{
    struct hsm_sign_context *ours = context;
    return sign_for_point(ours->session, &ours->key, SPAN_OF(ours->key.point), message,
                          ret_signature, problem);
}

struct signer hsm_sign_signer(struct hsm_sign_context *context)
{
    return (struct signer){.algorithm = SIGNER_ECDSA_P256_SHA256,
                           .spki = SPAN_OF(context->spki),
                           .context = context,
                           .sign = sign_with_context};
}
