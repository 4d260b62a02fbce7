#include "tests/support/factory.h"

#include <ftw.h>
#include <openssl/rand.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/matter/cd.h"
#include "lib/matter/certificate.h"
#include "lib/pki/identity_certificate.h"
#include "lib/pki/pkcs10.h"
#include "lib/unit/product.h"
#include "tests/support/test.h"

int64_t factory_clock_offset_ms;

enum { VENDOR_ID = 0xFFF1, PRODUCT_ID = 0x8000 };

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + factory_clock_offset_ms;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct pki_plain_key *new_key(uint8_t *ret_point)
{
    struct pki_plain_key *key = NULL;
    for (;;) {
        uint8_t random[32];
        struct secret scalar = {0};
        assert_int_equal(RAND_bytes(random, sizeof(random)), 1);
        if (pki_plain_key_from_random(SPAN_OF(random), &scalar, ret_point) == STATUS_OK) {
            assert_ok(pki_plain_key_from_scalar(secret_span(&scalar), &key));
            secret_wipe(&scalar);
            return key;
        }
    }
}

static void issue(const struct matter_certificate *certificate, struct pki_plain_key *key,
                  struct buf *ret_der)
{
    struct problem problem = {0};
    struct signer signer = pki_plain_key_signer(key);
    buf_init(ret_der, PKI_CERTIFICATE_MAX);
    status_t status = matter_certificate_issue(certificate, &signer, ret_der, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s\n", problem.reason, problem.message);
    }
    assert_ok(status);
}

static void make_chain(struct factory *factory)
{
    uint8_t paa_point[65];
    uint8_t pai_point[65];
    struct pki_certificate paa;
    struct matter_certificate certificate = {
        .kind = MATTER_PAA,
        .serial = {0x41, 1},
        .common_name = "Test PAA",
        .vendor_id = VENDOR_ID,
        .product_id = -1,
        .not_before = now_ms() / 1000 / 86400 * 86400 - 86400,
        .not_after = MATTER_NO_EXPIRY,
        .public_key = SPAN_OF(paa_point),
    };
    factory->paa_key = new_key(paa_point);
    factory->pai_key = new_key(pai_point);
    issue(&certificate, factory->paa_key, &factory->paa);
    assert_ok(pki_certificate_parse(buf_span(&factory->paa), &paa, NULL));
    certificate.kind = MATTER_PAI;
    certificate.serial[1] = 2;
    certificate.common_name = "Test PAI";
    certificate.public_key = SPAN_OF(pai_point);
    certificate.issuer = &paa;
    issue(&certificate, factory->paa_key, &factory->pai);
    assert_ok(unit_pai_read("pai", buf_span(&factory->pai), buf_span(&factory->paa),
                            &factory->unit_pai, NULL));
}

/* The CD signer's certificate has the PAA's profile: all a CD verifier needs is key and key id. */
static void make_cd(struct factory *factory)
{
    uint8_t point[65];
    struct pki_certificate parsed;
    factory->cd_key = new_key(point);
    const struct matter_certificate certificate = {
        .kind = MATTER_PAA,
        .serial = {0x41, 3},
        .common_name = "Test CD signer",
        .vendor_id = -1,
        .product_id = -1,
        .not_before = now_ms() / 1000 - 86400,
        .not_after = MATTER_NO_EXPIRY,
        .public_key = SPAN_OF(point),
    };
    issue(&certificate, factory->cd_key, &factory->cd_signer);
    assert_ok(pki_certificate_parse(buf_span(&factory->cd_signer), &parsed, NULL));
    struct matter_cd cd = {
        .vendor_id = VENDOR_ID,
        .product_ids = {PRODUCT_ID},
        .product_id_count = 1,
        .device_type_id = 0x0100,
        .certificate_id = "ZIG20141ZB330001-24",
        .version_number = 1,
        .type = MATTER_CD_DEVELOPMENT,
    };
    memcpy(cd.signer_key_id, parsed.subject_key_id.data, sizeof(cd.signer_key_id));
    struct signer signer = pki_plain_key_signer(factory->cd_key);
    buf_init(&factory->cd, MATTER_CD_MAX);
    assert_ok(matter_cd_make(&cd, &signer, &factory->cd, NULL));
}

static void make_identity_ca(struct factory *factory)
{
    uint8_t point[65];
    AUTO(buf_done) struct buf tbs;
    AUTO(buf_done) struct buf signature;
    factory->identity_key = new_key(point);
    struct signer signer = pki_plain_key_signer(factory->identity_key);
    const struct pki_identity_certificate certificate = {
        .serial = {7},
        .common_name = "Test stations",
        .not_before = now_ms() / 1000 - 86400,
        .not_after = now_ms() / 1000 + INT64_C(700) * 86400,
        .public_key = SPAN_OF(point),
    };
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    buf_init(&factory->identity_ca, PKI_CERTIFICATE_MAX);
    assert_ok(pki_identity_certificate_tbs(&certificate, &tbs, NULL));
    assert_ok(signer.sign(signer.context, buf_span(&tbs), &signature, NULL));
    assert_ok(
        pki_certificate_assemble(buf_span(&tbs), buf_span(&signature), &factory->identity_ca));
    assert_ok(pki_certificate_parse(buf_span(&factory->identity_ca), &factory->identity_certificate,
                                    NULL));
}

static void make_product(struct factory *factory)
{
    struct problem problem = {0};
    struct span signers[] = {buf_span(&factory->cd_signer)};
    factory->product = (struct unit_product){
        .name = "lamp",
        .revision = 1,
        .pai = &factory->unit_pai,
        .image = {.chip = "esp32c6",
                  .vendor_id = VENDOR_ID,
                  .vendor_name = "ACME",
                  .product_id = PRODUCT_ID,
                  .product_name = "Lamp",
                  .hardware_version = 1,
                  .hardware_version_string = "rev A",
                  .certification_declaration = buf_span(&factory->cd),
                  .pai = buf_span(&factory->pai),
                  .spake2p_iterations = 1000,
                  .discovery = MATTER_DISCOVERY_BLE,
                  .factory_data = {.label = "fctry", .offset = 0x3E0000, .size = 0x6000}},
        .fixed_discriminator = -1,
        .salt_length = 32,
        .rotating_id = true,
        .serial_number_pattern = "T{random:10}",
        .dac_common_name = UNIT_UUID,
    };
    status_t status = unit_product_check(&factory->product, signers, 1,
                                         &factory->product.product_class, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s [%s]\n", problem.reason, problem.message, problem.field);
    }
    assert_ok(status);
    assert_int_equal(factory->product.product_class, UNIT_CLASS_TEST);
}

static status_t sign_dac(void *token, const char *pai, struct span tbs, struct buf *ret_signature,
                         struct problem *problem)
{
    struct factory *factory = token;
    struct signer signer = pki_plain_key_signer(factory->pai_key);
    assert_string_equal(pai, "pai");
    if (factory->sign_status != STATUS_OK) {
        return problem_say(problem, factory->sign_status, "TOKEN", "", "told to fail");
    }
    factory->signatures++;
    return signer.sign(signer.context, tbs, ret_signature, problem);
}

static status_t sign_crl(void *token, const char *pai, uint32_t last, struct span tbs,
                         struct buf *ret_signature, struct problem *problem)
{
    struct factory *factory = token;
    if (factory->last_crl != UINT32_MAX) { /* UINT32_MAX: whatever it says */
        assert_int_equal(last, factory->last_crl);
    }
    TRY(sign_dac(token, pai, tbs, ret_signature, problem));
    factory->signed_crl++;
    return STATUS_OK;
}

static status_t sign_identity(void *token, struct span tbs, struct buf *ret_signature,
                              struct problem *problem)
{
    struct factory *factory = token;
    struct signer signer = pki_plain_key_signer(factory->identity_key);
    TRY(pki_identity_certificate_lint(tbs, &factory->identity_certificate, "spiffe://test/station/",
                                      problem));
    if (factory->sign_status != STATUS_OK) {
        return problem_say(problem, factory->sign_status, "TOKEN", "", "told to fail");
    }
    factory->signatures++;
    return signer.sign(signer.context, tbs, ret_signature, problem);
}

static status_t derive_key(void *token, struct span salt, struct secret *ret_key,
                           struct problem *problem)
{
    (void)token;
    (void)problem;
    TRY(secret_new(ret_key, SHA256_SIZE));
    digest_hmac_sha256(span_text("seal key of the test"), salt, ret_key->data);
    return STATUS_OK;
}

static status_t find_product(void *products, const char *name, uint32_t revision,
                             const struct unit_product **ret_product, struct problem *problem)
{
    struct factory *factory = products;
    (void)problem;
    assert_string_equal(name, "lamp");
    assert_int_equal(revision, 1);
    *ret_product = &factory->product;
    return STATUS_OK;
}

void factory_init(struct factory *factory, uint32_t quantity)
{
    *factory = (struct factory){0};
    bool made = false;
    (void)snprintf(factory->folder, sizeof(factory->folder), "/tmp/mintmark-factory-XXXXXX");
    assert_non_null(mkdtemp(factory->folder));
    make_chain(factory);
    make_cd(factory);
    make_identity_ca(factory);
    make_product(factory);
    assert_ok(store_create(factory->folder,
                           &(const struct store_genesis){
                               .origin = "test/1", .leaf = span_text("{}"), .now_ms = now_ms()},
                           NULL));
    assert_ok(store_open(factory->folder, &factory->store, NULL));
    factory->environment = (struct issue_environment){
        .store = factory->store,
        .origin = "test/1",
        .first_origin = "test/1",
        .salt_folder = factory->folder,
        .token = factory,
        .sign_dac = sign_dac,
        .sign_crl = sign_crl,
        .sign_identity = sign_identity,
        .derive_key = derive_key,
        .products = factory,
        .find_product = find_product,
        .pais = &factory->unit_pai,
        .pai_count = 1,
        .identity_ca = &factory->identity_certificate,
        .identity_days = 365,
        .now_ms = now_ms,
        .monotonic_ms = monotonic_ms,
        .clock_offset_ms = now_ms() - monotonic_ms(),
        .allow_classes = 1u << UNIT_CLASS_TEST,
        .seal_keys = &factory->seal_keys,
        .max_open = 1000,
        .retention = {.device_ms = INT64_C(7) * 86400 * 1000,
                      .codes_ms = INT64_C(30) * 86400 * 1000},
    };
    const struct store_order order = {
        .id = "WO-1",
        .product = "lamp",
        .product_revision = 1,
        .state = STORE_ORDER_OPEN,
        .quantity = quantity,
        .identities_limit = quantity,
        .created_ms = now_ms(),
        .dac_not_before = now_ms() / 1000 / 86400 * 86400,
    };
    assert_ok(store_order_put(factory->store, &order, span_text("{}"), &made, NULL));
    assert_true(made);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void factory_done(struct factory *factory)
{
    store_close(factory->store);
    issue_seal_keys_wipe(&factory->seal_keys);
    pki_plain_key_free(factory->paa_key);
    pki_plain_key_free(factory->pai_key);
    pki_plain_key_free(factory->cd_key);
    pki_plain_key_free(factory->identity_key);
    buf_done(&factory->paa);
    buf_done(&factory->pai);
    buf_done(&factory->cd);
    buf_done(&factory->cd_signer);
    buf_done(&factory->identity_ca);
    (void)nftw(factory->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct issue_request factory_request(const char *mac)
{
    return (struct issue_request){
        .identity = "spiffe://test/station/s1",
        .line = "line1",
        .order = "WO-1",
        .unit_id = mac,
        .hardware_id = mac,
        .chip = "esp32c6",
        .key_source = STORE_KEY_IMAGE,
        .deadline_ms = INT64_MAX,
    };
}

void factory_csr(struct buf *ret_csr)
{
    uint8_t point[65];
    struct buf name;
    struct pki_plain_key *key = new_key(point);
    struct signer signer = pki_plain_key_signer(key);
    buf_init(&name, 256);
    assert_ok(matter_certificate_subject("device", -1, -1, &name));
    buf_init(ret_csr, PKI_CSR_MAX);
    assert_ok(pki_pkcs10_make(buf_span(&name), &signer, ret_csr, NULL));
    buf_done(&name);
    pki_plain_key_free(key);
}

struct store_order factory_order(struct factory *factory)
{
    struct store_order order;
    assert_ok(store_order_get(factory->store, "WO-1", &order));
    return order;
}

status_t factory_issue(struct factory *factory, struct issue_request request,
                       struct issue_result *ret_result, struct problem *problem)
{
    *ret_result = (struct issue_result){0};
    *problem = (struct problem){0};
    return issue_unit(&factory->environment, &request, ret_result, problem);
}
