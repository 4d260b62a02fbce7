/* Published and computed vectors of NVS encryption, and what it refuses. */
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/nvs/crypt.h"
#include "lib/nvs/format.h"
#include "tests/support/test.h"

static void counting(uint8_t *bytes, size_t size, uint8_t first)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(first + i);
    }
}

static void assert_hex(struct span bytes, const char *expected)
{
    char hex[2 * NVS_KEYS_SIZE + 1];
    assert_true(bytes.size <= NVS_KEYS_SIZE);
    hex_encode(bytes, hex);
    assert_string_equal(hex, expected);
}

/* The CRC of the format, whose register starts at zero. */
static void test_crc(void **state)
{
    (void)state;
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_make(NULL, 0)), 0xFFFFFFFF);
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_text("a")), 0xC54AAE31);
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_text("123456789")), 0xD202D277);
    assert_int_equal(digest_crc(DIGEST_CRC_START, span_make("", 1)), 0xFFFFFFFF);
}

/* One namespace entry "types" with index 1 in row 0, keys 00..3F: the row nvs_partition_gen makes.
 */
static void test_row_vector(void **state)
{
    (void)state;
    uint8_t image[NVS_PAGE_SIZE];
    uint8_t keys[NVS_KEYS_SIZE];
    AUTO(buf_done) struct buf row;
    buf_init(&row, NVS_ROW_SIZE);
    const char *plain = "000101ffc3353bf27479706573000000000000000000000001ffffffffffffff";
    assert_ok(hex_decode(span_text(plain), &row));
    memset(image, 0xFF, sizeof(image));
    memcpy(image + NVS_ROWS_OFFSET, row.data, row.size);
    image[NVS_BITMAP_OFFSET] = 0xFE;
    counting(keys, sizeof(keys), 0);
    assert_ok(nvs_crypt_encrypt(image, sizeof(image), SPAN_OF(keys)));
    assert_hex(span_make(image + NVS_ROWS_OFFSET, NVS_ROW_SIZE),
               "1a1c4c4294c8768c9b5e2ee0080bdd0e52f886eabd5d12a2f4f453aa926c86e4");
    /* header, bitmap and the rows that are not written stay as they are */
    assert_int_equal(image[NVS_BITMAP_OFFSET], 0xFE);
    assert_int_equal(image[0], 0xFF);
    assert_int_equal(image[NVS_ROWS_OFFSET + NVS_ROW_SIZE], 0xFF);
    assert_ok(nvs_crypt_decrypt(image, sizeof(image), SPAN_OF(keys)));
    assert_hex(span_make(image + NVS_ROWS_OFFSET, NVS_ROW_SIZE), plain);
}

static void test_refusals_leave_the_image(void **state)
{
    (void)state;
    uint8_t image[2 * NVS_PAGE_SIZE];
    uint8_t before[sizeof(image)];
    uint8_t keys[NVS_KEYS_SIZE];
    uint8_t equal[NVS_KEYS_SIZE] = {0};
    counting(keys, sizeof(keys), 0);
    memset(image, 0xFF, sizeof(image));
    image[NVS_BITMAP_OFFSET] = 0xFE;
    image[NVS_PAGE_SIZE + NVS_BITMAP_OFFSET] = 0xFD; /* row 0 of page 1: illegal state */
    memcpy(before, image, sizeof(image));
    assert_int_equal(nvs_crypt_encrypt(image, sizeof(image), SPAN_OF(keys)), STATUS_MALFORMED);
    assert_int_equal(nvs_crypt_encrypt(image, NVS_PAGE_SIZE, SPAN_OF(equal)), STATUS_INVALID);
    assert_int_equal(nvs_crypt_encrypt(image, NVS_PAGE_SIZE, span_make(keys, 32)), STATUS_INVALID);
    assert_int_equal(nvs_crypt_decrypt(image, NVS_PAGE_SIZE - 1, SPAN_OF(keys)), STATUS_INVALID);
    assert_int_equal(nvs_crypt_decrypt(image, 0, SPAN_OF(keys)), STATUS_INVALID);
    assert_memory_equal(image, before, sizeof(image));
}

static void make_partition(struct buf *partition)
{
    uint8_t keys[NVS_KEYS_SIZE];
    counting(keys, sizeof(keys), 0);
    buf_init(partition, NVS_KEY_PARTITION_SIZE);
    assert_ok(nvs_crypt_key_partition(SPAN_OF(keys), partition));
}

static void test_key_partition(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf partition;
    uint8_t keys[NVS_KEYS_SIZE];
    uint8_t expected[NVS_KEYS_SIZE];
    counting(expected, sizeof(expected), 0);
    make_partition(&partition);
    assert_int_equal(partition.size, NVS_KEY_PARTITION_SIZE);
    assert_hex(span_make(partition.data + NVS_KEYS_SIZE, 4), "45527c9a");
    assert_int_equal(partition.data[NVS_KEYS_SIZE + 4], 0xFF);
    assert_ok(nvs_crypt_read_key_partition(buf_span(&partition), keys, NULL));
    assert_memory_equal(keys, expected, sizeof(keys));
}

static void assert_partition_refused(struct span partition, status_t status, const char *reason)
{
    uint8_t keys[NVS_KEYS_SIZE];
    struct problem problem = {0};
    assert_int_equal(nvs_crypt_read_key_partition(partition, keys, &problem), status);
    assert_string_equal(problem.reason, reason);
}

static void test_key_partition_refusals(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf partition;
    make_partition(&partition);
    assert_partition_refused(span_make(partition.data, NVS_KEYS_SIZE), STATUS_INVALID,
                             "NVS_KEYS_SIZE");
    partition.data[3] ^= 1;
    assert_partition_refused(buf_span(&partition), STATUS_MALFORMED, "NVS_KEYS_CRC");
    memset(partition.data, 0xFF, partition.size);
    assert_partition_refused(buf_span(&partition), STATUS_INVALID, "NVS_KEYS_BLANK");
    memset(partition.data, 0x55, NVS_KEYS_SIZE);
    uint32_t crc = digest_crc(DIGEST_CRC_START, span_make(partition.data, NVS_KEYS_SIZE));
    write_le32(partition.data + NVS_KEYS_SIZE, crc);
    assert_partition_refused(buf_span(&partition), STATUS_INVALID, "NVS_KEYS_EQUAL");

    struct buf none;
    buf_init(&none, NVS_KEY_PARTITION_SIZE);
    uint8_t equal[NVS_KEYS_SIZE] = {0};
    assert_int_equal(nvs_crypt_key_partition(SPAN_OF(equal), &none), STATUS_INVALID);
    assert_int_equal(none.size, 0);
}

static void test_hmac_scheme(void **state)
{
    (void)state;
    AUTO(buf_done) struct buf partition;
    uint8_t hmac_key[NVS_HMAC_KEY_SIZE];
    uint8_t keys[NVS_KEYS_SIZE];
    counting(hmac_key, sizeof(hmac_key), 0);
    nvs_crypt_keys_from_hmac(SPAN_OF(hmac_key), keys);
    assert_hex(SPAN_OF(keys), "813a141220ddb819f4d73d59fa3032ab9f592cc26a18cf1fde692f712b6a025c"
                              "b20ad6b6ddd1658a6e14d1b5b726e42356adf4ff2f68fcd8826ac2908408addf");
    buf_init(&partition, NVS_KEY_PARTITION_SIZE);
    assert_ok(nvs_crypt_key_partition(SPAN_OF(keys), &partition));
    assert_hex(span_make(partition.data + NVS_KEYS_SIZE, 4), "df5135db");

    counting(hmac_key, sizeof(hmac_key), 0xA0);
    nvs_crypt_keys_from_hmac(SPAN_OF(hmac_key), keys);
    assert_hex(span_make(keys, 8), "ef8a3e7ef7a92919");
    assert_hex(span_make(keys + 32, 8), "09522d6fc6d24e8b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_row_vector),
        cmocka_unit_test(test_refusals_leave_the_image),
        cmocka_unit_test(test_key_partition),
        cmocka_unit_test(test_key_partition_refusals),
        cmocka_unit_test(test_hmac_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
