/* Partitions of foreign hands: what our writer would not write, the check refuses. */
#include "lib/securecert/check.h"

#include "lib/base/digest.h"
#include "lib/securecert/key.h"
#include "lib/securecert/writer.h"
#include "tests/unit/securecert/fixture.h"

static struct problem problem;

enum { SIZE = 0x2000 };

/* Appends an entry without any of the writer's rules. */
static void put(struct buf *image, struct securecert_entry entry)
{
    size_t start = image->size;
    buf_append_le32(image, SECURECERT_MAGIC);
    buf_append_byte(image, entry.flags);
    buf_append_fill(image, 0, 3);
    buf_append_byte(image, entry.type);
    buf_append_byte(image, entry.subtype);
    buf_append_le16(image, (uint16_t)entry.value.size);
    buf_append_span(image, entry.value);
    buf_append_fill(image, 0, (16 - entry.value.size % 16) % 16);
    struct span covered = span_make(image->data + start, image->size - start);
    buf_append_le32(image, digest_crc(DIGEST_CRC_START, covered));
}

static void put_certificates(struct buf *image)
{
    const struct fixture *made = fixture_get();
    put(image, (struct securecert_entry){.type = 1, .value = buf_span(&made->dac)});
    put(image, (struct securecert_entry){.type = 0, .value = buf_span(&made->pai)});
}

static status_t check_bytes(struct span image)
{
    AUTO(securecert_check_done) struct securecert_check check = {.image = image};
    return securecert_check_run(&check, &problem);
}

/* Fills up to a partition, checks, and empties the buf. */
static status_t check(struct buf *image)
{
    buf_append_fill(image, 0xFF, SIZE - image->size);
    status_t status = check_bytes(buf_span(image));
    buf_clear(image);
    return status;
}

static struct buf key_value(void)
{
    struct buf value;
    buf_init(&value, SECURECERT_SEC1_SIZE);
    assert_ok(securecert_key_encode(SPAN_OF(fixture_get()->scalar), &value, &problem));
    return value;
}

/* What Espressif's tool writes for the ECDSA peripheral: flag set, key inside. */
static void a_leaked_key_is_found(void **state)
{
    (void)state;
    static const uint8_t flags[] = {SECURECERT_KEY_IN_EFUSE, SECURECERT_KEY_FROM_HMAC};
    AUTO(buf_done) struct buf image;
    AUTO(buf_done) struct buf key = key_value();
    buf_init(&image, SIZE);
    for (size_t i = 0; i < sizeof(flags); i++) {
        put_certificates(&image);
        put(&image,
            (struct securecert_entry){.type = 2, .flags = flags[i], .value = buf_span(&key)});
        assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_KEY_LEAK");
        put(&image, (struct securecert_entry){
                        .type = 2, .subtype = 1, .flags = flags[i], .value = buf_span(&key)});
        assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_KEY_LEAK");
    }
}

static void a_key_in_efuse_names_its_block(void **state)
{
    (void)state;
    uint8_t configuration[41] = {9};
    static const struct {
        size_t size;
        uint8_t block;
        uint8_t last;
        bool valid;
    } cases[] = {{40, 9, 0, true},  {40, 4, 0, true},  {40, 3, 0, false}, {40, 10, 0, false},
                 {40, 9, 1, false}, {39, 9, 0, false}, {41, 9, 0, false}};
    AUTO(buf_done) struct buf image;
    buf_init(&image, SIZE);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        configuration[0] = cases[i].block;
        configuration[39] = cases[i].last;
        struct span value = span_make(configuration, cases[i].size);
        put(&image, (struct securecert_entry){.type = 6, .value = value});
        put_certificates(&image);
        put(&image, (struct securecert_entry){.type = 2, .flags = SECURECERT_KEY_IN_EFUSE});
        if (cases[i].valid) {
            assert_ok(check(&image));
        } else {
            assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_SEC_CFG");
        }
    }
    put_certificates(&image);
    put(&image, (struct securecert_entry){.type = 2, .flags = SECURECERT_KEY_IN_EFUSE});
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_SEC_CFG");
}

static void keys_that_cannot_be_judged_are_not_passed(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf image;
    AUTO(buf_done) struct buf key = key_value();
    buf_init(&image, SIZE);
    put_certificates(&image);
    put(&image, (struct securecert_entry){
                    .type = 2, .flags = SECURECERT_HMAC_ENCRYPTED, .value = buf_span(&key)});
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_KEY_ENCRYPTED");
    put_certificates(&image);
    put(&image, (struct securecert_entry){.type = 2});
    assert_refused(check(&image), STATUS_MALFORMED, "SECURECERT_KEY");
    put_certificates(&image);
    put(&image, (struct securecert_entry){.type = 2, .flags = SECURECERT_KEY_FROM_HMAC});
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_HMAC_SALT_SIZE");
}

static void integers_of_other_sizes_are_refused(void **state)
{
    (void)state;
    static const uint8_t zeros[5] = {0};
    const struct fixture *made = fixture_get();
    AUTO(buf_done) struct buf image;
    buf_init(&image, SIZE);
    put(&image, (struct securecert_entry){.type = 201, .value = span_make(zeros, 4)});
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_MATTER");
    assert_string_equal(problem.field, "matter.discriminator");
    for (unsigned present = 1; present < 7; present++) { /* never all three of subtypes 1, 2, 3 */
        static const struct span values[3] = {{zeros, 1}, {zeros, 1}, {zeros, 1}};
        for (unsigned i = 0; i < 3; i++) {
            if ((present & 1u << i) != 0) {
                put(&image, (struct securecert_entry){
                                .type = 201, .subtype = (uint8_t)(i + 1), .value = values[i]});
            }
        }
        assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_MATTER");
    }
    put(&image,
        (struct securecert_entry){.type = 201, .subtype = 1, .value = SPAN_OF(made->verifier)});
    put(&image, (struct securecert_entry){.type = 201, .subtype = 2, .value = SPAN_OF(made->salt)});
    put(&image,
        (struct securecert_entry){.type = 201, .subtype = 3, .value = span_make("\x10\x27", 2)});
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_MATTER");
    assert_string_equal(problem.field, "matter.iterations");
}

static void integrity_entries_cover_what_stands_before_them(void **state)
{
    (void)state;
    uint8_t digest[SHA256_SIZE];
    struct securecert_entry user = {.type = 51, .value = span_text("hello")};
    struct securecert_entry integrity = {.type = 9, .value = SPAN_OF(digest)};
    struct securecert_entry signature = {.type = 8, .value = span_text("s")};
    AUTO(buf_done) struct buf image;
    buf_init(&image, SIZE);
    put(&image, user);
    digest_sha256(buf_span(&image), digest);
    put(&image, integrity);
    put(&image, signature);
    assert_ok(check(&image));

    put(&image, user);
    put(&image, integrity);
    user.subtype = 1;
    put(&image, user);
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_AFTER_INTEGRITY");
    user.subtype = 0;

    digest[0] ^= 1;
    put(&image, user);
    put(&image, integrity);
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_INTEGRITY");
    put(&image, user);
    integrity.value = span_make(digest, 31);
    put(&image, integrity);
    assert_refused(check(&image), STATUS_REFUSED, "SECURECERT_INTEGRITY");
}

static void images_must_be_whole_partitions(void **state)
{
    (void)state;
    static const uint8_t zeros[0x1000 - 16] = {0};
    AUTO(buf_done) struct buf image;
    buf_init(&image, SIZE);
    put(&image, (struct securecert_entry){.type = 51, .value = span_text("hello")});
    assert_refused(check_bytes(buf_span(&image)), STATUS_REFUSED, "SECURECERT_UNPADDED");
    buf_clear(&image);
    put(&image, (struct securecert_entry){.type = 51, .value = SPAN_OF(zeros)});
    assert_int_equal(image.size, 0x1000);
    assert_refused(check_bytes(buf_span(&image)), STATUS_REFUSED, "SECURECERT_FULL");
    assert_ok(check(&image));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaked_key_is_found),
        cmocka_unit_test(a_key_in_efuse_names_its_block),
        cmocka_unit_test(keys_that_cannot_be_judged_are_not_passed),
        cmocka_unit_test(integers_of_other_sizes_are_refused),
        cmocka_unit_test(integrity_entries_cover_what_stands_before_them),
        cmocka_unit_test(images_must_be_whole_partitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
