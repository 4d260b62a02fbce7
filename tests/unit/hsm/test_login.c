/* Logins that cannot be recorded, or whose answer nobody hears: however often the service is
 * restarted, a wrong PIN is tried a bounded number of times. */
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "tests/unit/hsm/fixture.h"

enum { STARTS = 4, HANG_WAIT_MS = 20000, DISK_SIZE = 4096 };

static void write_pin(const struct fixture *fixture, const char *pin)
{
    assert_ok(file_write(fixture->pin, span_text(pin), 0600));
}

static struct buf read_pin(const struct fixture *fixture)
{
    struct buf pin = test_read_file(fixture->pin);
    buf_append_byte(&pin, 0);
    return pin;
}

/* One start of a signer; what it refuses with, "" where it starts. */
static const char *start(struct fixture *fixture)
{
    static struct problem problem;
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    pid_t pid = 0;
    struct hsm_client *client = NULL;
    status_t status = fixture_start(&config, &pid, &client, &problem);
    hsm_client_close(client);
    (void)fixture_wait(pid);
    return status == STATUS_OK ? "" : problem.reason;
}

static bool attempt_stands(const struct fixture *fixture)
{
    char name[200];
    (void)snprintf(name, sizeof(name), "%s.try", fixture->latch);
    return access(name, F_OK) == 0;
}

/* No room for a latch: refused, and the PIN is not tried. */
static void assert_never_tried(struct fixture *fixture)
{
    uint32_t logins = fixture->control->logins;
    for (int i = 0; i < STARTS; i++) {
        assert_string_equal(start(fixture), "LATCH_FILE");
    }
    assert_int_equal(fixture->control->logins, logins);
    assert_false(attempt_stands(fixture));
}

static void test_file_limit(void **state)
{
    struct fixture *fixture = *state;
    AUTO(buf_done) struct buf right = read_pin(fixture);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit none = {.rlim_cur = 1, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    write_pin(fixture, "wrong");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_never_tried(fixture);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    write_pin(fixture, (const char *)right.data);
    assert_string_equal(start(fixture), "");
}

/* A disk of one page, taken. */
static int enter_disk(void **state)
{
    struct fixture *fixture = *state;
    uint8_t page[DISK_SIZE] = {0};
    if (mkdir("disk", 0700) != 0) {
        return -1;
    }
    if (mount("tmpfs", "disk", "tmpfs", 0, "size=4k") == 0) {
        (void)snprintf(fixture->latch, sizeof(fixture->latch), "%s/disk/pin.latch",
                       fixture->folder);
        return file_write("disk/full", SPAN_OF(page), 0600) == STATUS_OK ? 0 : -1;
    }
    return 0;
}

static int leave_disk(void **state)
{
    struct fixture *fixture = *state;
    (void)umount2("disk", MNT_DETACH);
    (void)snprintf(fixture->latch, sizeof(fixture->latch), "%s/pin.latch", fixture->state);
    return rmdir("disk");
}

static void test_full_disk(void **state)
{
    struct fixture *fixture = *state;
    if (access("disk/full", F_OK) != 0) {
        print_message("no tmpfs without root: the file size limit stands for a full disk\n");
        skip();
    }
    assert_int_equal(file_write("disk/more", span_text("x"), 0600), STATUS_IO);
    assert_int_equal(errno, ENOSPC);
    AUTO(buf_done) struct buf right = read_pin(fixture);
    write_pin(fixture, "wrong");
    assert_never_tried(fixture);
    uint32_t logins = fixture->control->logins;
    assert_int_equal(CEREMONY(fixture, "check"), 1);
    assert_int_equal(fixture->control->logins, logins);

    /* with room it is tried once; the latch needs no more room than the attempt had */
    assert_int_equal(unlink("disk/full"), 0);
    for (int i = 0; i < STARTS; i++) {
        assert_string_equal(start(fixture), i == 0 ? "PIN_REFUSED" : "PIN_LATCHED");
    }
    assert_int_equal(fixture->control->logins, logins + 1);
    write_pin(fixture, (const char *)right.data); /* the latch of the old PIN file fills the disk */
    assert_string_equal(start(fixture), "LATCH_FILE");
    assert_int_equal(CEREMONY(fixture, "unlatch", "--latch", fixture->latch), 0);
    assert_string_equal(start(fixture), "");
}

/* A token that answers, and a process that dies before it hears. */
static void test_killed_after_answer(void **state)
{
    struct fixture *fixture = *state;
    AUTO(buf_done) struct buf right = read_pin(fixture);
    uint32_t logins = fixture->control->logins;
    write_pin(fixture, "wrong");
    fixture->control->fault = SHIM_LOGIN_KILL;
    assert_string_equal(start(fixture), "SIGNER_LOST");
    assert_string_equal(start(fixture), "SIGNER_LOST");
    for (int i = 0; i < STARTS; i++) {
        assert_string_equal(start(fixture), "PIN_LATCHED");
    }
    assert_int_equal(CEREMONY(fixture, "check"), 1); /* the custodian's tool holds to it too */
    assert_int_equal(fixture->control->logins, logins + 2);

    fixture->control->fault = SHIM_NONE;
    assert_int_equal(CEREMONY(fixture, "unlatch", "--latch", fixture->latch), 0);
    assert_false(attempt_stands(fixture));
    assert_string_equal(start(fixture), "PIN_REFUSED");
    assert_string_equal(start(fixture), "PIN_LATCHED");
    assert_int_equal(fixture->control->logins, logins + 3);
    write_pin(fixture, (const char *)right.data); /* another file */
    assert_string_equal(start(fixture), "");
    assert_int_equal(access(fixture->latch, F_OK), -1);
    assert_false(attempt_stands(fixture));
}

static void wait_for_logins(const struct fixture *fixture, uint32_t logins)
{
    const struct timespec step = {.tv_nsec = 5000000};
    for (int waited = 0; fixture->control->logins < logins; waited += 5) {
        assert_true(waited < HANG_WAIT_MS);
        (void)nanosleep(&step, NULL);
    }
}

/* Killed from outside while C_Login does not return. */
static void kill_in_login(struct fixture *fixture)
{
    struct hsm_signer_pai pai;
    struct hsm_signer_config config = fixture_config(fixture, &pai);
    uint32_t logins = fixture->control->logins;
    struct fixture_signer signer = fixture_spawn(&config, 0);
    wait_for_logins(fixture, logins + 1);
    assert_true(attempt_stands(fixture)); /* before the token is asked */
    assert_int_equal(kill(signer.pid, SIGKILL), 0);
    assert_int_equal(fixture_wait(signer.pid), 128 + SIGKILL);
    (void)close(signer.socket);
}

static void test_killed_in_login(void **state)
{
    struct fixture *fixture = *state;
    uint32_t logins = fixture->control->logins;
    fixture->control->fault = SHIM_LOGIN_HANG;
    kill_in_login(fixture);
    fixture->control->fault = SHIM_NONE; /* an innocent moment: the PIN is right */
    assert_string_equal(start(fixture), "");
    assert_false(attempt_stands(fixture));

    fixture->control->fault = SHIM_LOGIN_HANG;
    kill_in_login(fixture);
    kill_in_login(fixture);
    fixture->control->fault = SHIM_NONE;
    assert_int_equal(fixture->control->logins, logins + 4);
    assert_string_equal(start(fixture), "PIN_LATCHED");
    assert_int_equal(fixture->control->logins, logins + 4);
    assert_int_equal(CEREMONY(fixture, "unlatch", "--latch", fixture->latch), 0);
    assert_string_equal(start(fixture), "");
}

/* Answers that say nothing about the PIN (a network token that is away) latch nothing, however
 * many; they do not take back a login without an answer either. */
static void test_token_away(void **state)
{
    struct fixture *fixture = *state;
    fixture->control->value = 0x30; /* CKR_DEVICE_ERROR */
    fixture->control->fault = SHIM_LOGIN_RV;
    for (int i = 0; i < STARTS; i++) {
        assert_string_equal(start(fixture), "TOKEN_LOST");
        assert_false(attempt_stands(fixture));
    }
    fixture->control->fault = SHIM_LOGIN_HANG;
    kill_in_login(fixture);
    fixture->control->fault = SHIM_LOGIN_RV;
    assert_string_equal(start(fixture), "TOKEN_LOST");
    assert_true(attempt_stands(fixture));
    fixture->control->fault = SHIM_LOGIN_HANG;
    kill_in_login(fixture);
    fixture->control->fault = SHIM_NONE;
    assert_string_equal(start(fixture), "PIN_LATCHED");
    assert_int_equal(CEREMONY(fixture, "unlatch", "--latch", fixture->latch), 0);
    assert_string_equal(start(fixture), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_limit),
        cmocka_unit_test_setup_teardown(test_full_disk, enter_disk, leave_disk),
        cmocka_unit_test(test_killed_after_answer),
        cmocka_unit_test(test_killed_in_login),
        cmocka_unit_test(test_token_away),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
