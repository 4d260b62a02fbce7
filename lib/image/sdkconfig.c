#include "lib/image/sdkconfig.h"

#include <stdio.h>

#include "lib/image/number.h"

enum kind { BOOLEAN, NUMBER, INDEX, STRING }; /* an index can be -1: none */

static const struct {
    const char *name;
    enum kind kind;
} options[] = {
#define IMAGE_SDKCONFIG_ROW(id, name, kind) {"CONFIG_" name, kind},
    IMAGE_SDKCONFIG_LIST(IMAGE_SDKCONFIG_ROW)
#undef IMAGE_SDKCONFIG_ROW
};

static const char PREFIX[] = "CONFIG_";
static const char UNSET[] = " is not set";

struct reader {
    const char *name; /* of the file */
    unsigned line;
    struct image_sdkconfig *config;
    struct problem *problem;
};

const char *image_sdkconfig_name(enum image_sdkconfig_option option)
{
    return options[option].name;
}

static status_t refuse(const struct reader *reader, const char *what)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "%.80s:%u", reader->name, reader->line);
    return problem_say(reader->problem, STATUS_MALFORMED, "SDKCONFIG", field, "%s", what);
}

static bool begins_with(struct span text, const char *start)
{
    size_t size = strlen(start);
    return text.size >= size && memcmp(text.data, start, size) == 0;
}

static bool is_name_character(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name at the front, CONFIG_ included; empty when there is none. */
static struct span option_name(struct span text)
{
    size_t size = sizeof(PREFIX) - 1;
    if (!begins_with(text, PREFIX)) {
        return span_make(text.data, 0);
    }
    while (size < text.size && is_name_character(text.data[size])) {
        size++;
    }
    return span_make(text.data, size);
}

/* IMAGE_SDKCONFIG_COUNT for an option that nothing here looks at. */
static size_t find_option(struct span name)
{
    size_t i = 0;
    while (i < IMAGE_SDKCONFIG_COUNT && !span_equal(name, span_text(options[i].name))) {
        i++;
    }
    return i;
}

static void store(const struct reader *reader, size_t option,
                  const struct image_sdkconfig_value *value)
{
    if (option < IMAGE_SDKCONFIG_COUNT) {
        reader->config->values[option] = *value;
        reader->config->values[option].line = reader->line;
    }
}

/* The text between the quotes; a backslash stands before a quote or a backslash. */
static status_t read_string(const struct reader *reader, struct span quoted,
                            struct image_sdkconfig_value *value)
{
    size_t size = 0;
    if (quoted.size < 2 || quoted.data[quoted.size - 1] != '"') {
        return refuse(reader, "a string does not end with its quote");
    }
    for (size_t i = 1; i + 1 < quoted.size; i++) {
        uint8_t c = quoted.data[i];
        if (c == '\\' && i + 2 < quoted.size) {
            i++;
            c = quoted.data[i];
        } else if (c == '"' || c == '\\') {
            return refuse(reader, "a quote or backslash in a string has no backslash before it");
        }
        if (c == '\0') {
            return refuse(reader, "a string has a NUL in it");
        }
        if (size == IMAGE_SDKCONFIG_TEXT_MAX) {
            return refuse(reader, "the string is longer than 255 bytes");
        }
        value->text[size++] = (char)c;
    }
    value->is_set = true;
    return STATUS_OK;
}

/* An option without default can be empty. */
static status_t read_number(const struct reader *reader, struct span text,
                            struct image_sdkconfig_value *value)
{
    if (text.size > 0 && !image_number_read(text, &value->number)) {
        return refuse(reader, "not a decimal or 0x hexadecimal number of 32 bits");
    }
    value->is_set = text.size > 0;
    return STATUS_OK;
}

static status_t read_value(const struct reader *reader, size_t option, struct span text)
{
    struct image_sdkconfig_value value = {.line = reader->line};
    if (option == IMAGE_SDKCONFIG_COUNT) {
        return STATUS_OK;
    }
    bool quoted = text.size > 0 && text.data[0] == '"';
    bool boolean = text.size == 1 && (text.data[0] == 'y' || text.data[0] == 'n');
    if (options[option].kind == STRING) {
        TRY(quoted ? read_string(reader, text, &value)
                   : refuse(reader, "this option is a string: it stands in quotes"));
    } else if (options[option].kind == NUMBER || options[option].kind == INDEX) {
        bool none = options[option].kind == INDEX && span_equal(text, span_text("-1"));
        TRY(none ? STATUS_OK : read_number(reader, text, &value));
    } else if (!boolean) {
        return refuse(reader, "this option is y or n");
    } else {
        value.is_set = text.data[0] == 'y';
    }
    store(reader, option, &value);
    return STATUS_OK;
}

/* "# CONFIG_X is not set" means something; every other comment does not. */
static void read_comment(const struct reader *reader, struct span line)
{
    struct span text = span_make(line.data + 1, line.size - 1);
    if (text.size > 0 && text.data[0] == ' ') {
        text = span_make(text.data + 1, text.size - 1);
    }
    struct span name = option_name(text);
    struct span rest = span_make(text.data + name.size, text.size - name.size);
    if (name.size > 0 && span_equal(rest, span_text(UNSET))) {
        store(reader, find_option(name), &(struct image_sdkconfig_value){.is_set = false});
    }
}

static status_t read_line(const struct reader *reader, struct span line)
{
    if (line.size == 0) {
        return STATUS_OK;
    }
    if (line.data[0] == '#') {
        read_comment(reader, line);
        return STATUS_OK;
    }
    struct span name = option_name(line);
    if (name.size == 0 || name.size == line.size || line.data[name.size] != '=') {
        return refuse(reader, "not a line of an sdkconfig: CONFIG_NAME=VALUE, or a comment");
    }
    struct span value = span_make(line.data + name.size + 1, line.size - name.size - 1);
    return read_value(reader, find_option(name), value);
}

static struct span trim_end(struct span line)
{
    while (line.size > 0 && (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == ' ')) {
        line.size--;
    }
    return line;
}

status_t image_sdkconfig_read(const char *name, struct span content,
                              struct image_sdkconfig *ret_config, struct problem *problem)
{
    struct image_sdkconfig config = {.values = {{.line = 0}}};
    struct reader reader = {.name = name, .config = &config, .problem = problem};
    if (content.size > IMAGE_SDKCONFIG_FILE_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "SDKCONFIG", name,
                           "larger than any sdkconfig: 1 MiB is read");
    }
    for (size_t at = 0; at < content.size;) {
        const uint8_t *start = content.data + at;
        const uint8_t *end = memchr(start, '\n', content.size - at);
        size_t size = end != NULL ? (size_t)(end - start) : content.size - at;
        reader.line++;
        TRY(read_line(&reader, trim_end(span_make(start, size))));
        at += size + 1;
    }
    *ret_config = config;
    return STATUS_OK;
}
