#include "client/admin/identity_name.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "client/admin/change_find.h"
#include "client/call.h"
#include "proto/text/enum.h"
#include "proto/text/timestamp.h"

status_t identity_name_make(struct admin_command *command, const char *role, const char *name,
                            char ret_id[static IDENTITY_ID_MAX])
{
    bool whole = strncmp(name, "spiffe://", 9) == 0;
    int size = whole ? snprintf(ret_id, IDENTITY_ID_MAX, "%s", name)
                     : snprintf(ret_id, IDENTITY_ID_MAX, "%s/%s/%s",
                                admin_session_domain(command->session), role, name);
    if (size >= IDENTITY_ID_MAX) {
        return problem_say(&command->problem, STATUS_USAGE, "IDENTITY", "NAME",
                           "a SPIFFE id has at most %d bytes", IDENTITY_ID_MAX - 1);
    }
    return STATUS_OK;
}

#define FIND_MAGIC 0x49444E54u /* "IDNT" */

struct find {
    uint32_t magic; /* it travels as a void pointer */
    const char *name;
    size_t count;
    char id[IDENTITY_ID_MAX];
    bool blocked;
    struct buf *spec;
};

static status_t look_at(void *context, const ProtobufCMessage *item)
{
    struct find *find = context;
    const Mintmark__V1__IdentityState *state = (const Mintmark__V1__IdentityState *)item;
    assert(find->magic == FIND_MAGIC);
    if (state->spec == NULL || !change_find_subject_is(state->spec->identity, find->name)) {
        return STATUS_OK;
    }
    if (snprintf(find->id, sizeof(find->id), "%s", state->spec->identity) >=
        (int)sizeof(find->id)) {
        return STATUS_TOO_LARGE;
    }
    find->blocked = state->blocked != 0;
    find->count++;
    if (find->spec != NULL) {
        buf_clear(find->spec);
        return call_pack(&state->spec->base, find->spec);
    }
    return STATUS_OK;
}

/* Whole days, rounded down. */
static void add_days(struct table *table, const Google__Protobuf__Timestamp *until)
{
    int64_t left = until == NULL ? 0 : until->seconds - (int64_t)time(NULL);
    if (until == NULL) {
        table_add(table, "");
    } else if (left < 0) {
        table_add(table, "expired");
    } else {
        table_print(table, "%lld", (long long)(left / 86400));
    }
}

static void add_row(struct table *table, const ProtobufCMessage *item)
{
    const Mintmark__V1__IdentityState *state = (const Mintmark__V1__IdentityState *)item;
    const Mintmark__V1__IdentitySpec *spec = state->spec;
    char role[TEXT_ENUM_NAME_MAX] = "?";
    char until[TEXT_TIMESTAMP_MAX] = "";
    if (spec != NULL) {
        (void)text_enum_name(&mintmark__v1__role__descriptor, (int)spec->role, role);
    }
    if (state->not_after != NULL) {
        text_timestamp_print(&state->not_after->base, until);
    }
    table_add(table, spec == NULL ? "?" : spec->identity);
    table_add(table, role);
    table_add(table, spec == NULL ? "" : spec->line);
    table_add(table, state->blocked ? "blocked" : "active");
    table_add(table, state->not_after != NULL ? "pinned" : "");
    table_add(table, until);
    add_days(table, state->not_after);
}

static const char *const HEADER[] = {"IDENTITY",          "ROLE",      "LINE", "STATE", "KEY",
                                     "CERTIFICATE UNTIL", "DAYS LEFT", NULL};

const struct admin_pages identity_name_pages = {
    "ListIdentities", &mintmark__v1__list_identities_response__descriptor,
    "identities",     HEADER,
    add_row,          "no identities"};

status_t identity_name_find(struct admin_command *command, const char *name,
                            char ret_id[static IDENTITY_ID_MAX], bool *ret_blocked,
                            struct buf *ret_spec)
{
    struct find find = {.magic = FIND_MAGIC, .name = name, .spec = ret_spec};
    Mintmark__V1__ListIdentitiesRequest request;
    mintmark__v1__list_identities_request__init(&request);
    TRY(admin_pages_walk(command, &identity_name_pages, &request.base, look_at, &find));
    if (find.count != 1) {
        return problem_say(&command->problem, find.count == 0 ? STATUS_NOT_FOUND : STATUS_REFUSED,
                           find.count == 0 ? "IDENTITY_UNKNOWN" : "IDENTITY_AMBIGUOUS", name,
                           "%zu identities are called %.64s: see `mintmark identity list`, and "
                           "give the whole SPIFFE id",
                           find.count, name);
    }
    memcpy(ret_id, find.id, sizeof(find.id));
    *ret_blocked = find.blocked;
    return STATUS_OK;
}
