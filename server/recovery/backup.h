/* mintmarkd --backup and --restore. */
#ifndef MINTMARK_SERVER_RECOVERY_BACKUP_H
#define MINTMARK_SERVER_RECOVERY_BACKUP_H

#include <stdbool.h>

#include "mintmark/v1/config.pb-c.h"

/* Makes the folder `target`, which is not there yet, from the state of a server that may be
 * running. Prints what it made and what it left out. Returns the exit code. */
int backup_main(const Mintmark__V1__Config *config, const char *target, bool json);

/* Puts a backup's database into a state directory that has none. No server may run on it. Returns
 * the exit code. */
int restore_main(const Mintmark__V1__Config *config, const char *source, bool json);

#endif
