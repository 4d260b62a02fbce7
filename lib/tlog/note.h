/* C2SP signed notes: text with the signatures of named keys (SPEC §3). */
#ifndef MINTMARK_LIB_TLOG_NOTE_H
#define MINTMARK_LIB_TLOG_NOTE_H

#include "lib/tlog/key.h"

enum {
    TLOG_NOTE_SIGNATURES_MAX = 32, /* readers accept 16 at least */
    TLOG_NOTE_MAX = 256 * 1024,    /* so many post-quantum ones of 5 kB in base64 */
};

struct tlog_note_signature {
    struct span name;
    uint8_t key_id[TLOG_KEY_ID_SIZE];
    struct span base64; /* of key id and signature */
};

/* Borrows the bytes it was read from. */
struct tlog_note {
    struct span text; /* what is signed: up to and with the newline before the blank line */
    size_t count;
    struct tlog_note_signature signatures[TLOG_NOTE_SIGNATURES_MAX];
};

/* Form only: the text means nothing before tlog_note_verify. STATUS_MALFORMED or STATUS_TOO_LARGE,
 * NOTE_MALFORMED. */
MUST_USE status_t tlog_note_read(struct span bytes, struct tlog_note *ret_note,
                                 struct problem *problem);

/* STATUS_OK when the key has signed. STATUS_REFUSED NOTE_NOT_SIGNED: no signature by that name and
 * key id; NOTE_SIGNATURE: one of them is wrong. */
MUST_USE status_t tlog_note_verify(const struct tlog_note *note, const struct tlog_key *key,
                                   struct problem *problem);

/* Appends the note: text (ends with a newline), blank line, one signature under `name`. */
MUST_USE status_t tlog_note_sign(struct span text, const char *name, const struct signer *signer,
                                 struct buf *ret_note, struct problem *problem);

#endif
