#include "proto/text/map.h"

bool text_map_is(const ProtobufCFieldDescriptor *field)
{
    static const char SUFFIX[] = "Entry";
    if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return false;
    }
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    size_t size = strlen(entry->short_name);
    return size >= sizeof(SUFFIX) &&
           strcmp(entry->short_name + size - (sizeof(SUFFIX) - 1), SUFFIX) == 0 &&
           entry->n_fields == 2 && strcmp(entry->fields[0].name, "key") == 0 &&
           entry->fields[0].type == PROTOBUF_C_TYPE_STRING &&
           strcmp(entry->fields[1].name, "value") == 0;
}

const ProtobufCFieldDescriptor *text_map_alone(const ProtobufCMessageDescriptor *message)
{
    return message->n_fields == 1 && text_map_is(&message->fields[0]) ? &message->fields[0] : NULL;
}
