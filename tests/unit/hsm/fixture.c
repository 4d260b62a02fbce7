#include "tests/unit/hsm/fixture.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/secret.h"
#include "lib/matter/certificate.h"
#include "lib/pki/pem.h"
#include "lib/pki/plain_key.h"

extern char **environ;

enum { WORDS_MAX = 40 };

static const char softhsm[] = "/usr/lib/softhsm/libsofthsm2.so";

static void write_text(const char *path, const char *text, mode_t mode)
{
    assert_ok(file_write(path, span_text(text), mode));
}

static struct buf read_certificate(const char *path)
{
    AUTO(buf_done) struct buf pem = test_read_file(path);
    struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    assert_ok(pki_pem_decode(buf_span(&pem), "CERTIFICATE", &der, NULL));
    return der;
}

static void make_paths(struct fixture *fixture)
{
    (void)snprintf(fixture->module, sizeof(fixture->module), "%s/shim.so", fixture->folder);
    (void)snprintf(fixture->conf, sizeof(fixture->conf), "%s/softhsm2.conf", fixture->folder);
    (void)snprintf(fixture->pin, sizeof(fixture->pin), "%s/pin", fixture->folder);
    (void)snprintf(fixture->state, sizeof(fixture->state), "%s/state", fixture->folder);
    (void)snprintf(fixture->lock, sizeof(fixture->lock), "%s/token.lock", fixture->state);
    (void)snprintf(fixture->latch, sizeof(fixture->latch), "%s/pin.latch", fixture->state);
    (void)snprintf(fixture->highwater, sizeof(fixture->highwater), "%s/highwater", fixture->state);
}

static void make_files(struct fixture *fixture)
{
    char conf[512];
    AUTO(buf_done) struct buf shim = test_read_file(HSM_SHIM);
    assert_ok(file_write(fixture->module, buf_span(&shim), 0755));
    (void)snprintf(conf, sizeof(conf),
                   "directories.tokendir = %s/tokens\nobjectstore.backend = file\n"
                   "log.level = ERROR\nslots.removable = false\n",
                   fixture->folder);
    write_text(fixture->conf, conf, 0644);
    assert_int_equal(mkdir("tokens", 0700), 0);
    assert_int_equal(mkdir("state", 0700), 0);
    int descriptor = open("control", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    assert_int_equal(fchmod(descriptor, 0666), 0); /* a signer under another uid maps it too */
    assert_int_equal(ftruncate(descriptor, sizeof(struct shim_control)), 0);
    fixture->control =
        mmap(NULL, sizeof(struct shim_control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    assert_true(fixture->control != MAP_FAILED);
    (void)close(descriptor);
    (void)setenv("MINTMARK_SHIM_MODULE", softhsm, 1);
    char control[160];
    (void)snprintf(control, sizeof(control), "%s/control", fixture->folder);
    (void)setenv("MINTMARK_SHIM_CONTROL", control, 1);
}

int fixture_setup(void **state)
{
    if (access(softhsm, R_OK) != 0) {
        test_skip("SoftHSM (package libsofthsm2) is not installed");
    }
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/mintmark-hsm.XXXXXX", parent);
    if (mkdtemp(fixture->folder) == NULL || chdir(fixture->folder) != 0 ||
        chmod(fixture->folder, 0755) != 0) {
        return -1;
    }
    make_paths(fixture);
    make_files(fixture);
    *state = fixture;
    assert_int_equal(CEREMONY(fixture, "init", "--so-pin-file", "so-pin"), 0);
    assert_int_equal(CEREMONY(fixture, "paa", "create", "-o", "paa.pem", "--common-name",
                              "Test PAA", "--not-before", "2026-01-01"),
                     0);
    assert_int_equal(CEREMONY(fixture, "pai", "create", "acme", "--vendor-id", "0xFFF1"), 0);
    assert_int_equal(CEREMONY(fixture, "pai", "sign", "acme", "--paa", "paa.pem", "--paa-key",
                              "mintmark-paa", "--not-before", "2026-01-01", "-o", "pai.pem"),
                     0);
    assert_int_equal(CEREMONY(fixture, "pai", "import", "acme", "pai.pem", "--paa", "paa.pem"), 0);
    fixture->pai = read_certificate("pai.pem");
    fixture->paa = read_certificate("paa.pem");
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[320];
    (void)snprintf(command, sizeof(command), "chmod -R u+w '%s'; rm -rf '%s'", fixture->folder,
                   fixture->folder);
    int result = chdir("/") != 0 ? -1 : system(command);
    buf_done(&fixture->pai);
    buf_done(&fixture->paa);
    (void)munmap(fixture->control, sizeof(struct shim_control));
    free(fixture);
    return result;
}

static size_t add_words(char **argv, size_t count, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL && count < WORDS_MAX; i++) {
        argv[count++] = strdup(words[i]);
    }
    argv[count] = NULL;
    return count;
}

int fixture_ceremony(struct fixture *fixture, const char *const *words)
{
    char *argv[WORDS_MAX + 1];
    const char *const program[] = {HSM_PROGRAM, NULL};
    const char *const common[] = {"--module",   fixture->module, "--token",         "mint",
                                  "--pin-file", fixture->pin,    "--softhsm2-conf", fixture->conf,
                                  "--lock",     fixture->lock,   "--latch",         fixture->latch,
                                  NULL};
    size_t count = add_words(argv, 0, program);
    count = add_words(argv, count, words);
    if (strcmp(words[0], "unlatch") != 0) {
        count = add_words(argv, count, common);
    }
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "output", O_WRONLY | O_CREAT | O_TRUNC,
                                           0600);
    (void)posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t pid = -1;
    assert_int_equal(posix_spawn(&pid, HSM_PROGRAM, &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < count; i++) {
        free(argv[i]);
    }
    int code = fixture_wait(pid);
    if (code != 0) {
        AUTO(buf_done) struct buf said = test_read_file("output");
        (void)printf("mintmark-hsm %s: exit %d: %.*s", words[0], code, (int)said.size,
                     (const char *)said.data);
    }
    return code;
}

struct hsm_signer_config fixture_config(const struct fixture *fixture,
                                        struct hsm_signer_pai *ret_pai)
{
    *ret_pai = (struct hsm_signer_pai){
        .name = "acme", .key_uri = FIXTURE_PAI_URI, .certificate = buf_span(&fixture->pai)};
    return (struct hsm_signer_config){
        .module = fixture->module,
        .softhsm2_conf = fixture->conf,
        .seal_key_uri = FIXTURE_SEAL_URI,
        .log_key_uri = FIXTURE_LOG_URI,
        .log_prefix = "mint/",
        .highwater_path = fixture->highwater,
        .pais = ret_pai,
        .pai_count = 1,
        .lock_path = fixture->lock,
        .latch_path = fixture->latch,
        .pin_path = fixture->pin,
    };
}

/* A signer is exec'ed in the service; here it is only forked, so what the test program has open
 * (other signers' sockets) and cmocka's crash handlers must go. */
static void become_process(int socket, int pin)
{
    const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void)signal(signals[i], SIG_DFL);
    }
    for (int descriptor = 3; descriptor < 256; descriptor++) {
        if (descriptor != socket && descriptor != pin) {
            (void)close(descriptor);
        }
    }
}

struct fixture_signer fixture_spawn(const struct hsm_signer_config *config, uid_t user)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    int pin = open(config->pin_path, O_RDONLY);
    (void)fflush(stdout);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        become_process(pair[1], pin);
        bool locked = false;
        if (user != 0 && (setgid(user) != 0 || setuid(user) != 0)) {
            _exit(99);
        }
        if (secret_process_init(&locked) != STATUS_OK) {
            _exit(99);
        }
        _exit(hsm_signer_main(config, pair[1], pin));
    }
    (void)close(pair[1]);
    (void)close(pin);
    return (struct fixture_signer){pid, pair[0]};
}

status_t fixture_start(const struct hsm_signer_config *config, pid_t *ret_pid,
                       struct hsm_client **ret_client, struct problem *problem)
{
    struct fixture_signer signer = fixture_spawn(config, 0);
    *ret_pid = signer.pid;
    *problem = (struct problem){0};
    return hsm_client_open(signer.socket, ret_client, problem);
}

int fixture_wait(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct buf fixture_dac_tbs(const struct pki_certificate *pai)
{
    uint8_t point[PKI_POINT_SIZE];
    uint8_t random[32];
    AUTO(secret_wipe) struct secret scalar = {0};
    struct matter_certificate dac = {.kind = MATTER_DAC,
                                     .common_name = "unit under test",
                                     .vendor_id = 0xFFF1,
                                     .product_id = 0x8000,
                                     .not_before = pai->not_before,
                                     .not_after = MATTER_NO_EXPIRY,
                                     .issuer = pai};
    assert_int_equal(RAND_bytes(random, sizeof(random)), 1);
    assert_int_equal(RAND_bytes(dac.serial, sizeof(dac.serial)), 1);
    assert_ok(pki_plain_key_from_random(SPAN_OF(random), &scalar, point));
    dac.public_key = SPAN_OF(point);
    struct buf tbs;
    buf_init(&tbs, PKI_CERTIFICATE_MAX);
    assert_ok(matter_certificate_tbs(&dac, &tbs, NULL));
    return tbs;
}
