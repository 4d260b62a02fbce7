/* Tiles: which there are, what they are called, and that the tree comes back out of them. */
#include "lib/tlog/proof.h"
#include "lib/tlog/tile.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/memory_log.h"

static const struct {
    const char *path;
    struct tlog_tile tile;
} paths[] = {
    {"tile/0/000", {.width = 256}},
    {"tile/0/x001/x234/067", {.index = 1234067, .width = 256}},
    {"tile/7/999.p/1", {.level = 7, .index = 999, .width = 1}},
    {"tile/1/x001/000.p/255", {.level = 1, .index = 1000, .width = 255}},
    {"tile/entries/x010/002.p/17", {.entries = true, .index = 10002, .width = 17}},
    {"tile/0/x009/x223/x372/x036/x854/x775/807", {.index = TLOG_SIZE_MAX, .width = 256}},
};

static const char *const bad_paths[] = {
    "",
    "tile",
    "tile/",
    "tile/0",
    "tile/0/",
    "tile/0/1",
    "tile/0/0001",
    "tile/0/x000/001", /* no leading group of zeros */
    "tile/0/001/002",
    "tile/0/x001",
    "tile/8/000",
    "tile/00/000",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/",
    "tile/0/000 ",
    "tile/entries",
    "tile/entries/0/000",
    "/tile/0/000",
    "tile/0/x009/x223/x372/x036/x854/x775/808",
    "tile/0/x001/x001/x001/x001/x001/x001/x001/001",
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char path[TLOG_TILE_PATH_SIZE];
        struct tlog_tile tile;
        tlog_tile_path(&paths[i].tile, path);
        assert_string_equal(path, paths[i].path);
        assert_ok(tlog_tile_read_path(path, &tile));
        assert_int_equal(tile.index, paths[i].tile.index);
        assert_int_equal(tile.level, paths[i].tile.level);
        assert_int_equal(tile.width, paths[i].tile.width);
        assert_int_equal(tile.entries, paths[i].tile.entries);
    }
    for (size_t i = 0; i < sizeof(bad_paths) / sizeof(bad_paths[0]); i++) {
        struct tlog_tile tile;
        if (tlog_tile_read_path(bad_paths[i], &tile) != STATUS_MALFORMED) {
            fail_msg("read: %s", bad_paths[i]);
        }
    }
}

/* The example of the specification: 70,000 entries. */
static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(tlog_tile_width(0, 272, 70000), 256);
    assert_int_equal(tlog_tile_width(0, 273, 70000), 112);
    assert_int_equal(tlog_tile_width(0, 274, 70000), 0);
    assert_int_equal(tlog_tile_width(1, 0, 70000), 256);
    assert_int_equal(tlog_tile_width(1, 1, 70000), 17);
    assert_int_equal(tlog_tile_width(2, 0, 70000), 1);
    assert_int_equal(tlog_tile_width(3, 0, 70000), 0);
    assert_int_equal(tlog_tile_width(0, 1, 256), 0);
    assert_int_equal(tlog_tile_width(1, 0, 256), 1);
    assert_int_equal(tlog_tile_width(0, TLOG_SIZE_MAX, 256), 0);
}

/* Writes the tile as it is asked for. */
static status_t read_tile(void *context, const struct tlog_tile *tile, struct buf *ret_bytes)
{
    const struct tlog_nodes *nodes = context;
    return tlog_tile_write(nodes, tile, ret_bytes);
}

static status_t read_short(void *context, const struct tlog_tile *tile, struct buf *ret_bytes)
{
    TRY(read_tile(context, tile, ret_bytes));
    ret_bytes->size--;
    return STATUS_OK;
}

static void test_nodes(void **state)
{
    (void)state;
    struct memory_log *log = memory_log_new(MEMORY_LOG_MAX);
    struct tlog_nodes nodes = memory_log_nodes(log);
    static const uint64_t sizes[] = {1, 2, 3, 255, 256, 257, 511, 512, 777, 1024, 2000, 2048};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct tlog_tiles tiles = {.size = sizes[i], .context = &nodes, .read = read_tile};
        struct tlog_nodes from_tiles = tlog_tile_nodes(&tiles);
        for (uint64_t index = 0; index < sizes[i]; index += 37) {
            struct tlog_proof a;
            struct tlog_proof b;
            assert_ok(tlog_proof_inclusion(&nodes, index, sizes[i], &a));
            assert_ok(tlog_proof_inclusion(&from_tiles, index, sizes[i], &b));
            assert_int_equal(a.count, b.count);
            assert_memory_equal(a.hashes, b.hashes, a.count * sizeof(a.hashes[0]));
        }
        struct tlog_hash hash;
        assert_int_equal(from_tiles.fetch(from_tiles.context, 0, sizes[i], &hash),
                         STATUS_NOT_FOUND);
        tiles.read = read_short;
        assert_int_equal(from_tiles.fetch(from_tiles.context, 0, 0, &hash), STATUS_MALFORMED);
    }
    free(log);
}

static void test_bundles(void **state)
{
    (void)state;
    static const uint8_t too_large[TLOG_LEAF_MAX + 1];
    static const char *const entries[] = {"", "a", "{\"type\":\"start\"}"};
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, TLOG_BUNDLE_MAX);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(tlog_bundle_add(span_text(entries[i]), &bytes));
    }
    assert_ok(tlog_bundle_add(span_make(too_large, TLOG_LEAF_MAX), &bytes));
    assert_int_equal(tlog_bundle_add(SPAN_OF(too_large), &bytes), STATUS_TOO_LARGE);
    assert_memory_equal(bytes.data, "\0\0\0\1a\0\20{", 8);
    struct span rest = buf_span(&bytes);
    struct span entry;
    for (size_t i = 0; i < 3; i++) {
        assert_ok(tlog_bundle_next(&rest, &entry));
        assert_span_equal(entry, span_text(entries[i]));
    }
    struct span cut = span_make(rest.data, rest.size - 1);
    assert_int_equal(tlog_bundle_next(&cut, &entry), STATUS_MALFORMED);
    cut.size = 1;
    assert_int_equal(tlog_bundle_next(&cut, &entry), STATUS_MALFORMED);
    assert_ok(tlog_bundle_next(&rest, &entry));
    assert_int_equal(entry.size, TLOG_LEAF_MAX);
    assert_int_equal(rest.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_bundles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
