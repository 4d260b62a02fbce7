#include "lib/image/details.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "lib/image/rules.h"

enum {
    PART_NUMBER_MAX = 32,
    PRODUCT_LABEL_MAX = 64,
    PRODUCT_URL_MAX = 256,
    PRODUCT_FINISH_LAST = 5, /* fabric */
    PRODUCT_COLOR_LAST = 20, /* gold */
    LOCATION_LAST = 2,       /* indoor and outdoor */
    CALENDAR_BITS = 12,
    LOCALE_MAX = 35,
    FIXED_LABEL_MAX = 15,
    MODE_LABEL_MAX = 64,
    ENDPOINT_MAX = 0xfffe, /* 0xffff is no endpoint */
    DYNAMIC_KEY_MAX = 14,  /* the firmware makes these keys in 15 bytes and cuts what is longer */
};

/* ---- checking ---- */

/* "supported_modes[3].label" */
static const char *field_of(const char *list, size_t index, const char *member,
                            char ret_field[static PROBLEM_FIELD_MAX])
{
    (void)snprintf(ret_field, PROBLEM_FIELD_MAX, "%.60s[%zu]%s%s", list, index,
                   member[0] != '\0' ? "." : "", member);
    return ret_field;
}

static status_t check_optional_text(const char *field, const char *text, size_t max,
                                    struct problem *problem)
{
    return text == NULL ? STATUS_OK : image_rules_text(field, text, max, problem);
}

/* RFC 1738 §2.2: what a URL may not have as it is. */
static bool is_url_text(const char *text)
{
    size_t size = 0;
    while (text[size] > ' ' && text[size] < 0x7f && strchr("\"<>\\^`{|}", text[size]) == NULL) {
        size++;
    }
    return size > 0 && text[size] == '\0';
}

static status_t check_number(const char *field, struct image_number number, uint32_t last,
                             struct problem *problem)
{
    if (number.given && number.value > last) {
        return problem_say(problem, STATUS_INVALID, "RANGE", field, "%u is not listed: use 0 to %u",
                           number.value, last);
    }
    return STATUS_OK;
}

static status_t check_endpoint(const char *list, size_t index, uint16_t endpoint,
                               struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    return endpoint <= ENDPOINT_MAX ? STATUS_OK
                                    : problem_say(problem, STATUS_INVALID, "ENDPOINT",
                                                  field_of(list, index, "endpoint", field),
                                                  "0xffff is no endpoint: use 0 to 0xfffe");
}

/* Matter Core Specification, Basic Information, ProductURL: ASCII, of the syntax of RFC 1738. */
static status_t check_url(const char *url, struct problem *problem)
{
    static const char *const schemes[] = {"https://", "http://"};
    TRY(check_optional_text("product_url", url, PRODUCT_URL_MAX, problem));
    for (size_t i = 0; url != NULL && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        const char *host = url + strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0 && host[0] != '/' &&
            is_url_text(host)) {
            return STATUS_OK;
        }
    }
    return url == NULL ? STATUS_OK
                       : problem_say(problem, STATUS_INVALID, "URL", "product_url",
                                     "no URL: write it like https://example.com/lamp, in ASCII "
                                     "without blanks");
}

/* RFC 5646 §2.1.1: case means nothing in a tag. */
static status_t check_locale_unique(const struct image_details *details, size_t index,
                                    struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    for (size_t i = 0; i < index; i++) {
        if (strcasecmp(details->locales[i], details->locales[index]) == 0) {
            return problem_say(problem, STATUS_INVALID, "LOCALE_TWICE",
                               field_of("localization.locales", index, "", field),
                               "%s is listed twice: keep one", details->locales[index]);
        }
    }
    return STATUS_OK;
}

/* RFC 5646: letters, digits and '-'; a whole grammar is the firmware's matter. */
static status_t check_locales(const struct image_details *details, struct problem *problem)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    TRY(image_rules_count("localization.locales", details->locale_count, IMAGE_LOCALES_MAX,
                          problem));
    for (size_t i = 0; i < details->locale_count; i++) {
        const char *locale = details->locales[i];
        char field[PROBLEM_FIELD_MAX];
        (void)field_of("localization.locales", i, "", field);
        TRY(image_rules_text(field, locale, LOCALE_MAX, problem));
        if (locale[strspn(locale, allowed)] != '\0' || locale[0] == '-') {
            return problem_say(problem, STATUS_INVALID, "LOCALE", field,
                               "not a BCP 47 tag: write it like en-GB");
        }
        TRY(check_locale_unique(details, i, problem));
    }
    return STATUS_OK;
}

static status_t check_label_unique(const struct image_details *details, size_t index,
                                   struct problem *problem)
{
    const struct image_fixed_label *labels = details->fixed_labels;
    char field[PROBLEM_FIELD_MAX];
    for (size_t i = 0; i < index; i++) {
        if (labels[i].endpoint == labels[index].endpoint &&
            strcmp(labels[i].label, labels[index].label) == 0 &&
            strcmp(labels[i].value, labels[index].value) == 0) {
            return problem_say(problem, STATUS_INVALID, "LABEL_TWICE",
                               field_of("fixed_labels", index, "", field),
                               "this label and value are listed twice for endpoint %u: keep one",
                               labels[index].endpoint);
        }
    }
    return STATUS_OK;
}

static status_t check_fixed_labels(const struct image_details *details, struct problem *problem)
{
    static const char list[] = "fixed_labels";
    char field[PROBLEM_FIELD_MAX];
    TRY(image_rules_count(list, details->fixed_label_count, IMAGE_FIXED_LABELS_MAX, problem));
    for (size_t i = 0; i < details->fixed_label_count; i++) {
        const struct image_fixed_label *label = &details->fixed_labels[i];
        TRY(check_endpoint(list, i, label->endpoint, problem));
        TRY(image_rules_text(field_of(list, i, "label", field), label->label, FIXED_LABEL_MAX,
                             problem));
        TRY(image_rules_text(field_of(list, i, "value", field), label->value, FIXED_LABEL_MAX,
                             problem));
        TRY(check_label_unique(details, i, problem));
    }
    return STATUS_OK;
}

/* How many modes before `index` are on the same endpoint: the mode's number in its keys. */
static unsigned mode_index(const struct image_details *details, size_t index)
{
    unsigned count = 0;
    for (size_t i = 0; i < index; i++) {
        count += details->supported_modes[i].endpoint == details->supported_modes[index].endpoint;
    }
    return count;
}

/* The keys with the longest prefix; tags have at most one digit (SPEC.md §1.4). */
static status_t check_mode_key(const struct image_details *details, size_t index,
                               struct problem *problem)
{
    unsigned endpoint = details->supported_modes[index].endpoint;
    char field[PROBLEM_FIELD_MAX];
    if (snprintf(NULL, 0, "sm-label/%x/%x", endpoint, mode_index(details, index)) <=
        DYNAMIC_KEY_MAX) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "KEY_LENGTH",
                       field_of("supported_modes", index, "endpoint", field),
                       "endpoint 0x%x and the mode's number give a key over %d characters, which "
                       "the firmware cuts: use a lower endpoint or fewer modes",
                       endpoint, DYNAMIC_KEY_MAX);
}

static status_t check_mode_unique(const struct image_details *details, size_t index,
                                  struct problem *problem)
{
    const struct image_supported_mode *modes = details->supported_modes;
    char field[PROBLEM_FIELD_MAX];
    for (size_t i = 0; i < index; i++) {
        if (modes[i].endpoint == modes[index].endpoint && modes[i].mode == modes[index].mode) {
            return problem_say(problem, STATUS_INVALID, "MODE_TWICE",
                               field_of("supported_modes", index, "mode", field),
                               "mode %u is listed twice for endpoint %u", modes[index].mode,
                               modes[index].endpoint);
        }
    }
    return STATUS_OK;
}

static status_t check_supported_modes(const struct image_details *details, struct problem *problem)
{
    static const char list[] = "supported_modes";
    char field[PROBLEM_FIELD_MAX];
    TRY(image_rules_count(list, details->supported_mode_count, IMAGE_SUPPORTED_MODES_MAX, problem));
    for (size_t i = 0; i < details->supported_mode_count; i++) {
        const struct image_supported_mode *mode = &details->supported_modes[i];
        TRY(check_endpoint(list, i, mode->endpoint, problem));
        TRY(image_rules_text(field_of(list, i, "label", field), mode->label, MODE_LABEL_MAX,
                             problem));
        TRY(image_rules_count(field_of(list, i, "tags", field), mode->tag_count,
                              IMAGE_MODE_TAGS_MAX, problem));
        TRY(check_mode_key(details, i, problem));
        TRY(check_mode_unique(details, i, problem));
    }
    return STATUS_OK;
}

status_t image_details_check(const struct image_details *details, struct problem *problem)
{
    TRY(check_optional_text("part_number", details->part_number, PART_NUMBER_MAX, problem));
    TRY(check_optional_text("product_label", details->product_label, PRODUCT_LABEL_MAX, problem));
    TRY(check_url(details->product_url, problem));
    TRY(check_number("product_finish", details->product_finish, PRODUCT_FINISH_LAST, problem));
    TRY(check_number("product_primary_color", details->product_color, PRODUCT_COLOR_LAST, problem));
    TRY(check_number("location_capability", details->location_capability, LOCATION_LAST, problem));
    if (details->calendar_types >> CALENDAR_BITS != 0) {
        return problem_say(problem, STATUS_INVALID, "RANGE", "localization.calendar_types",
                           "a calendar that is not listed: bits 0 to %d are", CALENDAR_BITS - 1);
    }
    TRY(check_locales(details, problem));
    TRY(check_fixed_labels(details, problem));
    return check_supported_modes(details, problem);
}

/* ---- listing ---- */

/* The key of an endpoint or of one of its entries; numbers are lower-case hex (SPEC.md §1.4). */
struct dynamic_key {
    char text[DYNAMIC_KEY_MAX + 1];
};

static struct dynamic_key key_of(const char *format, ...) PRINTF_LIKE(1, 2);
static struct dynamic_key key_of(const char *format, ...)
{
    struct dynamic_key key;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(key.text, sizeof(key.text), format, arguments);
    va_end(arguments);
    assert(length > 0 && length <= DYNAMIC_KEY_MAX); /* image_details_check has seen to it */
    return key;
}

static void list_optional_text(struct image_values *values, const char *key, const char *text)
{
    if (text != NULL) {
        image_values_add_text(values, key, text);
    }
}

static void list_number(struct image_values *values, const char *key, struct image_number number)
{
    if (number.given) {
        image_values_add_integer(values, key, number.value);
    }
}

static void list_locales(const struct image_details *details, struct image_values *values)
{
    if (details->locale_count == 0) {
        return;
    }
    image_values_add_integer(values, "locale-sz", (uint32_t)details->locale_count);
    for (size_t i = 0; i < details->locale_count; i++) {
        image_values_add_text(values, key_of("locale/%x", (unsigned)i).text, details->locales[i]);
    }
}

/* Those of one endpoint, in their order, and their count. */
static void list_fixed_labels(const struct image_details *details, unsigned endpoint,
                              struct image_values *values)
{
    unsigned count = 0;
    for (size_t i = 0; i < details->fixed_label_count; i++) {
        const struct image_fixed_label *label = &details->fixed_labels[i];
        if (label->endpoint == endpoint) {
            image_values_add_text(values, key_of("fl-k/%x/%x", endpoint, count).text, label->label);
            image_values_add_text(values, key_of("fl-v/%x/%x", endpoint, count).text, label->value);
            count++;
        }
    }
    image_values_add_integer(values, key_of("fl-sz/%x", endpoint).text, count);
}

static void list_mode(const struct image_supported_mode *mode, unsigned index,
                      struct image_values *values)
{
    unsigned endpoint = mode->endpoint;
    image_values_add_text(values, key_of("sm-label/%x/%x", endpoint, index).text, mode->label);
    image_values_add_integer(values, key_of("sm-mode/%x/%x", endpoint, index).text, mode->mode);
    image_values_add_integer(values, key_of("sm-st-sz/%x/%x", endpoint, index).text,
                             (uint32_t)mode->tag_count);
    for (unsigned i = 0; i < mode->tag_count; i++) {
        image_values_add_integer(values, key_of("st-v/%x/%x/%x", endpoint, index, i).text,
                                 mode->tags[i].value);
        image_values_add_integer(values, key_of("st-mfg/%x/%x/%x", endpoint, index, i).text,
                                 mode->tags[i].manufacturer_code);
    }
}

static void list_modes(const struct image_details *details, unsigned endpoint,
                       struct image_values *values)
{
    unsigned count = 0;
    for (size_t i = 0; i < details->supported_mode_count; i++) {
        if (details->supported_modes[i].endpoint == endpoint) {
            list_mode(&details->supported_modes[i], count++, values);
        }
    }
    image_values_add_integer(values, key_of("sm-sz/%x", endpoint).text, count);
}

static bool first_label_of_endpoint(const struct image_details *details, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (details->fixed_labels[i].endpoint == details->fixed_labels[index].endpoint) {
            return false;
        }
    }
    return true;
}

static void list_instance(const struct image_details *details, struct image_values *values)
{
    list_optional_text(values, "part-number", details->part_number);
    list_optional_text(values, "product-label", details->product_label);
    list_optional_text(values, "product-url", details->product_url);
    list_number(values, "product-finish", details->product_finish);
    list_number(values, "product-color", details->product_color);
}

void image_details_list(const struct image_product *product, struct image_values *values)
{
    const struct image_details *details = &product->details;
    if (!product->instance_left_out) {
        list_instance(details, values);
    }
    list_number(values, "device-type", details->device_type);
    list_number(values, "loc-capability", details->location_capability);
    if (details->calendar_types != 0) {
        image_values_add_integer(values, "cal-types", details->calendar_types);
    }
    list_locales(details, values);
    for (size_t i = 0; i < details->fixed_label_count; i++) {
        if (first_label_of_endpoint(details, i)) {
            list_fixed_labels(details, details->fixed_labels[i].endpoint, values);
        }
    }
    for (size_t i = 0; i < details->supported_mode_count; i++) {
        if (mode_index(details, i) == 0) {
            list_modes(details, details->supported_modes[i].endpoint, values);
        }
    }
}
