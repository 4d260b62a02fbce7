#include "client/command.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/json.h"

enum { ERROR_JSON_MAX = 8192 };

static const char *status_name(status_t status)
{
    static const char *const NAMES[STATUS_COUNT] = {
#define STATUS_NAME(name, words, grpc, code) #name,
        STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    };
    return NAMES[status];
}

static void fail_json(const struct problem *problem)
{
    const struct {
        const char *name;
        const char *text;
    } members[] = {{"status", status_name(problem->status)},
                   {"reason", problem->reason},
                   {"field", problem->field},
                   {"message", problem->message}};
    AUTO(buf_done) struct buf json;
    buf_init(&json, ERROR_JSON_MAX);
    buf_append_text(&json, "{\"error\": {");
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json_append_name(&json, members[i].name, i == 0);
        json_append_text(&json, span_text(members[i].text));
    }
    buf_append_text(&json, "}}\n");
    (void)fwrite(json.data, 1, json.size, stdout);
}

int command_fail(struct problem *problem, status_t status, bool json)
{
    (void)problem_complete(problem, status);
    if (json) {
        fail_json(problem);
    } else if (problem->field[0] == '\0') {
        (void)fprintf(stderr, "mintmark: %s (%s)\n", problem->message, problem->reason);
    } else {
        (void)fprintf(stderr, "mintmark: %s [%s] (%s)\n", problem->message, problem->field,
                      problem->reason);
    }
    return status_exit_code(status);
}

int command_usage(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "mintmark%s%s: ", command[0] == '\0' ? "" : " ", command);
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, "; try --help\n");
    va_end(arguments);
    return status_exit_code(STATUS_USAGE);
}
