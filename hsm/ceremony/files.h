/* Certificates and requests in files, and the dates and serials of new certificates. */
#ifndef MINTMARK_HSM_CEREMONY_FILES_H
#define MINTMARK_HSM_CEREMONY_FILES_H

#include "hsm/ceremony/options.h"
#include "lib/base/buf.h"
#include "lib/matter/certificate.h"

/* PEM with one block of this label, or DER. Appends DER; the problem names the file. */
MUST_USE status_t ceremony_files_read(const char *path, const char *label, struct buf *ret_der,
                                      struct problem *problem);
MUST_USE status_t ceremony_files_write_pem(const char *path, struct span der, const char *label,
                                           struct problem *problem);
MUST_USE status_t ceremony_files_write(const char *path, struct span content,
                                       struct problem *problem);

/* STATUS_EXISTS: nothing that was made in a ceremony is overwritten. */
MUST_USE status_t ceremony_files_check_absent(const char *path, struct problem *problem);

/* notBefore: --not-before, else today 00:00 UTC, but not before `earliest`; never in the future
 * (devices refuse such a chain). notAfter: --days later, but not after `latest`; without --days
 * `latest`, which is "no expiry" for a PAA. */
MUST_USE status_t ceremony_files_dates(const struct ceremony_options *options, int64_t earliest,
                                       int64_t latest, int64_t *ret_not_before,
                                       int64_t *ret_not_after, struct problem *problem);

/* Random serial number octets. */
MUST_USE status_t ceremony_files_serial(uint8_t ret_serial[static MATTER_SERIAL_SIZE]);

enum { CEREMONY_DAY_SIZE = 11 };
/* "2026-11-22", or "no expiry". ret_text has CEREMONY_DAY_SIZE places. */
void ceremony_files_day(int64_t time, char *ret_text);

#endif
