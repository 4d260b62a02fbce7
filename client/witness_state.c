#include "client/witness_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"

static const char RECOVERED[] = "recovered"; /* "key\n" and the text of a checkpoint */

void witness_state_path(const struct witness_state *state, const char *name,
                        char ret_path[static PATH_MAX])
{
    (void)snprintf(ret_path, PATH_MAX, "%s/%s", state->folder, name);
}

bool witness_state_choose(struct witness_state *state, const char *server, const char *folder)
{
    const char *state_home = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    size_t size = sizeof(state->folder);
    bool has_state = state_home != NULL && state_home[0] == '/';
    if (folder != NULL) {
        return snprintf(state->folder, size, "%s", folder) < (int)size;
    }
    if (!has_state && (home == NULL || home[0] != '/')) {
        return false;
    }
    return snprintf(state->folder, size, "%s%s/mintmark/witness/%s", has_state ? state_home : home,
                    has_state ? "" : "/.local/state", server) < (int)size;
}

status_t witness_state_say_io(const struct witness_state *state, struct problem *problem)
{
    return problem_say(problem, STATUS_IO, "WITNESS", "--witness",
                       "cannot keep the log's checkpoint in %.250s: %s (--witness DIR, or "
                       "--no-witness)",
                       state->folder, strerror(errno));
}

static status_t lock_folder(struct witness_state *state, struct problem *problem)
{
    char path[PATH_MAX];
    witness_state_path(state, "lock", path);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* a failure shows when the lock is opened */
        *slash = '/';
    }
    state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock < 0 || flock(state->lock, LOCK_EX) != 0) {
        return witness_state_say_io(state, problem);
    }
    return STATUS_OK;
}

/* What was accepted stands until its log's first checkpoint is kept. */
static status_t read_recovered(struct witness_state *state, struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf content;
    buf_init(&content, WITNESS_STATE_KEY_MAX);
    witness_state_path(state, RECOVERED, path);
    status_t status = file_read(path, &content);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK; /* the first time here */
    }
    if (status != STATUS_OK) {
        return witness_state_say_io(state, problem);
    }
    struct span text = buf_span(&content);
    const uint8_t *end = memchr(text.data, '\n', text.size);
    size_t line = end == NULL ? text.size : (size_t)(end - text.data);
    size_t skipped = end == NULL ? line : line + 1;
    TRY(tlog_key_read(span_make(text.data, line), &state->key, problem));
    TRY(tlog_checkpoint_read(span_make(text.data + skipped, text.size - skipped), &state->kept,
                             problem));
    state->has_kept = true;
    state->recovered = true;
    return STATUS_OK;
}

static status_t read_kept(struct witness_state *state, struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf key;
    AUTO(buf_done) struct buf note;
    buf_init(&key, WITNESS_STATE_KEY_MAX);
    buf_init(&note, TLOG_NOTE_MAX);
    witness_state_path(state, "checkpoint", path);
    status_t status = file_read(path, &note);
    if (status == STATUS_NOT_FOUND) {
        return read_recovered(state, problem);
    }
    witness_state_path(state, "log-key", path);
    if (status != STATUS_OK || file_read(path, &key) != STATUS_OK) {
        return witness_state_say_io(state, problem);
    }
    TRY(tlog_key_read(buf_span(&key), &state->key, problem));
    TRY(tlog_checkpoint_open(buf_span(&note), &state->key, &state->kept, problem));
    state->has_kept = true;
    return STATUS_OK;
}

status_t witness_state_open(struct witness_state *state, struct problem *problem)
{
    TRY(lock_folder(state, problem));
    return read_kept(state, problem);
}

void witness_state_close(struct witness_state *state)
{
    if (state->lock >= 0) {
        (void)close(state->lock);
        state->lock = -1;
    }
}

static status_t write_recovered(const struct witness_state *state, const struct tlog_key *key,
                                const struct tlog_head *head, struct problem *problem)
{
    char path[PATH_MAX];
    char line[TLOG_KEY_TEXT_SIZE];
    struct tlog_checkpoint begin = {.head = *head};
    AUTO(buf_done) struct buf content;
    buf_init(&content, WITNESS_STATE_KEY_MAX);
    memcpy(begin.origin, key->name, sizeof(begin.origin));
    tlog_key_write(key, line);
    buf_print(&content, "%s\n", line);
    TRY(tlog_checkpoint_write(&begin, &content));
    witness_state_path(state, RECOVERED, path);
    return file_write(path, buf_span(&content), 0600) == STATUS_OK
               ? STATUS_OK
               : witness_state_say_io(state, problem);
}

/* Without `checkpoint` it is `recovered` that counts. */
status_t witness_state_recover(const struct witness_state *state, const struct tlog_key *key,
                               const struct tlog_head *head, struct problem *problem)
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    char name[32];
    const char *epoch = strrchr(state->key.name, '/');
    TRY(write_recovered(state, key, head, problem));
    (void)snprintf(name, sizeof(name), "checkpoint.%.10s", epoch != NULL ? epoch + 1 : "old");
    witness_state_path(state, "checkpoint", from);
    witness_state_path(state, name, to);
    if ((rename(from, to) != 0 && errno != ENOENT) || file_sync_folder_of(to) != STATUS_OK) {
        return witness_state_say_io(state, problem);
    }
    return STATUS_OK;
}
