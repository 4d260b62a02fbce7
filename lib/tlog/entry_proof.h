/* A C2SP tlog-proof that has its entry with it, as extra data: one file that proves something to
 * whoever has the log's key (lib/tlog/SPEC.md §6). */
#ifndef MINTMARK_LIB_TLOG_ENTRY_PROOF_H
#define MINTMARK_LIB_TLOG_ENTRY_PROOF_H

#include "lib/tlog/proof_file.h"

struct tlog_entry_proof {
    struct span text;            /* borrowed */
    struct tlog_proof_file file; /* likewise */
    struct tlog_checkpoint
        claim; /* what the checkpoint says; tlog_entry_proof_check says whether it is so */
    struct buf entry;
};
void tlog_entry_proof_done(struct tlog_entry_proof *proof); /* accepts a zeroed struct */
OWN_VALUE(struct tlog_entry_proof, tlog_entry_proof_done)

/* Form only, and an entry must be there. STATUS_MALFORMED or STATUS_TOO_LARGE:
 * TLOG_PROOF_MALFORMED, NOTE_MALFORMED, CHECKPOINT_MALFORMED. */
MUST_USE status_t tlog_entry_proof_read(struct span text, struct tlog_entry_proof *ret_proof,
                                        struct problem *problem);

/* As tlog_proof_file_check, of its own entry. */
MUST_USE status_t tlog_entry_proof_check(const struct tlog_entry_proof *proof,
                                         const struct tlog_key *key, struct problem *problem);

/* Appends the file for an entry; `file->extra` is set here. */
MUST_USE status_t tlog_entry_proof_write(const struct tlog_proof_file *file, struct span entry,
                                         struct buf *ret_text);

#endif
