#include "proto/text/shorthand.h"

#include <stdbool.h>
#include <string.h>

const ProtobufCFieldDescriptor *text_shorthand_label(const ProtobufCMessageDescriptor *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message, 1);
    bool label = field != NULL && field->type == PROTOBUF_C_TYPE_STRING &&
                 field->label != PROTOBUF_C_LABEL_REPEATED && strcmp(field->name, "label") == 0;
    return label ? field : NULL;
}
