/* Whole files named on the command line: the problem says which, and why. */
#ifndef MINTMARK_CLIENT_FILES_H
#define MINTMARK_CLIENT_FILES_H

#include "lib/base/buf.h"

/* Appends a file; the problem names it. */
MUST_USE status_t files_read(const char *path, struct buf *ret_content, struct problem *problem);

/* Appends the DER of a file with one PEM block of this label ("CERTIFICATE REQUEST"), or DER. */
MUST_USE status_t files_read_pem(const char *path, const char *label, struct buf *ret_der,
                                 struct problem *problem);

/* Appends the DER of a certificate file, PEM or DER. */
MUST_USE status_t files_read_certificate(const char *path, struct buf *ret_der,
                                         struct problem *problem);

/* Appends the content of a file that must be closed to group and others. */
MUST_USE status_t files_read_secret(const char *path, struct buf *ret_content,
                                    struct problem *problem);

/* Append a file that a row of a table names, from the current folder, as the factory tools do; for
 * unit_sheet_new. A private key's mode is checked as that of other keys. `context` is not used. */
MUST_USE status_t files_read_row(void *context, const char *path, struct buf *ret_content,
                                 struct problem *problem);
MUST_USE status_t files_read_row_key(void *context, const char *path, struct buf *ret_content,
                                     struct problem *problem);

/* Writes a file that holds secrets: mode 0600, over a regular file only. */
MUST_USE status_t files_write(const char *path, struct span content, struct problem *problem);

/* The same for what the command can make again: whole or not there at all, but a power failure
 * right after may take it back. Waiting for the folder is half the time of a short command. */
MUST_USE status_t files_write_output(const char *path, struct span content,
                                     struct problem *problem);

#endif
