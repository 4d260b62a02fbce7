#include "client/admin/change_kind.h"

#include "mintmark/v1/administration.pb-c.h"

static const struct change_kind KINDS[] = {
#define CHANGE_KIND(name, noun, method, content)                                                   \
    {name, noun, method, &mintmark__v1__##content##__descriptor},
#include "client/admin/change_kinds.def"
#undef CHANGE_KIND
};

const struct change_kind *change_kind_find(const char *name)
{
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        if (strcmp(KINDS[i].name, name) == 0) {
            return &KINDS[i];
        }
    }
    return NULL;
}
