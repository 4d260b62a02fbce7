/* Signed notes, log keys, checkpoints and proof files: what is written is read, what is changed is
 * refused. */
#include "lib/tlog/note.h"

#include "lib/base/hex.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof_file.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/memory_log.h"
#include "tests/unit/tlog/signers.h"

#define DASH "\xE2\x80\x94 "
#define NAME "mint.example/1"

static struct signer (*const signers[])(void) = {test_ed25519_signer, test_ecdsa_signer};

static struct tlog_key key_of(const char *name, struct signer signer)
{
    struct tlog_key key;
    assert_ok(tlog_key_init(name, signer.spki, &key, NULL));
    return key;
}

static struct buf sign(const char *text, const char *name, struct signer signer)
{
    struct buf note;
    buf_init(&note, TLOG_NOTE_MAX);
    assert_ok(tlog_note_sign(span_text(text), name, &signer, &note, NULL));
    return note;
}

static void test_sign_and_verify(void **state)
{
    (void)state;
    static const char *const texts[] = {"one line\n", "text\n\nwith a blank line\n", "\n", "\n\n"};
    for (size_t i = 0; i < 8; i++) {
        struct problem problem = {0};
        struct signer signer = signers[i % 2]();
        struct tlog_note note;
        struct tlog_key key = key_of(NAME, signer);
        AUTO(buf_done) struct buf bytes = sign(texts[i / 2], NAME, signer);
        assert_ok(tlog_note_read(buf_span(&bytes), &note, &problem));
        assert_span_equal(note.text, span_text(texts[i / 2]));
        assert_ok(tlog_note_verify(&note, &key, &problem));

        struct tlog_key other = key_of(NAME "x", signer);
        assert_int_equal(tlog_note_verify(&note, &other, &problem), STATUS_REFUSED);
        assert_string_equal(problem.reason, "NOTE_NOT_SIGNED");
        other = key_of(NAME, signers[(i + 1) % 2]());
        assert_int_equal(tlog_note_verify(&note, &other, &problem), STATUS_REFUSED);
        assert_string_equal(problem.reason, "NOTE_NOT_SIGNED");
    }
}

/* One byte changed: never accepted, unless what it says is still the same. */
static void test_flips(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct signer signer = signers[i]();
        struct tlog_key key = key_of(NAME, signer);
        AUTO(buf_done) struct buf bytes = sign("mint.example/1\n7\n", NAME, signer);
        for (size_t place = 0; place < bytes.size; place++) {
            struct tlog_note note;
            bytes.data[place] ^= 1;
            assert_false(tlog_note_read(buf_span(&bytes), &note, NULL) == STATUS_OK &&
                         tlog_note_verify(&note, &key, NULL) == STATUS_OK);
            bytes.data[place] ^= 1;
        }
    }
}

static void test_several_signatures(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct tlog_note note;
    struct tlog_key key = key_of(NAME, test_ed25519_signer());
    AUTO(buf_done) struct buf bytes = sign("text\n", NAME, test_ed25519_signer());
    AUTO(buf_done) struct buf wrong = sign("other\n", NAME, test_ed25519_signer());
    buf_append_text(&bytes, DASH "\xC3\xA9v\xC3\xAAque AAAAAAAA\n"); /* of a key nobody knows */
    assert_ok(tlog_note_read(buf_span(&bytes), &note, &problem));
    assert_int_equal(note.count, 2);
    assert_ok(tlog_note_verify(&note, &key, &problem));
    buf_append(&bytes, wrong.data + 7, wrong.size - 7); /* a wrong one of the trusted key */
    assert_ok(tlog_note_read(buf_span(&bytes), &note, &problem));
    assert_int_equal(tlog_note_verify(&note, &key, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "NOTE_SIGNATURE");
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const notes[] = {
        "",
        "text\n",
        "text\n\n",
        "\n" DASH "a AAAAAAAA\n",
        "text\n" DASH "a AAAAAAAA\n",
        "text\n\n" DASH "a AAAAAAAA", /* no newline at the end */
        "text\n\n" DASH "a AAAAAAAA\n\n",
        "text\n\n" DASH "a  AAAAAAAA\n",
        "text\n\n" DASH " AAAAAAAA\n",
        "text\n\n" DASH "AAAAAAAA\n",
        "text\n\n" DASH "a AAAAAA==\n", /* a key id and no signature */
        "text\n\n" DASH "a AAAAAAAB=\n",
        "text\n\n" DASH "a AAAAAAAAA\n",
        "text\n\n" DASH "a+b AAAAAAAA\n",
        "text\n\n" DASH "a\xC2\xA0"
        "b AAAAAAAA\n",
        "text\n\n" DASH "a\xE2\x80\x83"
        "b AAAAAAAA\n",
        "text\n\n- a AAAAAAAA\n",
        "te\tt\n\n" DASH "a AAAAAAAA\n",
        "te\xFFt\n\n" DASH "a AAAAAAAA\n",
        "text\r\n\r\n" DASH "a AAAAAAAA\n",
    };
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        struct problem problem = {0};
        struct tlog_note note;
        if (tlog_note_read(span_text(notes[i]), &note, &problem) != STATUS_MALFORMED) {
            fail_msg("read: %s", notes[i]);
        }
        assert_string_equal(problem.reason, "NOTE_MALFORMED");
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct tlog_note note;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, TLOG_NOTE_MAX + 1);
    buf_append_text(&bytes, "text\n\n");
    for (int i = 0; i < TLOG_NOTE_SIGNATURES_MAX; i++) {
        buf_append_text(&bytes, DASH "a AAAAAAAA\n");
    }
    assert_ok(tlog_note_read(buf_span(&bytes), &note, NULL));
    buf_append_text(&bytes, DASH "a AAAAAAAA\n");
    assert_int_equal(tlog_note_read(buf_span(&bytes), &note, NULL), STATUS_TOO_LARGE);
    buf_append_fill(&bytes, 'x', TLOG_NOTE_MAX + 1 - bytes.size);
    assert_int_equal(tlog_note_read(buf_span(&bytes), &note, NULL), STATUS_TOO_LARGE);
}

static void test_sign_refusals(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "no newline", "a tab\t\n", "\xFF\n"};
    struct problem problem = {0};
    struct signer signer = test_ed25519_signer();
    AUTO(buf_done) struct buf note;
    buf_init(&note, TLOG_NOTE_MAX);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(tlog_note_sign(span_text(texts[i]), NAME, &signer, &note, &problem),
                         STATUS_INVALID);
        assert_string_equal(problem.reason, "NOTE_TEXT");
    }
    assert_int_equal(tlog_note_sign(span_text("a\n"), "a b", &signer, &note, &problem),
                     STATUS_INVALID);
    assert_string_equal(problem.reason, "LOG_KEY_NAME");
    signer.spki.size--;
    assert_int_equal(tlog_note_sign(span_text("a\n"), NAME, &signer, &note, &problem),
                     STATUS_INVALID);
    assert_string_equal(problem.reason, "LOG_KEY");
}

static void test_keys(void **state)
{
    (void)state;
    char text[TLOG_KEY_TEXT_SIZE];
    char again[TLOG_KEY_TEXT_SIZE];
    for (size_t i = 0; i < 2; i++) {
        struct tlog_key key = key_of(NAME, signers[i]());
        struct tlog_key read;
        tlog_key_write(&key, text);
        assert_ok(tlog_key_read(span_text(text), &read, NULL));
        tlog_key_write(&read, again);
        assert_string_equal(text, again);
        for (size_t place = 0; place < strlen(text); place++) {
            struct problem problem = {0};
            bool name = i == 1 && place < strlen(NAME); /* no part of an ECDSA key's id */
            text[place] ^= 1;
            status_t status = tlog_key_read(span_text(text), &read, &problem);
            text[place] ^= 1;
            if (!name) {
                assert_int_equal(status, STATUS_MALFORMED);
                assert_string_equal(problem.reason, "LOG_KEY");
            }
        }
    }
    struct tlog_key read;
    assert_int_equal(tlog_key_read(span_text("a+00000000+"), &read, NULL), STATUS_MALFORMED);
    assert_int_equal(tlog_key_read(span_text("a+b"), &read, NULL), STATUS_MALFORMED);
    assert_int_equal(tlog_key_read(span_text(""), &read, NULL), STATUS_MALFORMED);
}

static struct tlog_checkpoint sample_checkpoint(void)
{
    struct tlog_checkpoint checkpoint = {.origin = NAME, .head = {.size = 8}};
    tlog_hash_leaf(span_text("root"), &checkpoint.head.root);
    return checkpoint;
}

static void test_checkpoint(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct signer signer = test_ed25519_signer();
    struct tlog_key key = key_of(NAME, signer);
    struct tlog_checkpoint checkpoint = sample_checkpoint();
    struct tlog_checkpoint read;
    AUTO(buf_done) struct buf note;
    buf_init(&note, TLOG_NOTE_MAX);
    assert_ok(tlog_checkpoint_sign(&checkpoint, &signer, &note, &problem));
    assert_ok(tlog_checkpoint_open(buf_span(&note), &key, &read, &problem));
    assert_string_equal(read.origin, NAME);
    assert_int_equal(read.head.size, 8);
    assert_true(tlog_hash_equal(&read.head.root, &checkpoint.head.root));

    AUTO(buf_done)
    struct buf other = sign("other/1\n8\n"
                            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
                            NAME, signer);
    assert_int_equal(tlog_checkpoint_open(buf_span(&other), &key, &read, &problem), STATUS_REFUSED);
    assert_string_equal(problem.reason, "CHECKPOINT_ORIGIN");
}

static void test_checkpoint_malformed(void **state)
{
    (void)state;
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    static const char *const texts[] = {
        "",
        "a/1\n8\n",
        "a/1\n8\n" ROOT "extension\n",
        "\n8\n" ROOT,
        "a 1\n8\n" ROOT,
        "a/1\n08\n" ROOT,
        "a/1\n-8\n" ROOT,
        "a/1\n\n" ROOT,
        "a/1\n9223372036854775808\n" ROOT,
        "a/1\n99999999999999999999\n" ROOT,
        "a/1\n8\nAAAA\n",
        "a/1\n8\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "a/1\n8\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    };
    struct tlog_checkpoint checkpoint;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct problem problem = {0};
        if (tlog_checkpoint_read(span_text(texts[i]), &checkpoint, &problem) != STATUS_MALFORMED) {
            fail_msg("read: %s", texts[i]);
        }
        assert_string_equal(problem.reason, "CHECKPOINT_MALFORMED");
    }
    assert_ok(
        tlog_checkpoint_read(span_text("a/1\n9223372036854775807\n" ROOT), &checkpoint, NULL));
    assert_ok(tlog_checkpoint_read(span_text("a/1\n0\n" ROOT), &checkpoint, NULL));
}

static struct buf proof_file(struct memory_log *log, uint64_t index)
{
    struct tlog_nodes nodes = memory_log_nodes(log);
    struct signer signer = test_ed25519_signer();
    struct tlog_checkpoint checkpoint = {.origin = NAME, .head = {.size = log->edge.size}};
    struct tlog_proof_file file = {.index = index, .extra = span_text("AAAA")};
    struct buf text;
    AUTO(buf_done) struct buf note;
    buf_init(&note, TLOG_NOTE_MAX);
    buf_init(&text, TLOG_PROOF_FILE_MAX);
    tlog_edge_root(&log->edge, &checkpoint.head.root);
    assert_ok(tlog_checkpoint_sign(&checkpoint, &signer, &note, NULL));
    assert_ok(tlog_proof_inclusion(&nodes, index, log->edge.size, &file.proof));
    file.note = buf_span(&note);
    assert_ok(tlog_proof_file_write(&file, &text));
    file.extra = span_text("AAA");
    assert_int_equal(tlog_proof_file_write(&file, &text), STATUS_INVALID);
    return text;
}

static void test_proof_file(void **state)
{
    (void)state;
    struct tlog_key key = key_of(NAME, test_ed25519_signer());
    struct memory_log *log = memory_log_new(11);
    for (uint64_t index = 0; index < 11; index++) {
        struct problem problem = {0};
        struct tlog_proof_file file;
        struct tlog_checkpoint checkpoint;
        char entry[32];
        memory_log_entry(index, entry);
        AUTO(buf_done) struct buf text = proof_file(log, index);
        assert_ok(tlog_proof_file_read(buf_span(&text), &file, &problem));
        assert_int_equal(file.index, index);
        assert_span_equal(file.extra, span_text("AAAA"));
        assert_ok(tlog_proof_file_check(&file, span_text(entry), &key, &checkpoint, &problem));
        assert_int_equal(checkpoint.head.size, 11);
        assert_int_equal(
            tlog_proof_file_check(&file, span_text("other"), &key, &checkpoint, &problem),
            STATUS_REFUSED);
        assert_string_equal(problem.reason, "LOG_INCLUSION");
    }
    free(log);
}

static void test_proof_file_malformed(void **state)
{
    (void)state;
#define MAGIC "c2sp.org/tlog-proof@v1\n"
    static const char *const texts[] = {
        "",
        MAGIC,
        MAGIC "index 5\n",
        MAGIC "index 05\n\n",
        MAGIC "index\n\n",
        MAGIC "extra \nindex 5\n\n",
        MAGIC "extra AAA\nindex 5\n\n",
        MAGIC "extra AAAA\nextra AAAA\nindex 5\n\n",
        MAGIC "index 5\nAAAA\n\n",
        "c2sp.org/tlog-proof@v2\nindex 5\n\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct problem problem = {0};
        struct tlog_proof_file file;
        if (tlog_proof_file_read(span_text(texts[i]), &file, &problem) != STATUS_MALFORMED) {
            fail_msg("read: %s", texts[i]);
        }
        assert_string_equal(problem.reason, "TLOG_PROOF_MALFORMED");
    }
    struct tlog_proof_file file;
    AUTO(buf_done) struct buf text;
    buf_init(&text, TLOG_PROOF_FILE_MAX + 1);
    buf_append_text(&text, MAGIC "index 5\n");
    for (int i = 0; i < TLOG_PROOF_MAX + 1; i++) {
        buf_append_text(&text, ROOT);
    }
    buf_append_text(&text, "\n");
    assert_int_equal(tlog_proof_file_read(buf_span(&text), &file, NULL), STATUS_MALFORMED);
    buf_append_fill(&text, 'x', TLOG_PROOF_FILE_MAX + 1 - text.size);
    assert_int_equal(tlog_proof_file_read(buf_span(&text), &file, NULL), STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_and_verify),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_several_signatures),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_sign_refusals),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_checkpoint),
        cmocka_unit_test(test_checkpoint_malformed),
        cmocka_unit_test(test_proof_file),
        cmocka_unit_test(test_proof_file_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
