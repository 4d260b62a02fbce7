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

/* Of the server's list only kind and agreement are looked at. */
bool change_kind_at_once(const char *name)
{
    enum { ONE, LIMITS, TWO };
    static const struct {
        const char *kind;
        int agreement;
    } agreements[] = {
#define CHANGE(name, kind, method, agreement, content, check, apply) {kind, agreement},
#include "proto/changes.def"
#undef CHANGE
    };
    for (size_t i = 0; i < sizeof(agreements) / sizeof(agreements[0]); i++) {
        if (strcmp(agreements[i].kind, name) == 0) {
            return agreements[i].agreement == ONE;
        }
    }
    return false;
}
