/* The rules on a configuration's values that need no file. */
#ifndef MINTMARK_SERVER_CONFIG_CHECK_H
#define MINTMARK_SERVER_CONFIG_CHECK_H

#include "server/config_report.h"

/* Reports each broken rule. */
void config_check(const Mintmark__V1__Config *config, struct config_report *report);

#endif
