/* sample write DIR: a small log as files, for another implementation to check.
 * sample check DIR: what that implementation wrote, checked by us. Exit 1 and a line when not. */
#include <inttypes.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/tlog/line.h"
#include "lib/tlog/proof_file.h"
#include "lib/tlog/tile.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/memory_log.h"
#include "tests/unit/tlog/signers.h"

#define ORIGIN "interop.example/1"

enum { SIZE = 600, OLD_SIZE = 300, INDEX_STEP = 67, PATH_SIZE = 512 };

static const char *top; /* the folder */

/* Makes the folders between `top` and the file, and writes it. */
static void put(const char *path, struct span content)
{
    char name[PATH_SIZE];
    (void)snprintf(name, sizeof(name), "%s/%s", top, path);
    for (char *slash = strchr(name + strlen(top) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(name, 0700);
        *slash = '/';
    }
    assert_ok(file_write(name, content, 0600));
}

static struct buf get(const char *path)
{
    char name[PATH_SIZE];
    (void)snprintf(name, sizeof(name), "%s/%s", top, path);
    return test_read_file(name);
}

static struct buf checkpoint_note(struct tlog_nodes *nodes, uint64_t size, struct signer signer)
{
    struct buf note;
    struct tlog_checkpoint checkpoint = {.origin = ORIGIN, .head = {.size = size}};
    buf_init(&note, TLOG_NOTE_MAX);
    assert_ok(tlog_tree_range(nodes, 0, size, &checkpoint.head.root));
    assert_ok(tlog_checkpoint_sign(&checkpoint, &signer, &note, NULL));
    return note;
}

static void write_signed(struct tlog_nodes *nodes, const char *algorithm, struct signer signer)
{
    char path[64];
    char text[TLOG_KEY_TEXT_SIZE];
    struct tlog_key key;
    assert_ok(tlog_key_init(ORIGIN, signer.spki, &key, NULL));
    tlog_key_write(&key, text);
    (void)snprintf(path, sizeof(path), "key.%s", algorithm);
    put(path, span_text(text));
    AUTO(buf_done) struct buf newer = checkpoint_note(nodes, SIZE, signer);
    (void)snprintf(path, sizeof(path), "checkpoint.%s", algorithm);
    put(path, buf_span(&newer));
    AUTO(buf_done) struct buf older = checkpoint_note(nodes, OLD_SIZE, signer);
    (void)snprintf(path, sizeof(path), "older.%s", algorithm);
    put(path, buf_span(&older));
}

static void write_tile(struct tlog_nodes *nodes, struct tlog_tile tile)
{
    char path[TLOG_TILE_PATH_SIZE];
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, TLOG_BUNDLE_MAX);
    tlog_tile_path(&tile, path);
    if (tile.entries) {
        for (unsigned i = 0; i < tile.width; i++) {
            char text[32];
            memory_log_entry(tile.index * TLOG_TILE_WIDTH + i, text);
            assert_ok(tlog_bundle_add(span_text(text), &bytes));
        }
    } else {
        assert_ok(tlog_tile_write(nodes, &tile, &bytes));
    }
    put(path, buf_span(&bytes));
}

static void write_tiles(struct tlog_nodes *nodes)
{
    for (unsigned level = 0; level < 2; level++) {
        struct tlog_tile tile = {.level = level};
        while ((tile.width = tlog_tile_width(level, tile.index, SIZE)) > 0) {
            tile.entries = false;
            write_tile(nodes, tile);
            if (level == 0) {
                tile.entries = true;
                write_tile(nodes, tile);
            }
            tile.index++;
        }
    }
}

static void write_proofs(struct tlog_nodes *nodes)
{
    AUTO(buf_done) struct buf note = checkpoint_note(nodes, SIZE, test_ed25519_signer());
    for (uint64_t index = 0; index < SIZE; index += INDEX_STEP) {
        char path[64];
        struct tlog_proof_file file = {.index = index, .note = buf_span(&note)};
        AUTO(buf_done) struct buf text;
        buf_init(&text, TLOG_PROOF_FILE_MAX);
        assert_ok(tlog_proof_inclusion(nodes, index, SIZE, &file.proof));
        assert_ok(tlog_proof_file_write(&file, &text));
        (void)snprintf(path, sizeof(path), "%" PRIu64 ".tlog-proof", index);
        put(path, buf_span(&text));
    }
    struct tlog_proof proof;
    AUTO(buf_done) struct buf lines;
    buf_init(&lines, TLOG_PROOF_FILE_MAX);
    assert_ok(tlog_proof_consistency(nodes, OLD_SIZE, SIZE, &proof));
    for (size_t i = 0; i < proof.count; i++) {
        tlog_line_print_hash(&proof.hashes[i], &lines);
    }
    put("consistency", buf_span(&lines));
}

static void test_write(void **state)
{
    (void)state;
    struct memory_log *log = memory_log_new(SIZE);
    struct tlog_nodes nodes = memory_log_nodes(log);
    write_signed(&nodes, "ed25519", test_ed25519_signer());
    write_signed(&nodes, "ecdsa", test_ecdsa_signer());
    write_tiles(&nodes);
    write_proofs(&nodes);
    free(log);
}

static struct tlog_checkpoint open_foreign(const struct tlog_key *key, const char *path)
{
    struct problem problem = {0};
    struct tlog_checkpoint checkpoint;
    AUTO(buf_done) struct buf note = get(path);
    if (tlog_checkpoint_open(buf_span(&note), key, &checkpoint, &problem) != STATUS_OK) {
        fail_msg("%s: %s", path, problem.message);
    }
    return checkpoint;
}

static void check_foreign_proofs(const struct tlog_key *key)
{
    for (uint64_t index = 0; index < SIZE; index += INDEX_STEP) {
        char path[64];
        char entry[32];
        struct tlog_proof_file file;
        struct tlog_checkpoint checkpoint;
        (void)snprintf(path, sizeof(path), "foreign/%" PRIu64 ".tlog-proof", index);
        memory_log_entry(index, entry);
        AUTO(buf_done) struct buf text = get(path);
        assert_ok(tlog_proof_file_read(buf_span(&text), &file, NULL));
        assert_ok(tlog_proof_file_check(&file, span_text(entry), key, &checkpoint, NULL));
    }
}

static void test_check(void **state)
{
    (void)state;
    struct tlog_key key;
    struct tlog_proof proof = {0};
    struct span line;
    AUTO(buf_done) struct buf text = get("foreign/key");
    assert_ok(tlog_key_read(buf_span(&text), &key, NULL));
    struct tlog_checkpoint newer = open_foreign(&key, "foreign/checkpoint");
    struct tlog_checkpoint older = open_foreign(&key, "foreign/older");
    assert_int_equal(newer.head.size, SIZE);
    assert_int_equal(older.head.size, OLD_SIZE);
    check_foreign_proofs(&key);
    AUTO(buf_done) struct buf lines = get("foreign/consistency");
    struct span rest = buf_span(&lines);
    while (tlog_line_next(&rest, &line) == STATUS_OK) {
        assert_ok(tlog_line_hash(line, &proof.hashes[proof.count++]));
    }
    assert_ok(tlog_proof_check_consistency(&proof, &older.head, &newer.head, NULL));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest writing[] = {cmocka_unit_test(test_write)};
    const struct CMUnitTest checking[] = {cmocka_unit_test(test_check)};
    if (argc != 3) {
        return 2;
    }
    top = argv[2];
    return strcmp(argv[1], "write") == 0 ? cmocka_run_group_tests(writing, NULL, NULL)
                                         : cmocka_run_group_tests(checking, NULL, NULL);
}
