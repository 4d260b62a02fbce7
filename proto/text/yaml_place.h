/* Where a document says something: for complaints by others than its reader. */
#ifndef MINTMARK_PROTO_TEXT_YAML_PLACE_H
#define MINTMARK_PROTO_TEXT_YAML_PLACE_H

#include "lib/base/buf.h"

/* Writes "name:line:column path", of the key that `path` names ("partitions.factory_data.size",
 * "fixed_labels[3].label"), or of the last key on the way to it that the document has. False, and
 * nothing written, when it has none of them. The document is one that text_yaml_read accepts. */
bool text_yaml_place(const char *name, struct span document, const char *path,
                     char ret_place[static PROBLEM_FIELD_MAX]);

#endif
