#include "proto/text/enum.h"

#include <ctype.h>
#include <stdio.h>

/* The prefix is what the zero value's name has before UNSPECIFIED (protobuf.dev, style guide). */
static size_t prefix_size(const ProtobufCEnumDescriptor *descriptor)
{
    static const char ZERO[] = "UNSPECIFIED";
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(descriptor, 0);
    size_t size = value == NULL ? 0 : strlen(value->name);
    if (size < sizeof(ZERO) || strcmp(value->name + size - (sizeof(ZERO) - 1), ZERO) != 0) {
        return 0;
    }
    return size - (sizeof(ZERO) - 1);
}

static void value_name(const ProtobufCEnumDescriptor *descriptor, const ProtobufCEnumValue *value,
                       char ret_name[static TEXT_ENUM_NAME_MAX])
{
    (void)snprintf(ret_name, TEXT_ENUM_NAME_MAX, "%s", value->name + prefix_size(descriptor));
    for (char *p = ret_name; *p != '\0'; p++) {
        if (*p == '_') {
            *p = '-';
        } else {
            *p = (char)tolower((unsigned char)*p);
        }
    }
}

bool text_enum_name(const ProtobufCEnumDescriptor *descriptor, int value,
                    char ret_name[static TEXT_ENUM_NAME_MAX])
{
    const ProtobufCEnumValue *row = protobuf_c_enum_descriptor_get_value(descriptor, value);
    if (row == NULL) {
        return false;
    }
    value_name(descriptor, row, ret_name);
    return true;
}

bool text_enum_find(const ProtobufCEnumDescriptor *descriptor, const char *name, int *ret_value)
{
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        char known[TEXT_ENUM_NAME_MAX];
        value_name(descriptor, &descriptor->values[i], known);
        if (descriptor->values[i].value != 0 && strcmp(known, name) == 0) {
            *ret_value = descriptor->values[i].value;
            return true;
        }
    }
    return false;
}

void text_enum_list(const ProtobufCEnumDescriptor *descriptor, char *ret_list, size_t size)
{
    size_t used = 0;
    const char *separator = "";
    for (unsigned i = 0; i < descriptor->n_values && used < size; i++) {
        char known[TEXT_ENUM_NAME_MAX];
        if (descriptor->values[i].value == 0) {
            continue;
        }
        value_name(descriptor, &descriptor->values[i], known);
        int put = snprintf(ret_list + used, size - used, "%s%s", separator, known);
        used += put > 0 ? (size_t)put : 0;
        separator = i + 2 == descriptor->n_values ? " or " : ", ";
    }
}
