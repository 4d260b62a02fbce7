#include "tests/unit/securecert/fixture.h"

#include "lib/base/hex.h"
#include "lib/matter/certificate.h"

enum { BEGIN = 1700000000, DAY = 86400 };

static struct pki_plain_key *key_of(uint8_t seed)
{
    uint8_t scalar[PKI_SCALAR_SIZE];
    struct pki_plain_key *key = NULL;
    memset(scalar, seed, sizeof(scalar));
    assert_ok(pki_plain_key_from_scalar(SPAN_OF(scalar), &key));
    return key;
}

static struct span point_of(const struct pki_plain_key *key)
{
    struct span point = {0};
    struct signer signer = pki_plain_key_signer((struct pki_plain_key *)(uintptr_t)key);
    assert_ok(pki_plain_key_spki_point(signer.spki, &point));
    return point;
}

static struct buf issue(enum matter_kind kind, struct span point, struct span issuer_der,
                        struct pki_plain_key *issuer_key)
{
    struct problem problem = {0};
    struct pki_certificate issuer;
    struct buf der;
    struct matter_certificate recipe = {
        .kind = kind,
        .serial = {0x10, 0x20, (uint8_t)kind},
        .common_name = "Test",
        .vendor_id = kind == MATTER_PAA ? -1 : 0xFFF1,
        .product_id = kind == MATTER_DAC ? 0x8000 : -1,
        .not_before = BEGIN + (int)kind * DAY,
        .not_after = MATTER_NO_EXPIRY,
        .public_key = point,
    };
    if (issuer_der.size > 0) {
        assert_ok(pki_certificate_parse(issuer_der, &issuer, &problem));
        recipe.issuer = &issuer;
    }
    struct signer signer = pki_plain_key_signer(issuer_key);
    buf_init(&der, PKI_CERTIFICATE_MAX);
    status_t status = matter_certificate_issue(&recipe, &signer, &der, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s\n", problem.reason, problem.message);
    }
    assert_ok(status);
    return der;
}

static struct buf issue_dac(struct span scalar, struct span pai, struct pki_plain_key *pai_key)
{
    uint8_t point[PKI_POINT_SIZE];
    assert_ok(pki_plain_key_public(scalar, point));
    return issue(MATTER_DAC, SPAN_OF(point), pai, pai_key);
}

static void make_certificates(struct fixture *made)
{
    struct pki_plain_key *paa_key = key_of(1);
    struct pki_plain_key *pai_key = key_of(2);
    struct pki_plain_key *other_key = key_of(3);
    struct buf paa = issue(MATTER_PAA, point_of(paa_key), span_make(NULL, 0), paa_key);
    made->pai = issue(MATTER_PAI, point_of(pai_key), buf_span(&paa), paa_key);
    made->other_pai = issue(MATTER_PAI, point_of(other_key), buf_span(&paa), paa_key);
    made->dac = issue_dac(SPAN_OF(made->scalar), buf_span(&made->pai), pai_key);
    made->derived_dac = issue_dac(SPAN_OF(made->derived), buf_span(&made->pai), pai_key);
    buf_done(&paa);
    pki_plain_key_free(paa_key);
    pki_plain_key_free(pai_key);
    pki_plain_key_free(other_key);
}

static void make(struct fixture *made)
{
    struct buf derived;
    buf_init(&derived, 32);
    assert_ok(hex_decode(
        span_text("72de330531b8123abf0e362bb71fa972c1181a6e4e9a5acccf966659f07cb488"), &derived));
    memcpy(made->derived, derived.data, sizeof(made->derived));
    buf_done(&derived);
    for (unsigned i = 0; i < 32; i++) {
        made->scalar[i] = (uint8_t)(0xA0 + i);
        made->hmac_key[i] = made->hmac_salt[i] = (uint8_t)i;
        made->salt[i % 16] = (uint8_t)(0x50 + i % 16);
        made->rotating_id[i % 16] = (uint8_t)(0x70 + i % 16);
    }
    memset(made->verifier, 0x42, PKI_SCALAR_SIZE);
    assert_ok(pki_plain_key_public(span_make(made->verifier, PKI_SCALAR_SIZE),
                                   made->verifier + PKI_SCALAR_SIZE));
    make_certificates(made);
}

const struct fixture *fixture_get(void)
{
    static struct fixture fixture; /* lives as long as the program */
    if (fixture.pai.size == 0) {
        make(&fixture);
    }
    return &fixture;
}

struct securecert_unit fixture_unit(void)
{
    const struct fixture *made = fixture_get();
    return (struct securecert_unit){
        .size = 0x2000,
        .dac = buf_span(&made->dac),
        .pai = buf_span(&made->pai),
        .key_mode = SECURECERT_KEY_PLAINTEXT,
        .scalar = SPAN_OF(made->scalar),
        .has_discriminator = true,
        .discriminator = 3840,
        .verifier = SPAN_OF(made->verifier),
        .salt = SPAN_OF(made->salt),
        .iterations = 10000,
        .rotating_id = SPAN_OF(made->rotating_id),
        .integrity = true,
    };
}

bool fixture_contains(struct span bytes, struct span part)
{
    return memmem(bytes.data, bytes.size, part.data, part.size) != NULL;
}
