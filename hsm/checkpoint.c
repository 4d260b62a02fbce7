#include "hsm/checkpoint.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "hsm/lock.h"
#include "lib/base/file.h"

enum { NOTE_MAX = 4096, MODE = 0600 };

/* The last checkpoint as the file has it. Absent: size 0, no note. */
struct last {
    struct tlog_checkpoint checkpoint;
    struct buf note;
};

static void last_done(struct last *last)
{
    buf_done(&last->note);
}
OWN_VALUE(struct last, last_done)

static status_t say_file(const char *path, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_IO, "HIGHWATER", path,
                       "%s cannot be %s: no checkpoint was signed", path, what);
}

static status_t say_lost(const char *path, const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "HIGHWATER_LOST", path,
                       "%s %s: put back the file with the last signed checkpoint", path, what);
}

static status_t read_last(const struct hsm_checkpoint *state, const struct tlog_key *key,
                          struct last *last, struct problem *problem)
{
    tlog_hash_empty(&last->checkpoint.head.root);
    status_t status = file_read(state->path, &last->note);
    if (status == STATUS_NOT_FOUND) {
        return state->has_last ? say_lost(state->path, "is gone", problem) : STATUS_OK;
    }
    if (status != STATUS_OK) {
        return say_file(state->path, "read", problem);
    }
    if (tlog_checkpoint_open(buf_span(&last->note), key, &last->checkpoint, NULL) != STATUS_OK) {
        return problem_say(problem, STATUS_DATA_LOSS, "HIGHWATER_CORRUPTED", state->path,
                           "%s is no checkpoint of %s signed with this log key: keep it as "
                           "evidence, put back the right one",
                           state->path, key->name);
    }
    return state->has_last && last->checkpoint.head.size < state->last.size
               ? say_lost(state->path, "is behind what was signed", problem)
               : STATUS_OK;
}

static status_t check_origin(const struct hsm_checkpoint *state, const char *origin,
                             struct problem *problem)
{
    size_t size = strlen(state->prefix);
    if (strncmp(origin, state->prefix, size) == 0 && origin[size] != '\0') {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CHECKPOINT_ORIGIN", "origin",
                       "the log %s is not of this site: its logs are %s1 and so on", origin,
                       state->prefix);
}

static status_t check_extends(const struct hsm_checkpoint_call *call, const struct last *last,
                              struct problem *problem)
{
    const struct tlog_head *head = &last->checkpoint.head;
    if (call->old_size != head->size) {
        return problem_say(problem, STATUS_ABORTED, "HIGHWATER_MOVED", "checkpoint",
                           "the last signed checkpoint has size %" PRIu64 ", not %" PRIu64
                           ": look again",
                           head->size, call->old_size);
    }
    return tlog_proof_check_consistency(&call->proof, head, &call->checkpoint.head, problem);
}

/* The file is durable before the signature leaves: what is known outside is never ahead of it. */
static status_t sign_and_keep(const struct hsm_checkpoint *state,
                              const struct hsm_sign_context *key,
                              const struct tlog_checkpoint *checkpoint, struct buf *note,
                              struct problem *problem)
{
    struct hsm_sign_context context = *key;
    struct signer signer = hsm_sign_signer(&context);
    TRY(tlog_checkpoint_sign(checkpoint, &signer, note, problem));
    return file_write(state->path, buf_span(note), MODE) == STATUS_OK
               ? STATUS_OK
               : say_file(state->path, "written", problem);
}

static status_t sign(struct hsm_checkpoint *state, const struct hsm_sign_context *key,
                     const struct hsm_checkpoint_call *call, struct last *last, struct buf *note,
                     struct problem *problem)
{
    struct tlog_key public_key;
    TRY(check_origin(state, call->checkpoint.origin, problem));
    TRY(tlog_key_init(call->checkpoint.origin, SPAN_OF(key->spki), &public_key, problem));
    TRY(read_last(state, &public_key, last, problem));
    TRY(check_extends(call, last, problem));
    if (last->note.size > 0 && last->checkpoint.head.size == call->checkpoint.head.size) {
        buf_append_span(note, buf_span(&last->note));
        return buf_status(note);
    }
    return sign_and_keep(state, key, &call->checkpoint, note, problem);
}

static status_t lock_beside(const char *path, struct hsm_lock *ret_lock, struct problem *problem)
{
    char lock_path[PATH_MAX];
    int size = snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    if (size >= (int)sizeof(lock_path) || hsm_lock_take(lock_path, ret_lock, NULL) != STATUS_OK) {
        return say_file(path, "locked", problem);
    }
    return STATUS_OK;
}

status_t hsm_checkpoint_sign(struct hsm_checkpoint *state, const struct hsm_sign_context *key,
                             const struct hsm_checkpoint_call *call, struct buf *ret_note,
                             struct problem *problem)
{
    AUTO(hsm_lock_drop) struct hsm_lock lock = {-1};
    AUTO(last_done) struct last last = {0};
    AUTO(buf_done) struct buf note = {0};
    buf_init(&last.note, NOTE_MAX);
    buf_init(&note, NOTE_MAX);
    TRY(lock_beside(state->path, &lock, problem));
    TRY(sign(state, key, call, &last, &note, problem));
    state->has_last = true;
    state->last = call->checkpoint.head;
    buf_append_span(ret_note, buf_span(&note));
    return buf_status(ret_note);
}
