/* Stations enrolled by a request: what is refused, and that a certificate is made once, of the TBS
 * that was durable before it was signed. */
#include "lib/pki/certificate.h"
#include "lib/pki/spiffe.h"
#include "server/issue/certify.h"
#include "server/issue/upkeep.h"
#include "tests/support/factory.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

static struct desk desk;
static struct buf csr;
static char LINE[] = "line1";

enum { DAY = 86400 };

static int set_up(void **state)
{
    (void)state;
    desk_init(&desk);
    factory_csr(&csr);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_done(&csr);
    desk_done(&desk);
    factory_clock_offset_ms = 0;
    return 0;
}

static struct factory *factory(void)
{
    return &desk.world.factory;
}

static Mintmark__V1__IdentitySpec spec_of(const char *id)
{
    Mintmark__V1__IdentitySpec spec;
    mintmark__v1__identity_spec__init(&spec);
    spec.identity = rpc_unit_borrow_text(id);
    spec.role = MINTMARK__V1__ROLE__ROLE_STATION;
    spec.line = LINE;
    spec.csr = (ProtobufCBinaryData){csr.size, csr.data};
    return spec;
}

/* As operators and auditors see it. Caller frees. */
static Mintmark__V1__ListIdentitiesResponse *list(void)
{
    struct buf answer;
    desk_call(&desk, &desk.auditor, METHOD_LIST_IDENTITIES, (struct span){0}, &answer);
    assert_int_equal(desk.code, 0);
    Mintmark__V1__ListIdentitiesResponse *message =
        mintmark__v1__list_identities_response__unpack(NULL, answer.size, answer.data);
    assert_non_null(message);
    buf_done(&answer);
    return message;
}

/* The certificate that is listed for this id; empty: none. Caller frees. */
static struct buf listed(const char *id)
{
    struct buf certificate;
    bool found = false;
    Mintmark__V1__ListIdentitiesResponse *message = list();
    buf_init(&certificate, PKI_CERTIFICATE_MAX);
    for (size_t i = 0; i < message->n_identities; i++) {
        const Mintmark__V1__IdentitySpec *spec = message->identities[i]->spec;
        if (strcmp(spec->identity, id) == 0) {
            found = true;
            assert_int_equal(spec->csr.len, 0);
            buf_append(&certificate, spec->certificate.data, spec->certificate.len);
        }
    }
    assert_true(found);
    mintmark__v1__list_identities_response__free_unpacked(message, NULL);
    return certificate;
}

static struct buf intent(void)
{
    struct buf tbs;
    struct store_identity identity;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    status_t status = store_identity_intent(factory()->store, "", &identity, &tbs);
    assert_true(status == STATUS_OK || status == STATUS_NOT_FOUND);
    return tbs;
}

static const char ID[] = "spiffe://test/station/line1-03";

static void test_made(void **state)
{
    (void)state;
    struct store_identity identity;
    struct pki_certificate made;
    struct span uri = {0};
    Mintmark__V1__IdentitySpec spec = spec_of(ID);
    desk_change(&desk, "identity", &spec.base);
    assert_int_equal(factory()->signatures, 0); /* the intent comes first */
    AUTO(buf_done) struct buf tbs = intent();
    assert_int_not_equal(tbs.size, 0);
    AUTO(buf_done) struct buf certificate = listed(ID);
    assert_ok(pki_certificate_parse(buf_span(&certificate), &made, NULL));
    assert_true(span_equal(made.tbs, buf_span(&tbs)));
    assert_ok(pki_certificate_verify(&made, factory()->identity_certificate.public_key, NULL));
    assert_ok(pki_spiffe_of(&made, &uri));
    assert_true(span_equal(uri, span_text(ID)));
    assert_ok(store_identity_get(factory()->store, span_text(ID), &identity));
    assert_true(span_equal(made.spki, span_make(identity.spki, identity.spki_size)));
    assert_int_equal(made.not_after, identity.not_after);
    int64_t now = desk.worker.environment.now_ms() / 1000;
    assert_in_range(made.not_after, now + 365 * DAY - 60, now + 365 * DAY);
    assert_in_range(made.not_before, now - ISSUE_CERTIFY_BACK_S - 60, now - ISSUE_CERTIFY_BACK_S);
    /* once */
    AUTO(buf_done) struct buf nothing = intent();
    assert_int_equal(nothing.size, 0);
    AUTO(buf_done) struct buf again = listed(ID);
    assert_true(span_equal(buf_span(&again), buf_span(&certificate)));
    assert_int_equal(factory()->signatures, 1);
}

/* The worker died, or its signer, between the enrolment and the record. */
static void test_finished_later(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct pki_certificate made;
    bool more = false;
    Mintmark__V1__IdentitySpec spec = spec_of(ID);
    desk_change(&desk, "identity", &spec.base);
    AUTO(buf_done) struct buf tbs = intent();
    factory()->sign_status = STATUS_UNAVAILABLE;
    AUTO(buf_done) struct buf none = listed(ID); /* the list is there all the same */
    assert_int_equal(none.size, 0);
    assert_int_equal(issue_upkeep(&desk.worker.environment, &more, &problem), STATUS_UNAVAILABLE);
    assert_string_equal(problem.reason, "TOKEN");
    factory()->sign_status = STATUS_OK;
    assert_ok(issue_upkeep(&desk.worker.environment, &more, &problem));
    assert_int_equal(factory()->signatures, 1);
    AUTO(buf_done) struct buf certificate = listed(ID);
    assert_ok(pki_certificate_parse(buf_span(&certificate), &made, NULL));
    assert_true(span_equal(made.tbs, buf_span(&tbs)));
    assert_int_equal(factory()->signatures, 1);
    /* of two signatures one counts */
    bool recorded = true;
    const struct store_certified second = {ID, buf_span(&tbs), span_text("x"), span_text("{}")};
    assert_ok(store_identity_certified(factory()->store, &second, desk.worker.environment.now_ms(),
                                       &recorded, &problem));
    assert_false(recorded);
}

/* A station that was blocked since gets none. */
static void test_blocked(void **state)
{
    (void)state;
    bool more = false;
    struct problem problem = {0};
    Mintmark__V1__IdentityAct act;
    Mintmark__V1__IdentitySpec spec = spec_of(ID);
    desk_change(&desk, "identity", &spec.base);
    mintmark__v1__identity_act__init(&act);
    act.identity = rpc_unit_borrow_text(ID);
    act.reason = rpc_unit_borrow_text("stolen");
    desk_change(&desk, "identity-block", &act.base);
    AUTO(buf_done) struct buf tbs = intent();
    assert_int_equal(tbs.size, 0);
    assert_ok(issue_upkeep(&desk.worker.environment, &more, &problem));
    assert_int_equal(factory()->signatures, 0);
}

/* The CA's successor has another name or key: said once, and not for ever. */
static void test_other_authority(void **state)
{
    (void)state;
    struct issue_environment *environment = &desk.worker.environment;
    for (int i = 0; i < 2; i++) {
        bool more = false;
        struct problem problem = {0};
        struct pki_certificate other = factory()->identity_certificate;
        buf_done(&csr);
        factory_csr(&csr);
        Mintmark__V1__IdentitySpec spec = spec_of(ID);
        desk_change(&desk, "identity", &spec.base);
        const struct pki_certificate *own = environment->identity_ca;
        environment->identity_ca = NULL; /* maybe it is configured again */
        assert_ok(issue_upkeep(environment, &more, &problem));
        *(i == 0 ? &other.subject : &other.subject_key_id) = span_text("another");
        environment->identity_ca = &other;
        assert_int_equal(issue_upkeep(environment, &more, &problem), STATUS_REFUSED);
        assert_string_equal(problem.reason, "IDENTITY_CA_OTHER");
        AUTO(buf_done) struct buf tbs = intent();
        assert_int_equal(tbs.size, 0);
        assert_ok(issue_upkeep(environment, &more, &problem));
        assert_int_equal(factory()->signatures, 0);
        environment->identity_ca = own;
    }
}

/* With the same key or another one; what was to be made before is not made any more. */
static void test_again(void **state)
{
    (void)state;
    struct pki_certificate made;
    Mintmark__V1__IdentitySpec spec = spec_of(ID);
    desk_change(&desk, "identity", &spec.base);
    AUTO(buf_done) struct buf first = intent();
    buf_done(&csr);
    factory_csr(&csr);
    spec = spec_of(ID);
    desk_change(&desk, "identity", &spec.base);
    AUTO(buf_done) struct buf second = intent();
    assert_false(span_equal(buf_span(&first), buf_span(&second)));
    AUTO(buf_done) struct buf certificate = listed(ID);
    assert_ok(pki_certificate_parse(buf_span(&certificate), &made, NULL));
    assert_true(span_equal(made.tbs, buf_span(&second)));
    assert_int_equal(factory()->signatures, 1);
    factory_clock_offset_ms += INT64_C(86400) * 1000 * 300;
    desk.worker.environment.clock_offset_ms += INT64_C(86400) * 1000 * 300;
    desk_change(&desk, "identity", &spec.base);
    AUTO(buf_done) struct buf renewed = listed(ID);
    assert_int_not_equal(renewed.size, 0);
    assert_false(span_equal(buf_span(&renewed), buf_span(&certificate)));
    /* a certificate of another CA instead of it */
    Mintmark__V1__IdentitySpec without = spec_of(ID);
    without.csr = (ProtobufCBinaryData){0};
    desk_change(&desk, "identity", &without.base);
    AUTO(buf_done) struct buf none = intent();
    assert_int_equal(none.size, 0);
}

static void refuse(const Mintmark__V1__IdentitySpec *spec, const char *reason)
{
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity", &spec->base), reason);
}

static void test_refused(void **state)
{
    (void)state;
    Mintmark__V1__IdentitySpec spec = spec_of(ID);
    spec.role = MINTMARK__V1__ROLE__ROLE_OPERATOR;
    spec.line = spec_of(ID).line + strlen(LINE);
    refuse(&spec, "CSR_ROLE");
    spec.role = MINTMARK__V1__ROLE__ROLE_LABEL;
    refuse(&spec, "CSR_ROLE");
    spec = spec_of(ID);
    spec.certificate = (ProtobufCBinaryData){desk.op1.certificate.size, desk.op1.certificate.data};
    refuse(&spec, "CSR_AND_CERTIFICATE");
    spec = spec_of("spiffe://test/operator/op-9");
    refuse(&spec, "IDENTITY_NAME");
    spec = spec_of("spiffe://test/station/a123456789b123456789c123456789d123456789e123456789"
                   "f123456789g1234"); /* 65 characters: no common name */
    refuse(&spec, "CERTIFICATE_VALUE");
    spec = spec_of(ID);
    csr.data[csr.size - 1] ^= 1;
    refuse(&spec, "CSR_SIGNATURE");
    csr.data[csr.size - 1] ^= 1;
    spec.csr.len--;
    refuse(&spec, "CSR_MALFORMED");
    spec = spec_of(ID);
    desk_change(&desk, "identity", &spec.base);
    spec = spec_of("spiffe://test/station/line1-04");
    refuse(&spec, "KEY_USED");
}

static void test_authority(void **state)
{
    (void)state;
    int64_t until = 0;
    struct issue_environment *environment = &desk.worker.environment;
    int64_t ca = factory()->identity_certificate.not_after;
    Mintmark__V1__IdentitySpec spec = spec_of(ID);
    environment->identity_days = 825; /* never beyond the CA's own end */
    assert_ok(issue_certify_until(environment, environment->now_ms(), &until, NULL));
    assert_int_equal(until, ca);
    assert_int_equal(issue_certify_until(environment, ca * 1000, &until, NULL), STATUS_REFUSED);
    int64_t before = (factory()->identity_certificate.not_before - 1) * 1000;
    struct problem problem = {0};
    assert_int_equal(issue_certify_until(environment, before, &until, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "IDENTITY_CA_EXPIRED");
    environment->identity_ca = NULL;
    refuse(&spec, "IDENTITY_CA_NONE");
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_made),
        DESK_TEST(test_finished_later),
        DESK_TEST(test_again),
        DESK_TEST(test_refused),
        DESK_TEST(test_authority),
        DESK_TEST(test_blocked),
        DESK_TEST(test_other_authority),
    };
    return cmocka_run_group_tests_name("change_request", tests, NULL, NULL);
}
