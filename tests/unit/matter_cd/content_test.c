/* The TLV of a Certification Declaration, field by field, and what it must match. */
#include "lib/matter/cd_content.h"

#include "lib/base/hex.h"
#include "tests/support/test.h"

enum { FIELDS = 12 };

#define ID_20 "1014000102030405060708090a0b0c0d0e0f10111213"
#define CERTIFICATE_ID                                                                             \
    "2c041341424330303030304445313233343536"                                                       \
    "2d3738"

/* A whole one, by tag; 9, 10 and 11 are optional. */
static const char *const good[FIELDS] = {
    "240001", "2501f1ff", "3602050080048018", "25030001", CERTIFICATE_ID, "240500",
    "240600", "240701",   "240800",           "2509f2ff", "250a0180",     "360b" ID_20 "18",
};

static status_t parse(const char *const *fields, const char *open, const char *close,
                      struct matter_cd *ret_cd, struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf tlv;
    buf_init(&text, 16384);
    buf_init(&tlv, 8192);
    buf_append_text(&text, open);
    for (size_t i = 0; i < FIELDS; i++) {
        buf_append_text(&text, fields[i]);
    }
    buf_append_text(&text, close);
    assert_ok(hex_decode(buf_span(&text), &tlv));
    return matter_cd_content_parse(buf_span(&tlv), ret_cd, problem);
}

/* `value` in place of the field with this tag. */
static const struct {
    int tag;
    const char *value;
    const char *reason; /* NULL: accepted */
    const char *field;
} changes[] = {
    {0, "", "CD_CONTENT", "cd.format_version"},
    {0, "240002", "CD_FORMAT_VERSION", "cd.format_version"},
    {0, "25000100", "CD_CONTENT", "cd.format_version"}, /* not the smallest width */
    {0, "200001", "CD_CONTENT", "cd.format_version"},   /* signed */
    {1, "", "CD_CONTENT", "cd.vendor_id"},
    {1, "2601f1ff0000", "CD_CONTENT", "cd.vendor_id"},
    {1, "260100000100", "CD_CONTENT", "cd.vendor_id"}, /* beyond 16 bits */
    {1, "240112", NULL, NULL},
    {2, "", "CD_CONTENT", "cd.product_id_array"},
    {2, "360218", "CD_PRODUCT_IDS", "cd.product_id_array"},
    {2, "3602050080", "CD_CONTENT", "cd.product_id_array"}, /* not ended */
    {2, "3602040018", NULL, NULL},
    {2, "3602240018", "CD_CONTENT", "cd.product_id_array"},
    {2, "3602040118240301", "CD_CONTENT", "cd.certificate_id"}, /* twice tag 3 */
    {2, "36022c0018", "CD_CONTENT", "cd.product_id_array"},
    {2, "350205008018", "CD_CONTENT", "cd.product_id_array"}, /* a structure */
    {2, "360205010018", "CD_CONTENT", "cd.product_id_array"},
    {3, "", "CD_CONTENT", "cd.device_type_id"},
    {3, "2603ffffffff", NULL, NULL},
    {3, "27030000000001000000", "CD_CONTENT", "cd.device_type_id"},
    {4, "", "CD_CONTENT", "cd.certificate_id"},
    {4, "2c0400", "CD_CERTIFICATE_ID", "cd.certificate_id"},
    {4, "2c0412414243303030303044453132333435362d37", "CD_CERTIFICATE_ID", "cd.certificate_id"},
    {4, "2c041341424330303030304445313233343536203738", "CD_CERTIFICATE_ID", "cd.certificate_id"},
    {4, "2c041341424330303030304445313233343536003738", "CD_CERTIFICATE_ID", "cd.certificate_id"},
    {4, "300413414243303030303044453132333435362d3738", "CD_CONTENT", "cd.certificate_id"},
    {4, "2c04ff", "CD_CONTENT", "cd.certificate_id"},
    {5, "", "CD_CONTENT", "cd.security_level"},
    {5, "240501", "CD_SECURITY", "cd.security_level"},
    {6, "", "CD_CONTENT", "cd.security_information"},
    {6, "25060001", "CD_SECURITY", "cd.security_information"},
    {7, "", "CD_CONTENT", "cd.version_number"},
    {7, "2507ffff", NULL, NULL},
    {8, "", "CD_CONTENT", "cd.certification_type"},
    {8, "240801", NULL, NULL},
    {8, "240802", NULL, NULL},
    {8, "240803", "CD_TYPE", "cd.certification_type"},
    {8, "25080001", "CD_CONTENT", "cd.certification_type"},
    {9, "", "CD_DAC_ORIGIN", "cd.dac_origin_vendor_id"},
    {10, "", "CD_DAC_ORIGIN", "cd.dac_origin_product_id"},
    {10, "2c0a00", "CD_CONTENT", "cd.dac_origin_product_id"},
    {11, "", NULL, NULL},
    {11, "360b18", "CD_PAA_LIST", "cd.authorized_paa_list"},
    {11, "240b00", "CD_CONTENT", "cd.authorized_paa_list"},
    {11, "360b240018", "CD_CONTENT", "cd.authorized_paa_list"},
    {11, "360b040018", "CD_CONTENT", "cd.authorized_paa_list"},
    {11, "360b1013000102030405060708090a0b0c0d0e0f10111218", "CD_PAA_LIST",
     "cd.authorized_paa_list"},
    {11, "360b" ID_20, "CD_CONTENT", "cd"},
    {11, "360b" ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 "18", NULL, NULL},
    {11, "360b" ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 ID_20 "18",
     "CD_PAA_LIST", "cd.authorized_paa_list"},
    {11, "240c00", "CD_CONTENT", "cd"}, /* an unknown field */
};

static void test_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const char *fields[FIELDS];
        struct matter_cd cd;
        struct problem problem = {0};
        memcpy(fields, good, sizeof(good));
        fields[changes[i].tag] = changes[i].value;
        status_t status = parse(fields, "15", "18", &cd, &problem);
        const char *reason = changes[i].reason == NULL ? "" : changes[i].reason;
        const char *field = changes[i].field == NULL ? "" : changes[i].field;
        if ((status == STATUS_OK) != (changes[i].reason == NULL) ||
            strcmp(problem.reason, reason) != 0 || strcmp(problem.field, field) != 0) {
            fail_msg("row %zu: %s [%s] %s", i, problem.reason, problem.field, problem.message);
        }
    }
}

static void test_frame(void **state)
{
    (void)state;
    static const struct {
        const char *open;
        const char *close;
    } frames[] = {{"16", "18"}, {"", ""}, {"15", ""}, {"15", "1800"}, {"3500", "18"}, {"95", "18"}};
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct matter_cd cd;
        struct problem problem;
        assert_int_equal(parse(good, frames[i].open, frames[i].close, &cd, &problem),
                         STATUS_MALFORMED);
        assert_string_equal(problem.reason, "CD_CONTENT");
    }
}

/* 100 product ids are read, 101 are not. */
static void test_product_limit(void **state)
{
    (void)state;
    for (size_t count = MATTER_CD_PRODUCTS_MAX; count <= MATTER_CD_PRODUCTS_MAX + 1; count++) {
        const char *fields[FIELDS];
        char list[1024] = "3602";
        struct matter_cd cd;
        struct problem problem;
        for (size_t i = 0; i < count; i++) {
            (void)strncat(list, "050080", sizeof(list) - strlen(list) - 1);
        }
        (void)strncat(list, "18", sizeof(list) - strlen(list) - 1);
        memcpy(fields, good, sizeof(good));
        fields[2] = list;
        status_t status = parse(fields, "15", "18", &cd, &problem);
        assert_int_equal(status == STATUS_OK, count == MATTER_CD_PRODUCTS_MAX);
    }
}

static struct matter_cd read_good(void)
{
    struct matter_cd cd;
    assert_ok(parse(good, "15", "18", &cd, NULL));
    return cd;
}

static void test_values(void **state)
{
    (void)state;
    struct matter_cd cd = read_good();
    assert_int_equal(cd.vendor_id, 0xFFF1);
    assert_int_equal(cd.product_id_count, 2);
    assert_int_equal(cd.product_ids[0], 0x8000);
    assert_int_equal(cd.product_ids[1], 0x80);
    assert_int_equal(cd.device_type_id, 0x100);
    assert_string_equal(cd.certificate_id, "ABC00000DE123456-78");
    assert_int_equal(cd.version_number, 1);
    assert_int_equal(cd.type, MATTER_CD_DEVELOPMENT);
    assert_true(cd.has_dac_origin);
    assert_int_equal(cd.dac_origin_vendor_id, 0xFFF2);
    assert_int_equal(cd.dac_origin_product_id, 0x8001);
    assert_int_equal(cd.paa_count, 1);
    assert_int_equal(cd.paa_key_ids[0][19], 0x13);
}

/* The writer's bytes are the good ones, field for field. */
static void test_writer(void **state)
{
    (void)state;
    struct matter_cd cd = read_good();
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf expected;
    AUTO(buf_done) struct buf written;
    buf_init(&text, 4096);
    buf_init(&expected, 4096);
    buf_init(&written, 4096);
    buf_append_text(&text, "15");
    for (size_t i = 0; i < FIELDS; i++) {
        buf_append_text(&text, good[i]);
    }
    buf_append_text(&text, "18");
    assert_ok(hex_decode(buf_span(&text), &expected));
    matter_cd_content_put(&cd, &written);
    assert_span_equal(buf_span(&written), buf_span(&expected));
}

/* What must match: with dac_origin the chain answers to it, the product to the CD's own ids. */
static const struct {
    bool origin;
    struct matter_cd_match match;
    const char *reason; /* "": covered */
} matches[] = {
    {false, {0xFFF1, 0x8000, 0xFFF1, 0x8000, -1, {0}}, ""},
    {false, {0xFFF1, 0x8000, 0xFFF1, 0x0080, 0x8000, {0}}, ""},
    {false, {0xFFF2, 0x8000, 0xFFF1, 0x8000, -1, {0}}, "CD_VENDOR_ID"},
    {false, {0xFFF1, 0x8001, 0xFFF1, 0x8000, -1, {0}}, "CD_PRODUCT_ID"},
    {false, {0xFFF1, 0x8000, 0xFFF2, 0x8000, -1, {0}}, "CD_DAC_VENDOR_ID"},
    {false, {0xFFF1, 0x8000, 0xFFF1, 0x8001, -1, {0}}, "CD_DAC_PRODUCT_ID"},
    {false, {0xFFF1, 0x8000, 0xFFF1, 0x8000, 0x8001, {0}}, "CD_PAI_PRODUCT_ID"},
    {true, {0xFFF1, 0x8000, 0xFFF2, 0x8001, -1, {0}}, ""},
    {true, {0xFFF1, 0x8000, 0xFFF2, 0x8001, 0x8001, {0}}, ""},
    {true, {0xFFF1, 0x8000, 0xFFF1, 0x8001, -1, {0}}, "CD_DAC_VENDOR_ID"},
    {true, {0xFFF1, 0x8000, 0xFFF2, 0x8000, -1, {0}}, "CD_DAC_PRODUCT_ID"},
    {true, {0xFFF1, 0x8000, 0xFFF2, 0x8001, 0x8000, {0}}, "CD_PAI_PRODUCT_ID"},
    {true, {0xFFF2, 0x8001, 0xFFF2, 0x8001, -1, {0}}, "CD_VENDOR_ID"},
};

static void test_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
        struct matter_cd cd = read_good();
        struct problem problem = {0};
        struct matter_cd_match match = matches[i].match;
        cd.has_dac_origin = matches[i].origin;
        match.paa_key_id = SPAN_OF(cd.paa_key_ids[0]);
        status_t status = matter_cd_check(&cd, &match, &problem);
        if ((status == STATUS_OK) != (matches[i].reason[0] == '\0') ||
            strcmp(problem.reason, matches[i].reason) != 0) {
            fail_msg("row %zu: %s", i, problem.reason);
        }
    }
}

static void test_paa_list(void **state)
{
    (void)state;
    static const uint8_t other[MATTER_KEY_ID_SIZE] = {1};
    struct matter_cd cd = read_good();
    struct problem problem = {0};
    struct matter_cd_match match = {.vendor_id = 0xFFF1,
                                    .product_id = 0x8000,
                                    .dac_vendor_id = 0xFFF2,
                                    .dac_product_id = 0x8001,
                                    .pai_product_id = -1,
                                    .paa_key_id = SPAN_OF(other)};
    assert_int_equal(matter_cd_check(&cd, &match, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CD_PAA");
    memcpy(cd.paa_key_ids[1], other, sizeof(other));
    cd.paa_count = 2;
    assert_ok(matter_cd_check(&cd, &match, &problem));
    cd.paa_count = 0; /* any PAA */
    assert_ok(matter_cd_check(&cd, &match, &problem));
    cd.paa_count = 1;
    match.paa_key_id = (struct span){0};
    assert_int_equal(matter_cd_check(&cd, &match, &problem), STATUS_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),       cmocka_unit_test(test_frame),
        cmocka_unit_test(test_product_limit), cmocka_unit_test(test_values),
        cmocka_unit_test(test_writer),        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_paa_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
