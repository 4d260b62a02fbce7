/* Kind "revoke", and GetCrl: what two people agree to is exactly what is revoked, for ever. */
#include "lib/base/hex.h"
#include "lib/matter/crl.h"
#include "tests/support/test.h"
#include "tests/unit/change/desk.h"

#define MAC "60:55:f9:01:a2:10"
#define OTHER_MAC "60:55:f9:01:a2:20"

static struct desk desk;
static char order_name[] = "WO-1";

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

static void issue(const char *mac)
{
    AUTO(issue_result_done) struct issue_result result = {0};
    struct problem problem;
    assert_ok(factory_issue(&desk.world.factory, factory_request(mac), &result, &problem));
}

static void assert_delivered(const char *mac, status_t status)
{
    struct issue_result result;
    struct problem problem;
    assert_int_equal(factory_issue(&desk.world.factory, factory_request(mac), &result, &problem),
                     status);
    if (status == STATUS_OK) {
        issue_result_done(&result);
    } else {
        assert_string_equal(problem.reason, "REVOKED");
    }
}

static Mintmark__V1__Revocation revocation(void)
{
    Mintmark__V1__Revocation message;
    mintmark__v1__revocation__init(&message);
    message.reason = MINTMARK__V1__REVOCATION_REASON__REVOCATION_REASON_KEY_COMPROMISE;
    return message;
}

static Mintmark__V1__Revocation of_device(const char *mac)
{
    Mintmark__V1__Revocation message = revocation();
    message.device = rpc_unit_borrow_text(mac);
    return message;
}

static Mintmark__V1__Revocation of_order(void)
{
    Mintmark__V1__Revocation message = revocation();
    message.order = order_name;
    return message;
}

/* The content as the server completed it. Caller frees. */
static Mintmark__V1__Revocation *completed(const Mintmark__V1__Change *change)
{
    Mintmark__V1__Revocation *message =
        mintmark__v1__revocation__unpack(NULL, change->content.len, change->content.data);
    assert_non_null(message);
    return message;
}

static Mintmark__V1__GetCrlResponse *get_crl(const struct person *caller, const char *pai)
{
    uint8_t bytes[64];
    struct buf answer;
    Mintmark__V1__GetCrlRequest request;
    mintmark__v1__get_crl_request__init(&request);
    request.pai = rpc_unit_borrow_text(pai);
    size_t size = mintmark__v1__get_crl_request__pack(&request, bytes);
    desk_call(&desk, caller, METHOD_GET_CRL, span_make(bytes, size), &answer);
    Mintmark__V1__GetCrlResponse *response =
        desk.code == 0 ? mintmark__v1__get_crl_response__unpack(NULL, answer.size, answer.data)
                       : NULL;
    buf_done(&answer);
    return response;
}

static void assert_list(uint32_t number, uint32_t revocations)
{
    struct pki_crl crl;
    desk.world.factory.last_crl = UINT32_MAX;
    Mintmark__V1__GetCrlResponse *response = get_crl(&desk.auditor, "pai");
    assert_non_null(response);
    assert_int_equal(response->number, number);
    assert_int_equal(response->revocations, revocations);
    assert_ok(pki_crl_parse(span_make(response->crl.data, response->crl.len), &crl, NULL));
    assert_int_equal(matter_crl_number(&crl), number);
    assert_int_equal(crl.entry_count, revocations);
    assert_int_equal(response->next_update->seconds, crl.next_update);
    assert_span_equal(span_make(response->pai_certificate.data, response->pai_certificate.len),
                      desk.world.factory.unit_pai.der);
    mintmark__v1__get_crl_response__free_unpacked(response, NULL);
}

static void test_two_people_revoke(void **state)
{
    (void)state;
    issue(MAC);
    issue(OTHER_MAC);
    assert_list(1, 0);
    Mintmark__V1__Revocation message = of_device(MAC);
    Mintmark__V1__Change *change =
        desk_propose(&desk, &desk.op1, "revoke", &message.base, (struct desk_wrong){0});
    assert_non_null(change);
    assert_int_equal(change->state, STATE(WAITING));
    assert_true(change->needs_second);
    assert_string_equal(change->subject, "device/" MAC);
    assert_delivered(MAC, STATUS_OK); /* not yet */
    assert_null(desk_approve(&desk, &desk.op1, change, (struct desk_wrong){0}));
    assert_delivered(MAC, STATUS_OK);
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, change, (struct desk_wrong){0}),
                      STATE(APPLIED));
    mintmark__v1__change__free_unpacked(change, NULL);
    assert_delivered(MAC, STATUS_REFUSED);
    assert_delivered(OTHER_MAC, STATUS_OK);
    assert_list(2, 1);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "revoke", &message.base),
                        "NOTHING_TO_REVOKE"); /* it is final */
}

static void test_look_first(void **state)
{
    (void)state;
    issue(MAC);
    issue(OTHER_MAC);
    Mintmark__V1__Revocation message = of_order();
    Mintmark__V1__Change *change = desk_look(&desk, &desk.op1, "revoke", &message.base);
    assert_non_null(change);
    assert_int_equal(change->state, STATE(VALIDATED));
    assert_string_equal(change->subject, "order/WO-1");
    assert_int_equal(change->n_findings, 3);
    assert_string_equal(change->findings[0],
                        "2 identities, for ever; 0 of them on flashed devices");
    assert_non_null(strstr(change->findings[1], "of order WO-1, issued, DAC "));
    Mintmark__V1__Revocation *exact = completed(change);
    assert_int_equal(exact->units, 2);
    assert_int_equal(exact->units_sha256.len, 32);
    assert_non_null(exact->until);
    mintmark__v1__revocation__free_unpacked(exact, NULL);
    mintmark__v1__change__free_unpacked(change, NULL);
    assert_delivered(MAC, STATUS_OK);
}

/* What is issued after somebody looked is not meant; what is revoked meanwhile makes it another
 * set. */
static void test_exact(void **state)
{
    (void)state;
    issue(MAC);
    Mintmark__V1__Revocation message = of_order();
    Mintmark__V1__Change *first =
        desk_propose(&desk, &desk.op1, "revoke", &message.base, (struct desk_wrong){0});
    assert_non_null(first);
    issue(OTHER_MAC);
    Mintmark__V1__Revocation device = of_device(MAC);
    Mintmark__V1__Change *second =
        desk_propose(&desk, &desk.op1, "revoke", &device.base, (struct desk_wrong){0});
    assert_non_null(second);
    desk_expect_state(&desk, desk_approve(&desk, &desk.op2, first, (struct desk_wrong){0}),
                      STATE(APPLIED));
    assert_delivered(MAC, STATUS_REFUSED);
    assert_delivered(OTHER_MAC, STATUS_OK);
    assert_null(desk_approve(&desk, &desk.op2, second, (struct desk_wrong){0}));
    desk_expect_refusal(&desk, NULL, "NOTHING_TO_REVOKE");
    mintmark__v1__change__free_unpacked(first, NULL);
    mintmark__v1__change__free_unpacked(second, NULL);
}

/* Signed content that does not say exactly which units. */
static void test_inexact_refused(void **state)
{
    (void)state;
    static uint8_t other[32] = {1};
    issue(MAC);
    Mintmark__V1__Revocation message = of_device(MAC);
    message.units = 1;
    message.units_sha256 = (ProtobufCBinaryData){sizeof(other), other};
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "revoke", &message.base),
                        "UNITS_CHANGED");
    message.units = 2;
    desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "revoke", &message.base),
                        "UNITS_CHANGED");
}

static void test_shapes(void **state)
{
    (void)state;
    static char bad_serial[] = "4142";
    static char station[] = "spiffe://test/station/s1";
    static char serial[33];
    AUTO(store_unit_done) struct store_unit unit = {0};
    issue(MAC);
    assert_ok(store_unit_find(desk.world.factory.store, MAC, &unit));
    hex_encode(SPAN_OF(unit.dac_serial), serial);
    Google__Protobuf__Timestamp now;
    Google__Protobuf__Timestamp late;
    google__protobuf__timestamp__init(&now);
    google__protobuf__timestamp__init(&late);
    now.seconds = desk.world.factory.environment.now_ms() / 1000;
    late.seconds = now.seconds + 3600;

    Mintmark__V1__Revocation good[4] = {revocation(), revocation(), of_order(), revocation()};
    good[0].dac_serial = serial;
    good[1].station = station;
    good[2].station = station;
    Google__Protobuf__Timestamp begin = now;
    begin.seconds -= 3600;
    good[3].from = &begin;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        desk_expect_state(&desk, desk_look(&desk, &desk.op1, "revoke", &good[i].base),
                          STATE(VALIDATED));
    }

    Mintmark__V1__Revocation bad[8] = {revocation(), of_device(MAC), of_device(MAC),
                                       revocation(), of_device(MAC), of_order(),
                                       of_order(),   of_device(MAC)};
    bad[1].order = order_name;
    bad[2].dac_serial = serial;
    bad[3].dac_serial = bad_serial;
    bad[4].until = &now;
    bad[5].until = &late;
    late.nanos = -1;
    bad[6].from = &late;
    bad[7].reason = (Mintmark__V1__RevocationReason)6; /* certificateHold */
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]) - 1; i++) {
        late.nanos = i == 6 ? -1 : 0;
        desk_expect_refusal(&desk, desk_look(&desk, &desk.op1, "revoke", &bad[i].base),
                            "REVOCATION");
    }
    assert_null(desk_look(&desk, &desk.op1, "revoke", &bad[7].base));
}

static void test_who_may(void **state)
{
    (void)state;
    issue(MAC);
    Mintmark__V1__Revocation message = of_device(MAC);
    desk_expect_refusal(&desk, desk_look(&desk, &desk.auditor, "revoke", &message.base), "ROLE");
    assert_null(get_crl(&desk.station, "pai"));
    desk_expect_refusal(&desk, NULL, "ROLE");
    assert_null(get_crl(&desk.op1, "nobody"));
    desk_expect_refusal(&desk, NULL, "PAI_UNKNOWN");
    assert_list(1, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_two_people_revoke), TEST(test_look_first), TEST(test_exact),
        TEST(test_inexact_refused),   TEST(test_shapes),     TEST(test_who_may),
    };
    return cmocka_run_group_tests_name("revoke by two people", tests, NULL, NULL);
}
