/* PIN files are made here, so that no PIN is ever typed or seen in a process list. */
#ifndef MINTMARK_HSM_CEREMONY_PIN_FILE_H
#define MINTMARK_HSM_CEREMONY_PIN_FILE_H

#include <stdbool.h>

#include "lib/base/status.h"

/* 32 letters and digits, 160 bits: a software token's PIN can be guessed offline by whoever takes
 * its files, at 1 ms a try. */
enum { CEREMONY_PIN_SIZE = 32 };

/* Leaves an existing file alone; else writes a new random PIN, mode 0600. */
MUST_USE status_t ceremony_pin_file_ensure(const char *path, bool *ret_made,
                                           struct problem *problem);

#endif
