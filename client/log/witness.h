/* Checkpoints that others have kept: stations, past auditors. All must lie on one tree. */
#ifndef MINTMARK_CLIENT_LOG_WITNESS_H
#define MINTMARK_CLIENT_LOG_WITNESS_H

#include "client/log/folder.h"
#include "lib/audit/audit.h"

enum { LOG_WITNESSES_MAX = 65536, LOG_WITNESS_NAME_MAX = 256 };

struct log_witness {
    char name[LOG_WITNESS_NAME_MAX]; /* the file */
    struct tlog_head head;
    char origin[TLOG_NAME_MAX + 1];
    bool earlier;              /* of an epoch that a recovery ended: log_witnesses_judge */
    struct tlog_hash now_root; /* then: of the first head.size entries as they are now */
};

struct log_witnesses {
    struct log_witness *items; /* by size, ascending, after log_witnesses_sort */
    size_t count;
    size_t next;        /* the first that has not been compared */
    size_t written_off; /* of entries that a recovery wrote off */
};
void log_witnesses_done(struct log_witnesses *witnesses); /* accepts a zeroed struct */
OWN_VALUE(struct log_witnesses, log_witnesses_done)

/* One note, which must be of this log's key; an earlier epoch's waits to be judged. */
MUST_USE status_t log_witnesses_add(struct log_witnesses *witnesses,
                                    const struct log_folder *folder, const char *file,
                                    struct problem *problem);
/* Every file of a folder. */
MUST_USE status_t log_witnesses_add_all(struct log_witnesses *witnesses,
                                        const struct log_folder *folder, const char *path,
                                        struct problem *problem);
void log_witnesses_sort(struct log_witnesses *witnesses);

/* Compares those of the edge's size; call with every size, ascending. STATUS_DATA_LOSS
 * LOG_REWRITTEN. */
MUST_USE status_t log_witnesses_compare(struct log_witnesses *witnesses,
                                        const struct tlog_edge *edge, struct problem *problem);
/* After the entries: earlier epochs' notes against what the recoveries kept and owned up to.
 * STATUS_DATA_LOSS LOG_REWRITTEN, RECOVERY_UNAWARE (more was signed than a recovery knew);
 * LOG_SHORTENED (of a later epoch); STATUS_REFUSED NOTE_EPOCH (no recovery ended that log). */
MUST_USE status_t log_witnesses_judge(struct log_witnesses *witnesses, const struct audit *audit,
                                      struct problem *problem);

/* At the end: STATUS_DATA_LOSS LOG_SHORTENED when one knows more entries than there are. */
MUST_USE status_t log_witnesses_end(const struct log_witnesses *witnesses, uint64_t size,
                                    struct problem *problem);

#endif
