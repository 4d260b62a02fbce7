/* Random data sets: what is written, also through encryption, is what the reader gives back. */
#include <inttypes.h>

#include "lib/nvs/crypt.h"
#include "lib/nvs/format.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"

enum {
    RUNS = 10000,
    ITEMS_MAX = 300,
    NAMESPACES = 5,
    VALUE_MAX = 9000,
    POOL_SIZE = 65536,
};

struct value {
    unsigned space;
    char key[NVS_KEY_FIELD];
    enum nvs_type type;
    uint64_t integer;
    struct span bytes;
};

struct set {
    size_t size;
    enum nvs_version version;
    size_t count;
    struct value values[ITEMS_MAX];
};

static uint64_t random_state;
static uint8_t pool[POOL_SIZE]; /* no zero bytes, so that any part of it can be a string */

/* xorshift64*, seeded with the run: a failure is repeated by its number. */
static uint64_t draw(uint64_t below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (random_state * UINT64_C(2685821657736338717) >> 16) % below;
}

static struct span draw_bytes(size_t limit)
{
    size_t most = draw(4) == 0 ? limit : draw(2) == 0 ? 100 : 40;
    size_t size = draw((most < limit ? most : limit) + 1);
    return span_make(pool + draw(POOL_SIZE - size), size);
}

static uint64_t draw_integer(enum nvs_type type)
{
    unsigned bits = 8 * ((unsigned)type & 0x0F);
    uint64_t value = draw(UINT64_C(1) << 47) << 17 ^ draw(UINT64_C(1) << 47);
    value = draw(4) == 0 ? UINT64_MAX : value;
    value = bits < 64 ? value & ((UINT64_C(1) << bits) - 1) : value;
    bool negative = ((unsigned)type & 0x10) != 0 && value >> (bits - 1) != 0;
    return negative && bits < 64 ? value | UINT64_MAX << bits : value;
}

static void draw_value(struct value *value, unsigned number, enum nvs_version version)
{
    static const enum nvs_type TYPES[] = {
        NVS_U8,  NVS_I8,     NVS_U16,    NVS_I16,    NVS_U32,       NVS_I32,      NVS_U64,
        NVS_I64, NVS_STRING, NVS_STRING, NVS_STRING, NVS_BLOB_DATA, NVS_BLOB_DATA};
    *value = (struct value){.space = (unsigned)draw(NAMESPACES)};
    (void)snprintf(value->key, sizeof(value->key), "k%u", number / 2); /* often in two spaces */
    value->type = TYPES[draw(sizeof(TYPES) / sizeof(*TYPES))];
    bool old = version == NVS_VERSION_1;
    if (value->type == NVS_STRING) {
        value->bytes = draw_bytes(old ? NVS_STRING_V1_MAX : NVS_STRING_MAX);
    } else if (value->type == NVS_BLOB_DATA) {
        value->bytes = draw_bytes(old ? NVS_BLOB_V1_MAX : VALUE_MAX);
    } else {
        value->integer = draw_integer(value->type);
    }
}

static const char *space_name(unsigned space)
{
    static const char *const NAMES[NAMESPACES] = {"a", "chip-factory", "0123456789abcde", "~ ~",
                                                  "vendor"};
    return NAMES[space];
}

static status_t put(struct nvs_writer *writer, const struct value *value, struct problem *problem)
{
    TRY(nvs_writer_namespace(writer, space_name(value->space), problem));
    if (value->type == NVS_STRING) {
        return nvs_writer_string(writer, value->key, value->bytes, problem);
    }
    if (value->type == NVS_BLOB_DATA) {
        return nvs_writer_blob(writer, value->key, value->bytes, problem);
    }
    return nvs_writer_integer(writer, value->key, value->type, value->integer, problem);
}

static bool is_new(const struct set *set, const struct value *value)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->values[i].space == value->space && strcmp(set->values[i].key, value->key) == 0) {
            return false;
        }
    }
    return true;
}

/* Writes values until the number drawn is reached or the partition is full. */
static void draw_set(struct set *set)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    struct problem problem = {0};
    size_t wanted = draw(draw(3) == 0 ? ITEMS_MAX : 40) + 1;
    set->version = draw(4) == 0 ? NVS_VERSION_1 : NVS_VERSION_2;
    set->size = (draw(8) + 1) * NVS_PAGE_SIZE;
    set->count = 0;
    assert_ok(nvs_writer_new(set->size, set->version, &writer, &problem));
    for (size_t i = 0; i < wanted; i++) {
        struct value *value = &set->values[set->count];
        draw_value(value, (unsigned)i, set->version);
        if (!is_new(set, value)) {
            assert_int_equal(put(writer, value, &problem), STATUS_INVALID);
            assert_string_equal(problem.reason, "NVS_KEY_DUPLICATE");
            continue; /* a duplicate is found before anything is written */
        }
        status_t status = put(writer, value, &problem);
        if (status != STATUS_OK) {
            assert_string_equal(problem.reason, "NVS_FULL");
            break;
        }
        set->count++;
    }
}

/* Once more without what did not fit: a writer is of no use after a failure. */
static void write_set(const struct set *set, struct buf *ret_image)
{
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    assert_ok(nvs_writer_new(set->size, set->version, &writer, NULL));
    for (size_t i = 0; i < set->count; i++) {
        assert_ok(put(writer, &set->values[i], NULL));
    }
    assert_ok(nvs_writer_finish(writer, ret_image));
    assert_int_equal(ret_image->size, set->size);
}

static void check_item(const struct nvs_item *item, const struct value *value)
{
    assert_non_null(item);
    assert_string_equal(item->namespace_name, space_name(value->space));
    assert_string_equal(item->key, value->key);
    assert_int_equal(item->type, value->type);
    assert_true(item->integer == value->integer);
    assert_span_equal(item->bytes, value->bytes);
}

static void check_set(const struct set *set, const struct buf *image)
{
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    struct problem problem = {0};
    if (nvs_reader_new(buf_span(image), &reader, &problem) != STATUS_OK) {
        fail_msg("%s: %s", problem.field, problem.message);
    }
    assert_int_equal(nvs_reader_count(reader), set->count);
    for (size_t i = 0; i < set->count; i++) {
        const struct value *value = &set->values[i];
        check_item(nvs_reader_item(reader, i), value);
        check_item(nvs_reader_find(reader, space_name(value->space), value->key), value);
    }
}

/* Encrypted, the image must be unreadable with no key and with another, and come back whole. */
static void check_encrypted(const struct set *set, struct buf *image)
{
    uint8_t keys[NVS_KEYS_SIZE];
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    for (size_t i = 0; i < sizeof(keys); i++) {
        keys[i] = (uint8_t)draw(256);
    }
    assert_ok(nvs_crypt_encrypt(image->data, image->size, SPAN_OF(keys)));
    if (set->count > 0) {
        assert_int_equal(nvs_reader_new(buf_span(image), &reader, NULL), STATUS_MALFORMED);
    }
    assert_ok(nvs_crypt_decrypt(image->data, image->size, SPAN_OF(keys)));
    check_set(set, image);
}

static void test_round_trip(void **state)
{
    (void)state;
    static struct set set;
    size_t items = 0;
    for (uint64_t run = 1; run <= RUNS; run++) {
        AUTO(buf_done) struct buf image;
        random_state = run * UINT64_C(0x9E3779B97F4A7C15);
        buf_init(&image, (size_t)8 * NVS_PAGE_SIZE);
        draw_set(&set);
        write_set(&set, &image);
        check_set(&set, &image);
        check_encrypted(&set, &image);
        items += set.count;
    }
    print_message("%d sets, %zu items\n", RUNS, items);
}

int main(void)
{
    random_state = 1;
    for (size_t i = 0; i < sizeof(pool); i++) {
        pool[i] = (uint8_t)(1 + draw(255));
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
