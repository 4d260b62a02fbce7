#include "lib/tlog/checkpoint.h"

#include <inttypes.h>

#include "lib/tlog/line.h"

enum { TEXT_MAX = TLOG_NAME_MAX + 1 + 20 + 1 + 45 };

status_t tlog_checkpoint_write(const struct tlog_checkpoint *checkpoint, struct buf *ret_text)
{
    buf_print(ret_text, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->head.size);
    tlog_line_print_hash(&checkpoint->head.root, ret_text);
    return buf_status(ret_text);
}

static status_t read_lines(struct span text, struct tlog_checkpoint *checkpoint)
{
    struct span origin;
    struct span size;
    struct span root;
    TRY(tlog_line_next(&text, &origin));
    TRY(tlog_line_next(&text, &size));
    TRY(tlog_line_next(&text, &root));
    if (!tlog_key_name_valid(origin) || text.size > 0) {
        return STATUS_MALFORMED;
    }
    memcpy(checkpoint->origin, origin.data, origin.size);
    TRY(tlog_line_number(size, &checkpoint->head.size));
    return tlog_line_hash(root, &checkpoint->head.root);
}

status_t tlog_checkpoint_read(struct span text, struct tlog_checkpoint *ret_checkpoint,
                              struct problem *problem)
{
    struct tlog_checkpoint checkpoint = {0};
    if (read_lines(text, &checkpoint) != STATUS_OK) {
        return problem_say(problem, STATUS_MALFORMED, "CHECKPOINT_MALFORMED", "checkpoint",
                           "not a checkpoint: expected three lines with origin, size and root");
    }
    *ret_checkpoint = checkpoint;
    return STATUS_OK;
}

status_t tlog_checkpoint_open(struct span note, const struct tlog_key *key,
                              struct tlog_checkpoint *ret_checkpoint, struct problem *problem)
{
    struct tlog_note read;
    struct tlog_checkpoint checkpoint;
    TRY(tlog_note_read(note, &read, problem));
    TRY(tlog_note_verify(&read, key, problem));
    TRY(tlog_checkpoint_read(read.text, &checkpoint, problem));
    if (strcmp(checkpoint.origin, key->name) != 0) {
        return problem_say(problem, STATUS_REFUSED, "CHECKPOINT_ORIGIN", "checkpoint",
                           "it is of the log %s, wanted is %s", checkpoint.origin, key->name);
    }
    *ret_checkpoint = checkpoint;
    return STATUS_OK;
}

status_t tlog_checkpoint_sign(const struct tlog_checkpoint *checkpoint, const struct signer *signer,
                              struct buf *ret_note, struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, TEXT_MAX);
    TRY(tlog_checkpoint_write(checkpoint, &text));
    return tlog_note_sign(buf_span(&text), checkpoint->origin, signer, ret_note, problem);
}
