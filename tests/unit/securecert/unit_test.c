/* A unit's partition in every key mode, and every refusal of the writer's self-check. */
#include "lib/securecert/unit.h"

#include "lib/base/digest.h"
#include "lib/securecert/check.h"
#include "lib/securecert/writer.h"
#include "tests/unit/securecert/fixture.h"

static struct problem problem;

static struct buf written(const struct securecert_unit *unit)
{
    struct buf image;
    buf_init_secret(&image, SECURECERT_PARTITION_MAX);
    status_t status = securecert_unit_write(unit, &image, &problem);
    if (status != STATUS_OK) {
        print_error("%s: %s\n", problem.reason, problem.message);
    }
    assert_ok(status);
    assert_int_equal(image.size, unit->size);
    return image;
}

static void assert_written(const struct securecert_unit *unit)
{
    struct buf image = written(unit);
    buf_done(&image);
}

static status_t refusal(const struct securecert_unit *unit)
{
    AUTO(buf_done) struct buf image;
    buf_init_secret(&image, SECURECERT_PARTITION_MAX);
    status_t status = securecert_unit_write(unit, &image, &problem);
    assert_int_equal(image.size, 0); /* nothing half-made leaves */
    return status;
}

static struct span value_of(struct securecert_reader *reader, uint8_t type, uint8_t subtype)
{
    const struct securecert_entry *entry = securecert_reader_find(reader, type, subtype);
    assert_non_null(entry);
    return entry->value;
}

static void everything_is_read_back(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct securecert_unit unit = fixture_unit();
    AUTO(buf_done) struct buf image = written(&unit);
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
    assert_int_equal(securecert_reader_count(reader), 9);
    assert_span_equal(value_of(reader, SECURECERT_DEV_CERT, 0), buf_span(&made->dac));
    assert_span_equal(value_of(reader, SECURECERT_CA_CERT, 0), buf_span(&made->pai));
    assert_int_equal(value_of(reader, SECURECERT_PRIV_KEY, 0).size, 121);
    assert_span_equal(value_of(reader, SECURECERT_MATTER_1, 0), span_make("\x00\x0f", 2));
    assert_span_equal(value_of(reader, SECURECERT_MATTER_1, 1), SPAN_OF(made->verifier));
    assert_span_equal(value_of(reader, SECURECERT_MATTER_1, 2), SPAN_OF(made->salt));
    assert_span_equal(value_of(reader, SECURECERT_MATTER_1, 3), span_make("\x10\x27\0\0", 4));
    assert_span_equal(value_of(reader, SECURECERT_MATTER_1, 4), SPAN_OF(made->rotating_id));
    uint8_t digest[SHA256_SIZE];
    size_t covered = securecert_reader_used(reader) - securecert_entry_size(SHA256_SIZE);
    digest_sha256(span_make(image.data, covered), digest);
    assert_span_equal(value_of(reader, SECURECERT_INTEGRITY, 0), SPAN_OF(digest));
    for (size_t i = securecert_reader_used(reader); i < image.size; i++) {
        assert_int_equal(image.data[i], 0xFF);
    }
}

/* The whole purpose of the mode: the key is in the chip and nowhere else. */
static void a_key_of_the_ecdsa_peripheral_is_nowhere_in_the_image(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct securecert_unit unit = fixture_unit();
    AUTO(buf_done) struct buf plain = written(&unit);
    assert_true(fixture_contains(buf_span(&plain), SPAN_OF(made->scalar)));
    unit.key_mode = SECURECERT_KEY_PERIPHERAL;
    unit.scalar = SPAN_OF(made->scalar); /* even if a caller leaves it there */
    for (unsigned key = 0; key < SECURECERT_EFUSE_KEYS; key++) {
        AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
        unit.efuse_key = key;
        AUTO(buf_done) struct buf image = written(&unit);
        assert_false(fixture_contains(buf_span(&image), SPAN_OF(made->scalar)));
        /* nor any quarter of it */
        for (size_t i = 0; i < 32; i += 8) {
            assert_false(fixture_contains(buf_span(&image), span_make(made->scalar + i, 8)));
        }
        assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
        const struct securecert_entry *entry =
            securecert_reader_find(reader, SECURECERT_PRIV_KEY, 0);
        assert_int_equal(entry->flags, 0x08);
        assert_int_equal(entry->value.size, 0);
        assert_int_equal(value_of(reader, SECURECERT_SEC_CFG, 0).data[0], 4 + key);
    }
}

static void a_derived_key_is_nowhere_in_the_image(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct securecert_unit unit = fixture_unit();
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    unit.key_mode = SECURECERT_KEY_DERIVED;
    unit.dac = buf_span(&made->derived_dac);
    unit.hmac_salt = SPAN_OF(made->hmac_salt);
    uint8_t key[32];
    memset(key, 0x5C, sizeof(key)); /* for the scan: the fixture's HMAC key equals its salt */
    unit.hmac_key = SPAN_OF(made->hmac_key);
    AUTO(buf_done) struct buf image = written(&unit);
    assert_false(fixture_contains(buf_span(&image), SPAN_OF(made->derived)));
    assert_ok(securecert_reader_new(buf_span(&image), &reader, &problem));
    const struct securecert_entry *entry = securecert_reader_find(reader, SECURECERT_PRIV_KEY, 0);
    assert_int_equal(entry->flags, 0x40);
    assert_int_equal(entry->value.size, 0);
    assert_span_equal(value_of(reader, SECURECERT_HMAC_SALT, 0), SPAN_OF(made->hmac_salt));

    unit.hmac_key = SPAN_OF(key);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_KEY_PAIR");
    unit.hmac_key = span_make(NULL, 0); /* the host does not have it: the pair is not checked */
    AUTO(buf_done) struct buf unchecked = written(&unit);
    assert_span_equal(buf_span(&unchecked), buf_span(&image));
    unit.hmac_salt = span_make(made->hmac_salt, 31);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_HMAC_SALT_SIZE");
    unit.hmac_salt = SPAN_OF(made->hmac_salt);
    unit.hmac_key = span_make(key, 16);
    assert_refused(refusal(&unit), STATUS_INVALID, "SECURECERT_HMAC_KEY_SIZE");
}

static void parts_of_a_unit_are_images_too(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct securecert_unit unit = {.size = 0x1000, .has_discriminator = true};
    assert_written(&unit);
    unit = (struct securecert_unit){.size = 0x1000, .rotating_id = SPAN_OF(made->rotating_id)};
    assert_written(&unit);
    unit = fixture_unit();
    unit.has_discriminator = false;
    unit.verifier = span_make(NULL, 0); /* a product whose firmware makes its passcode */
    assert_written(&unit);
    unit = (struct securecert_unit){.size = 0x1000, .integrity = true};
    assert_refused(refusal(&unit), STATUS_INVALID, "SECURECERT_NOTHING");
}

static void identities_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct securecert_unit unit = fixture_unit();
    unit.scalar = SPAN_OF(made->derived);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_KEY_PAIR");
    unit.scalar = span_make(made->scalar, 31);
    assert_refused(refusal(&unit), STATUS_INVALID, "SECURECERT_KEY");
    unit = fixture_unit();
    unit.pai = buf_span(&made->other_pai);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_CHAIN");
    unit.pai = span_make(NULL, 0);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_IDENTITY");
    unit = fixture_unit();
    unit.dac = span_make(NULL, 0);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_IDENTITY");
    unit = fixture_unit();
    unit.key_mode = SECURECERT_KEY_NONE;
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_IDENTITY");
    unit = fixture_unit();
    unit.dac = span_text("-----BEGIN CERTIFICATE-----\n");
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_CERTIFICATE");
    uint8_t large[601] = {0x30, 0x82, 0x02, 0x55};
    unit.dac = SPAN_OF(large);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_CERTIFICATE");
    unit = fixture_unit();
    unit.key_mode = SECURECERT_KEY_PERIPHERAL;
    unit.efuse_key = 6;
    assert_refused(refusal(&unit), STATUS_INVALID, "SECURECERT_EFUSE_KEY");
}

static void commissioning_data_out_of_range_is_refused(void **state)
{
    (void)state;
    const struct fixture *made = fixture_get();
    struct securecert_unit unit = fixture_unit();
    uint8_t verifier[97];
    unit.discriminator = 4096;
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    unit = fixture_unit();
    unit.iterations = 999;
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    unit.iterations = 100001;
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    unit = fixture_unit();
    unit.salt = span_make(made->salt, 15);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    unit.salt = SPAN_OF(made->hmac_salt);
    assert_written(&unit);
    unit.salt = span_make(made->verifier, 33);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    unit = fixture_unit();
    unit.verifier = span_make(made->verifier, 96);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    memcpy(verifier, made->verifier, sizeof(verifier));
    verifier[96] ^= 1; /* L leaves the curve */
    unit.verifier = SPAN_OF(verifier);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    memcpy(verifier, made->verifier, sizeof(verifier));
    memset(verifier, 0xFF, 32); /* w0 beyond the order */
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
    unit = fixture_unit();
    unit.rotating_id = span_make(made->rotating_id, 15);
    assert_refused(refusal(&unit), STATUS_REFUSED, "SECURECERT_MATTER");
}

static void sizes_that_are_no_partition_are_refused(void **state)
{
    (void)state;
    struct securecert_unit unit = fixture_unit();
    static const size_t sizes[] = {0, 1, 0x1001, 0x1FFF, 0x10000, SIZE_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        unit.size = sizes[i];
        assert_refused(refusal(&unit), STATUS_INVALID, "SECURECERT_SIZE");
    }
    unit.size = 0xF000;
    assert_written(&unit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read_back),
        cmocka_unit_test(a_key_of_the_ecdsa_peripheral_is_nowhere_in_the_image),
        cmocka_unit_test(a_derived_key_is_nowhere_in_the_image),
        cmocka_unit_test(parts_of_a_unit_are_images_too),
        cmocka_unit_test(identities_that_do_not_fit_are_refused),
        cmocka_unit_test(commissioning_data_out_of_range_is_refused),
        cmocka_unit_test(sizes_that_are_no_partition_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
