/* `mintmark log export` in its parts. */
#ifndef MINTMARK_CLIENT_LOG_EXPORT_H
#define MINTMARK_CLIENT_LOG_EXPORT_H

#include "client/admin/command.h"
#include "client/log/witness.h"
#include "client/log/writer.h"
#include "lib/event/event.h"

enum { LOG_EXPORT_PAGE = 1024, LOG_EXPORT_SERIALS = 256 };

struct log_export {
    struct admin_command *command;
    const char *path;
    const char *since;        /* a checkpoint's file, or NULL */
    struct log_folder folder; /* what was there before; its checkpoint's size is 0 for nothing */
    struct log_witnesses witnesses;
    struct log_writer writer;
    struct tlog_checkpoint newest;
    struct buf note;
    uint64_t old_certificates;
    /* certificates that were announced and not fetched yet */
    uint8_t serials[LOG_EXPORT_SERIALS][16];
    uint8_t digests[LOG_EXPORT_SERIALS][SHA256_SIZE];
    size_t serial_count;
};

/* One entry, old or new: what it announces is fetched once `export->writer.writing`. */
MUST_USE status_t log_export_entry(struct log_export *export, struct span entry,
                                   struct problem *problem);
/* Fetches the certificates that were announced so far. */
MUST_USE status_t log_export_certificates(struct log_export *export, struct problem *problem);
/* Fetches the issuers' certificates. */
MUST_USE status_t log_export_issuers(struct log_export *export, struct problem *problem);

#endif
