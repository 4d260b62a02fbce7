#include "client/options.h"

#include "tests/support/test.h"

enum { WORDS_MAX = 140 };

struct words {
    bool json;
    const char *file;
    struct option_list lines;
    bool more;
    const char *output;
    bool verbose;
    const char *operands[OPTIONS_OPERANDS_MAX];
    int exit_code;
};

static const struct option_command COMMAND = {"noun verb", "the help\n", 1, 2,
                                              "one or two FILEs are"};

/* Runs the reader on words split at blanks. */
static bool read_words(const char *line, struct words *ret_words)
{
    char copy[4096];
    char *argv[WORDS_MAX] = {copy};
    int argc = 0;
    *ret_words = (struct words){.exit_code = -1};
    (void)snprintf(copy, sizeof(copy), "verb %s", line);
    for (char *rest = copy, *word; (word = strsep(&rest, " ")) != NULL;) {
        if (word[0] != '\0') {
            argv[argc++] = word;
        }
    }
    const struct option_row rows[] = {{"json", .flag = &ret_words->json},
                                      {"file", .text = &ret_words->file},
                                      {"line", .list = &ret_words->lines},
                                      {"output", .text = &ret_words->output, .letter = 'o'},
                                      {"verbose", .flag = &ret_words->verbose, .letter = 'v'},
                                      {.name = NULL}};
    const struct option_row more[] = {{"more", .flag = &ret_words->more}, {.name = NULL}};
    /* operands borrow from the stack: only whether they are there is looked at afterwards */
    return options_read(&COMMAND, rows, more, argc, argv, ret_words->operands,
                        &ret_words->exit_code);
}

static void test_words(void **state)
{
    (void)state;
    struct words words;
    assert_true(read_words("a --json --line 1 b --line=2 --more --file f", &words));
    assert_int_equal(words.exit_code, 0);
    assert_true(words.json && words.more);
    assert_non_null(words.file);
    assert_int_equal(words.lines.count, 2);
    assert_non_null(words.operands[0]);
    assert_non_null(words.operands[1]);
    assert_null(words.operands[2]);
    assert_true(read_words("a -o out -v", &words));
    assert_true(words.verbose);
    assert_non_null(words.output);
    assert_true(read_words("a -voout", &words));
    assert_true(words.verbose);
    assert_non_null(words.output);
    assert_true(read_words("-- --json", &words));
    assert_false(words.json);
    assert_non_null(words.operands[0]);
}

static void test_usage(void **state)
{
    (void)state;
    struct words words;
    static const char *const WRONG[] = {
        "",     "a b c", "a --nothing",      "a --file", "a --file x --file y", "a --json=yes",
        "a -j", "a -o",  "a -o x --output y"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        assert_false(read_words(WRONG[i], &words));
        assert_int_equal(words.exit_code, 2);
    }
    char many[4096] = "a";
    for (int i = 0; i <= OPTIONS_LIST_MAX; i++) {
        strcat(many, " --line=x");
    }
    assert_false(read_words(many, &words));
    assert_int_equal(words.exit_code, 2);
    assert_int_equal(words.lines.count, OPTIONS_LIST_MAX);
}

static void test_help(void **state)
{
    (void)state;
    struct words words;
    assert_false(read_words("--help", &words));
    assert_int_equal(words.exit_code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
