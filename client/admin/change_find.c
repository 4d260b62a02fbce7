#include "client/admin/change_find.h"

#include <assert.h>
#include <stdio.h>

#include "client/admin/change_kind.h"
#include "client/admin/pages.h"
#include "client/call.h"

bool change_find_is_id(const char *word)
{
    size_t size = strlen(word);
    return size >= CHANGE_ID_MIN && size <= CHANGE_ID_MAX &&
           strspn(word, "0123456789abcdef") == size;
}

bool change_find_subject_is(const char *subject, const char *name)
{
    size_t subject_size = strlen(subject);
    size_t name_size = strlen(name);
    if (strcmp(subject, name) == 0) {
        return true;
    }
    return strncmp(subject, "spiffe://", 9) == 0 && subject_size > name_size && name_size > 0 &&
           subject[subject_size - name_size - 1] == '/' &&
           strcmp(subject + subject_size - name_size, name) == 0;
}

#define FIND_MAGIC 0x46494E44u /* "FIND" */

struct find {
    uint32_t magic; /* it travels as a void pointer */
    const char *noun;
    const char *subject;
    size_t count;
    char id[CHANGE_ID_MAX + 1];
    char ids[PROBLEM_MESSAGE_MAX / 2]; /* the first few, for the message */
};

static bool is_of(const Mintmark__V1__Change *change, const char *noun)
{
    const struct change_kind *kind = change_kind_find(change->kind);
    return kind != NULL && strcmp(kind->noun, noun) == 0;
}

static status_t look_at(void *context, const ProtobufCMessage *item)
{
    struct find *find = context;
    const Mintmark__V1__Change *change = (const Mintmark__V1__Change *)item;
    assert(find->magic == FIND_MAGIC);
    if (!is_of(change, find->noun) || !change_find_subject_is(change->subject, find->subject) ||
        !change_find_is_id(change->change_id)) {
        return STATUS_OK;
    }
    (void)snprintf(find->id, sizeof(find->id), "%s", change->change_id);
    size_t used = strlen(find->ids);
    if (find->count < 4) {
        (void)snprintf(find->ids + used, sizeof(find->ids) - used, "%s%.16s (%.32s)",
                       used > 0 ? ", " : "", change->change_id, change->kind);
    }
    find->count++;
    return STATUS_OK;
}

status_t change_find_waiting(struct admin_command *command, const char *noun, const char *subject,
                             char ret_id[static CHANGE_ID_MAX + 1])
{
    static const struct admin_pages PAGES = {.method = "ListChanges",
                                             .answer =
                                                 &mintmark__v1__list_changes_response__descriptor,
                                             .items = "changes"};
    struct find find = {.magic = FIND_MAGIC, .noun = noun, .subject = subject};
    Mintmark__V1__ListChangesRequest request;
    mintmark__v1__list_changes_request__init(&request);
    request.state = MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING;
    TRY(admin_pages_walk(command, &PAGES, &request.base, look_at, &find));
    if (find.count == 0) {
        return problem_say(&command->problem, STATUS_NOT_FOUND, "CHANGE_UNKNOWN", subject,
                           "no change of %s %.64s waits for approval: see `mintmark change list`",
                           noun, subject);
    }
    if (find.count > 1) {
        return problem_say(&command->problem, STATUS_REFUSED, "CHANGE_AMBIGUOUS", subject,
                           "%zu changes of %.64s wait: %s; name one with `mintmark change approve "
                           "ID`",
                           find.count, subject, find.ids);
    }
    memcpy(ret_id, find.id, sizeof(find.id));
    return STATUS_OK;
}

status_t change_find_get(struct admin_command *command, const char *id, struct admin_answer *answer,
                         const Mintmark__V1__Change **ret_change)
{
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetChangeRequest request;
    if (!change_find_is_id(id)) {
        return problem_say(&command->problem, STATUS_USAGE, "CHANGE_ID", id,
                           "a change's id, or its first %d or more hexadecimal digits, is wanted",
                           CHANGE_ID_MIN);
    }
    mintmark__v1__get_change_request__init(&request);
    request.change_id = call_text(id);
    TRY(admin_command_call(command, "GetChange", &request.base, &mintmark__v1__change__descriptor,
                           answer, &message));
    const Mintmark__V1__Change *change = (const Mintmark__V1__Change *)message;
    if (strncmp(change->change_id, id, strlen(id)) != 0) {
        return problem_say(&command->problem, STATUS_DATA_LOSS, "CHANGE_MISMATCH", "change_id",
                           "the server answers with another change than was asked for");
    }
    *ret_change = change;
    return STATUS_OK;
}
