#include "client/admin/name.h"

#include <stdio.h>
#include <string.h>

#include "client/number.h"

status_t name_split(const char *field, const char *text, char ret_name[static NAME_MAX_SIZE],
                    uint32_t *ret_revision, struct problem *problem)
{
    const char *at = strrchr(text, '@');
    size_t size = at == NULL ? strlen(text) : (size_t)(at - text);
    uint32_t revision = 0;
    if (size == 0 || size >= NAME_MAX_SIZE) {
        return problem_say(problem, STATUS_USAGE, "NAME", field,
                           "a name, or NAME@REVISION, is wanted");
    }
    if (at != NULL && (number_read(field, at + 1, UINT32_MAX, &revision, problem) != STATUS_OK ||
                       revision == 0)) {
        return problem_say(problem, STATUS_USAGE, "REVISION", field,
                           "a revision is a number from 1, as in a19-lamp@2");
    }
    memcpy(ret_name, text, size);
    ret_name[size] = '\0';
    *ret_revision = revision;
    return STATUS_OK;
}
