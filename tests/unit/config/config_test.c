#include "server/config.h"
#include "server/duration.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "proto/text/yaml.h"
#include "server/address.h"
#include "server/config_pass.h"
#include "tests/support/test.h"

static char folder[] = "/tmp/mintmark-config-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *content, mode_t mode)
{
    assert_ok(file_write(path_of(name), span_text(content), mode));
}

/* A self-signed P-256 certificate: what it says does not matter here. */
static void write_certificate(const char *pem_name, const char *der_name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    assert_non_null(key);
    assert_non_null(x509);
    assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x509), 0));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x509), 3600));
    X509_NAME *name = X509_get_subject_name(x509);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)"test", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(x509, name), 1);
    assert_int_equal(X509_set_pubkey(x509, key), 1);
    assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
    FILE *pem = fopen(path_of(pem_name), "w");
    assert_non_null(pem);
    assert_int_equal(PEM_write_X509(pem, x509), 1);
    assert_int_equal(fclose(pem), 0);
    FILE *der = fopen(path_of(der_name), "w");
    assert_non_null(der);
    assert_int_equal(i2d_X509_fp(der, x509), 1);
    assert_int_equal(fclose(der), 0);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || mkdir(path_of("state"), 0700) != 0 ||
        mkdir(path_of("open"), 0700) != 0 || chmod(path_of("open"), 0777) != 0) {
        return -1;
    }
    write_certificate("other.pem", "cert.der");
    write_certificate("cert.pem", "cert.der");
    write_file("key.pem", "the key's content is not looked at", 0600);
    write_file("pin", "123456", 0600);
    write_file("loose", "123456", 0644);
    write_file("module.so", "", 0644);
    write_file("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
               0644);
    struct buf both = test_read_file(path_of("cert.pem"));
    buf_append_text(&both, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert_ok(file_write(path_of("both.pem"), buf_span(&both), 0644));
    buf_done(&both);
    struct buf broken = test_read_file(path_of("cert.pem"));
    buf_append_text(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assert_ok(file_write(path_of("broken.pem"), buf_span(&broken), 0644));
    buf_done(&broken);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"cert.pem", "cert.der",  "key.pem",     "pin",
                                        "loose",    "both.pem",  "garbage.pem", "broken.pem",
                                        "a.yaml",   "module.so", "other.pem"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(path_of(names[i]));
    }
    (void)rmdir(path_of("state"));
    (void)rmdir(path_of("open"));
    return rmdir(folder);
}

/* Everything reported, one "field REASON" a line. */
static void collect(void *context, const struct problem *problem)
{
    buf_print(context, "%s %s\n", problem->field, problem->reason);
}

static const char *const GOOD[][2] = {
    {"site", "site: {name: a, trust_domain: b.example}\n"},
    {"state_directory", "state_directory: state\n"},
    {"stations", "stations: {address: '127.0.0.1:8443', certificate: cert.pem, key: key.pem, "
                 "client_ca: cert.pem}\n"},
    {"administration", "administration: {address: '127.0.0.1:8444', certificate: cert.pem, "
                       "key: key.pem, client_ca: cert.pem}\n"},
    {"token", "token: {module: MODULE, pin_file: pin, seal_key: 'pkcs11:object=s'}\n"},
    {"pais", "pais: {one: {key: 'pkcs11:object=o', certificate: cert.pem, paa: cert.der},\n"
             "  two: {bought: true, certificate: cert.pem, paa: cert.der}}\n"},
    {"allow_classes", "allow_classes: [test]\n"},
};

/* The good configuration with the line of `key` replaced; a new key is added. */
static status_t load_with(const char *key, const char *line, struct buf *ret_problems,
                          Mintmark__V1__Config **ret_config)
{
    AUTO(buf_done) struct buf document = {.limit = 65536};
    bool replaced = key == NULL;
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        bool same = key != NULL && strcmp(GOOD[i][0], key) == 0;
        const char *text = same ? line : GOOD[i][1];
        const char *module = strstr(text, "MODULE");
        size_t size = module != NULL ? (size_t)(module - text) : strlen(text);
        buf_append(&document, text, size);
        if (module != NULL) {
            buf_print(&document, "%s%s", path_of("module.so"), module + strlen("MODULE"));
        }
        replaced = replaced || same;
    }
    buf_append_text(&document, replaced ? "" : line);
    assert_ok(file_write(path_of("a.yaml"), buf_span(&document), 0600));
    buf_init(ret_problems, 65536);
    status_t status = config_load(path_of("a.yaml"), collect, ret_problems, ret_config);
    buf_append_byte(ret_problems, 0);
    return status;
}

static void test_good(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf problems;
    Mintmark__V1__Config *config = NULL;
    assert_ok(load_with("cd_signers", "cd_signers: [cert.pem, cert.der]\n", &problems, &config));
    AUTO(buf_done) struct buf pem = test_read_file(path_of("cert.pem"));
    AUTO(buf_done) struct buf der = test_read_file(path_of("cert.der"));
    assert_string_equal(config->state_directory, path_of("state"));
    assert_string_equal(config->stations->key, path_of("key.pem"));
    assert_string_equal(config->token->pin_file, path_of("pin"));
    assert_int_equal(config->stations->certificate_content.len, pem.size);
    assert_memory_equal(config->stations->certificate_content.data, pem.data, pem.size);
    const Mintmark__V1__Pai *pai = config->pais[0]->value;
    assert_span_equal(span_make(pai->certificate_content.data, pai->certificate_content.len),
                      buf_span(&der));
    assert_span_equal(span_make(pai->paa_content.data, pai->paa_content.len), buf_span(&der));
    assert_int_equal(config->n_cd_signer_contents, 2);
    assert_int_equal(config->cd_signer_contents[1].len, der.size);
    assert_in_range(config->slots, 1, CONFIG_SLOTS_MAX); /* one per core */
    assert_int_equal(config->max_open_per_station, CONFIG_OPEN_PER_STATION);
    assert_int_equal(config->two_person_rule, MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_ON);
    mintmark__v1__config__free_unpacked(config, NULL);
}

static void test_identity_ca(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf problems;
    Mintmark__V1__Config *config = NULL;
    AUTO(buf_done) struct buf der = test_read_file(path_of("cert.der"));
    assert_ok(load_with("identity_ca", "identity_ca: {key: 'pkcs11:a', certificate: cert.der}\n",
                        &problems, &config));
    ProtobufCBinaryData content = config->identity_ca->certificate_content;
    assert_span_equal(span_make(content.data, content.len), buf_span(&der));
    assert_int_equal(config->identity_ca->days, CONFIG_IDENTITY_DAYS);
    mintmark__v1__config__free_unpacked(config, NULL);
}

static void test_durations(void **state)
{
    (void)state;
    int64_t ms = 0;
    assert_ok(duration_read("1h", &ms));
    assert_int_equal(ms, 3600000);
    assert_ok(duration_read("3650d", &ms));
    assert_int_equal(ms, INT64_C(3650) * 86400000);
    assert_ok(duration_read("87600h", &ms));
    assert_int_equal(duration_read("87601h", &ms), STATUS_INVALID);
    assert_int_equal(duration_read("", &ms), STATUS_INVALID);
    assert_int_equal(duration_or("", 7), INT64_C(7) * 86400000);
    assert_int_equal(duration_or("36h", 7), INT64_C(36) * 3600000);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *line;
        const char *problems; /* all of them, in order */
    } rows[] = {
        {"site", "", "site KEY_REQUIRED\n"},
        {"site", "site: {name: a b, trust_domain: b.example}\n", "site.name SITE_NAME\n"},
        {"site", "site: {name: a, trust_domain: b.example, time_zone: Mars/Olympus}\n",
         "site.time_zone TIME_ZONE\n"},
        {"site", "site: {name: a, trust_domain: b.example, time_zone: ../../../etc/passwd}\n",
         "site.time_zone TIME_ZONE\n"},
        {"site", "site: {name: a, trust_domain: B}\n", "site.trust_domain TRUST_DOMAIN\n"},
        {"state_directory", "", "state_directory KEY_REQUIRED\n"},
        {"state_directory", "state_directory: none\n", "state_directory STATE_DIRECTORY\n"},
        {"state_directory", "state_directory: pin\n", "state_directory STATE_DIRECTORY\n"},
        {"state_directory", "state_directory: open\n", "state_directory STATE_DIRECTORY\n"},
        {"stations", "", "stations KEY_REQUIRED\n"},
        {"stations", "stations: {}\n",
         "stations.address ADDRESS\nstations.key KEY_REQUIRED\n"
         "stations.certificate KEY_REQUIRED\nstations.client_ca KEY_REQUIRED\n"},
        {"stations",
         "stations: {address: 'localhost:1', certificate: none.pem, key: loose, client_ca: pin}\n",
         "stations.address ADDRESS\nstations.key SECRET_FILE_MODE\nstations.certificate FILE\n"
         "stations.client_ca CERTIFICATE_FILE\n"},
        {"stations",
         "stations: {address: '[::1]:1', certificate: both.pem, key: key.pem, "
         "client_ca: broken.pem}\n",
         "stations.certificate CERTIFICATE_FILE\nstations.client_ca CERTIFICATE_FILE\n"},
        {"max_open_per_station", "max_open_per_station: 1000001\n",
         "max_open_per_station MAX_OPEN\n"},
        {"retention", "retention: {device_secrets: 7}\n", "retention.device_secrets DURATION\n"},
        {"retention", "retention: {device_secrets: 0d, onboarding: 30 d}\n",
         "retention.device_secrets DURATION\nretention.onboarding DURATION\n"},
        {"retention", "retention: {device_secrets: 07d, onboarding: 3651d}\n",
         "retention.device_secrets DURATION\nretention.onboarding DURATION\n"},
        {"retention", "retention: {device_secrets: 999999h, onboarding: 1w}\n",
         "retention.device_secrets DURATION\nretention.onboarding DURATION\n"},
        {"token", "", "token KEY_REQUIRED\n"},
        {"token", "token: {}\n",
         "token.seal_key KEY_URI\ntoken.pin_file KEY_REQUIRED\ntoken.module MODULE\n"},
        {"token",
         "token: {module: module.so, pin_file: none, seal_key: 'pkcs11:a?pin-value=1', "
         "log_key: x, softhsm2_conf: none}\n",
         "token.seal_key KEY_URI\ntoken.log_key KEY_URI\ntoken.pin_file SECRET_FILE_OPEN\n"
         "token.module MODULE\ntoken.softhsm2_conf FILE\n"},
        {"token", "token: {module: /none.so, pin_file: pin, seal_key: 'pkcs11:a'}\n",
         "token.module MODULE\n"},
        {"pais", "", "pais KEY_REQUIRED\n"},
        {"pais", "pais: {A_b: {key: 'pkcs11:a', certificate: cert.pem, paa: cert.pem}}\n",
         "pais.A_b PAI_NAME\n"},
        {"pais", "pais: {one: {}}\n",
         "pais.one.key KEY_URI\npais.one.certificate KEY_REQUIRED\npais.one.paa KEY_REQUIRED\n"},
        {"pais",
         "pais: {one: {bought: true, key: 'pkcs11:object=o', certificate: cert.pem, paa: "
         "cert.pem}}\n",
         "pais.one.key PAI_BOUGHT\n"},
        {"pais",
         "pais: {one: {key: 'pkcs11:a?pin-source=x', certificate: garbage.pem, paa: none}}\n",
         "pais.one.key KEY_URI\npais.one.certificate CERTIFICATE_MALFORMED\npais.one.paa FILE\n"},
        {"allow_classes", "", "allow_classes KEY_REQUIRED\n"},
        {"allow_classes", "allow_classes: [test, test]\n", "allow_classes CLASS_TWICE\n"},
        {"administration", "", "administration KEY_REQUIRED\n"},
        {"administration",
         "administration: {address: 'localhost:1', certificate: none.pem, key: loose, "
         "client_ca: pin}\n",
         "administration.address ADDRESS\nadministration.key SECRET_FILE_MODE\n"
         "administration.certificate FILE\nadministration.client_ca CERTIFICATE_FILE\n"},
        {"slots", "slots: 65\n", "slots SLOTS\n"},
        {"cd_signers", "cd_signers: [none.der]\n", "cd_signers[0] FILE\n"},
        {"identity_ca", "identity_ca: {}\n",
         "identity_ca.key KEY_URI\nidentity_ca.certificate KEY_REQUIRED\n"},
        {"identity_ca", "identity_ca: {key: 'pkcs11:a', certificate: cert.der, days: 826}\n",
         "identity_ca.days IDENTITY_DAYS\n"},
        {"identity_ca", "identity_ca: {key: 'pkcs11:a', certificate: other.pem}\n",
         "identity_ca.certificate IDENTITY_CA\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO(buf_done) struct buf problems;
        Mintmark__V1__Config *config = NULL;
        status_t status = load_with(rows[i].key, rows[i].line, &problems, &config);
        if (status == STATUS_OK || config != NULL ||
            strcmp((const char *)problems.data, rows[i].problems) != 0) {
            fail_msg("row %zu %s: status %d\n%s", i, rows[i].line, (int)status,
                     (const char *)problems.data);
        }
    }
}

static void test_bad_files(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf problems = {.limit = 4096};
    Mintmark__V1__Config *config = NULL;
    assert_int_equal(config_load(path_of("none.yaml"), collect, &problems, &config),
                     STATUS_NOT_FOUND);
    buf_clear(&problems);
    write_file("a.yaml", "sites: {}\n", 0600);
    assert_int_equal(config_load(path_of("a.yaml"), collect, &problems, &config), STATUS_INVALID);
    buf_append_byte(&problems, 0);
    assert_non_null(strstr((const char *)problems.data, "a.yaml:1:1 YAML_UNKNOWN_KEY\n"));
}

static void test_addresses(void **state)
{
    (void)state;
    struct address address;
    static const char *const good[] = {"127.0.0.1:8443", "0.0.0.0:1", "[::]:65535", "[fe80::1]:80"};
    static const char *const bad[] = {
        "",           "127.0.0.1", ":8443",       "127.0.0.1:", "a.b:1",         "::1:8443",
        "[::1]",      "[::1]8443", "[1.2.3.4]:1", "1.2.3.4:0",  "1.2.3.4:65536", "1.2.3.4:08",
        "1.2.3.4:8x", "1.2.3:4:5", "1.2.3.4: 1",  "256.1.1.1:1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_ok(address_parse(good[i], &address));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (address_parse(bad[i], &address) != STATUS_INVALID) {
            fail_msg("accepted %s", bad[i]);
        }
    }
}

/* The sample in deploy/ is documentation: every key it shows exists, and it shows every key. */
static void test_sample(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf sample = test_read_file(test_source_path("deploy/mintmarkd.yaml"));
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    if (text_yaml_read("mintmarkd.yaml", buf_span(&sample), &mintmark__v1__config__descriptor,
                       &message, &problem) != STATUS_OK) {
        fail_msg("%s %s", problem.field, problem.message);
    }
    protobuf_c_message_free_unpacked(message, NULL);
    static const ProtobufCMessageDescriptor *const messages[] = {
        &mintmark__v1__config__descriptor, &mintmark__v1__site__descriptor,
        &mintmark__v1__listener__descriptor, &mintmark__v1__token__descriptor,
        &mintmark__v1__pai__descriptor};
    buf_append_byte(&sample, 0);
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        for (unsigned k = 0; k < messages[i]->n_fields; k++) {
            char key[64];
            (void)snprintf(key, sizeof(key), "%s:", messages[i]->fields[k].name);
            if (messages[i]->fields[k].type != PROTOBUF_C_TYPE_BYTES &&
                strstr((const char *)sample.data, key) == NULL) {
                fail_msg("deploy/mintmarkd.yaml does not show %s", key);
            }
        }
    }
}

static void test_pass(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf problems;
    Mintmark__V1__Config *config = NULL;
    assert_ok(load_with(NULL, "", &problems, &config));
    int sealed = -1;
    int reopened = -1;
    assert_ok(config_pass_seal(config, &sealed));
    assert_ok(config_pass_reopen(sealed, &reopened));
    Mintmark__V1__Config *received = NULL;
    assert_ok(config_pass_receive(reopened, &received));
    assert_string_equal(received->state_directory, config->state_directory);
    assert_int_equal(received->pais[0]->value->certificate_content.len,
                     config->pais[0]->value->certificate_content.len);
    /* nobody can change it, by whatever descriptor */
    assert_int_equal(pwrite(sealed, "x", 1, 0), -1);
    assert_int_equal(ftruncate(sealed, 0), -1);
    assert_int_equal(pwrite(reopened, "x", 1, 0), -1);
    assert_ptr_equal(mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, sealed, 0), MAP_FAILED);
    (void)close(sealed);
    (void)close(reopened);
    mintmark__v1__config__free_unpacked(received, NULL);
    mintmark__v1__config__free_unpacked(config, NULL);
}

static void test_pass_refuses_other_files(void **state)
{
    (void)state;
    Mintmark__V1__Config *received = NULL;
    int unsealed = memfd_create("x", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    assert_int_equal(write(unsealed, "\x12\x00", 2), 2);
    assert_int_equal(config_pass_receive(unsealed, &received), STATUS_MALFORMED);
    assert_int_equal(
        fcntl(unsealed, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
    assert_ok(config_pass_receive(unsealed, &received));
    mintmark__v1__config__free_unpacked(received, NULL);
    (void)close(unsealed);
    int file = open(path_of("cert.pem"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(config_pass_receive(file, &received), STATUS_MALFORMED);
    (void)close(file);
    assert_int_equal(config_pass_receive(-1, &received), STATUS_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_identity_ca),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_pass_refuses_other_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
