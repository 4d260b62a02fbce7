#include "lib/securecert/check.h"

#include "lib/base/digest.h"
#include "lib/securecert/key.h"
#include "lib/securecert/names.h"

void securecert_check_done(struct securecert_check *check)
{
    securecert_reader_free(check->reader);
    check->reader = NULL;
}

static const struct securecert_entry *find(const struct securecert_check *check, uint8_t type,
                                           uint8_t subtype)
{
    return securecert_reader_find(check->reader, type, subtype);
}

/* ---- the partition ---- */

static status_t check_format(struct securecert_check *check, struct problem *problem)
{
    return securecert_reader_new(check->image, &check->reader, problem);
}

/* SPEC.md §1.4. */
static status_t check_whole(struct securecert_check *check, struct problem *problem)
{
    size_t size = check->image.size;
    if (size % SECURECERT_SECTOR_SIZE != 0) {
        return problem_say(problem, STATUS_REFUSED, "SECURECERT_UNPADDED", "size",
                           "the image has %zu bytes, not whole sectors of 0x1000: fill it with FF "
                           "to the partition's size, the firmware reads on behind a certificate",
                           size);
    }
    if (size - securecert_reader_used(check->reader) < SECURECERT_ALIGNMENT) {
        return problem_say(problem, STATUS_REFUSED, "SECURECERT_FULL", "size",
                           "the entries fill the partition to its end, where the firmware would "
                           "read on: make the partition larger");
    }
    return STATUS_OK;
}

static bool has_integrity(const struct securecert_check *check)
{
    for (size_t i = 0; i < securecert_reader_count(check->reader); i++) {
        if (securecert_reader_entry(check->reader, i)->type == SECURECERT_INTEGRITY) {
            return true;
        }
    }
    return false;
}

/* SPEC.md §3.5: each is the digest of what stands before it, and the last covers all but
 * signatures. */
static status_t check_integrity(struct securecert_check *check, struct problem *problem)
{
    char name[SECURECERT_NAME_MAX];
    bool covered = true;
    for (size_t i = 0; i < securecert_reader_count(check->reader); i++) {
        const struct securecert_entry *entry = securecert_reader_entry(check->reader, i);
        securecert_names_entry(entry->type, entry->subtype, name);
        if (entry->type != SECURECERT_INTEGRITY) {
            covered = covered && entry->type == SECURECERT_SIGNATURE;
            continue;
        }
        uint8_t digest[SHA256_SIZE];
        digest_sha256(span_make(check->image.data, entry->offset), digest);
        if (!span_equal(entry->value, SPAN_OF(digest))) {
            return problem_say(problem, STATUS_REFUSED, "SECURECERT_INTEGRITY", name,
                               "not the SHA-256 of what stands before it: the partition was "
                               "changed after it was made");
        }
        covered = true;
    }
    return covered ? STATUS_OK
                   : problem_say(problem, STATUS_REFUSED, "SECURECERT_AFTER_INTEGRITY", "integrity",
                                 "entries stand behind the last integrity entry, which does not "
                                 "cover them");
}

/* ---- the identity ---- */

static const struct securecert_entry *private_key(const struct securecert_check *check)
{
    return find(check, SECURECERT_PRIV_KEY, 0);
}

/* Any subtype: a key that should not be there is exposed wherever it stands. */
static status_t check_markers(struct securecert_check *check, struct problem *problem)
{
    for (size_t i = 0; i < securecert_reader_count(check->reader); i++) {
        const struct securecert_entry *entry = securecert_reader_entry(check->reader, i);
        TRY(securecert_names_check_marker(entry, problem));
    }
    return STATUS_OK;
}

static bool has_identity(const struct securecert_check *check)
{
    return find(check, SECURECERT_DEV_CERT, 0) != NULL ||
           find(check, SECURECERT_CA_CERT, 0) != NULL || private_key(check) != NULL;
}

static status_t check_identity(struct securecert_check *check, struct problem *problem)
{
    static const uint8_t types[] = {SECURECERT_DEV_CERT, SECURECERT_CA_CERT, SECURECERT_PRIV_KEY};
    for (size_t i = 0; i < sizeof(types); i++) {
        if (find(check, types[i], 0) == NULL) {
            char name[SECURECERT_NAME_MAX];
            securecert_names_entry(types[i], 0, name);
            return problem_say(problem, STATUS_REFUSED, "SECURECERT_IDENTITY", name,
                               "DAC, PAI and private key go together, and this one is missing");
        }
    }
    return STATUS_OK;
}

static status_t parse_certificate(const struct securecert_entry *entry,
                                  struct pki_certificate *ret_certificate, struct problem *problem)
{
    char name[SECURECERT_NAME_MAX];
    securecert_names_entry(entry->type, entry->subtype, name);
    struct problem cause = {0};
    if (entry->value.size > SECURECERT_CERTIFICATE_MAX) {
        return problem_say(problem, STATUS_REFUSED, "SECURECERT_CERTIFICATE", name,
                           "%zu bytes, and the firmware's buffer takes %d: make shorter names",
                           entry->value.size, SECURECERT_CERTIFICATE_MAX);
    }
    status_t status = pki_certificate_parse(entry->value, ret_certificate, &cause);
    if (status == STATUS_MALFORMED || status == STATUS_INVALID || status == STATUS_TOO_LARGE) {
        return problem_say(problem, STATUS_REFUSED, "SECURECERT_CERTIFICATE", name,
                           "not a DER certificate (Matter's firmware reads no PEM here): %.200s",
                           cause.message);
    }
    return status;
}

static status_t check_certificates(struct securecert_check *check, struct problem *problem)
{
    TRY(parse_certificate(find(check, SECURECERT_DEV_CERT, 0), &check->dac, problem));
    TRY(parse_certificate(find(check, SECURECERT_CA_CERT, 0), &check->pai, problem));
    status_t status = pki_certificate_verify(&check->dac, check->pai.public_key, NULL);
    if (status == STATUS_REFUSED) {
        return problem_say(problem, status, "SECURECERT_CHAIN", "dac",
                           "the DAC is not signed by this PAI: give the PAI it was issued under");
    }
    return status;
}

static status_t compare_point(const struct securecert_check *check, struct span point,
                              struct problem *problem)
{
    return span_equal(point, check->dac.public_key)
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "SECURECERT_KEY_PAIR", "private-key",
                             "the key is not that of the DAC: attestation would fail on every "
                             "commissioning");
}

/* SPEC.md §3.2. */
static status_t check_efuse_key(const struct securecert_check *check, struct problem *problem)
{
    const struct securecert_entry *entry = find(check, SECURECERT_SEC_CFG, 0);
    bool valid = entry != NULL && entry->value.size == SECURECERT_SEC_CFG_SIZE &&
                 entry->value.data[0] >= SECURECERT_EFUSE_BLOCK_KEY0 &&
                 entry->value.data[0] < SECURECERT_EFUSE_BLOCK_KEY0 + SECURECERT_EFUSE_KEYS;
    for (size_t i = 1; valid && i < SECURECERT_SEC_CFG_SIZE; i++) {
        valid = entry->value.data[i] == 0;
    }
    return valid ? STATUS_OK
                 : problem_say(problem, STATUS_REFUSED, "SECURECERT_SEC_CFG", "sec-cfg",
                               "a key in eFuse needs an entry of 40 bytes that names the block (4 "
                               "to 9 for BLOCK_KEY0 to BLOCK_KEY5) and is else zero");
}

/* SPEC.md §3.3. */
static status_t check_derived_key(const struct securecert_check *check, struct problem *problem)
{
    const struct securecert_entry *salt = find(check, SECURECERT_HMAC_SALT, 0);
    return salt != NULL && salt->value.size == SECURECERT_HMAC_SALT_SIZE
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "SECURECERT_HMAC_SALT_SIZE", "hmac-salt",
                             "a derived key needs a salt of %d bytes in the partition",
                             SECURECERT_HMAC_SALT_SIZE);
}

static status_t check_key_form(struct securecert_check *check, struct problem *problem)
{
    const struct securecert_entry *key = private_key(check);
    struct span point;
    switch (key->flags) {
    case SECURECERT_KEY_IN_EFUSE:
        return check_efuse_key(check, problem);
    case SECURECERT_KEY_FROM_HMAC:
        return check_derived_key(check, problem);
    case SECURECERT_HMAC_ENCRYPTED:
        return problem_say(problem, STATUS_REFUSED, "SECURECERT_KEY_ENCRYPTED", "private-key",
                           "the key is encrypted for the chip, and whether it is the DAC's cannot "
                           "be told");
    default:
        return securecert_key_decode(key->value, &point, problem);
    }
}

enum securecert_check_pair securecert_check_pair(const struct securecert_check *check)
{
    const struct securecert_entry *key = private_key(check);
    if (key == NULL) {
        return SECURECERT_PAIR_NO_KEY;
    }
    if (key->flags == SECURECERT_KEY_FROM_HMAC && check->hmac_key.size == 0) {
        return SECURECERT_PAIR_NEEDS_HMAC_KEY;
    }
    return key->flags == SECURECERT_KEY_IN_EFUSE ? SECURECERT_PAIR_IN_CHIP
                                                 : SECURECERT_PAIR_COMPARED;
}

static bool can_compare(const struct securecert_check *check)
{
    return securecert_check_pair(check) == SECURECERT_PAIR_COMPARED;
}

static status_t check_key_pair(struct securecert_check *check, struct problem *problem)
{
    const struct securecert_entry *key = private_key(check);
    struct span point;
    if (key->flags != SECURECERT_KEY_FROM_HMAC) {
        TRY(securecert_key_decode(key->value, &point, problem));
        return compare_point(check, point, problem);
    }
    AUTO(secret_wipe) struct secret scalar = {0};
    uint8_t derived[PKI_POINT_SIZE];
    struct span salt = find(check, SECURECERT_HMAC_SALT, 0)->value;
    TRY(securecert_key_derive(check->hmac_key, salt, &scalar, derived, problem));
    return compare_point(check, SPAN_OF(derived), problem);
}

/* ---- commissioning data, SPEC.md §3.4 ---- */

static const struct securecert_entry *matter(const struct securecert_check *check, uint8_t subtype)
{
    return find(check, SECURECERT_MATTER_1, subtype);
}

static status_t refuse_matter(uint8_t subtype, struct problem *problem, const char *words)
{
    char name[SECURECERT_NAME_MAX];
    securecert_names_entry(SECURECERT_MATTER_1, subtype, name);
    return problem_say(problem, STATUS_REFUSED, "SECURECERT_MATTER", name, "%s", words);
}

static bool has_discriminator(const struct securecert_check *check)
{
    return matter(check, SECURECERT_DISCRIMINATOR) != NULL;
}

static status_t check_discriminator(struct securecert_check *check, struct problem *problem)
{
    struct span value = matter(check, SECURECERT_DISCRIMINATOR)->value;
    if (value.size != sizeof(uint16_t) || read_le16(value.data) > SECURECERT_DISCRIMINATOR_MAX) {
        return refuse_matter(SECURECERT_DISCRIMINATOR, problem,
                             "a discriminator is two bytes, 0 to 4095");
    }
    return STATUS_OK;
}

static bool has_verifier(const struct securecert_check *check)
{
    return matter(check, SECURECERT_VERIFIER) != NULL || matter(check, SECURECERT_SALT) != NULL ||
           matter(check, SECURECERT_ITERATIONS) != NULL;
}

static status_t check_verifier_parameters(const struct securecert_check *check,
                                          struct problem *problem)
{
    struct span salt = matter(check, SECURECERT_SALT)->value;
    struct span iterations = matter(check, SECURECERT_ITERATIONS)->value;
    if (salt.size < SECURECERT_SALT_MIN || salt.size > SECURECERT_SALT_MAX) {
        return refuse_matter(SECURECERT_SALT, problem, "a salt is 16 to 32 bytes, not text");
    }
    uint32_t count = iterations.size == sizeof(count) ? read_le32(iterations.data) : 0;
    if (count < SECURECERT_ITERATIONS_MIN || count > SECURECERT_ITERATIONS_MAX) {
        return refuse_matter(SECURECERT_ITERATIONS, problem,
                             "iterations are four bytes, 1000 to 100000");
    }
    return STATUS_OK;
}

/* w0 is a scalar and L a point of the curve. */
static status_t check_verifier(struct securecert_check *check, struct problem *problem)
{
    static const uint8_t subtypes[] = {SECURECERT_VERIFIER, SECURECERT_SALT, SECURECERT_ITERATIONS};
    for (size_t i = 0; i < sizeof(subtypes); i++) {
        if (matter(check, subtypes[i]) == NULL) {
            return refuse_matter(subtypes[i], problem,
                                 "verifier, salt and iterations go together, and this one is "
                                 "missing");
        }
    }
    TRY(check_verifier_parameters(check, problem));
    struct span verifier = matter(check, SECURECERT_VERIFIER)->value;
    uint8_t point[PKI_POINT_SIZE];
    if (verifier.size != SECURECERT_VERIFIER_SIZE) {
        return refuse_matter(SECURECERT_VERIFIER, problem, "a verifier is 97 bytes, not text");
    }
    struct span w0 = span_make(verifier.data, PKI_SCALAR_SIZE);
    struct span l = span_make(verifier.data + PKI_SCALAR_SIZE, PKI_POINT_SIZE);
    status_t status = pki_plain_key_public(w0, point);
    explicit_bzero(point, sizeof(point));
    status = status == STATUS_OK ? pki_plain_key_check_point(l) : status;
    if (status == STATUS_INVALID) {
        return refuse_matter(SECURECERT_VERIFIER, problem,
                             "not a verifier: w0 is no scalar or L no point of the curve");
    }
    return status;
}

static bool has_rotating_id(const struct securecert_check *check)
{
    return matter(check, SECURECERT_ROTATING_ID) != NULL;
}

static status_t check_rotating_id(struct securecert_check *check, struct problem *problem)
{
    return matter(check, SECURECERT_ROTATING_ID)->value.size == SECURECERT_ROTATING_ID_SIZE
               ? STATUS_OK
               : refuse_matter(SECURECERT_ROTATING_ID, problem,
                               "a rotating id's unique id is 16 bytes");
}

/* ---- all of it ---- */

static bool has_marker(const struct securecert_check *check)
{
    for (size_t i = 0; i < securecert_reader_count(check->reader); i++) {
        if (securecert_names_is_marker(securecert_reader_entry(check->reader, i)->flags)) {
            return true;
        }
    }
    return false;
}

const struct securecert_check_step securecert_check_steps[SECURECERT_CHECK_STEPS] = {
    {"entries, CRCs and padding follow the format", NULL, check_format},
    {"the image is a whole partition, FF behind its entries", NULL, check_whole},
    {"the integrity entry covers everything and matches", has_integrity, check_integrity},
    {"a key that belongs in the chip is not in the image", has_marker, check_markers},
    {"DAC, PAI and private key are all there", has_identity, check_identity},
    {"DAC and PAI are certificates, and the PAI signed the DAC", has_identity, check_certificates},
    {"the private key is as the firmware needs it", has_identity, check_key_form},
    {"the private key is the DAC's", can_compare, check_key_pair},
    {"discriminator in range", has_discriminator, check_discriminator},
    {"verifier, salt and iterations in range", has_verifier, check_verifier},
    {"rotating id's unique id complete", has_rotating_id, check_rotating_id},
};

status_t securecert_check_run(struct securecert_check *check, struct problem *problem)
{
    for (size_t i = 0; i < SECURECERT_CHECK_STEPS; i++) {
        const struct securecert_check_step *step = &securecert_check_steps[i];
        if (step->applies == NULL || step->applies(check)) {
            TRY(step->run(check, problem));
        }
    }
    return STATUS_OK;
}
