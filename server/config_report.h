/* Collecting what is wrong with a configuration: every check runs, each says its own. */
#ifndef MINTMARK_SERVER_CONFIG_REPORT_H
#define MINTMARK_SERVER_CONFIG_REPORT_H

#include "server/config.h"

struct config_report {
    config_report_t *report;
    void *context;
    status_t first; /* STATUS_OK while nothing is wrong */
};

/* Passes a problem on that a function has filled in with `field` unset or its own. */
void config_report_problem(struct config_report *report, const char *field, status_t status,
                           struct problem *problem);

void config_report_say(struct config_report *report, const char *reason, const char *field,
                       const char *format, ...) PRINTF_LIKE(4, 5);

#endif
