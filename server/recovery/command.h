/* What the commands of this folder share. */
#ifndef MINTMARK_SERVER_RECOVERY_COMMAND_H
#define MINTMARK_SERVER_RECOVERY_COMMAND_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/status.h"

int64_t command_now_ms(void);

/* To standard output. Takes json; NULL prints nothing. */
void command_print_json(json_t *json);

/* Says on standard error, or with `json` as an object on standard output, what went wrong, if
 * something did. Returns the exit code. */
int command_end(const char *command, status_t status, struct problem *problem, bool json);

#endif
