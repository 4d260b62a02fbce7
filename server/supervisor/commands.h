/* What mintmarkd prints instead of serving. */
#ifndef MINTMARK_SERVER_SUPERVISOR_COMMANDS_H
#define MINTMARK_SERVER_SUPERVISOR_COMMANDS_H

#include "mintmark/v1/config.pb-c.h"

/* Loads the configuration; what is wrong goes to standard error, a line each. NULL then, and
 * *ret_code is the exit code. */
Mintmark__V1__Config *commands_load_config(const char *path, int *ret_code);

/* --check-config: the problems, or what the configuration says. Returns the exit code. */
int commands_check_config(const char *path);

/* --print-policy: who may call what, one method a line. Returns the exit code. */
int commands_print_policy(void);

#endif
