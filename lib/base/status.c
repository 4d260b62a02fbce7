#include "lib/base/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/utf8.h"

static const struct {
    const char *words;
    int grpc;
    int exit;
} table[STATUS_COUNT] = {
#define STATUS_ROW(name, words, grpc, code) {words, grpc, code},
    STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

const char *status_text(status_t status)
{
    assert(status < STATUS_COUNT);
    return table[status].words;
}

int status_grpc_code(status_t status)
{
    assert(status < STATUS_COUNT);
    return table[status].grpc;
}

int status_exit_code(status_t status)
{
    assert(status < STATUS_COUNT);
    return table[status].exit;
}

status_t status_from_grpc(int grpc_code)
{
    /* several statuses share a gRPC code: the general one of each code, not the first listed */
    if (grpc_code == table[STATUS_UNAVAILABLE].grpc) {
        return STATUS_UNAVAILABLE;
    }
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (table[i].grpc == grpc_code) {
            return (status_t)i;
        }
    }
    return STATUS_UNKNOWN;
}

status_t problem_say(struct problem *problem, status_t status, const char *reason,
                     const char *field, const char *format, ...)
{
    if (problem == NULL) {
        return status;
    }
    problem->status = status;
    (void)snprintf(problem->reason, sizeof(problem->reason), "%s", reason);
    char message[PROBLEM_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    /* what is quoted may be any file's bytes */
    utf8_clean(span_text(field), problem->field, sizeof(problem->field));
    utf8_clean(span_text(message), problem->message, sizeof(problem->message));
    return status;
}

status_t problem_complete(struct problem *problem, status_t status)
{
    if (problem->status != status || problem->message[0] == '\0') {
        return problem_say(problem, status, "UNSPECIFIED", "", "%s", status_text(status));
    }
    return status;
}
