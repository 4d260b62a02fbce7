#include "server/recovery/command.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

int64_t command_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void command_print_json(json_t *json)
{
    if (json != NULL) {
        (void)json_dumpf(json, stdout, JSON_INDENT(2));
        (void)putchar('\n');
    }
    json_decref(json);
}

int command_end(const char *command, status_t status, struct problem *problem, bool json)
{
    if (status == STATUS_OK) {
        return 0;
    }
    (void)problem_complete(problem, status);
    if (json) {
        command_print_json(json_pack("{s:{s:s, s:s, s:s, s:s}}", "error", "status",
                                     status_text(status), "reason", problem->reason, "field",
                                     problem->field, "message", problem->message));
    } else {
        (void)fprintf(stderr, "mintmarkd: %s: %s [%s] (%s)\n", command, problem->message,
                      problem->field, problem->reason);
    }
    return status_exit_code(status);
}
