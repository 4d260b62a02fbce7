/* C2SP checkpoints: the head of a log, as a signed note (SPEC §4). */
#ifndef MINTMARK_LIB_TLOG_CHECKPOINT_H
#define MINTMARK_LIB_TLOG_CHECKPOINT_H

#include "lib/tlog/hash.h"
#include "lib/tlog/note.h"

struct tlog_checkpoint {
    char origin[TLOG_NAME_MAX + 1];
    struct tlog_head head;
};

/* Appends the text that is signed: three lines. */
MUST_USE status_t tlog_checkpoint_write(const struct tlog_checkpoint *checkpoint,
                                        struct buf *ret_text);
/* Three lines and nothing more. STATUS_MALFORMED CHECKPOINT_MALFORMED. */
MUST_USE status_t tlog_checkpoint_read(struct span text, struct tlog_checkpoint *ret_checkpoint,
                                       struct problem *problem);

/* A checkpoint's note that the log's key has signed; its origin is the key's name. As
 * tlog_note_read and tlog_note_verify, and STATUS_REFUSED CHECKPOINT_ORIGIN. */
MUST_USE status_t tlog_checkpoint_open(struct span note, const struct tlog_key *key,
                                       struct tlog_checkpoint *ret_checkpoint,
                                       struct problem *problem);

/* Appends the signed note; the origin is the key's name. */
MUST_USE status_t tlog_checkpoint_sign(const struct tlog_checkpoint *checkpoint,
                                       const struct signer *signer, struct buf *ret_note,
                                       struct problem *problem);

#endif
