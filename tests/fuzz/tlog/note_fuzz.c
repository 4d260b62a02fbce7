/* Any bytes as a signed note, a checkpoint's text, a key's line, a proof file and a tile's path.
 * What is accepted is written again as it was. */
#include <assert.h>

#include "lib/tlog/entry_proof.h"
#include "lib/tlog/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_checkpoint(struct span text)
{
    struct tlog_checkpoint checkpoint;
    struct problem problem = {0};
    AUTO(buf_done) struct buf again;
    if (tlog_checkpoint_read(text, &checkpoint, &problem) == STATUS_OK) {
        buf_init(&again, text.size);
        status_t status = tlog_checkpoint_write(&checkpoint, &again);
        assert(status == STATUS_OK && span_equal(buf_span(&again), text));
    } else {
        buf_init(&again, 0);
        assert(problem.reason[0] != '\0');
    }
}

static void check_note(struct span bytes)
{
    struct tlog_note note;
    struct problem problem = {0};
    if (tlog_note_read(bytes, &note, &problem) != STATUS_OK) {
        assert(problem.reason[0] != '\0');
        return;
    }
    assert(note.count > 0 && note.text.data == bytes.data && note.text.size < bytes.size);
    check_checkpoint(note.text);
}

static void check_key(struct span text)
{
    struct tlog_key key;
    char again[TLOG_KEY_TEXT_SIZE];
    if (tlog_key_read(text, &key, NULL) == STATUS_OK) {
        tlog_key_write(&key, again);
        /* digits of the id may be of either case */
        assert(strlen(again) == text.size);
    }
}

static void check_proof_file(struct span text)
{
    struct tlog_proof_file file;
    AUTO(buf_done) struct buf again;
    buf_init(&again, text.size);
    if (tlog_proof_file_read(text, &file, NULL) == STATUS_OK) {
        status_t status = tlog_proof_file_write(&file, &again);
        assert(status == STATUS_OK && span_equal(buf_span(&again), text));
        check_note(file.note);
    }
}

static void check_entry_proof(struct span text)
{
    AUTO(tlog_entry_proof_done) struct tlog_entry_proof proof = {0};
    AUTO(buf_done) struct buf again;
    buf_init(&again, text.size);
    if (tlog_entry_proof_read(text, &proof, NULL) == STATUS_OK) {
        status_t status = tlog_entry_proof_write(&proof.file, buf_span(&proof.entry), &again);
        assert(status == STATUS_OK && span_equal(buf_span(&again), text));
    }
}

static void check_path(struct span text)
{
    char path[TLOG_TILE_PATH_SIZE];
    char again[TLOG_TILE_PATH_SIZE];
    struct tlog_tile tile;
    if (text.size < sizeof(path)) {
        if (text.size > 0) {
            memcpy(path, text.data, text.size);
        }
        path[text.size] = '\0';
        if (tlog_tile_read_path(path, &tile) == STATUS_OK) {
            tlog_tile_path(&tile, again);
            assert(strcmp(path, again) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_make(data, size);
    check_checkpoint(bytes);
    check_note(bytes);
    check_key(bytes);
    check_proof_file(bytes);
    check_entry_proof(bytes);
    check_path(bytes);
    return 0;
}
