/* C2SP tlog-proof: an entry's place in a signed tree, in one text file (SPEC §6). */
#ifndef MINTMARK_LIB_TLOG_PROOF_FILE_H
#define MINTMARK_LIB_TLOG_PROOF_FILE_H

#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof.h"

enum { TLOG_PROOF_FILE_MAX = TLOG_NOTE_MAX + 16 * 1024 };

struct tlog_proof_file {
    uint64_t index;
    struct tlog_proof proof;
    struct span extra; /* base64, not vouched for by anything; empty: none. Borrowed. */
    struct span note;  /* the signed checkpoint; borrowed */
};

/* Appends the file. STATUS_INVALID when `extra` is not base64. */
MUST_USE status_t tlog_proof_file_write(const struct tlog_proof_file *file, struct buf *ret_text);

/* Form only. STATUS_MALFORMED or STATUS_TOO_LARGE, TLOG_PROOF_MALFORMED. */
MUST_USE status_t tlog_proof_file_read(struct span text, struct tlog_proof_file *ret_file,
                                       struct problem *problem);

/* That the log signed a tree with this entry at the file's index: as tlog_checkpoint_open and
 * tlog_proof_check_inclusion. */
MUST_USE status_t tlog_proof_file_check(const struct tlog_proof_file *file, struct span entry,
                                        const struct tlog_key *key,
                                        struct tlog_checkpoint *ret_checkpoint,
                                        struct problem *problem);

#endif
