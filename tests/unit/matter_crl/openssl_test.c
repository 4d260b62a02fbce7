/* A foreign reader on our lists: openssl reads number, issuer and entries, and refuses exactly the
 * revoked DAC. */
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/pki/pem.h"
#include "tests/unit/matter_crl/list.h"

static char folder[] = "/tmp/mintmark-crl-XXXXXX";

static int set_up(void **state)
{
    if (system("openssl version >/dev/null 2>&1") != 0) {
        test_skip("the openssl command is not installed");
    }
    return mkdtemp(folder) == NULL ? -1 : chain_set_up(state);
}

static int tear_down(void **state)
{
    char command[64];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command) != 0 ? -1 : chain_tear_down(state);
}

static void write_pem(const char *name, const char *label, struct span der)
{
    char path[64];
    AUTO(buf_done) struct buf pem;
    buf_init(&pem, 2 * PKI_CRL_MAX);
    assert_ok(pki_pem_encode(der, label, &pem));
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_ok(file_write(path, buf_span(&pem), 0600));
}

/* Runs in the folder; output goes to the file "said". */
static int run(const char *command)
{
    char line[512];
    (void)snprintf(line, sizeof(line), "cd %s && %s >said 2>&1", folder, command);
    return system(line);
}

static bool said(const char *words)
{
    char command[256];
    (void)snprintf(command, sizeof(command), "grep -q '%s' %s/said", words, folder);
    return system(command) == 0;
}

static void write_list(struct span revoked)
{
    const struct pki_crl_entry entry = {
        .serial = revoked, .time = LIST_TIME - CHAIN_DAY, .reason = PKI_CRL_KEY_COMPROMISE};
    struct matter_crl recipe = list_recipe();
    recipe.number = 0x1234;
    recipe.entries = &entry;
    recipe.entry_count = revoked.size > 0 ? 1 : 0;
    AUTO(buf_done) struct buf der = list_signed(&recipe);
    write_pem("crl.pem", "X509 CRL", buf_span(&der));
}

static int verify(void)
{
    char command[256];
    write_pem("paa.pem", "CERTIFICATE", buf_span(&chain.der[MATTER_PAA]));
    write_pem("pai.pem", "CERTIFICATE", buf_span(&chain.der[MATTER_PAI]));
    write_pem("dac.pem", "CERTIFICATE", buf_span(&chain.der[MATTER_DAC]));
    (void)snprintf(command, sizeof(command),
                   "openssl verify -x509_strict -crl_check -attime %d -CAfile paa.pem "
                   "-untrusted pai.pem -CRLfile crl.pem dac.pem",
                   LIST_TIME + 1);
    return run(command);
}

static void test_openssl_reads(void **state)
{
    (void)state;
    write_list(chain.certificates[MATTER_DAC].serial);
    assert_int_equal(run("openssl crl -in crl.pem -noout -text"), 0);
    assert_true(said("Version 2"));
    assert_true(said("CN = Test PAI"));
    assert_true(said("X509v3 CRL Number"));
    assert_true(said("4660")); /* 0x1234 */
    assert_true(said("Key Compromise"));
    assert_true(said("Signature Algorithm: ecdsa-with-SHA256"));
    write_pem("pai.pem", "CERTIFICATE", buf_span(&chain.der[MATTER_PAI]));
    assert_int_equal(run("openssl crl -in crl.pem -noout -CAfile pai.pem"), 0);
    assert_true(said("verify OK"));
}

static void test_openssl_refuses_the_revoked(void **state)
{
    (void)state;
    static const uint8_t other[LIST_SERIAL_SIZE] = {0x41};
    write_list((struct span){0});
    assert_int_equal(verify(), 0);
    write_list(SPAN_OF(other));
    assert_int_equal(verify(), 0);
    write_list(chain.certificates[MATTER_DAC].serial);
    assert_int_not_equal(verify(), 0);
    assert_true(said("certificate revoked"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openssl_reads),
        cmocka_unit_test(test_openssl_refuses_the_revoked),
    };
    return cmocka_run_group_tests_name("crl with openssl", tests, set_up, tear_down);
}
