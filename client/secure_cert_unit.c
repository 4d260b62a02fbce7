#include "client/secure_cert_unit.h"

#include <openssl/rand.h>
#include <stdio.h>

#include "client/files.h"
#include "client/number.h"
#include "client/payload.h"
#include "lib/base/hex.h"
#include "lib/matter/spake2p.h"
#include "lib/pki/pem.h"
#include "lib/pki/private_key.h"

enum {
    FILE_MAX = 64 * 1024, /* a PEM file may hold explanatory text */
    SIZE_DEFAULT = 0x2000,
    ITERATIONS_DEFAULT = 10000,
};

void secure_cert_unit_init(struct secure_cert_unit *unit)
{
    *unit = (struct secure_cert_unit){0};
    buf_init(&unit->dac, FILE_MAX);
    buf_init(&unit->pai, FILE_MAX);
    buf_init_secret(&unit->hmac_key, FILE_MAX);
    buf_init_secret(&unit->hmac_salt, FILE_MAX);
    buf_init_secret(&unit->salt, FILE_MAX);
    buf_init_secret(&unit->rotating_id, FILE_MAX);
}

void secure_cert_unit_done(struct secure_cert_unit *unit)
{
    buf_done(&unit->dac);
    buf_done(&unit->pai);
    buf_done(&unit->hmac_key);
    buf_done(&unit->hmac_salt);
    buf_done(&unit->salt);
    buf_done(&unit->rotating_id);
    secret_wipe(&unit->scalar);
    secret_wipe(&unit->verifier);
}

/* ---- certificates and key ---- */

static status_t read_certificate(const char *path, struct buf *ret_der, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init(&content, FILE_MAX);
    if (path == NULL) {
        return STATUS_OK;
    }
    TRY(files_read(path, &content, problem));
    status_t status = pki_pem_decode(buf_span(&content), "CERTIFICATE", ret_der, problem);
    if (status != STATUS_OK && problem->message[0] != '\0') {
        (void)snprintf(problem->field, sizeof(problem->field), "%s", path);
    }
    return status;
}

static status_t read_key(const char *path, struct secure_cert_unit *unit, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, FILE_MAX);
    TRY(files_read_secret(path, &content, problem));
    TRY(pki_private_key_decode(buf_span(&content), &unit->scalar, problem));
    unit->unit.key_mode = SECURECERT_KEY_PLAINTEXT;
    unit->unit.scalar = secret_span(&unit->scalar);
    return STATUS_OK;
}

/* Only the name that espefuse uses: a bare number could be the key's or the eFuse block's. */
static status_t read_efuse_key(const char *name, struct securecert_unit *unit,
                               struct problem *problem)
{
    for (unsigned key = 0; key < SECURECERT_EFUSE_KEYS; key++) {
        char wanted[16];
        (void)snprintf(wanted, sizeof(wanted), "BLOCK_KEY%u", key);
        if (strcmp(name, wanted) == 0) {
            unit->key_mode = SECURECERT_KEY_PERIPHERAL;
            unit->efuse_key = key;
            return STATUS_OK;
        }
    }
    return problem_say(problem, STATUS_INVALID, "SECURECERT_EFUSE_KEY", "ecdsa-peripheral",
                       "write the block as espefuse does: BLOCK_KEY0 to BLOCK_KEY5");
}

static status_t read_derived(const struct secure_cert_arguments *arguments,
                             struct secure_cert_unit *unit, struct problem *problem)
{
    const char *key = arguments->texts[SECURE_CERT_HMAC_KEY];
    TRY(secure_cert_read_exactly(arguments->texts[SECURE_CERT_HMAC_SALT], SECURECERT_HMAC_SALT_SIZE,
                                 "SECURECERT_HMAC_SALT_SIZE", &unit->hmac_salt, problem));
    if (key != NULL) {
        TRY(secure_cert_read_exactly(key, SECURECERT_HMAC_KEY_SIZE, "SECURECERT_HMAC_KEY_SIZE",
                                     &unit->hmac_key, problem));
    }
    unit->unit.key_mode = SECURECERT_KEY_DERIVED;
    unit->unit.hmac_salt = buf_span(&unit->hmac_salt);
    unit->unit.hmac_key = buf_span(&unit->hmac_key);
    return STATUS_OK;
}

static status_t read_identity(const struct secure_cert_arguments *arguments,
                              struct secure_cert_unit *unit, struct problem *problem)
{
    TRY(read_certificate(arguments->texts[SECURE_CERT_DAC], &unit->dac, problem));
    TRY(read_certificate(arguments->texts[SECURE_CERT_PAI], &unit->pai, problem));
    unit->unit.dac = buf_span(&unit->dac);
    unit->unit.pai = buf_span(&unit->pai);
    if (arguments->texts[SECURE_CERT_KEY] != NULL) {
        return read_key(arguments->texts[SECURE_CERT_KEY], unit, problem);
    }
    if (arguments->texts[SECURE_CERT_ECDSA_PERIPHERAL] != NULL) {
        return read_efuse_key(arguments->texts[SECURE_CERT_ECDSA_PERIPHERAL], &unit->unit, problem);
    }
    return arguments->switches[SECURE_CERT_HMAC_DERIVED] ? read_derived(arguments, unit, problem)
                                                         : STATUS_OK;
}

/* ---- commissioning data ---- */

static status_t read_salt(const char *text, struct buf *ret_salt, struct problem *problem)
{
    if (text == NULL || strcmp(text, "random") == 0) {
        uint8_t *place = buf_extend(ret_salt, SECURECERT_SALT_MAX);
        if (place == NULL) {
            return buf_status(ret_salt);
        }
        return RAND_priv_bytes(place, SECURECERT_SALT_MAX) == 1 ? STATUS_OK : STATUS_CRYPTO;
    }
    return base64_decode(span_text(text), ret_salt) == STATUS_OK
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "BASE64", "salt",
                             "not base64 with padding: write the salt as it stands in NVS, or "
                             "random");
}

static status_t make_verifier(const struct secure_cert_arguments *arguments,
                              struct secure_cert_unit *unit, struct problem *problem)
{
    const char *iterations = arguments->texts[SECURE_CERT_ITERATIONS];
    uint32_t passcode;
    unit->unit.iterations = ITERATIONS_DEFAULT;
    if (iterations != NULL) {
        TRY(number_read("iterations", iterations, MATTER_SPAKE2P_ITERATIONS_MAX,
                        &unit->unit.iterations, problem));
    }
    TRY(read_salt(arguments->texts[SECURE_CERT_SALT], &unit->salt, problem));
    TRY(secret_new(&unit->verifier, MATTER_SPAKE2P_VERIFIER_SIZE));
    TRY(payload_read_passcode(arguments->texts[SECURE_CERT_PASSCODE], &passcode, problem));
    status_t status = matter_spake2p_verifier(passcode, buf_span(&unit->salt),
                                              unit->unit.iterations, unit->verifier.data);
    explicit_bzero(&passcode, sizeof(passcode));
    unit->unit.verifier = secret_span(&unit->verifier);
    unit->unit.salt = buf_span(&unit->salt);
    return status != STATUS_INVALID
               ? status
               : problem_say(problem, status, "VERIFIER", "passcode",
                             "no verifier from these: passcodes are 1 to 99999998 without the "
                             "trivial ones, salts 16 to 32 bytes, iterations 1000 to 100000");
}

static status_t read_commissioning(const struct secure_cert_arguments *arguments,
                                   struct secure_cert_unit *unit, struct problem *problem)
{
    const char *discriminator = arguments->texts[SECURE_CERT_DISCRIMINATOR];
    const char *rotating_id = arguments->texts[SECURE_CERT_ROTATING_ID];
    if (discriminator != NULL) {
        uint32_t number;
        TRY(number_read("discriminator", discriminator, SECURECERT_DISCRIMINATOR_MAX, &number,
                        problem));
        unit->unit.has_discriminator = true;
        unit->unit.discriminator = (uint16_t)number;
    }
    if (arguments->texts[SECURE_CERT_PASSCODE] != NULL) {
        TRY(make_verifier(arguments, unit, problem));
    }
    if (rotating_id == NULL) {
        return STATUS_OK;
    }
    if (hex_decode(span_text(rotating_id), &unit->rotating_id) != STATUS_OK ||
        unit->rotating_id.size != SECURECERT_ROTATING_ID_SIZE) {
        return problem_say(problem, STATUS_INVALID, "ROTATING_ID", "rotating-id",
                           "write its 16 bytes as 32 hexadecimal digits");
    }
    unit->unit.rotating_id = buf_span(&unit->rotating_id);
    return STATUS_OK;
}

status_t secure_cert_unit_read(const struct secure_cert_arguments *arguments,
                               struct secure_cert_unit *ret_unit, struct problem *problem)
{
    const char *size = arguments->texts[SECURE_CERT_SIZE];
    uint32_t number = SIZE_DEFAULT;
    if (size != NULL) {
        TRY(number_read("size", size, UINT32_MAX, &number, problem));
    }
    ret_unit->unit.size = number;
    ret_unit->unit.integrity = arguments->switches[SECURE_CERT_INTEGRITY];
    TRY(read_identity(arguments, ret_unit, problem));
    return read_commissioning(arguments, ret_unit, problem);
}
