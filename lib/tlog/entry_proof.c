#include "lib/tlog/entry_proof.h"

#include <stdlib.h>

#include "lib/base/hex.h"

void tlog_entry_proof_done(struct tlog_entry_proof *proof)
{
    buf_done(&proof->entry);
}

static status_t read_parts(struct tlog_entry_proof *proof, struct problem *problem)
{
    struct tlog_note note;
    TRY(tlog_proof_file_read(proof->text, &proof->file, problem));
    if (proof->file.extra.size == 0 ||
        base64_decode(proof->file.extra, &proof->entry) != STATUS_OK) {
        return problem_say(problem, STATUS_MALFORMED, "TLOG_PROOF_MALFORMED", "extra",
                           "the proof does not hold the log's entry that it is about");
    }
    TRY(tlog_note_read(proof->file.note, &note, problem));
    return tlog_checkpoint_read(note.text, &proof->claim, problem);
}

status_t tlog_entry_proof_read(struct span text, struct tlog_entry_proof *ret_proof,
                               struct problem *problem)
{
    struct tlog_entry_proof proof = {.text = text};
    buf_init(&proof.entry, TLOG_LEAF_MAX);
    status_t status = read_parts(&proof, problem);
    if (status != STATUS_OK) {
        tlog_entry_proof_done(&proof);
        return status;
    }
    *ret_proof = proof;
    return STATUS_OK;
}

status_t tlog_entry_proof_check(const struct tlog_entry_proof *proof, const struct tlog_key *key,
                                struct problem *problem)
{
    struct tlog_checkpoint checkpoint;
    return tlog_proof_file_check(&proof->file, buf_span(&proof->entry), key, &checkpoint, problem);
}

status_t tlog_entry_proof_write(const struct tlog_proof_file *file, struct span entry,
                                struct buf *ret_text)
{
    struct tlog_proof_file with = *file;
    char *extra = malloc(4 * ((entry.size + 2) / 3) + 1);
    if (extra == NULL) {
        return STATUS_NO_MEMORY;
    }
    base64_encode(entry, extra);
    with.extra = span_text(extra);
    status_t status = tlog_proof_file_write(&with, ret_text);
    free(extra);
    return status;
}
