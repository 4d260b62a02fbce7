/* Sets without the groups that firmware has from elsewhere (lib/image/SPEC.md §1.7). */
#include "lib/image/contents.h"
#include "lib/image/values.h"
#include "tests/support/test.h"
#include "tests/unit/image/chain.h"

static struct chain plain;

static int setup(void **context)
{
    (void)context;
    chain_init(&plain, false);
    return 0;
}

static int teardown(void **context)
{
    (void)context;
    chain_done(&plain);
    return 0;
}

static void build(const struct chain *chain, struct image_set *ret_set)
{
    struct problem problem = {0};
    if (image_set_build(&chain->product, &chain->unit, ret_set, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
}

/* The set of one, judged with the certificates and codes of the other. */
static void assert_set_refused(const struct chain *made, const struct chain *told,
                               const char *reason)
{
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 77;
    struct problem problem = {0};
    AUTO(image_set_done) struct image_set set = {0};
    build(made, &set);
    const struct image_check check = chain_check(told, &set);
    assert_int_equal(image_set_check(&check, findings, &count, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, reason);
    assert_int_equal(count, 77);
}

static struct chain partial_chain(bool commissioning, bool instance)
{
    struct chain chain = plain;
    if (commissioning) {
        chain.product.dynamic_passcode = true;
        chain.product.commissioning_left_out = true;
        chain.unit.passcode = 0;
        chain.unit.verifier = (struct span){0};
        chain.qr_code[0] = chain.manual_code[0] = '\0';
        chain.unit.discriminator = 0;
        chain.unit.salt = (struct span){0};
    }
    chain.product.instance_left_out = instance;
    return chain;
}

static const char *text_of(const struct image_finding *findings, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(findings[i].what, what) == 0) {
            return findings[i].text;
        }
    }
    return "";
}

static void accepts_a_partial_set_and_says_what_is_not_in_it(void **context)
{
    (void)context;
    static const char *const commissioning[] = {"discriminator", "iteration-count", "salt",
                                                "verifier"};
    static const char *const instance[] = {"vendor-id",  "vendor-name", "product-id",
                                           "serial-num", "hw-ver-str",  "mfg-date"};
    for (unsigned left_out = 1; left_out <= 3; left_out++) {
        const struct chain chain = partial_chain((left_out & 1) != 0, (left_out & 2) != 0);
        struct image_finding findings[IMAGE_FINDINGS_MAX];
        size_t count = 0;
        AUTO(image_set_done) struct image_set set = {0};
        build(&chain, &set);
        const struct image_check check = chain_check(&chain, &set);
        assert_ok(image_set_check(&check, findings, &count, NULL));
        struct span image = buf_span(&set.files[0].content);
        for (size_t i = 0; (left_out & 1) != 0 && i < 4; i++) {
            assert_null(memmem(image.data, image.size, commissioning[i], strlen(commissioning[i])));
        }
        for (size_t i = 0; (left_out & 2) != 0 && i < 6; i++) {
            assert_null(memmem(image.data, image.size, instance[i], strlen(instance[i])));
        }
        assert_int_equal(strstr(text_of(findings, count, "codes"), "are left out") != NULL,
                         (left_out & 1) != 0);
        assert_int_equal(strstr(text_of(findings, count, "instance"), "are left out") != NULL,
                         (left_out & 2) != 0);
        assert_int_equal(strstr(text_of(findings, count, "serial"), "not in the image") != NULL,
                         (left_out & 2) != 0);
    }
}

/* What was delivered and what is said of it are of different products. */
static void notices_a_set_that_is_partial_by_mistake(void **context)
{
    (void)context;
    const struct chain no_codes = partial_chain(true, false);
    assert_set_refused(&no_codes, &plain, "IMAGE_KEY");
    assert_set_refused(&plain, &no_codes, "CODE_MISMATCH");
    struct chain other_ids = partial_chain(false, true);
    memcpy(other_ids.qr_code, "MT:-24J06PF150QJ850Y10", 23);
    assert_set_refused(&other_ids, &other_ids, "CODE_MISMATCH");
}

/* A group lacks one of its keys: the others say that it was meant to be there. */
static void notices_half_a_group(void **context)
{
    (void)context;
    static const struct {
        const char *key;
        const char *other;
        const char *missing;
    } groups[] = {{"vendor-name", "xendor-name", "vendor-name"},
                  {"serial-num", "serial-nux", "serial-num"},
                  {"salt", "xalt", "salt"},
                  {"discriminator", "discriminatox", "discriminator"}};
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        AUTO(buf_done) struct buf image;
        AUTO(image_values_done) struct image_values values = {0};
        struct problem problem = {0};
        buf_init_secret(&image, plain.product.factory_data.size);
        assert_ok(image_values_make(&plain.product, &plain.unit, &values));
        for (size_t j = 0; j < values.count; j++) {
            if (strcmp(values.items[j].key, groups[i].key) == 0) {
                memcpy(values.items[j].key, groups[i].other, strlen(groups[i].other) + 1);
            }
        }
        assert_ok(image_values_write(&values, plain.product.factory_data.size, &image, &problem));
        const struct image_file file = {.label = "fctry", .content = image};
        const struct image_manifest_parts parts = {.files = {[IMAGE_ROLE_FACTORY_DATA] = &file}};
        AUTO(image_contents_done) struct image_contents contents = {0};
        assert_int_equal(image_contents_read(&parts, &contents, &problem), STATUS_REFUSED);
        assert_string_equal(problem.reason, "IMAGE_KEY");
        assert_string_equal(problem.field, groups[i].missing);
    }
}

static void refuses_to_leave_everything_out(void **context)
{
    (void)context;
    struct problem problem = {0};
    struct chain chain = partial_chain(true, true);
    assert_ok(image_set_check_size(&chain.product, &chain.unit, &problem));
    chain.product.cd_in_firmware = true;
    chain_use_dac_key(&chain, IMAGE_DAC_KEY_SECURE_CERT);
    chain.product.nvs_encryption = IMAGE_NVS_PLAIN;
    assert_int_equal(image_set_check_size(&chain.product, &chain.unit, &problem), STATUS_INVALID);
    assert_string_equal(problem.reason, "LEFT_OUT_ALL");
    assert_string_equal(problem.field, "left_out");
}

/* A unit brings nothing of what its product leaves out. */
static void refuses_values_that_are_left_out(void **context)
{
    (void)context;
    struct problem problem = {0};
    struct chain chain = partial_chain(true, false);
    AUTO(image_set_done) struct image_set set = {0};
    chain.unit.salt = plain.unit.salt;
    assert_int_not_equal(image_set_build(&chain.product, &chain.unit, &set, &problem), STATUS_OK);
    assert_string_equal(problem.field, "commissioning.spake2p_salt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_a_partial_set_and_says_what_is_not_in_it),
        cmocka_unit_test(notices_a_set_that_is_partial_by_mistake),
        cmocka_unit_test(notices_half_a_group),
        cmocka_unit_test(refuses_to_leave_everything_out),
        cmocka_unit_test(refuses_values_that_are_left_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
