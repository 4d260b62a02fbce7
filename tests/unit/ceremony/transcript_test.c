/* Transcripts: what is read of one, and everything a reader refuses. */
#include "lib/base/hex.h"
#include "lib/ceremony/transcript.h"
#include "tests/support/test.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY(purpose, label, digest)                                                                \
    "{\"purpose\":\"" purpose "\",\"label\":\"" label                                              \
    "\",\"made\":true,\"public_key_sha256\":" digest                                               \
    ",\"policy\":{\"class\":\"strict\",\"attributes\":{\"sign\":true}}}"
#define HEAD                                                                                       \
    "{\"transcript\":1,\"command\":\"init\",\"time\":\"2026-11-22T20:15:00Z\",\"version\":\"1\","  \
    "\"people\":[\"A. Custodian\"],\"token\":{\"label\":\"mint\",\"serial\":\"0a1b\","             \
    "\"software\":true},\"keys\":["
#define TAIL "]}"
static const char GOOD[] =
    HEAD KEY("seal", "mintmark-seal", "null") "," KEY("log", "mintmark-log", "\"" DIGEST "\"") TAIL;

static void test_good(void **state)
{
    (void)state;
    struct ceremony_transcript transcript;
    struct problem problem = {0};
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    assert_ok(ceremony_transcript_read(span_text(GOOD), &transcript, &problem));
    assert_string_equal(transcript.command, "init");
    assert_string_equal(transcript.time, "2026-11-22T20:15:00Z");
    assert_string_equal(transcript.token_label, "mint");
    assert_string_equal(transcript.token_serial, "0a1b");
    assert_true(transcript.software);
    assert_int_equal(transcript.people, 1);
    assert_int_equal(transcript.key_count, 2);
    assert_string_equal(transcript.keys[0].purpose, "seal");
    assert_int_equal(transcript.keys[0].public_key_sha256_size, 0);
    assert_string_equal(transcript.keys[1].label, "mintmark-log");
    assert_string_equal(transcript.keys[1].class, "strict");
    assert_true(transcript.keys[1].made);
    hex_encode(SPAN_OF(transcript.keys[1].public_key_sha256), text);
    assert_string_equal(text, DIGEST);
    digest_sha256(span_text(GOOD), digest);
    assert_memory_equal(digest, transcript.sha256, sizeof(digest));
}

static void refuse(const char *text, const char *field)
{
    struct ceremony_transcript transcript;
    struct problem problem = {0};
    assert_int_not_equal(ceremony_transcript_read(span_text(text), &transcript, &problem),
                         STATUS_OK);
    assert_string_equal(problem.reason, "TRANSCRIPT");
    assert_string_equal(problem.field, field);
}

/* The good one with one place of it written otherwise. */
static void refuse_with(const char *old, const char *new, const char *field)
{
    char text[sizeof(GOOD) + 256];
    const char *place = strstr(GOOD, old);
    assert_non_null(place);
    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - GOOD), GOOD, new,
                   place + strlen(old));
    refuse(text, field);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("", "transcript");
    refuse("[]", "transcript");
    refuse_with("{\"transcript\":1", "{\"transcript\":1,\"transcript\":1", "transcript");
    refuse_with("\"transcript\":1", "\"transcript\":2", "transcript");
    refuse_with("\"init\"", "\"\"", "command");
    refuse_with("\"init\"", "\"in\\nit\"", "command");
    refuse_with("\"init\"", "7", "command");
    refuse_with("20:15", "20-15", "time");
    refuse_with("T20:15:00Z", "", "time");
    refuse_with("\"version\"", "\"other\"", "version");
    refuse_with("[\"A. Custodian\"]", "null", "people");
    refuse_with("\"A. Custodian\"", "\"\"", "people");
    refuse_with("\"A. Custodian\"", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "people");
    refuse_with("\"mint\"", "\"abcdefghabcdefghabcdefghabcdefghi\"", "label");
    refuse_with("\"0a1b\"", "null", "serial");
    refuse_with("\"software\":true", "\"software\":1", "software");
    refuse_with("\"made\":true", "\"made\":0", "keys");
    refuse_with("{\"sign\":true}", "[]", "keys");
    refuse_with("\"seal\"", "\"paa\"", "purpose");
    refuse_with("\"strict\"", "\"good\"", "class");
    refuse_with("\"seal\"", "\"log\"", "public_key_sha256"); /* one without a public key */
    refuse_with("null", "\"" DIGEST "\"", "public_key_sha256");
    refuse_with("0011", "x011", "public_key_sha256");
    refuse_with("0011", "11", "public_key_sha256");
    refuse(HEAD TAIL, "keys");
    refuse(HEAD KEY("seal", "a", "null") "," KEY("seal", "a", "null") TAIL, "keys");
}

static void test_too_large(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf text;
    struct ceremony_transcript transcript;
    struct problem problem = {0};
    buf_init(&text, CEREMONY_TRANSCRIPT_MAX + 1);
    buf_append_text(&text, GOOD);
    while (text.size < CEREMONY_TRANSCRIPT_MAX) {
        buf_append_byte(&text, '\n');
    }
    assert_ok(ceremony_transcript_read(buf_span(&text), &transcript, &problem));
    buf_append_byte(&text, '\n');
    assert_int_equal(ceremony_transcript_read(buf_span(&text), &transcript, &problem),
                     STATUS_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests_name("ceremony", tests, NULL, NULL);
}
