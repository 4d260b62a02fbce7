/* lib/base: the rules its headers promise. */
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/base/kill_timer.h"
#include "lib/base/privileges.h"
#include "lib/base/secret.h"
#include "lib/base/utf8.h"

static void test_status_codes(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        status_t status = (status_t)i;
        assert_true(status_text(status)[0] != '\0');
        assert_in_range(status_grpc_code(status), 0, 16);
        assert_in_range(status_exit_code(status), 0, 5);
        /* a status that travelled over gRPC keeps its gRPC code */
        assert_int_equal(status_grpc_code(status_from_grpc(status_grpc_code(status))),
                         status_grpc_code(status));
    }
    assert_int_equal(status_from_grpc(14), STATUS_UNAVAILABLE);
    assert_int_equal(status_from_grpc(3), STATUS_INVALID);
    assert_int_equal(status_from_grpc(99), STATUS_UNKNOWN);
}

static void test_problem(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_int_equal(problem_say(&problem, STATUS_REFUSED, "WHY", "field", "value %d", 7),
                     STATUS_REFUSED);
    assert_string_equal(problem.message, "value 7");
    assert_int_equal(problem_complete(&problem, STATUS_REFUSED), STATUS_REFUSED);
    assert_string_equal(problem.reason, "WHY");
    assert_int_equal(problem_complete(&problem, STATUS_IO), STATUS_IO);
    assert_string_equal(problem.reason, "UNSPECIFIED");
    assert_int_equal(problem_say(NULL, STATUS_IO, "A", "", "x"), STATUS_IO);
    (void)problem_say(&problem, STATUS_INVALID, "A", "k\x1b[1m", "key '%s'",
                      "a\x1b]0;b\a\xc2\x9b\x7f\n\xff\xc3\xa9");
    assert_string_equal(problem.field, "k [1m");
    assert_string_equal(problem.message, "key 'a ]0;b    ?\xc3\xa9'");
    char longer[PROBLEM_MESSAGE_MAX + 1];
    memset(longer, 'x', sizeof(longer));
    memcpy(longer + PROBLEM_MESSAGE_MAX - 2, "\xc3\xa9", 3);
    (void)problem_say(&problem, STATUS_INVALID, "A", "", "%s", longer);
    assert_int_equal(strlen(problem.message), PROBLEM_MESSAGE_MAX - 1);
    assert_int_equal(problem.message[PROBLEM_MESSAGE_MAX - 2], '?'); /* the half of a character */
}

static void test_buf_limit_latches(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 4);
    buf_append_text(&buf, "abc");
    assert_ok(buf_status(&buf));
    buf_append_text(&buf, "de");
    assert_int_equal(buf_status(&buf), STATUS_TOO_LARGE);
    buf_append_byte(&buf, 'f'); /* would fit, but the structure is broken already */
    assert_int_equal(buf.size, 3);
    buf_clear(&buf);
    buf_print(&buf, "%d", 42);
    assert_ok(buf_status(&buf));
    assert_span_equal(buf_span(&buf), span_text("42"));
    buf_done(&buf);
}

static void test_secret_buf_grows(void **state)
{
    (void)state;
    struct buf buf;
    buf_init_secret(&buf, 1 << 20);
    for (int i = 0; i < 100000; i++) {
        buf_append_byte(&buf, (uint8_t)i);
    }
    assert_ok(buf_status(&buf));
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(buf.data[i], (uint8_t)i);
    }
    buf_clear(&buf);
    assert_int_equal(buf.data[99999], 0); /* wiped, memory kept */
    buf_done(&buf);
    assert_null(buf.data);
}

static void test_hex_and_base64(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x00, 0x01, 0xFE, 0xFF, 0x10};
    char text[32];
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        struct buf back;
        buf_init(&back, 64);
        hex_encode(span_make(bytes, size), text);
        assert_ok(hex_decode(span_text(text), &back));
        assert_span_equal(buf_span(&back), span_make(bytes, size));
        buf_clear(&back);
        base64_encode(span_make(bytes, size), text);
        assert_ok(base64_decode(span_text(text), &back));
        assert_span_equal(buf_span(&back), span_make(bytes, size));
        buf_done(&back);
    }
    base64_encode(span_text("Ma"), text);
    assert_string_equal(text, "TWE="); /* RFC 4648 */
}

static void test_base64_refuses(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "T", "TWE", "TW=E", "TWF=", "====", "TWE\n", "T===", "TWE=TWE=", "TQ==x"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        struct buf back;
        buf_init(&back, 64);
        assert_int_equal(base64_decode(span_text(BAD[i]), &back), STATUS_MALFORMED);
        assert_int_equal(back.size, 0);
        buf_done(&back);
    }
}

static void test_crc_of_nvs(void **state)
{
    (void)state;
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_text("")), 0xFFFFFFFFu);
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_text("a")), 0xC54AAE31u);
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_text("123456789")), 0xD202D277u);
    uint32_t half = digest_crc(DIGEST_CRC_START, span_text("1234"));
    assert_int_equal(digest_crc(half, span_text("56789")), 0xD202D277u);
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const BAD[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xC3",
                                      "\xE2\x82",
                                      "a\xFF"};
    size_t characters = 0;
    assert_ok(utf8_length(span_text("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x92\xA1"), &characters));
    assert_int_equal(characters, 4);
    assert_true(utf8_is_text(span_text("")));
    assert_false(utf8_is_text(span_make("a\0b", 3)));
    assert_int_equal(utf8_check(span_text("ab\xFFz")), 2);
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        assert_false(utf8_is_text(span_text(BAD[i])));
        assert_int_equal(utf8_length(span_text(BAD[i]), &characters), STATUS_MALFORMED);
    }
}

static void in_folder(char *ret_path, const char *folder, const char *name)
{
    (void)snprintf(ret_path, 256, "%s/%s", folder, name);
}

static void test_file_write_is_atomic_and_exact(void **state)
{
    (void)state;
    char folder[] = "/tmp/mintmark-base-XXXXXX";
    char path[256];
    assert_non_null(mkdtemp(folder));
    in_folder(path, folder, "f");
    mode_t mask = umask(0);
    assert_ok(file_write(path, span_text("one"), 0600));
    assert_ok(file_write(path, span_text("two"), 0640));
    (void)umask(mask);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    struct buf content;
    buf_init(&content, 16);
    assert_ok(file_read(path, &content));
    assert_span_equal(buf_span(&content), span_text("two"));
    buf_done(&content);
    buf_init(&content, 2);
    assert_int_equal(file_read(path, &content), STATUS_TOO_LARGE);
    buf_done(&content);
    assert_int_equal(file_read("/nonexistent/x", &content), STATUS_NOT_FOUND);
    assert_int_equal(file_write("/nonexistent/x", span_text(""), 0600), STATUS_NOT_FOUND);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* no temporary file stayed */
}

static void test_secret_file_rules(void **state)
{
    (void)state;
    char folder[] = "/tmp/mintmark-base-XXXXXX";
    char path[256];
    char other[256];
    int descriptor = -1;
    struct problem problem = {0};
    assert_non_null(mkdtemp(folder));
    in_folder(path, folder, "pin");
    in_folder(other, folder, "link");
    assert_ok(file_write(path, span_text("x"), 0644));
    assert_int_equal(file_open_secret(path, &descriptor, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "SECRET_FILE_MODE");
    assert_int_equal(chmod(path, 0600), 0);
    assert_ok(file_open_secret(path, &descriptor, &problem));
    (void)close(descriptor);
    assert_int_equal(symlink(path, other), 0);
    assert_int_equal(file_open_secret(other, &descriptor, &problem), STATUS_REFUSED);
    assert_int_equal(unlink(other), 0);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_int_equal(file_open_secret(other, &descriptor, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "SECRET_FILE_KIND");
    assert_int_equal(unlink(other), 0);
    assert_int_equal(file_open_secret(other, &descriptor, &problem), STATUS_NOT_FOUND);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_kill_timer(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (kill_timer_arm(60000) != STATUS_OK || kill_timer_arm(20) != STATUS_OK) {
            _exit(3);
        }
        for (;;) {
            (void)pause(); /* a call that hangs */
        }
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_ok(kill_timer_arm(60000));
    kill_timer_disarm();
}

/* Root is an owner like any other afterwards: a read-only file stays so. */
static void test_privileges(void **state)
{
    (void)state;
    char path[] = "/tmp/mintmark-base-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(fchmod(descriptor, 0400), 0);
    (void)close(descriptor);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool dropped = privileges_drop() == STATUS_OK;
        bool refused = access(path, R_OK) == 0 && open(path, O_WRONLY) < 0;
        _exit(dropped && refused ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_codes),
        cmocka_unit_test(test_problem),
        cmocka_unit_test(test_buf_limit_latches),
        cmocka_unit_test(test_secret_buf_grows),
        cmocka_unit_test(test_hex_and_base64),
        cmocka_unit_test(test_base64_refuses),
        cmocka_unit_test(test_crc_of_nvs),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_file_write_is_atomic_and_exact),
        cmocka_unit_test(test_secret_file_rules),
        cmocka_unit_test(test_kill_timer),
        cmocka_unit_test(test_privileges),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
