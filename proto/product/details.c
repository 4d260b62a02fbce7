#include "proto/product/details.h"

#include <stdio.h>

#include "lib/image/rules.h"

static const char *given_text(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* An enum whose values are Matter's plus one, so that 0 is "not given". */
static struct image_number enum_number(int value)
{
    return value > 0 ? (struct image_number){true, (uint32_t)value - 1} : (struct image_number){0};
}

struct place {
    const char *list;
    size_t index;
    const char *member;
};

/* "supported_modes[3].mode" must fit its type. */
static status_t check_range(uint32_t value, uint32_t max, struct place place,
                            struct problem *problem)
{
    if (value <= max) {
        return STATUS_OK;
    }
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "%.60s[%zu].%s", place.list, place.index, place.member);
    return problem_say(problem, STATUS_INVALID, "RANGE", field, "%u is too large: use 0 to %u",
                       value, max);
}

static status_t read_localization(const Mintmark__V1__Localization *message,
                                  struct image_details *details, struct problem *problem)
{
    if (message == NULL) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < message->n_calendar_types; i++) {
        int bit = (int)message->calendar_types[i] - 1;
        if ((details->calendar_types & 1u << bit) != 0) {
            return problem_say(problem, STATUS_INVALID, "CALENDAR_TWICE",
                               "localization.calendar_types",
                               "a calendar is listed twice: keep one");
        }
        details->calendar_types = (uint16_t)(details->calendar_types | 1u << bit);
    }
    TRY(image_rules_count("localization.locales", message->n_locales, IMAGE_LOCALES_MAX, problem));
    for (size_t i = 0; i < message->n_locales; i++) {
        details->locales[i] = message->locales[i];
    }
    details->locale_count = message->n_locales;
    return STATUS_OK;
}

static status_t read_fixed_labels(const Mintmark__V1__Product *message,
                                  struct image_details *details, struct problem *problem)
{
    static const char list[] = "fixed_labels";
    TRY(image_rules_count(list, message->n_fixed_labels, IMAGE_FIXED_LABELS_MAX, problem));
    for (size_t i = 0; i < message->n_fixed_labels; i++) {
        const Mintmark__V1__FixedLabel *label = message->fixed_labels[i];
        TRY(check_range(label->endpoint, UINT16_MAX, (struct place){list, i, "endpoint"}, problem));
        details->fixed_labels[i] = (struct image_fixed_label){
            .endpoint = (uint16_t)label->endpoint, .label = label->label, .value = label->value};
    }
    details->fixed_label_count = message->n_fixed_labels;
    return STATUS_OK;
}

static status_t read_tags(const Mintmark__V1__SupportedMode *message, size_t index,
                          struct image_supported_mode *mode, struct problem *problem)
{
    static const char list[] = "supported_modes";
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "%s[%zu].tags", list, index);
    TRY(image_rules_count(field, message->n_tags, IMAGE_MODE_TAGS_MAX, problem));
    for (size_t i = 0; i < message->n_tags; i++) {
        const Mintmark__V1__SemanticTag *tag = message->tags[i];
        TRY(check_range(tag->value, UINT16_MAX, (struct place){field, i, "value"}, problem));
        TRY(check_range(tag->manufacturer_code, UINT16_MAX,
                        (struct place){field, i, "manufacturer_code"}, problem));
        mode->tags[i] = (struct image_mode_tag){
            .manufacturer_code = (uint16_t)tag->manufacturer_code, .value = (uint16_t)tag->value};
    }
    mode->tag_count = message->n_tags;
    return STATUS_OK;
}

static status_t read_supported_modes(const Mintmark__V1__Product *message,
                                     struct image_details *details, struct problem *problem)
{
    static const char list[] = "supported_modes";
    TRY(image_rules_count(list, message->n_supported_modes, IMAGE_SUPPORTED_MODES_MAX, problem));
    for (size_t i = 0; i < message->n_supported_modes; i++) {
        const Mintmark__V1__SupportedMode *mode = message->supported_modes[i];
        TRY(check_range(mode->endpoint, UINT16_MAX, (struct place){list, i, "endpoint"}, problem));
        TRY(check_range(mode->mode, UINT8_MAX, (struct place){list, i, "mode"}, problem));
        details->supported_modes[i] =
            (struct image_supported_mode){.endpoint = (uint16_t)mode->endpoint,
                                          .label = mode->label,
                                          .mode = (uint8_t)mode->mode};
        TRY(read_tags(mode, i, &details->supported_modes[i], problem));
    }
    details->supported_mode_count = message->n_supported_modes;
    return STATUS_OK;
}

status_t product_details_read(const Mintmark__V1__Product *message,
                              struct image_details *ret_details, struct problem *problem)
{
    struct image_details details = {
        .part_number = given_text(message->part_number),
        .product_label = given_text(message->product_label),
        .product_url = given_text(message->product_url),
        .product_finish = enum_number((int)message->product_finish),
        .product_color = enum_number((int)message->product_primary_color),
        .location_capability = enum_number((int)message->location_capability),
        .device_type = {message->device_type != 0, message->device_type},
    };
    TRY(read_localization(message->localization, &details, problem));
    TRY(read_fixed_labels(message, &details, problem));
    TRY(read_supported_modes(message, &details, problem));
    *ret_details = details;
    return STATUS_OK;
}
