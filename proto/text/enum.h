/* Enum values as people write them (SPEC.md 1.8): the name without the enum's prefix, lower case,
 * '-' for '_' (COMMISSIONING_FLOW_USER_INTENT is "user-intent"). */
#ifndef MINTMARK_PROTO_TEXT_ENUM_H
#define MINTMARK_PROTO_TEXT_ENUM_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

enum { TEXT_ENUM_NAME_MAX = 64 }; /* with its NUL; our longest is below 40 */

/* The text of a value, or false when the enum does not list it. */
bool text_enum_name(const ProtobufCEnumDescriptor *descriptor, int value,
                    char ret_name[static TEXT_ENUM_NAME_MAX]);

/* The value of a text; never the zero value (UNSPECIFIED). */
bool text_enum_find(const ProtobufCEnumDescriptor *descriptor, const char *name, int *ret_value);

/* "a, b or c": every text that may be written. Cut to `size`. */
void text_enum_list(const ProtobufCEnumDescriptor *descriptor, char *ret_list, size_t size);

#endif
