/* Kinds "identity" and "identity-block". */
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

static struct desk desk;

static int set_up(void **state)
{
    (void)state;
    desk_init(&desk);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    desk_done(&desk);
    return 0;
}

static Mintmark__V1__IdentitySpec spec_of(const char *id, Mintmark__V1__Role role)
{
    Mintmark__V1__IdentitySpec spec;
    mintmark__v1__identity_spec__init(&spec);
    spec.identity = rpc_unit_borrow_text(id);
    spec.role = role;
    return spec;
}

static Mintmark__V1__IdentitySpec spec_with(const struct person *person, Mintmark__V1__Role role)
{
    Mintmark__V1__IdentitySpec spec = spec_of(person->id, role);
    spec.certificate = (ProtobufCBinaryData){person->certificate.size, person->certificate.data};
    return spec;
}

static Mintmark__V1__IdentityAct act(const char *id)
{
    static char reason[] = "laptop lost";
    Mintmark__V1__IdentityAct message;
    mintmark__v1__identity_act__init(&message);
    message.identity = rpc_unit_borrow_text(id);
    message.reason = reason;
    return message;
}

static void test_operator_enrolled(void **state)
{
    (void)state;
    struct person op3;
    struct buf answer;
    person_init(&op3, "spiffe://test/operator/op-3");
    desk_call(&desk, &op3, METHOD_LIST_ORDERS, (struct span){0}, &answer);
    desk_expect_refusal(&desk, NULL, "ROLE");
    buf_done(&answer);
    Mintmark__V1__IdentitySpec spec = spec_with(&op3, MINTMARK__V1__ROLE__ROLE_OPERATOR);
    desk_change(&desk, "identity", &spec.base);
    desk_call(&desk, &op3, METHOD_LIST_ORDERS, (struct span){0}, &answer);
    assert_int_equal(desk.code, 0);
    buf_done(&answer);
    desk_expect_state(&desk, desk_look(&desk, &op3, "identity", &spec.base), STATE(UNCHANGED));
    /* blocking holds at the next call, and enrolling anew ends it */
    Mintmark__V1__IdentityAct message = act(op3.id);
    desk_change(&desk, "identity-block", &message.base);
    desk_call(&desk, &op3, METHOD_LIST_ORDERS, (struct span){0}, &answer);
    desk_expect_refusal(&desk, NULL, "ROLE");
    buf_done(&answer);
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "identity-block", &message.base),
                      STATE(UNCHANGED));
    desk_change(&desk, "identity", &spec.base);
    desk_call(&desk, &op3, METHOD_LIST_ORDERS, (struct span){0}, &answer);
    assert_int_equal(desk.code, 0);
    buf_done(&answer);
    person_done(&op3);
}

static void test_station_enrolled(void **state)
{
    (void)state;
    char line[] = "line2";
    struct store_identity identity;
    Mintmark__V1__IdentitySpec spec =
        spec_of("spiffe://test/station/s2", MINTMARK__V1__ROLE__ROLE_STATION);
    spec.line = line;
    desk_change(&desk, "identity", &spec.base);
    assert_ok(store_identity_get(desk.worker.store, span_text(spec.identity), &identity));
    assert_string_equal(identity.line, "line2");
    assert_int_equal(identity.spki_size, 0);
    char other[] = "line3";
    spec.line = other;
    Mintmark__V1__Change *change = desk_look(&desk, &desk.op1, "identity", &spec.base);
    assert_non_null(change);
    Mintmark__V1__IdentitySpec *before = mintmark__v1__identity_spec__unpack(
        NULL, change->previous_content.len, change->previous_content.data);
    assert_string_equal(before->line, "line2");
    mintmark__v1__identity_spec__free_unpacked(before, NULL);
    mintmark__v1__change__free_unpacked(change, NULL);
}

static void test_refused(void **state)
{
    (void)state;
    char line[] = "line2";
    char bad_line[] = "line 2";
    struct person rsa_like;
    struct person old;
    struct person twin = desk.op1; /* op-1's certificate under another name */
    struct person foreign;
    person_init_with(&rsa_like, "spiffe://test/operator/op-4", "P-384", 100);
    person_init_with(&old, "spiffe://test/operator/op-5", "P-256", -1);
    person_init(&foreign, "spiffe://elsewhere/operator/op-6");
    (void)snprintf(twin.id, sizeof(twin.id), "spiffe://test/operator/op-9");
    const struct {
        Mintmark__V1__IdentitySpec spec;
        char *line;
        const char *reason;
    } rows[] = {
        {spec_of("spiffe://elsewhere/a", MINTMARK__V1__ROLE__ROLE_STATION), NULL, "SPIFFE_ID"},
        {spec_of("spiffe://test/a", MINTMARK__V1__ROLE__ROLE_UNSPECIFIED), NULL, "ROLE_MISSING"},
        {spec_of("spiffe://test/a", MINTMARK__V1__ROLE__ROLE_OPERATOR), NULL,
         "CERTIFICATE_MISSING"},
        {spec_of("spiffe://test/a", MINTMARK__V1__ROLE__ROLE_AUDITOR), NULL, "CERTIFICATE_MISSING"},
        {spec_of("spiffe://test/a", MINTMARK__V1__ROLE__ROLE_OPERATOR), line, "LINE"},
        {spec_of("spiffe://test/a", MINTMARK__V1__ROLE__ROLE_STATION), bad_line, "LINE"},
        {spec_with(&rsa_like, MINTMARK__V1__ROLE__ROLE_OPERATOR), NULL, "CERTIFICATE"},
        {spec_with(&old, MINTMARK__V1__ROLE__ROLE_OPERATOR), NULL, "CERTIFICATE"},
        {spec_with(&twin, MINTMARK__V1__ROLE__ROLE_OPERATOR), NULL, "CERTIFICATE"},
        {spec_with(&foreign, MINTMARK__V1__ROLE__ROLE_OPERATOR), NULL, "SPIFFE_ID"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Mintmark__V1__IdentitySpec spec = rows[i].spec;
        spec.line = rows[i].line != NULL ? rows[i].line : spec.line;
        desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity", &spec.base),
                            rows[i].reason);
    }
    person_done(&rsa_like);
    person_done(&old);
    person_done(&foreign);
}

/* One key for two names would make two people of one. */
static void test_key_of_another(void **state)
{
    (void)state;
    struct person second;
    struct store_identity taken = {.role = 2, .enrolled_ms = 1};
    person_init(&second, "spiffe://test/operator/op-7");
    struct span spki = pki_plain_key_signer(second.key).spki;
    (void)snprintf(taken.id, sizeof(taken.id), "spiffe://test/operator/op-8");
    memcpy(taken.spki, spki.data, spki.size);
    taken.spki_size = spki.size;
    assert_ok(store_identity_set(desk.worker.store, &taken, (struct span){0}));
    Mintmark__V1__IdentitySpec spec = spec_with(&second, MINTMARK__V1__ROLE__ROLE_OPERATOR);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity", &spec.base), "KEY_USED");
    person_done(&second);
}

static void test_block_refused(void **state)
{
    (void)state;
    Mintmark__V1__IdentityAct message = act("spiffe://test/station/none");
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity-block", &message.base),
                        "IDENTITY_UNKNOWN");
    /* of three one can be shut out by one, of two none: two can enrol another */
    struct person op3;
    message = act(desk.op2.id);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity-block", &message.base),
                        "LAST_OPERATOR");
    person_init(&op3, "spiffe://test/operator/op-3");
    person_enrol(&op3, MINTMARK__V1__ROLE__ROLE_OPERATOR, "", desk.worker.store);
    desk_change(&desk, "identity-block", &message.base);
    desk_expect_state(&desk, desk_look(&desk, &desk.op1, "identity-block", &message.base),
                      STATE(UNCHANGED));
    message = act(op3.id);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity-block", &message.base),
                        "LAST_OPERATOR");
    /* nor can they be made something else */
    Mintmark__V1__IdentitySpec spec = spec_with(&op3, MINTMARK__V1__ROLE__ROLE_AUDITOR);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity", &spec.base),
                        "LAST_OPERATOR");
    desk.world.config.two_person_rule = MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_OFF;
    desk_change(&desk, "identity-block", &message.base);
    message = act(desk.op1.id);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "identity-block", &message.base),
                        "LAST_OPERATOR");
    person_done(&op3);
}

int main(void)
{
#define DESK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_operator_enrolled), DESK_TEST(test_station_enrolled),
        DESK_TEST(test_refused),           DESK_TEST(test_key_of_another),
        DESK_TEST(test_block_refused),
    };
    return cmocka_run_group_tests_name("change_identity", tests, NULL, NULL);
}
