/* SPEC.md §5: what a station checks of a set it received, believing nothing of the server's. */
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/image/contents.h"
#include "lib/image/efuse.h"
#include "lib/image/manifest.h"
#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"
#include "lib/matter/spake2p.h"
#include "lib/pki/plain_key.h"

enum { ONBOARDING_TLV_MAX = 4096 };

struct checker {
    const struct image_check *check;
    struct image_manifest_parts parts;
    struct image_contents contents;
    struct pki_certificate dac;
    struct pki_certificate pai;
    struct pki_certificate paa;
    uint16_t vendor_id, product_id; /* the image's, or where it has none, the DAC's */
    struct image_finding *findings;
    size_t count;
    struct problem *problem;
};

static void found(struct checker *c, const char *what, const char *format, ...) PRINTF_LIKE(3, 4);
static void found(struct checker *c, const char *what, const char *format, ...)
{
    struct image_finding *finding = &c->findings[c->count++];
    (void)snprintf(finding->what, sizeof(finding->what), "%s", what);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    va_end(arguments);
}

static status_t refuse(const struct checker *c, const char *reason, const char *field,
                       const char *what)
{
    return problem_say(c->problem, STATUS_REFUSED, reason, field,
                       "%s: do not flash this unit; tell whoever runs the server", what);
}

/* What a parser says of received bytes, as a verdict on the set; failures of this machine stay. */
static status_t verdict(const struct checker *c, status_t status, status_t as)
{
    if (status != STATUS_MALFORMED && status != STATUS_INVALID && status != STATUS_TOO_LARGE &&
        status != STATUS_NOT_FOUND) {
        return status;
    }
    if (c->problem != NULL) {
        (void)problem_complete(c->problem, status);
        c->problem->status = as;
    }
    return as;
}

/* ---- the image ---- */

/* A required key is present, once check_image has passed. */
static const struct nvs_item *item(const struct checker *c, const char *key)
{
    return image_contents_item(&c->contents, key);
}

static const char *decrypted_with(const struct image_manifest_parts *parts)
{
    if (parts->files[IMAGE_ROLE_NVS_KEYS] != NULL) {
        return ", decrypted with the set's own key partition";
    }
    return parts->nvs_key != NULL ? ", decrypted with the set's HMAC key: burn it first" : "";
}

static void found_image(struct checker *c)
{
    const struct image_file *secure_cert = c->parts.files[IMAGE_ROLE_SECURE_CERT];
    found(c, "image", "%s: %zu keys readable%s", c->parts.files[IMAGE_ROLE_FACTORY_DATA]->file_name,
          nvs_reader_count(c->contents.factory), decrypted_with(&c->parts));
    if (secure_cert != NULL) {
        found(c, "secure cert", "%s: %zu entries, CRCs and integrity ok", secure_cert->file_name,
              securecert_reader_count(c->contents.secure_cert.reader));
    }
}

static status_t check_image(struct checker *c)
{
    TRY(image_manifest_check(c->check, &c->parts, c->problem));
    found(c, "manifest", "%zu file%s: names, offsets, sizes, SHA-256 and MD5 ok",
          c->check->file_count, c->check->file_count == 1 ? "" : "s");
    TRY(verdict(c, image_contents_read(&c->parts, &c->contents, c->problem), STATUS_DATA_LOSS));
    found_image(c);
    return STATUS_OK;
}

/* ---- certificates, key, CD ---- */

/* SPEC.md §1.7: who the firmware says it is cannot be seen here; the DAC says who it must be. */
static status_t check_instance(struct checker *c)
{
    struct matter_ids ids;
    if (c->contents.has_instance) {
        c->vendor_id = (uint16_t)item(c, "vendor-id")->integer;
        c->product_id = (uint16_t)item(c, "product-id")->integer;
        return STATUS_OK;
    }
    TRY(verdict(c, matter_certificate_ids(c->dac.subject, &ids, c->problem), STATUS_REFUSED));
    c->vendor_id = (uint16_t)ids.vendor_id;
    c->product_id = (uint16_t)ids.product_id;
    found(c, "instance",
          "ids, names and versions are left out: the firmware has to say VID %04X, PID %04X",
          c->vendor_id, c->product_id);
    return STATUS_OK;
}

static status_t check_certificates(struct checker *c)
{
    const struct image_check *check = c->check;
    TRY(verdict(c, pki_certificate_parse(check->dac, &c->dac, c->problem), STATUS_REFUSED));
    TRY(verdict(c, pki_certificate_parse(check->pai, &c->pai, c->problem), STATUS_REFUSED));
    TRY(verdict(c, pki_certificate_parse(check->paa, &c->paa, c->problem), STATUS_REFUSED));
    if (!span_equal(c->contents.dac, check->dac)) {
        return refuse(c, "IMAGE_CERTIFICATE", "dac-cert", "the image has another DAC");
    }
    if (!span_equal(c->contents.pai, check->pai)) {
        return refuse(c, "IMAGE_CERTIFICATE", "pai-cert", "the image has another PAI");
    }
    TRY(verdict(
        c,
        matter_certificate_check_chain(check->dac, check->pai, check->paa, check->now, c->problem),
        STATUS_REFUSED));
    found(c, "chain", "DAC → PAI → PAA, signatures and profile ok%s",
          matter_certificate_is_test_paa(&c->paa) ? " (public test PAA: NOT FOR SALE)" : "");
    return STATUS_OK;
}

static status_t check_factory_key(struct checker *c)
{
    uint8_t point[PKI_POINT_SIZE];
    status_t status = pki_plain_key_public(item(c, "dac-key")->bytes, point);
    if (status == STATUS_INVALID) {
        return refuse(c, "IMAGE_KEY_PAIR", "dac-key", "the DAC key in the image is no P-256 key");
    }
    TRY(status);
    if (!span_equal(SPAN_OF(point), item(c, "dac-pub-key")->bytes) ||
        !span_equal(SPAN_OF(point), c->dac.public_key)) {
        return refuse(c, "IMAGE_KEY_PAIR", "dac-key",
                      "private key and public key in the image and the DAC do not belong together");
    }
    found(c, "key", "the key in the image is the DAC's");
    return STATUS_OK;
}

/* lib/securecert has compared the derived key with the DAC. Firmware derives from the first block
 * of purpose HMAC_UP. */
static status_t check_derived_key(struct checker *c)
{
    const struct image_efuse_key *key = c->parts.dac_key;
    const struct image_efuse_key *nvs = c->parts.nvs_key;
    if (nvs != NULL && nvs->block < key->block) {
        return refuse(c, "EFUSE_KEY", key->file_name,
                      "firmware would derive the DAC's key from the HMAC key of NVS, which lies in "
                      "a lower block");
    }
    found(c, "key", "derived from BLOCK_KEY%u and the salt, it is the DAC's: burn %s first",
          key->block, key->file_name);
    return STATUS_OK;
}

static status_t check_peripheral_key(struct checker *c)
{
    const struct image_efuse_key *key = c->parts.dac_key;
    uint8_t point[PKI_POINT_SIZE];
    AUTO(secret_wipe) struct secret scalar = {0};
    TRY(verdict(c, image_efuse_secret(key, &scalar, c->problem), STATUS_DATA_LOSS));
    TRY(verdict(c, pki_plain_key_public(secret_span(&scalar), point), STATUS_REFUSED));
    if (!span_equal(SPAN_OF(point), c->dac.public_key)) {
        return refuse(c, "IMAGE_KEY_PAIR", key->file_name, "the key to burn is not the DAC's");
    }
    if (key->block != c->contents.dac_key_block) {
        return refuse(c, "EFUSE_KEY", key->file_name,
                      "esp_secure_cert names another eFuse block than the manifest");
    }
    found(c, "key", "the key of BLOCK_KEY%u is the DAC's, and in no image: burn %s first",
          key->block, key->file_name);
    return STATUS_OK;
}

/* What is for the eFuse is nowhere else, NVS-encrypted or not. */
static status_t check_leaks(const struct checker *c)
{
    const struct image_check *check = c->check;
    const char *factory = c->parts.files[IMAGE_ROLE_FACTORY_DATA]->file_name;
    for (size_t i = 0; i < check->file_count; i++) {
        TRY(verdict(c,
                    image_efuse_check_leak(check->efuse_keys, check->efuse_key_count,
                                           buf_span(&check->files[i].content),
                                           check->files[i].file_name, c->problem),
                    STATUS_DATA_LOSS));
    }
    for (size_t i = 0; i < nvs_reader_count(c->contents.factory); i++) {
        TRY(image_efuse_check_leak(check->efuse_keys, check->efuse_key_count,
                                   nvs_reader_item(c->contents.factory, i)->bytes, factory,
                                   c->problem));
    }
    return STATUS_OK;
}

static status_t check_key(struct checker *c)
{
    const struct image_efuse_key *key = c->parts.dac_key;
    bool derived = c->contents.dac_key == IMAGE_DAC_KEY_DERIVED;
    bool peripheral = c->contents.dac_key == IMAGE_DAC_KEY_PERIPHERAL;
    const char *purpose = derived ? IMAGE_EFUSE_HMAC : peripheral ? IMAGE_EFUSE_ECDSA : NULL;
    if (key == NULL ? purpose != NULL : purpose == NULL || strcmp(key->purpose, purpose) != 0) {
        return refuse(c, "EFUSE_KEY", "efuse_keys",
                      "the DAC's key for the eFuse is missing, or not what the images need");
    }
    TRY(check_leaks(c));
    if (derived) {
        return check_derived_key(c);
    }
    if (peripheral) {
        return check_peripheral_key(c);
    }
    if (c->contents.dac_key == IMAGE_DAC_KEY_FACTORY) {
        return check_factory_key(c);
    }
    found(c, "key", "the key in esp_secure_cert is the DAC's"); /* lib/securecert has compared */
    return STATUS_OK;
}

/* SPEC.md §5: an unknown signer is no refusal; the product's approval on the server has checked its
 * signature. */
static status_t check_cd_signature(struct checker *c, struct span der, const char **ret_words)
{
    static const char *const words[] = {
        [MATTER_CD_SIGNER_CSA] = "signed by the CSA",
        [MATTER_CD_SIGNER_TEST] = "signed with the public test key (NOT FOR SALE)",
        [MATTER_CD_SIGNER_CONFIGURED] = "signature ok, by a signer that was given here",
    };
    enum matter_cd_signer signer;
    struct problem problem = {0};
    status_t status =
        matter_cd_verify(der, c->check->cd_signers, c->check->cd_signer_count, &signer, &problem);
    if (status == STATUS_REFUSED && strcmp(problem.reason, "CD_SIGNER_UNKNOWN") == 0) {
        *ret_words = "signature not checked: its signer is unknown here";
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        if (c->problem != NULL) {
            *c->problem = problem;
        }
        return verdict(c, status, STATUS_REFUSED);
    }
    *ret_words = words[signer];
    return STATUS_OK;
}

static status_t check_cd(struct checker *c)
{
    const struct nvs_item *declaration = item(c, "cert-dclrn");
    if (declaration == NULL) {
        found(c, "cd", "not in the image: the firmware has to bring it, and is not seen here");
        return STATUS_OK;
    }
    struct span der = declaration->bytes;
    struct matter_ids dac_ids, pai_ids;
    struct matter_cd cd;
    const char *signature = NULL;
    TRY(verdict(c, matter_certificate_ids(c->dac.subject, &dac_ids, c->problem), STATUS_REFUSED));
    TRY(verdict(c, matter_certificate_ids(c->pai.subject, &pai_ids, c->problem), STATUS_REFUSED));
    TRY(verdict(c, matter_cd_parse(der, &cd, c->problem), STATUS_REFUSED));
    const struct matter_cd_match match = {
        .vendor_id = c->vendor_id,
        .product_id = c->product_id,
        .dac_vendor_id = (uint16_t)dac_ids.vendor_id,
        .dac_product_id = (uint16_t)dac_ids.product_id,
        .pai_product_id = pai_ids.product_id,
        .paa_key_id = c->paa.subject_key_id,
    };
    TRY(verdict(c, matter_cd_check(&cd, &match, c->problem), STATUS_REFUSED));
    TRY(check_cd_signature(c, der, &signature));
    found(c, "cd", "%s covers VID %04X, PID %04X and this chain; %s", cd.certificate_id,
          match.vendor_id, match.product_id, signature);
    return STATUS_OK;
}

/* ---- onboarding ---- */

static status_t decode(struct checker *c, const char *field, const char *code,
                       struct matter_onboarding *ret_onboarding)
{
    AUTO(buf_done) struct buf tlv;
    buf_init_secret(&tlv, ONBOARDING_TLV_MAX);
    status_t status = matter_onboarding_decode(span_text(code), ret_onboarding, &tlv, c->problem);
    ret_onboarding->tlv = (struct span){0}; /* its buffer ends here */
    if (status != STATUS_OK && c->problem != NULL) {
        (void)snprintf(c->problem->field, sizeof(c->problem->field), "%s", field);
    }
    return verdict(c, status, STATUS_REFUSED);
}

static bool qr_agrees(const struct checker *c, const struct matter_onboarding *qr)
{
    return !qr->from_manual_code && qr->discriminator == c->contents.discriminator &&
           qr->vendor_id == c->vendor_id && qr->product_id == c->product_id;
}

/* The manual code of what the QR payload says is one text only. */
static bool manual_agrees(const struct checker *c, const struct matter_onboarding *qr)
{
    char wanted[MATTER_MANUAL_SIZE];
    bool agrees = matter_onboarding_manual(qr, wanted, NULL) == STATUS_OK &&
                  strcmp(wanted, c->check->manual_code) == 0;
    OPENSSL_cleanse(wanted, sizeof(wanted));
    return agrees;
}

static status_t check_verifier(struct checker *c, uint32_t passcode)
{
    const struct image_contents *contents = &c->contents;
    AUTO(secret_wipe) struct secret computed = {0};
    TRY(secret_new(&computed, MATTER_SPAKE2P_VERIFIER_SIZE));
    status_t status = matter_spake2p_verifier(passcode, buf_span(&contents->salt),
                                              contents->iterations, computed.data);
    if (status == STATUS_INVALID) {
        return refuse(c, "IMAGE_VERIFIER", "iteration-count",
                      "salt length or iteration count in the image are out of range");
    }
    TRY(status);
    if (!span_equal_secret(secret_span(&computed), buf_span(&contents->verifier))) {
        return refuse(c, "IMAGE_VERIFIER", "verifier",
                      "the verifier in the image is not that of the passcode on the label");
    }
    found(c, "verifier", "recomputed from the passcode: %u iterations, %zu bytes of salt",
          contents->iterations, contents->salt.size);
    return STATUS_OK;
}

/* SPEC.md §5: without codes there is no passcode that a verifier could belong to. */
static status_t check_dynamic(struct checker *c)
{
    if (c->check->manual_code[0] != '\0' || c->contents.verifier.size > 0) {
        return refuse(c, "CODE_MISMATCH", "qr_code",
                      "the QR payload is missing, yet there is a manual code or a verifier");
    }
    found(c, "codes", "none: %s",
          c->contents.has_commissioning
              ? "the device makes its passcode itself, and has no verifier"
              : "commissionable data are left out: the firmware has to have its own");
    return STATUS_OK;
}

static status_t check_codes(struct checker *c)
{
    struct matter_onboarding qr = {0};
    status_t status = decode(c, "qr_code", c->check->qr_code, &qr);
    if (status == STATUS_OK && !qr_agrees(c, &qr)) {
        status = refuse(c, "CODE_MISMATCH", "qr_code",
                        "discriminator, VID or PID of the QR payload are not those of the image");
    }
    if (status == STATUS_OK && !manual_agrees(c, &qr)) {
        status = refuse(c, "CODE_MISMATCH", "manual_code",
                        "the manual code does not say the same as the QR payload");
    }
    if (status == STATUS_OK) {
        found(c, "codes", "QR payload and manual code agree with each other and with the image");
        status = check_verifier(c, qr.passcode);
    }
    OPENSSL_cleanse(&qr, sizeof(qr));
    return status;
}

static status_t check_onboarding(struct checker *c)
{
    if (c->check->qr_code[0] == '\0') {
        return check_dynamic(c);
    }
    if (c->contents.verifier.size == 0) {
        return refuse(c, "IMAGE_KEY", "verifier",
                      "there are codes, but the image has no verifier for them");
    }
    return check_codes(c);
}

static status_t check_serial_number(struct checker *c)
{
    if (!c->contents.has_instance) {
        found(c, "serial", "%.64s, not in the image: the firmware has to have it",
              c->check->serial_number);
        return STATUS_OK;
    }
    if (!span_equal(item(c, "serial-num")->bytes, span_text(c->check->serial_number))) {
        return refuse(c, "SERIAL_NUMBER_MISMATCH", "serial_number",
                      "the serial number of the answer is not that of the image");
    }
    found(c, "serial", "%.64s", c->check->serial_number);
    return STATUS_OK;
}

static status_t run(struct checker *c)
{
    TRY(check_image(c));
    TRY(check_certificates(c));
    TRY(check_instance(c));
    TRY(check_key(c));
    TRY(check_cd(c));
    TRY(check_onboarding(c));
    return check_serial_number(c);
}

status_t image_set_check(const struct image_check *check, struct image_finding *ret_findings,
                         size_t *ret_count, struct problem *problem)
{
    struct checker c = {.check = check, .findings = ret_findings, .problem = problem};
    status_t status = run(&c);
    image_contents_done(&c.contents);
    if (status == STATUS_OK) {
        *ret_count = c.count;
    }
    return status;
}
