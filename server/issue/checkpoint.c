#include "server/issue/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/store/log.h"

/* A checkpoint and its note; size 0 and no note when there is none. */
struct known {
    struct tlog_checkpoint checkpoint;
    struct buf note;
};

static void known_init(struct known *known)
{
    *known = (struct known){0};
    buf_init(&known->note, ISSUE_NOTE_MAX);
}

static void known_done(struct known *known)
{
    buf_done(&known->note);
}
OWN_VALUE(struct known, known_done)

/* A store that is of another epoch was set back to before a recovery, or the recovery was cut off
 * before it took the file away. */
static status_t check_origin(const struct issue_environment *environment, const char *origin,
                             struct problem *problem)
{
    if (strcmp(origin, environment->origin) == 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "STORE_EPOCH", environment->highwater,
                       "the store's log is %s, the last signed checkpoint is of %s: put back the "
                       "newest database, or finish mintmarkd --recover with the same plan and "
                       "statements",
                       environment->origin, origin);
}

status_t issue_checkpoint_retired(const char *highwater, const char *origin,
                                  char ret_path[static PATH_MAX])
{
    const char *slash = strrchr(origin, '/');
    int size = snprintf(ret_path, PATH_MAX, "%s.%s", highwater, slash != NULL ? slash + 1 : origin);
    return size < PATH_MAX ? STATUS_OK : STATUS_TOO_LARGE;
}

static status_t check_retired(const struct issue_environment *environment, struct problem *problem)
{
    char path[PATH_MAX];
    TRY(issue_checkpoint_retired(environment->highwater, environment->origin, path));
    if (access(path, F_OK) != 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "STORE_EPOCH", path,
                       "the store's log is %s, which a recovery ends: %s is its last checkpoint; "
                       "finish mintmarkd --recover with the same plan and statements, or put back "
                       "the newest database",
                       environment->origin, path);
}

/* The signer looks at the signature each time it signs; here it is what the store is held to. */
static status_t read_highwater(const struct issue_environment *environment, struct known *known,
                               struct problem *problem)
{
    struct tlog_note note;
    status_t status = file_read(environment->highwater, &known->note);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        return problem_say(problem, STATUS_UNAVAILABLE, "HIGHWATER", environment->highwater,
                           "%s cannot be read: %s", environment->highwater, status_text(status));
    }
    if (tlog_note_read(buf_span(&known->note), &note, NULL) != STATUS_OK ||
        tlog_checkpoint_read(note.text, &known->checkpoint, NULL) != STATUS_OK) {
        return problem_say(problem, STATUS_DATA_LOSS, "HIGHWATER_CORRUPTED", environment->highwater,
                           "%s is no checkpoint of %s: keep it as evidence, put back the right one",
                           environment->highwater, environment->origin);
    }
    return check_origin(environment, known->checkpoint.origin, problem);
}

static status_t check_sizes(const struct issue_environment *environment, uint64_t entries,
                            uint64_t stored, uint64_t signed_size, struct problem *problem)
{
    if (signed_size < stored) {
        return problem_say(problem, STATUS_REFUSED, "HIGHWATER_LOST", environment->highwater,
                           "the store has a signed checkpoint of size %" PRIu64 ", %s is %s: put "
                           "back the file, or see mintmarkd --recover",
                           stored, environment->highwater,
                           signed_size == 0 ? "missing" : "behind it");
    }
    if (signed_size > entries) {
        return problem_say(problem, STATUS_REFUSED, "STORE_BEHIND", "",
                           "the store's log has %" PRIu64 " entries, %" PRIu64 " were signed: it "
                           "was set back to an older state and must not issue; put back the newest "
                           "database, or let two operators sign a recovery: mintmarkd --recover",
                           entries, signed_size);
    }
    return STATUS_OK;
}

/* Sequences all, and holds the store to the highwater. *ret_size: of the tree. */
static status_t compare(const struct issue_environment *environment, struct known *highwater,
                        uint64_t *ret_size, struct problem *problem)
{
    uint64_t stored = 0;
    struct tlog_head head;
    const struct tlog_head *last = &highwater->checkpoint.head;
    TRY(check_retired(environment, problem));
    TRY(store_log_sequence_all(environment->store, ret_size, problem));
    /* in this order: what another process signs and stores meanwhile is not taken for a loss */
    TRY(store_log_checkpoint(environment->store, &stored, NULL, problem));
    TRY(read_highwater(environment, highwater, problem));
    if (last->size > *ret_size) {
        TRY(store_log_sequence_all(environment->store, ret_size, problem));
    }
    TRY(check_sizes(environment, *ret_size, stored, last->size, problem));
    TRY(store_log_root(environment->store, last->size, &head, problem));
    if (last->size > 0 && !tlog_hash_equal(&head.root, &last->root)) {
        return problem_say(problem, STATUS_DATA_LOSS, "LOG_REWRITTEN", "",
                           "the store's log is not the one whose first %" PRIu64 " entries were "
                           "signed: it was rewritten; keep the database as evidence, put back the "
                           "newest backup",
                           last->size);
    }
    return STATUS_OK;
}

status_t issue_checkpoint_check(const struct issue_environment *environment,
                                struct problem *problem)
{
    uint64_t size = 0;
    AUTO(known_done) struct known highwater;
    known_init(&highwater);
    if (environment->highwater == NULL) {
        return STATUS_OK;
    }
    return compare(environment, &highwater, &size, problem);
}

/* A new one over the whole tree. */
static status_t sign(const struct issue_environment *environment, uint64_t size,
                     const struct tlog_head *last, struct buf *ret_note, struct problem *problem)
{
    struct tlog_proof proof;
    struct tlog_checkpoint checkpoint = {0};
    memcpy(checkpoint.origin, environment->origin, strlen(environment->origin));
    TRY(store_log_root(environment->store, size, &checkpoint.head, problem));
    TRY(store_log_consistency(environment->store, last->size, size, &proof, problem));
    return environment->sign_checkpoint(environment->token, &checkpoint, last->size, &proof,
                                        ret_note, problem);
}

static status_t attempt(const struct issue_environment *environment, uint64_t wanted,
                        struct buf *note, struct problem *problem)
{
    uint64_t size = 0;
    AUTO(known_done) struct known highwater;
    known_init(&highwater);
    buf_clear(note);
    TRY(compare(environment, &highwater, &size, problem));
    if (wanted > size) {
        return problem_say(problem, STATUS_INVALID, "LOG_SIZE", "size",
                           "the log has %" PRIu64 " entries, not %" PRIu64, size, wanted);
    }
    const struct tlog_head *last = &highwater.checkpoint.head;
    if (last->size > 0 && last->size >= wanted) {
        size = last->size; /* signed, by a process that died or has not stored it yet */
        buf_append_span(note, buf_span(&highwater.note));
    } else {
        TRY(sign(environment, size, last, note, problem));
    }
    TRY(buf_status(note));
    return store_log_put_checkpoint(environment->store, size, buf_span(note), problem);
}

status_t issue_checkpoint(const struct issue_environment *environment, uint64_t size,
                          struct buf *ret_note, struct problem *problem)
{
    uint64_t stored = 0;
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX);
    if (environment->highwater == NULL) {
        return problem_say(problem, STATUS_REFUSED, "LOG_KEY_NONE", "token.log_key",
                           "this server has no key for the log's checkpoints: configure "
                           "token.log_key");
    }
    TRY(store_log_checkpoint(environment->store, &stored, &note, problem));
    status_t status = stored > 0 && stored >= size ? STATUS_OK : STATUS_ABORTED;
    for (int i = 0; i < ISSUE_ATTEMPTS && status == STATUS_ABORTED; i++) {
        status = attempt(environment, size, &note, problem);
    }
    TRY(status);
    buf_append_span(ret_note, buf_span(&note));
    return buf_status(ret_note);
}

status_t issue_checkpoint_upkeep(const struct issue_environment *environment,
                                 struct problem *problem)
{
    uint64_t size = 0;
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX);
    TRY(store_log_sequence_all(environment->store, &size, problem));
    return environment->highwater == NULL ? STATUS_OK
                                          : issue_checkpoint(environment, size, &note, problem);
}
