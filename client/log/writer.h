/* Grows an exported log's folder: entries, hashes, certificates. What an earlier export left is
 * read through first, so that the same code stands behind a first and a later export. */
#ifndef MINTMARK_CLIENT_LOG_WRITER_H
#define MINTMARK_CLIENT_LOG_WRITER_H

#include "client/log/tiles.h"

struct log_writer {
    const char *path; /* borrowed */
    bool writing;     /* false while what is there already is read through */
    struct tlog_edge edge;
    struct log_tiles tiles;
    struct buf entries; /* of the newest bundle */
    struct buf certificates;
    uint64_t certificate_count;
};

void log_writer_init(struct log_writer *writer, const char *path);
void log_writer_done(struct log_writer *writer);
OWN_VALUE(struct log_writer, log_writer_done)

/* The next entry, the next certificate. A bundle or tile that is full with it is written. */
MUST_USE status_t log_writer_entry(struct log_writer *writer, struct span entry,
                                   struct problem *problem);
MUST_USE status_t log_writer_certificate(struct log_writer *writer, struct span der,
                                         struct problem *problem);

/* The partial bundles and tiles at the right edge. */
MUST_USE status_t log_writer_end(struct log_writer *writer, struct problem *problem);

/* Writes a file of the folder, durably, and makes the folders it needs. */
MUST_USE status_t log_writer_file(const char *folder, const char *name, struct span content,
                                  struct problem *problem);

/* Removes the partial files of a log of `size` entries and `certificates` that one of new_size and
 * new_certificates does not use. */
void log_writer_tidy(const char *folder, const uint64_t old[static 2],
                     const uint64_t grown[static 2]);

#endif
