#include "tests/unit/image/secure_cert_sets.h"

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/image/manifest.h"
#include "tests/support/test.h"
#include "tests/unit/image/sample.h"

struct chain secure_cert_chains[IMAGE_DAC_KEY_DEVICE];

int secure_cert_setup(void **context)
{
    (void)context;
    for (size_t i = 0; i < IMAGE_DAC_KEY_DEVICE; i++) {
        chain_init(&secure_cert_chains[i], false);
        chain_use_dac_key(&secure_cert_chains[i], (enum image_dac_key)i);
    }
    return 0;
}

int secure_cert_teardown(void **context)
{
    (void)context;
    for (size_t i = 0; i < IMAGE_DAC_KEY_DEVICE; i++) {
        chain_done(&secure_cert_chains[i]);
    }
    return 0;
}

void secure_cert_build(const struct chain *chain, struct image_set *ret_set)
{
    struct problem problem = {0};
    if (image_set_build(&chain->product, &chain->unit, ret_set, &problem) != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem.reason, problem.field, problem.message);
    }
}

void secure_cert_assert_accepted(const struct chain *chain, const struct image_set *set,
                                 const char *what, const char *part)
{
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    struct problem problem = {0};
    const struct image_check check = chain_check(chain, set);
    if (image_set_check(&check, findings, &count, &problem) != STATUS_OK) {
        fail_msg("%s [%s]: %s", problem.reason, problem.field, problem.message);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(findings[i].what, what) == 0) {
            assert_non_null(strstr(findings[i].text, part));
            return;
        }
    }
    fail_msg("no finding \"%s\"", what);
}

void secure_cert_assert_refused(const struct chain *chain, const struct image_set *set,
                                status_t status, const char *reason)
{
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t count = 0;
    struct problem problem = {0};
    const struct image_check check = chain_check(chain, set);
    assert_int_equal(image_set_check(&check, findings, &count, &problem), status);
    assert_string_equal(problem.reason, reason);
}

void secure_cert_describe(struct image_set *set)
{
    for (size_t i = 0; i < set->file_count; i++) {
        digest_sha256(buf_span(&set->files[i].content), set->files[i].sha256);
        digest_md5(buf_span(&set->files[i].content), set->files[i].md5);
    }
    buf_clear(&set->manifest);
    buf_clear(&set->flash_args);
    assert_ok(image_manifest_write("esp32h2", set, &set->manifest));
    assert_ok(image_manifest_write_flash_args(set->files, set->file_count, &set->flash_args));
}

const char *secure_cert_manifest_text(struct image_set *set)
{
    buf_append_byte(&set->manifest, '\0');
    set->manifest.size--;
    return (const char *)set->manifest.data;
}

struct chain secure_cert_with_nvs_hmac(enum image_dac_key key, uint8_t block)
{
    struct chain chain = secure_cert_chains[key];
    chain.product.nvs_encryption = IMAGE_NVS_HMAC;
    chain.product.nvs_hmac_block = block;
    chain.unit.nvs_hmac_key = sample_hmac_unit().nvs_hmac_key;
    return chain;
}

struct chain secure_cert_leaking_chain(enum image_dac_key key, char ret_hex[65])
{
    uint8_t reversed[32];
    struct chain chain = secure_cert_chains[key];
    for (size_t i = 0; i < sizeof(reversed); i++) {
        reversed[i] = secure_cert_chains[IMAGE_DAC_KEY_PERIPHERAL].unit.dac_key.data[31 - i];
    }
    hex_encode(SPAN_OF(reversed), ret_hex);
    chain.product.vendor_values[0] =
        (struct image_vendor_value){"acme", "leak", "hex2bin", span_text(ret_hex), false, false};
    chain.product.vendor_count = 1;
    return chain;
}
