/* Random sets of entries: what is written is what the reader gives back, and one damaged byte is
 * always noticed. */
#include "lib/securecert/check.h"
#include "lib/securecert/writer.h"
#include "tests/unit/securecert/fixture.h"

static struct problem problem;

enum { RUNS = 10000, ENTRIES_MAX = 60, POOL_SIZE = 4096 };

struct set {
    size_t size;
    size_t count;
    bool integrity;
    struct securecert_entry entries[ENTRIES_MAX];
};

static uint64_t random_state;
static uint8_t pool[POOL_SIZE];

/* xorshift64*, seeded with the run: a failure is repeated by its number. */
static uint64_t draw(uint64_t below)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (random_state * UINT64_C(2685821657736338717) >> 16) % below;
}

static struct securecert_entry draw_entry(void)
{
    static const uint8_t types[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 51, 53, 55, 77, 201, 202, 253};
    struct securecert_entry entry = {.type = types[draw(sizeof(types))],
                                     .subtype = (uint8_t)draw(draw(4) == 0 ? 254 : 3)};
    size_t size = draw(draw(8) == 0 ? POOL_SIZE : 100);
    entry.value = span_make(pool + draw(POOL_SIZE - size), size);
    if (draw(8) == 0) {
        entry.flags = SECURECERT_HMAC_ENCRYPTED;
    } else if (entry.type == SECURECERT_PRIV_KEY && draw(2) == 0) {
        entry.flags = draw(2) == 0 ? SECURECERT_KEY_IN_EFUSE : SECURECERT_KEY_FROM_HMAC;
        entry.value.size = 0;
    }
    return entry;
}

static bool is_new(const struct set *set, const struct securecert_entry *entry)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->entries[i].type == entry->type && set->entries[i].subtype == entry->subtype) {
            return false;
        }
    }
    return true;
}

static void draw_image(struct set *set, struct buf *ret_image)
{
    AUTO(securecert_writer_free) struct securecert_writer *writer = NULL;
    size_t wanted = draw(ENTRIES_MAX) + 1;
    set->size = (draw(15) + 1) * SECURECERT_SECTOR_SIZE;
    set->count = 0;
    assert_ok(securecert_writer_new(set->size, &writer, &problem));
    while (set->count < wanted) {
        struct securecert_entry entry = draw_entry();
        status_t status = securecert_writer_add(writer, &entry, &problem);
        if (!is_new(set, &entry)) {
            assert_int_equal(status, STATUS_INVALID);
            assert_string_equal(problem.reason, "SECURECERT_DUPLICATE");
        } else if (status == STATUS_TOO_LARGE) {
            break;
        } else {
            assert_ok(status);
            set->entries[set->count++] = entry;
        }
    }
    set->integrity = set->count > 0 && draw(2) == 0 &&
                     securecert_writer_integrity(writer, &problem) == STATUS_OK;
    assert_ok(securecert_writer_finish(writer, ret_image));
    assert_int_equal(ret_image->size, set->size);
}

static void compare(const struct set *set, const struct securecert_reader *reader)
{
    assert_int_equal(securecert_reader_count(reader), set->count + (set->integrity ? 1 : 0));
    for (size_t i = 0; i < set->count; i++) {
        const struct securecert_entry *wanted = &set->entries[i];
        const struct securecert_entry *found =
            securecert_reader_find(reader, wanted->type, wanted->subtype);
        assert_ptr_equal(found, securecert_reader_entry(reader, i));
        assert_int_equal(found->flags, wanted->flags);
        assert_int_equal(found->offset % SECURECERT_ALIGNMENT, 0);
        assert_span_equal(found->value, wanted->value);
    }
}

static void damage(struct buf *image, size_t used)
{
    size_t place = draw(used);
    uint8_t before = image->data[place];
    struct securecert_reader *reader = NULL;
    image->data[place] = (uint8_t)(before ^ (1 + draw(255)));
    assert_int_not_equal(securecert_reader_new(buf_span(image), &reader, &problem), STATUS_OK);
    assert_null(reader);
    image->data[place] = before;
}

static void run_once(void)
{
    static struct set set;
    AUTO(buf_done) struct buf image;
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    buf_init(&image, SECURECERT_PARTITION_MAX);
    draw_image(&set, &image);
    if (set.count == 0) {
        return;
    }
    assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
    compare(&set, reader);
    damage(&image, securecert_reader_used(reader));
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < POOL_SIZE; i++) {
        pool[i] = (uint8_t)(i * 197 + i / 256 + 13);
    }
    for (uint64_t run = 1; run <= RUNS; run++) {
        random_state = run * UINT64_C(0x9E3779B97F4A7C15);
        run_once();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_written_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
