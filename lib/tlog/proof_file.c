#include "lib/tlog/proof_file.h"

#include <inttypes.h>

#include "lib/base/hex.h"
#include "lib/tlog/line.h"

#define MAGIC "c2sp.org/tlog-proof@v1"

static status_t check_base64(struct span text)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, TLOG_PROOF_FILE_MAX);
    return base64_decode(text, &bytes);
}

status_t tlog_proof_file_write(const struct tlog_proof_file *file, struct buf *ret_text)
{
    if (check_base64(file->extra) != STATUS_OK) {
        return STATUS_INVALID;
    }
    buf_append_text(ret_text, MAGIC "\n");
    if (file->extra.size > 0) {
        buf_append_text(ret_text, "extra ");
        buf_append_span(ret_text, file->extra);
        buf_append_byte(ret_text, '\n');
    }
    buf_print(ret_text, "index %" PRIu64 "\n", file->index);
    for (size_t i = 0; i < file->proof.count; i++) {
        tlog_line_print_hash(&file->proof.hashes[i], ret_text);
    }
    buf_append_byte(ret_text, '\n');
    buf_append_span(ret_text, file->note);
    return buf_status(ret_text);
}

static status_t read_hashes(struct span *rest, struct tlog_proof *proof)
{
    struct span line;
    TRY(tlog_line_next(rest, &line));
    while (line.size > 0) {
        if (proof->count == TLOG_PROOF_MAX) {
            return STATUS_MALFORMED;
        }
        TRY(tlog_line_hash(line, &proof->hashes[proof->count++]));
        TRY(tlog_line_next(rest, &line));
    }
    return STATUS_OK;
}

static status_t read_lines(struct span text, struct tlog_proof_file *file)
{
    struct span line;
    TRY(tlog_line_next(&text, &line));
    if (!span_equal(line, span_text(MAGIC))) {
        return STATUS_MALFORMED;
    }
    TRY(tlog_line_next(&text, &line));
    if (tlog_line_take(&line, "extra ")) {
        TRY(line.size > 0 ? check_base64(line) : STATUS_MALFORMED);
        file->extra = line;
        TRY(tlog_line_next(&text, &line));
    }
    if (!tlog_line_take(&line, "index ")) {
        return STATUS_MALFORMED;
    }
    TRY(tlog_line_number(line, &file->index));
    TRY(read_hashes(&text, &file->proof));
    file->note = text;
    return STATUS_OK;
}

status_t tlog_proof_file_read(struct span text, struct tlog_proof_file *ret_file,
                              struct problem *problem)
{
    struct tlog_proof_file file = {0};
    if (text.size > TLOG_PROOF_FILE_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "TLOG_PROOF_MALFORMED", "proof",
                           "more than %d bytes", TLOG_PROOF_FILE_MAX);
    }
    if (read_lines(text, &file) != STATUS_OK) {
        return problem_say(problem, STATUS_MALFORMED, "TLOG_PROOF_MALFORMED", "proof",
                           "not a proof of inclusion: expected " MAGIC ", index, hashes and a "
                           "checkpoint");
    }
    *ret_file = file;
    return STATUS_OK;
}

status_t tlog_proof_file_check(const struct tlog_proof_file *file, struct span entry,
                               const struct tlog_key *key, struct tlog_checkpoint *ret_checkpoint,
                               struct problem *problem)
{
    struct tlog_checkpoint checkpoint;
    struct tlog_hash leaf;
    TRY(tlog_checkpoint_open(file->note, key, &checkpoint, problem));
    tlog_hash_leaf(entry, &leaf);
    TRY(tlog_proof_check_inclusion(&file->proof, file->index, &leaf, &checkpoint.head, problem));
    *ret_checkpoint = checkpoint;
    return STATUS_OK;
}
