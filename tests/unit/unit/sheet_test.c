/* Config and master CSV: what the factory tools' dialect says, and every refusal with its place. */
#include "lib/unit/sheet.h"
#include "tests/support/test.h"

/* Files hold their own names. */
static status_t read_file(void *context, const char *path, struct buf *ret_content,
                          struct problem *problem)
{
    (void)context;
    if (strcmp(path, "gone") == 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "FILE", path, "cannot read %s", path);
    }
    buf_append_text(ret_content, path);
    return buf_status(ret_content);
}

static status_t open_sheet(const char *config, const char *values, struct unit_sheet **ret_sheet,
                           struct problem *problem)
{
    const struct unit_sheet_source source = {.config_name = "config.csv",
                                             .config = span_text(config),
                                             .values_name = "master.csv",
                                             .values = span_text(values),
                                             .read_file = read_file};
    return unit_sheet_new(&source, ret_sheet, problem);
}

static bool next(struct unit_sheet *sheet, struct unit_supplied *ret_supplied)
{
    bool found = false;
    struct problem problem = {0};
    status_t status = unit_sheet_next(sheet, ret_supplied, &found, &problem);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    return found;
}

static void assert_vendor(const struct unit_supplied *supplied, size_t index,
                          const char *namespace_name, const char *key, const char *text)
{
    assert_true(index < supplied->vendor_count);
    const struct image_vendor_value *value = &supplied->vendor_values[index];
    assert_string_equal(value->namespace_name, namespace_name);
    assert_string_equal(value->key, key);
    assert_span_equal(value->text, span_text(text));
}

static void vendor_keys_and_columns_in_any_order(void **context)
{
    (void)context;
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    struct unit_supplied unit;
    assert_ok(open_sheet("creds,namespace,\n"
                         "node,data,string\n"
                         "  \n"
                         "pem,data,binary\n"
                         "key,file,binary\n"
                         "app,namespace,,\n"
                         "line,data,u8,REPEAT\n",
                         "id,pem,line,#note,node,key,mac,unit_id\r\n"
                         "#1,\"-----BEGIN\n#x\nEND\"\"\n\",7,,n1,a.der,60:55:f9:01:a2:10,u1\r\n"
                         "\n"
                         "2,x,,c,\"n,2\",b.der,,\n",
                         &sheet, NULL));
    assert_true(next(sheet, &unit));
    assert_int_equal(unit.vendor_count, 4);
    assert_vendor(&unit, 0, "creds", "node", "n1");
    assert_vendor(&unit, 1, "creds", "pem", "-----BEGIN\n#x\nEND\"\n");
    assert_vendor(&unit, 2, "creds", "key", "a.der");
    assert_true(unit.vendor_values[2].from_file && !unit.vendor_values[0].from_file);
    assert_vendor(&unit, 3, "app", "line", "7");
    assert_string_equal(unit.vendor_values[3].encoding, "u8");
    assert_string_equal(unit.hardware_id, "60:55:f9:01:a2:10");
    assert_string_equal(unit.unit_id, "u1");
    assert_true(next(sheet, &unit));
    assert_vendor(&unit, 0, "creds", "node", "n,2");
    assert_vendor(&unit, 2, "creds", "key", "b.der");
    assert_vendor(&unit, 3, "app", "line", "7"); /* REPEAT: the first row's */
    assert_null(unit.hardware_id);
    assert_null(unit.unit_id);
    assert_false(next(sheet, &unit));
    assert_false(next(sheet, &unit));
}

/* As esp-matter-mfg-tool reads it; the first row that differs is told. */
static void repeat_gives_way_to_a_rows_own_value(void **context)
{
    (void)context;
    static const struct {
        const char *serial, *site;
    } wanted[] = {{"C-1", "hall 4"}, {"C-1", "hall 4"}, {"C-3", "hall 4"}, {"C-4", "hall 5"}};
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    struct unit_supplied unit;
    struct problem warning = {0};
    assert_ok(open_sheet("app,namespace,\nserial,data,string,REPEAT\nboard,data,u8\n"
                         "site,data,string,REPEAT\n",
                         "id,serial,board,site\n1,C-1,11,hall 4\n2,,12,\n3,C-3,13,hall 4\n"
                         "4,C-4,14,hall 5\n",
                         &sheet, NULL));
    for (size_t i = 0; i < 4; i++) {
        assert_true(next(sheet, &unit));
        assert_vendor(&unit, 0, "app", "serial", wanted[i].serial);
        assert_vendor(&unit, 2, "app", "site", wanted[i].site);
        assert_int_equal(unit_sheet_warning(sheet, &warning), i >= 2);
    }
    assert_string_equal(warning.reason, "SHEET_REPEAT");
    assert_string_equal(warning.field, "master.csv:4");
    assert_non_null(strstr(warning.message, "'serial'"));
    assert_non_null(strstr(warning.message, "each row's own was taken"));
}

static void keys_of_chip_factory_by_their_meaning(void **context)
{
    (void)context;
    static const uint8_t salt[] = {0, 1, 2, 3}, id[] = {0xd2, 0xf3};
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    struct unit_supplied unit;
    assert_ok(open_sheet("discriminator,data,u32\n" /* before any namespace: chip-factory */
                         "iteration-count,data,u32\n"
                         "salt,data,string\n"
                         "verifier,data,base64\n"
                         "serial-num,data,string\n"
                         "mfg-date,data,string\n"
                         "rd-id-uid,data,hex2bin\n"
                         "dac-cert,file,binary\n"
                         "vendor-id,data,u32\n"
                         "acme,data,u8\n",
                         "discriminator,iteration-count,salt,verifier,serial-num,mfg-date,"
                         "rd-id-uid,dac-cert,vendor-id,acme,pincode\n"
                         "3840,1000,AAECAw==,AAEC,SN1,2026-11-22,d2f3,dac.der,65521,9,20202021\n",
                         &sheet, NULL));
    assert_true(next(sheet, &unit));
    assert_true(unit.discriminator.given && unit.discriminator.value == 3840);
    assert_true(unit.iterations.given && unit.iterations.value == 1000);
    assert_true(unit.passcode.given && unit.passcode.value == 20202021);
    assert_span_equal(unit.salt, SPAN_OF(salt));
    assert_span_equal(unit.verifier, span_make(salt, 3));
    assert_string_equal(unit.serial_number, "SN1");
    assert_string_equal(unit.manufacturing_date, "2026-11-22");
    assert_span_equal(unit.rotating_id, SPAN_OF(id));
    assert_span_equal(unit.dac, span_text("dac.der"));
    assert_int_equal(unit.dac_key.size, 0);
    assert_int_equal(unit.expected_count, 1);
    assert_string_equal(unit.expected[0].key, "vendor-id");
    assert_int_equal(unit.vendor_count, 1);
    assert_vendor(&unit, 0, "chip-factory", "acme", "9");
}

static void one_key_in_two_namespaces(void **context)
{
    (void)context;
    static const char config[] = "a,namespace,\nk,data,u8\nb,namespace,\nk,data,u8\n";
    struct unit_supplied unit;
    AUTO(unit_sheet_free) struct unit_sheet *one = NULL;
    AUTO(unit_sheet_free) struct unit_sheet *two = NULL;
    assert_ok(open_sheet(config, "k\n5\n", &one, NULL));
    assert_true(next(one, &unit));
    assert_vendor(&unit, 0, "a", "k", "5");
    assert_vendor(&unit, 1, "b", "k", "5");
    assert_ok(open_sheet(config, "k,k\n5,6\n", &two, NULL));
    assert_true(next(two, &unit));
    assert_vendor(&unit, 0, "a", "k", "5");
    assert_vendor(&unit, 1, "b", "k", "6");
}

/* ---- refusals ---- */

static const char good_config[] = "app,namespace,\nk,data,u8\n";
static const char factory_config[] = "discriminator,data,u32\nsalt,data,string\nserial-num,data,"
                                     "string\nrd-id-uid,data,hex2bin\n";
static const char factory_header[] = "discriminator,salt,serial-num,rd-id-uid\n";

static const struct {
    const char *config;
    const char *header; /* of the master CSV, or all of it */
    const char *row;
    const char *reason;
    const char *field;
} refusals[] = {
    {"", "k\n", "", "SHEET_EMPTY", "config.csv:1"},
    {"app,namespace,\n", "k\n", "", "SHEET_EMPTY", "config.csv:1"},
    {"app,namespace,\nk,date,u8\n", "k\n", "", "SHEET_TYPE", "config.csv:2"},
    {"k,data,U8\n", "k\n", "", "SHEET_ENCODING", "config.csv:1"},
    {"k,data,blob_fill(4;0x00)\n", "k\n", "", "SHEET_ENCODING", "config.csv:1"},
    {"k,data\n", "k\n", "", "SHEET_ENCODING", "config.csv:1"},
    {"k,data,u8,repeat\n", "k\n", "", "SHEET_FIELDS", "config.csv:1"},
    {"k,data,u8,,x\n", "k\n", "", "SHEET_FIELDS", "config.csv:1"},
    {",data,u8\n", "k\n", "", "SHEET_NAME", "config.csv:1"},
    {"k234567890123456,data,u8\n", "k\n", "", "SHEET_NAME", "config.csv:1"},
    {"a234567890123456,namespace,\n", "k\n", "", "SHEET_NAME", "config.csv:1"},
    {"k,data,u8\n\nk,data,u8\n", "k\n", "", "SHEET_KEY_TWICE", "config.csv:3"},
    {"\xef\xbb\xbfk,data,u8\n", "k\n", "", "NVS_CSV_BOM", "config.csv:1"},
    {"k,data,\"u8\n", "k\n", "", "NVS_CSV_QUOTE", "config.csv:1"},
    {good_config, "", "", "SHEET_EMPTY", "master.csv:1"},
    {good_config, "id,l\n", "", "SHEET_COLUMN", "master.csv:1"},
    {good_config, "k,k\n", "", "SHEET_COLUMN", "master.csv:1"},
    {good_config, "k,mac,hardware_id\n", "", "SHEET_COLUMN", "master.csv:1"},
    {good_config, "k,id\n", "1\n", "SHEET_FIELDS", "master.csv:2"},
    {good_config, "k,id\n", "1,2,3\n", "SHEET_FIELDS", "master.csv:2"},
    {good_config, "k,pincode\n", "1,2020202a\n", "SHEET_VALUE", "master.csv:2"},
    {good_config, "k,pincode\n", "1,123456789\n", "SHEET_VALUE", "master.csv:2"},
    {"k,file,binary\n", "k\n", "gone\n", "FILE", "master.csv:2"},
    {factory_config, factory_header, "x,AAEC,s,00\n", "NVS_CSV_NUMBER", "master.csv:2"},
    {factory_config, factory_header, "4294967296,AAEC,s,00\n", "NVS_VALUE_RANGE", "master.csv:2"},
    {factory_config, factory_header, "1,AAE,s,00\n", "SHEET_VALUE", "master.csv:2"},
    {factory_config, factory_header, "1,AAEC,s,0\n", "NVS_CSV_HEX", "master.csv:2"},
    {"discriminator,data,u64\n", "discriminator\n", "4294967296\n", "SHEET_VALUE", "master.csv:2"},
    {"discriminator,data,string\n", "discriminator\n", "1\n", "SHEET_VALUE", "master.csv:2"},
    {"serial-num,data,u32\n", "serial-num\n", "1\n", "SHEET_VALUE", "master.csv:2"},
    {"serial-num,data,binary\n", "serial-num\n", "1\n", "SHEET_VALUE", "master.csv:2"},
    {"rd-id-uid,data,string\n", "rd-id-uid\n", "1\n", "SHEET_VALUE", "master.csv:2"},
};

static void sheets_are_refused(void **context)
{
    (void)context;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        char values[256];
        AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
        struct problem problem = {0};
        struct unit_supplied unit;
        bool found = true;
        (void)snprintf(values, sizeof(values), "%s%s", refusals[i].header, refusals[i].row);
        status_t status = open_sheet(refusals[i].config, values, &sheet, &problem);
        while (status == STATUS_OK && found) {
            status = unit_sheet_next(sheet, &unit, &found, &problem);
        }
        print_message("%s: %s\n", problem.field, problem.message);
        assert_int_not_equal(status, STATUS_OK);
        assert_int_equal(problem.status, status);
        assert_string_equal(problem.reason, refusals[i].reason);
        assert_string_equal(problem.field, refusals[i].field);
    }
}

static void too_many_keys_are_refused(void **context)
{
    (void)context;
    struct problem problem = {0};
    AUTO(unit_sheet_free) struct unit_sheet *sheet = NULL;
    AUTO(buf_done) struct buf config = {.limit = 65536};
    for (int i = 0; i <= UNIT_SHEET_KEYS_MAX; i++) {
        buf_print(&config, "k%d,data,u8\n", i);
    }
    buf_append_byte(&config, 0);
    assert_int_equal(open_sheet((const char *)config.data, "k0\n", &sheet, &problem),
                     STATUS_TOO_LARGE);
    assert_string_equal(problem.reason, "SHEET_KEYS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendor_keys_and_columns_in_any_order),
        cmocka_unit_test(repeat_gives_way_to_a_rows_own_value),
        cmocka_unit_test(keys_of_chip_factory_by_their_meaning),
        cmocka_unit_test(one_key_in_two_namespaces),
        cmocka_unit_test(sheets_are_refused),
        cmocka_unit_test(too_many_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
