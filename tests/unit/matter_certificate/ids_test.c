/* Vendor and product id of a name: OIDs, and the fallback in the common name. */
#include "tests/unit/matter_certificate/chain.h"

enum { REFUSED = -2, NONE = -1 };

static const struct {
    const char *name;
    int32_t vendor_id;
    int32_t product_id;
} names[] = {
    {"CN=x/VID=FFF1/PID=8000", 0xFFF1, 0x8000},
    {"PID=8000/VID=FFF1", 0xFFF1, 0x8000},
    {"CN=x/VID=00A1", 0x00A1, NONE},
    {"CN=x", NONE, NONE},
    {"", NONE, NONE},
    /* the OIDs are strict */
    {"VID=fff1", REFUSED, REFUSED},
    {"VID=FFF", REFUSED, REFUSED},
    {"VID=0FFF1", REFUSED, REFUSED},
    {"pVID=FFF1", REFUSED, REFUSED},
    {"VID=FFF1/VID=FFF1", REFUSED, REFUSED},
    {"PID=8000/+PID=8001", REFUSED, REFUSED},
    /* one OID switches the fallback off, for this name */
    {"CN=Mvid:FFF2 Mpid:8001/VID=FFF1/PID=8000", 0xFFF1, 0x8000},
    {"CN=Mvid:FFF1/PID=8000", NONE, 0x8000},
    {"CN=Mvid:bad/VID=FFF1", 0xFFF1, NONE},
    /* the fallback: anywhere, any order, no separators */
    {"CN=A device Mvid:1234 Mpid:0056", 0x1234, 0x0056},
    {"CN=Mpid:0056,Mvid:1234", 0x1234, 0x0056},
    {"pCN=Mvid:1234Mpid:0056", 0x1234, 0x0056},
    {"CN=xMvid:12345", 0x1234, NONE},
    {"CN=Mpid:0056", NONE, 0x0056},
    /* the leftmost well-formed one counts */
    {"CN=Mvid:12 Mvid:1234 Mvid:5678", 0x1234, NONE},
    {"CN=MvidMvid:1234", 0x1234, NONE},
    /* a prefix without any well-formed one is refused */
    {"CN=Mvid:12 Mpid:0056", REFUSED, REFUSED},
    {"CN=Mvid:abcd", REFUSED, REFUSED},
    {"CN=Mvid:1234 Mpid:", REFUSED, REFUSED},
    {"CN=Mvid:123", REFUSED, REFUSED},
    /* other spellings are just text */
    {"CN=MVID:1234 mpid:0056", NONE, NONE},
    {"CN=Mvid_1234", NONE, NONE},
    /* two common names that both speak */
    {"CN=Mvid:1234/CN=Mvid:1234", REFUSED, REFUSED},
    {"CN=Mvid:1234/CN=Mpid:0056", 0x1234, 0x0056},
    {"O=Mvid:1234", NONE, NONE},
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct matter_ids ids = {7, 7};
        struct problem problem = {0};
        AUTO(buf_done) struct buf name = chain_name(names[i].name);
        status_t status = matter_certificate_ids(buf_span(&name), &ids, &problem);
        bool refused = names[i].vendor_id == REFUSED;
        if (status != (refused ? STATUS_REFUSED : STATUS_OK)) {
            fail_msg("'%s': %s", names[i].name, problem.message);
        }
        if (refused) {
            assert_string_equal(problem.reason, "NAME_IDS");
            assert_int_equal(ids.vendor_id, 7); /* nothing written */
        } else if (ids.vendor_id != names[i].vendor_id || ids.product_id != names[i].product_id) {
            fail_msg("'%s': %d %d", names[i].name, ids.vendor_id, ids.product_id);
        }
    }
}

static void test_malformed(void **state)
{
    (void)state;
    struct matter_ids ids;
    struct problem problem;
    static const char *const malformed[] = {"", "3000ff", "3002", "30023100", "300431023000"};
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        AUTO(buf_done) struct buf name = chain_hex(malformed[i]);
        assert_int_equal(matter_certificate_ids(buf_span(&name), &ids, &problem), STATUS_MALFORMED);
        assert_string_equal(problem.reason, "NAME_MALFORMED");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
