/* A log that was exported to a folder: C2SP tlog-tiles (lib/tlog/SPEC.md §5), and beside them what
 * an auditor needs to judge the entries.
 *
 *   log-key                 "name+id+key", the key that signs checkpoints
 *   checkpoint              the newest signed checkpoint
 *   tile/…                  hashes and entries
 *   certificates/…          the issued certificates in the order of their entries, as entry bundles
 *   content/<sha256>        the contents of changes
 *   issuers/<sha256>.der    PAI certificates */
#ifndef MINTMARK_CLIENT_LOG_FOLDER_H
#define MINTMARK_CLIENT_LOG_FOLDER_H

#include "lib/tlog/checkpoint.h"
#include "lib/tlog/tile.h"

enum {
    LOG_FOLDER_PATH_MAX = 4096,
    LOG_FOLDER_CONTENT_MAX = 64 * 1024, /* of a change */
    LOG_FOLDER_KEY_MAX = 1024,
};

struct log_folder {
    const char *path;
    struct tlog_key key; /* its name is the checkpoint's origin, whatever epoch it was got in */
    struct tlog_checkpoint checkpoint; /* its signature is checked */
};

/* Borrows path. `key_file`: the log's key from elsewhere; NULL believes the folder's own. */
MUST_USE status_t log_folder_open(const char *path, const char *key_file,
                                  struct log_folder *ret_folder, struct problem *problem);

/* A log's key in a file, one line. */
MUST_USE status_t log_folder_key(const char *file, struct tlog_key *ret_key,
                                 struct problem *problem);

/* A signed checkpoint of this log in a file, or a proof that holds one. It may be of another epoch:
 * its origin tells. */
MUST_USE status_t log_folder_note(const struct log_folder *folder, const char *file,
                                  struct tlog_checkpoint *ret_checkpoint, struct problem *problem);

/* Replaces ret_content by a file of the folder: STATUS_NOT_FOUND FILE_MISSING, … */
MUST_USE status_t log_folder_read(const struct log_folder *folder, const char *name,
                                  struct buf *ret_content, struct problem *problem);

/* One of the files that hold many: which, how many things it holds, and what they are called. */
enum log_folder_kind { LOG_FOLDER_ENTRIES, LOG_FOLDER_CERTIFICATES };

/* Its name: a bundle of `total` things, the one that begins with number 256 × index. */
void log_folder_bundle_name(enum log_folder_kind kind, uint64_t index, uint64_t total,
                            char ret_name[static TLOG_TILE_PATH_SIZE + 16]);

typedef status_t log_folder_visit_t(void *context, uint64_t index, struct span bytes,
                                    struct problem *problem);

/* Visits from … to-1 of `total`, in order; `from` is a multiple of 256. STATUS_MALFORMED
 * BUNDLE_MALFORMED, with the file in the problem's field. */
MUST_USE status_t log_folder_each(const struct log_folder *folder, enum log_folder_kind kind,
                                  const uint64_t range[static 3], log_folder_visit_t *visit,
                                  void *context, struct problem *problem);

#endif
