/* The factory data of three invented devices, written through the API. The hashes are those of the
 * images that nvs_partition_gen 0.2.0 makes of the same values (README.md). */
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/nvs/crypt.h"
#include "lib/nvs/reader.h"
#include "tests/support/test.h"

enum { IMAGE_SIZE = 0x6000, BLOB_MAX = 3000 };

static const char SALT[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
static const char VERIFIER[] =
    "0Vz+6Zg7QOq5ukH370fOYM86F2XopdEcPwfhZ1qvTGoEctORTncWkJEVEfOZXMASljwMo0d5v3aQ1neB0fxP8Afb6gHU8"
    "kqp140vKIK6T8+qSqOQwifg0vdfiVQGt/vleg==";
static const uint8_t UNIQUE_ID[] = {0xd2, 0xf3, 0x51, 0xf5, 0x7b, 0xb9, 0x38, 0x74,
                                    0x45, 0xa5, 0xf9, 0x2a, 0x60, 0x1d, 0x1c, 0x14};

static void integer(struct nvs_writer *writer, const char *key, uint64_t value)
{
    assert_ok(nvs_writer_integer(writer, key, NVS_U32, value, NULL));
}

static void text(struct nvs_writer *writer, const char *key, const char *value)
{
    assert_ok(nvs_writer_string(writer, key, span_text(value), NULL));
}

/* Byte i is (i * factor + offset) & 255, behind an optional first byte 04. */
static void pattern(struct nvs_writer *writer, const char *key, size_t size, size_t factor,
                    size_t offset, bool point)
{
    uint8_t bytes[1 + BLOB_MAX] = {0x04};
    assert_true(size <= BLOB_MAX);
    for (size_t i = 0; i < size; i++) {
        bytes[1 + i] = (uint8_t)(i * factor + offset);
    }
    struct span value = point ? span_make(bytes, size + 1) : span_make(bytes + 1, size);
    assert_ok(nvs_writer_blob(writer, key, value, NULL));
}

static void begin(struct nvs_writer *writer)
{
    assert_ok(nvs_writer_namespace(writer, "chip-factory", NULL));
    integer(writer, "discriminator", 3840);
    integer(writer, "iteration-count", 10000);
    text(writer, "salt", SALT);
    text(writer, "verifier", VERIFIER);
}

static void write_small(struct nvs_writer *writer)
{
    begin(writer);
    integer(writer, "vendor-id", 65521);
    assert_ok(nvs_writer_blob(writer, "rd-id-uid", SPAN_OF(UNIQUE_ID), NULL));
}

static void write_typical(struct nvs_writer *writer)
{
    char url[220 + 1] = "https://example.com/";
    memset(url + 20, 'a', 200);
    begin(writer);
    pattern(writer, "dac-cert", 492, 7, 3, false);
    pattern(writer, "dac-key", 32, 1, 0, false);
    pattern(writer, "dac-pub-key", 64, 3, 1, true);
    pattern(writer, "pai-cert", 463, 5, 9, false);
    pattern(writer, "cert-dclrn", 541, 11, 2, false);
    integer(writer, "vendor-id", 65521);
    text(writer, "vendor-name", "ACME");
    integer(writer, "product-id", 32768);
    text(writer, "product-name", "Lamp");
    text(writer, "serial-num", "SN0001");
    integer(writer, "hardware-ver", 1);
    text(writer, "hw-ver-str", "v1");
    text(writer, "mfg-date", "20261122");
    assert_ok(nvs_writer_blob(writer, "rd-id-uid", SPAN_OF(UNIQUE_ID), NULL));
    integer(writer, "fl-sz/0", 2);
    text(writer, "fl-k/0/0", "k0");
    text(writer, "fl-v/0/0", "v0");
    text(writer, "fl-k/0/1", "k1");
    text(writer, "fl-v/0/1", "v1");
    text(writer, "product-url", url);
}

static void write_two_pages(struct nvs_writer *writer)
{
    write_typical(writer);
    pattern(writer, "x-big", 3000, 13, 5, false);
}

static void assert_digest(const struct buf *image, const char *expected)
{
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    digest_sha256(buf_span(image), digest);
    hex_encode(SPAN_OF(digest), hex);
    assert_string_equal(hex, expected);
}

static void check_device(void (*write)(struct nvs_writer *), size_t items, const char *plain,
                         const char *encrypted)
{
    uint8_t keys[NVS_KEYS_SIZE];
    for (size_t i = 0; i < sizeof(keys); i++) {
        keys[i] = (uint8_t)i;
    }
    AUTO(nvs_writer_free) struct nvs_writer *writer = NULL;
    AUTO(nvs_reader_free) struct nvs_reader *reader = NULL;
    AUTO(buf_done) struct buf image;
    buf_init_secret(&image, IMAGE_SIZE);
    assert_ok(nvs_writer_new(IMAGE_SIZE, NVS_VERSION_2, &writer, NULL));
    write(writer);
    assert_ok(nvs_writer_finish(writer, &image));
    assert_digest(&image, plain);
    assert_ok(nvs_reader_new(buf_span(&image), &reader, NULL));
    assert_int_equal(nvs_reader_count(reader), items);
    assert_ok(nvs_crypt_encrypt(image.data, image.size, SPAN_OF(keys)));
    assert_digest(&image, encrypted);
    assert_ok(nvs_crypt_decrypt(image.data, image.size, SPAN_OF(keys)));
    assert_digest(&image, plain);
}

static void test_small(void **state)
{
    (void)state;
    check_device(write_small, 6, "747d191f3ad6dd75a9c3980900af0f0c19053100c17ef6ebb5c673cefe04b0b8",
                 "74abc21fb0984874853a367c01c20039eadf102363240bcb2d951a6c0c250c9c");
}

static void test_typical(void **state)
{
    (void)state;
    check_device(write_typical, 24,
                 "0714581529406e21eb9ba670f8d571d32aa706f024ed004f09c8ce921bd44818",
                 "c4bf6c436d7ce8e63f29da517cb4e577171822b95053671f21b246928b06db6a");
}

static void test_two_pages(void **state)
{
    (void)state;
    check_device(write_two_pages, 25,
                 "e12aa22d6ccfd596ce081038dbbfab4481c9633111c97202053bd162075a3e60",
                 "4bc4b3c5d9305897d2839c6d1a7d2c70650f01536ed4fcabdbddb5853c4d02b6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_small), cmocka_unit_test(test_typical),
                                       cmocka_unit_test(test_two_pages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
