/* Pure parts: signature encoding, return values, policy, EC points, PIN file and latch. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hsm/key.h"
#include "hsm/key_policy.h"
#include "hsm/latch.h"
#include "hsm/lock.h"
#include "hsm/rv.h"
#include "hsm/sign.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "tests/support/test.h"

static void assert_der(const char *r, const char *s, const char *expected)
{
    AUTO(buf_done) struct buf raw = {0};
    AUTO(buf_done) struct buf der = {0};
    AUTO(buf_done) struct buf wanted = {0};
    buf_init(&raw, HSM_RAW_SIGNATURE_SIZE);
    buf_init(&der, 128);
    buf_init(&wanted, 128);
    assert_ok(hex_decode(span_text(r), &raw));
    assert_ok(hex_decode(span_text(s), &raw));
    assert_int_equal(raw.size, HSM_RAW_SIGNATURE_SIZE);
    status_t status = hsm_sign_der(raw.data, &der);
    if (expected == NULL) {
        assert_int_equal(status, STATUS_MALFORMED);
        assert_int_equal(der.size, 0);
        return;
    }
    assert_ok(status);
    assert_ok(hex_decode(span_text(expected), &wanted));
    assert_span_equal(buf_span(&der), buf_span(&wanted));
}

static void test_der(void **state)
{
    (void)state;
#define ZEROS "000000000000000000000000000000000000000000000000000000000000"
    const char *one = ZEROS "0001";
    const char *n = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    const char *below = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
    const char *above = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552";
    assert_der(one, ZEROS "0080", "300702010102020080");
    assert_der(ZEROS "00ff", ZEROS "0100", "3008020200ff02020100");
    assert_der(below, one,
               "3026022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550020101");
    assert_der(one, n, NULL);
    assert_der(n, one, NULL);
    assert_der(above, one, NULL);
    assert_der(ZEROS "0000", one, NULL);
    assert_der(one, ZEROS "0000", NULL);
#undef ZEROS
}

static void test_rv(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_ok(hsm_rv_say(&problem, CKR_OK, "C_Sign"));
    assert_int_equal(hsm_rv_say(&problem, CKR_PIN_INCORRECT, "C_Login"), STATUS_DENIED);
    assert_string_equal(problem.reason, "PIN_REFUSED");
    assert_non_null(strstr(problem.message, "C_Login answered CKR_PIN_INCORRECT (0xa0)"));
    assert_int_equal(hsm_rv_class(CKR_PIN_LOCKED), HSM_RV_PIN);
    assert_int_equal(hsm_rv_class(CKR_SESSION_HANDLE_INVALID), HSM_RV_SESSION_LOST);
    assert_int_equal(hsm_rv_class(CKR_OBJECT_HANDLE_INVALID), HSM_RV_LOGIN_LOST);
    assert_int_equal(hsm_rv_class(CKR_DEVICE_REMOVED), HSM_RV_TOKEN_LOST);
    assert_int_equal(hsm_rv_class(CKR_VENDOR_DEFINED + 7), HSM_RV_TOKEN_LOST);
    assert_int_equal(hsm_rv_class(0x7FFF), HSM_RV_TOKEN_LOST);
    assert_int_equal(hsm_rv_class(CKR_SESSION_COUNT), HSM_RV_CAPACITY);
    assert_int_equal(hsm_rv_class(CKR_MECHANISM_INVALID), HSM_RV_REFUSED);
    assert_int_equal(hsm_rv_class(CKR_OPERATION_ACTIVE), HSM_RV_PROGRAMMING);
    assert_string_equal(hsm_rv_name(CKR_VENDOR_DEFINED + 7), "a vendor's error");
}

static void test_point(void **state)
{
    (void)state;
    uint8_t raw[67] = {0x04, 65, 0x04, 1, 2, 3};
    uint8_t point[HSM_POINT_SIZE];
    assert_ok(hsm_key_unwrap_point(SPAN_OF(raw), point)); /* in an OCTET STRING */
    assert_memory_equal(point, raw + 2, 65);
    assert_ok(hsm_key_unwrap_point(span_make(raw + 2, 65), point)); /* bare */
    assert_int_equal(hsm_key_unwrap_point(span_make(raw, 66), point), STATUS_MALFORMED);
    raw[2] = 0x02; /* compressed */
    assert_int_equal(hsm_key_unwrap_point(SPAN_OF(raw), point), STATUS_MALFORMED);
    assert_int_equal(hsm_key_unwrap_point((struct span){0}, point), STATUS_MALFORMED);
}

static void fill(enum hsm_answer answers[HSM_KEY_ATTRIBUTE_COUNT])
{
#define WANTED(type, name, wanted, kinds, decides) answers[HSM_KEY_AT_##type] = (wanted);
    HSM_KEY_ATTRIBUTES(WANTED)
#undef WANTED
}

static void test_policy(void **state)
{
    (void)state;
    enum hsm_answer answers[HSM_KEY_ATTRIBUTE_COUNT];
    fill(answers);
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_STRICT);
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_SECRET, answers), HSM_KEY_STRICT);

    answers[HSM_KEY_AT_CKA_COPYABLE] = HSM_UNKNOWN; /* not offered everywhere */
    answers[HSM_KEY_AT_CKA_MODIFIABLE] = HSM_YES;
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_STRICT);

    answers[HSM_KEY_AT_CKA_LOCAL] = HSM_NO; /* wrapped in from another token */
    answers[HSM_KEY_AT_CKA_NEVER_EXTRACTABLE] = HSM_NO;
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_REPLICA);
    answers[HSM_KEY_AT_CKA_LOCAL] = HSM_UNKNOWN;
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_DEV);

    static const enum hsm_key_attribute decisive[] = {
        HSM_KEY_AT_CKA_SENSITIVE, HSM_KEY_AT_CKA_EXTRACTABLE, HSM_KEY_AT_CKA_PRIVATE,
        HSM_KEY_AT_CKA_TOKEN,     HSM_KEY_AT_CKA_SIGN,        HSM_KEY_AT_CKA_DECRYPT,
        HSM_KEY_AT_CKA_UNWRAP,    HSM_KEY_AT_CKA_DERIVE};
    for (size_t i = 0; i < sizeof(decisive) / sizeof(decisive[0]); i++) {
        fill(answers);
        enum hsm_answer right = answers[decisive[i]];
        answers[decisive[i]] = right == HSM_YES ? HSM_NO : HSM_YES;
        assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_DEV);
        answers[decisive[i]] = HSM_UNKNOWN; /* silence is not a promise */
        assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_DEV);
    }
    fill(answers);
    answers[HSM_KEY_AT_CKA_WRAP] = HSM_YES; /* applies to secret keys only */
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_PRIVATE, answers), HSM_KEY_STRICT);
    assert_int_equal(hsm_key_policy_judge(HSM_KEY_SECRET, answers), HSM_KEY_DEV);

    struct hsm_key_policy policy = {.kind = HSM_KEY_SECRET, .class = HSM_KEY_DEV};
    memcpy(policy.answers, answers, sizeof(answers));
    json_t *json = hsm_key_policy_json(&policy);
    assert_string_equal(json_string_value(json_object_get(json, "class")), "dev");
    json_t *findings = json_object_get(json, "findings");
    assert_int_equal(json_array_size(findings), 1);
    assert_string_equal(json_string_value(json_array_get(findings, 0)),
                        "wrap is true, expected false");
    json_decref(json);
}

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/mintmark-latch.XXXXXX");
    *state = folder;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
    int result = chdir("/") != 0 ? -1 : system(command);
    free(*state);
    return result;
}

static void assert_pin(const char *content, const char *expected)
{
    AUTO(hsm_pin_wipe) struct hsm_pin pin = {0};
    assert_ok(file_write("pin", span_text(content), 0600));
    status_t status = hsm_pin_read_file("pin", &pin, NULL);
    if (expected == NULL) {
        assert_int_equal(status, STATUS_REFUSED);
        return;
    }
    assert_ok(status);
    assert_span_equal(secret_span(&pin.value), span_text(expected));
}

static void test_pin(void **state)
{
    (void)state;
    char text[HSM_PIN_MAX + 3];
    assert_pin("1234", "1234");
    assert_pin("1234\n", "1234");
    assert_pin("1234\n\n", "1234\n"); /* one newline only: a PIN may end in one */
    assert_pin("", NULL);
    assert_pin("\n", NULL);
    (void)snprintf(text, sizeof(text), "%0255d", 1);
    assert_pin(text, text);
    (void)snprintf(text, sizeof(text), "%0257d", 1);
    assert_pin(text, NULL);
    assert_ok(file_write("pin", span_text("1234"), 0640));
    struct hsm_pin pin;
    struct problem problem = {0};
    assert_int_equal(hsm_pin_read_file("pin", &pin, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "SECRET_FILE_MODE");
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(hsm_pin_read(ends[0], "pipe", &pin, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "PIN_FILE");
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void read_pin(const char *content, struct hsm_pin *ret_pin)
{
    assert_ok(file_write("pin", span_text(content), 0600));
    assert_ok(hsm_pin_read_file("pin", ret_pin, NULL));
}

static void assert_held(const char *path, const char *serial, const struct hsm_pin *pin,
                        const char *reason)
{
    struct problem problem = {0};
    assert_int_equal(hsm_latch_begin(path, serial, pin, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, reason);
    assert_true(strcmp(reason, "PIN_LATCHED") != 0 || strstr(problem.message, "unlatch") != NULL);
}

static void test_latch(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(hsm_pin_wipe) struct hsm_pin pin = {0};
    read_pin("guess", &pin);
    assert_ok(hsm_latch_clear("latch", &problem));
    assert_false(hsm_latch_stands("latch"));
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    assert_int_equal(access("latch.try", F_OK), 0);
    assert_ok(hsm_latch_set("latch", "serial-1", &pin, "CKR_PIN_INCORRECT", &problem));
    assert_int_equal(access("latch.try", F_OK), -1);
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    assert_ok(hsm_latch_begin("latch", "serial-2", &pin, &problem));
    assert_ok(hsm_latch_begin("latch", "serial", &pin, &problem));
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");

    hsm_pin_wipe(&pin);
    read_pin("guess", &pin); /* same content, but touched by a person */
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));

    assert_ok(file_write("latch", span_text("who knows"), 0600)); /* then it holds */
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    assert_true(hsm_latch_stands("latch"));
    assert_ok(hsm_latch_clear("latch", &problem));
    assert_false(hsm_latch_stands("latch"));
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    assert_ok(hsm_latch_clear("latch", &problem));
    assert_held("no/such/latch", "serial-1", &pin, "LATCH_FILE");
}

/* What a process that died leaves behind. */
static void test_latch_attempts(void **state)
{
    (void)state;
    struct problem problem = {0};
    AUTO(hsm_pin_wipe) struct hsm_pin pin = {0};
    read_pin("guess", &pin);
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem)); /* the first had died */
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    assert_ok(hsm_latch_clear("latch", &problem));

    /* an answer that says nothing about the PIN takes back its own attempt, not an earlier one */
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    hsm_latch_withdraw("latch", "serial-1", &pin);
    assert_false(hsm_latch_stands("latch"));
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    hsm_latch_withdraw("latch", "serial-1", &pin);
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");

    hsm_pin_wipe(&pin);
    read_pin("guess", &pin);
    assert_ok(hsm_latch_begin("latch", "serial-1", &pin, &problem));
    assert_ok(hsm_latch_set("latch", "serial-1", &pin, "CKR_PIN_INCORRECT", &problem));
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    assert_ok(hsm_latch_clear("latch", &problem));

    const char *const broken[] = {"", "who knows", "mintmark PIN latch 1"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        assert_ok(file_write("latch.try", span_text(broken[i]), 0600));
        assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    }
    assert_ok(hsm_latch_clear("latch", &problem));
    /* another process without the lock took our attempt away: the latch is set all the same */
    assert_ok(hsm_latch_set("latch", "serial-1", &pin, "CKR_PIN_INCORRECT", &problem));
    assert_held("latch", "serial-1", &pin, "PIN_LATCHED");
    assert_ok(hsm_latch_clear("latch", &problem));
}

static void test_lock(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct hsm_lock lock = {-1};
    assert_ok(hsm_lock_take("", &lock, &problem));
    assert_int_equal(lock.descriptor, -1);
    assert_ok(hsm_lock_take("token.lock", &lock, &problem));
    assert_true(lock.descriptor >= 0);
    hsm_lock_drop(&lock);
    assert_ok(hsm_lock_take("token.lock", &lock, &problem));
    hsm_lock_drop(&lock);
    assert_int_equal(symlink("token.lock", "link"), 0);
    assert_int_equal(hsm_lock_take("link", &lock, &problem), STATUS_IO);
    assert_string_equal(problem.reason, "TOKEN_LOCK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_rv),
        cmocka_unit_test(test_point),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_pin),
        cmocka_unit_test(test_latch),
        cmocka_unit_test(test_latch_attempts),
        cmocka_unit_test(test_lock),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
