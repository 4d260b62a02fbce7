/* Whole files: read with a limit, written so that a crash leaves the old or the new content. */
#ifndef MINTMARK_LIB_BASE_FILE_H
#define MINTMARK_LIB_BASE_FILE_H

#include <sys/types.h>

#include "lib/base/buf.h"

/* Appends the whole content of a regular file or pipe. STATUS_NOT_FOUND, STATUS_DENIED,
 * STATUS_TOO_LARGE (beyond the buf's limit) or STATUS_IO; errno tells more. */
MUST_USE status_t file_read(const char *path, struct buf *ret_content);
MUST_USE status_t file_read_descriptor(int descriptor, struct buf *ret_content);

/* Temporary name in the same folder, fsync, rename, fsync of the folder. `mode` is exact,
 * whatever the umask. STATUS_IO on failure (errno); the old file stays. */
MUST_USE status_t file_write(const char *path, struct span content, mode_t mode);
/* The same without the folder's fsync: after a power failure the old file may be there again. */
MUST_USE status_t file_replace(const char *path, struct span content, mode_t mode);

/* Makes a name created, linked or renamed at `path` durable. */
MUST_USE status_t file_sync_folder_of(const char *path);

/* Opens a secret's file: regular, not a symbolic link, owned by root or the caller, no access for
 * group or others. The problem names the path and the remedy. */
MUST_USE status_t file_open_secret(const char *path, int *ret_descriptor, struct problem *problem);

#endif
