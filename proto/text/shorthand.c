#include "proto/text/shorthand.h"

#include <stdio.h>
#include <string.h>

#include "proto/text/enum.h"

enum { NAME_MAX_SIZE = 96 };

const ProtobufCFieldDescriptor *text_shorthand_label(const ProtobufCMessageDescriptor *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message, 1);
    bool label = field != NULL && field->type == PROTOBUF_C_TYPE_STRING &&
                 field->label != PROTOBUF_C_LABEL_REPEATED && strcmp(field->name, "label") == 0;
    return label ? field : NULL;
}

const ProtobufCFieldDescriptor *text_shorthand_detail(const ProtobufCMessageDescriptor *message,
                                                      const ProtobufCFieldDescriptor *field,
                                                      const char *value)
{
    const char *end = strrchr(field->name, '_');
    char name[NAME_MAX_SIZE];
    if (end == NULL || snprintf(name, sizeof(name), "%.*s_%s", (int)(end - field->name),
                                field->name, value) >= (int)sizeof(name)) {
        return NULL;
    }
    const ProtobufCFieldDescriptor *detail =
        protobuf_c_message_descriptor_get_field_by_name(message, name);
    bool single = detail != NULL && detail->label != PROTOBUF_C_LABEL_REPEATED;
    return single && detail->type == PROTOBUF_C_TYPE_MESSAGE ? detail : NULL;
}

bool text_shorthand_has_details(const ProtobufCMessageDescriptor *message,
                                const ProtobufCFieldDescriptor *field)
{
    if (field->type != PROTOBUF_C_TYPE_ENUM || field->label == PROTOBUF_C_LABEL_REPEATED) {
        return false;
    }
    const ProtobufCEnumDescriptor *values = field->descriptor;
    for (unsigned i = 0; i < values->n_values; i++) {
        char name[TEXT_ENUM_NAME_MAX];
        if (text_enum_name(values, values->values[i].value, name) &&
            text_shorthand_detail(message, field, name) != NULL) {
            return true;
        }
    }
    return false;
}
