/* Every line of golden.txt: our CSV, the hash of the image the foreign tool made of it. */
#include <unistd.h>

#include "tests/golden/nvs/csv_image.h"

enum { CASES_MIN = 20 };

struct line {
    char names[256];
    unsigned size;
    int version;
    char keys[16];
    unsigned items;
    char digest[65];
};

static void check_line(const struct line *line)
{
    uint8_t keys[NVS_KEYS_SIZE];
    size_t items = 0;
    for (size_t i = 0; i < sizeof(keys); i++) {
        keys[i] = (uint8_t)i;
    }
    struct buf image = csv_image_build(line->names, line->size, line->version,
                                       strcmp(line->keys, "plain") == 0 ? NULL : keys, &items);
    print_message("%s 0x%x version %d %s\n", line->names, line->size, line->version, line->keys);
    assert_int_equal(items, line->items);
    assert_string_equal(csv_image_digest(&image), line->digest);
    buf_done(&image);
}

static void test_golden(void **state)
{
    (void)state;
    assert_int_equal(chdir(test_source_path("tests/golden/nvs")), 0);
    FILE *list = fopen("golden.txt", "r");
    assert_non_null(list);
    char text[512];
    unsigned count = 0;
    while (fgets(text, sizeof(text), list) != NULL) {
        struct line line;
        if (text[0] != '#') {
            assert_int_equal(sscanf(text, "%255s %x %d %15s %u %64s", line.names, &line.size,
                                    &line.version, line.keys, &line.items, line.digest),
                             6);
            check_line(&line);
            count++;
        }
    }
    (void)fclose(list);
    assert_true(count >= CASES_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
