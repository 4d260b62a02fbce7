#include "server/config_report.h"

#include <stdarg.h>
#include <stdio.h>

static void pass_on(struct config_report *report, const struct problem *problem)
{
    if (report->first == STATUS_OK) {
        report->first = problem->status;
    }
    report->report(report->context, problem);
}

void config_report_problem(struct config_report *report, const char *field, status_t status,
                           struct problem *problem)
{
    (void)problem_complete(problem, status);
    if (field != NULL) {
        (void)snprintf(problem->field, sizeof(problem->field), "%s", field);
    }
    pass_on(report, problem);
}

void config_report_say(struct config_report *report, const char *reason, const char *field,
                       const char *format, ...)
{
    char message[PROBLEM_MESSAGE_MAX];
    struct problem problem = {0};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    (void)problem_say(&problem, STATUS_INVALID, reason, field, "%s", message);
    pass_on(report, &problem);
}
