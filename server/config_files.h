/* The files a configuration names: their paths made absolute, certificates read into the message.
 */
#ifndef MINTMARK_SERVER_CONFIG_FILES_H
#define MINTMARK_SERVER_CONFIG_FILES_H

#include "server/config_report.h"

/* Paths are relative to the folder of `config_path`. STATUS_TOO_LARGE or STATUS_NO_MEMORY are the
 * only failures; what is wrong with a file is reported. */
MUST_USE status_t config_files_read(const char *config_path, Mintmark__V1__Config *config,
                                    struct config_report *report);

#endif
