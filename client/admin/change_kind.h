/* The kinds of change this client can show, propose and approve. */
#ifndef MINTMARK_CLIENT_ADMIN_CHANGE_KIND_H
#define MINTMARK_CLIENT_ADMIN_CHANGE_KIND_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

struct change_kind {
    const char *name; /* as in the statement */
    const char *noun; /* of its commands: `mintmark NOUN approve` */
    const char *method;
    const ProtobufCMessageDescriptor *content;
};

/* One person does it at once: its statement need not be good for long. */
bool change_kind_at_once(const char *name);

/* NULL: this version does not know it. */
const struct change_kind *change_kind_find(const char *name);

#endif
