#include "hsm/latch.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"

static const char first_line[] = "mintmark PIN latch 1\n";

/* `<path>.try`; PATH_MAX limits what can be opened, so a path cut here is never another's. */
static void name_attempt(const char *path, char ret_name[static PATH_MAX + 8])
{
    (void)snprintf(ret_name, PATH_MAX + 8, "%s.try", path);
}

/* Token and PIN file, which latch and attempt begin with. */
static void print_subject(struct buf *text, const char *serial, const struct hsm_pin *pin)
{
    const struct hsm_pin_identity *file = &pin->identity;
    buf_append_text(text, first_line);
    buf_print(text, "token serial %s\n", serial);
    buf_print(text,
              "PIN file device %" PRIu64 " inode %" PRIu64 " size %" PRIu64 " modified %" PRId64
              ".%09" PRId64 " changed %" PRId64 ".%09" PRId64 "\n",
              file->device, file->inode, file->size, file->modified_s, file->modified_ns,
              file->changed_s, file->changed_ns);
}

static status_t write_attempt(const char *name, const char *serial, const struct hsm_pin *pin,
                              unsigned number)
{
    AUTO(buf_done) struct buf text = {0};
    buf_init(&text, HSM_LATCH_MAX);
    print_subject(&text, serial, pin);
    buf_print(&text, "attempt %u\n", number);
    TRY(buf_status(&text));
    return file_write(name, buf_span(&text), 0644); /* no secret in it */
}

static bool begins_with(const struct buf *found, struct span expected)
{
    return found->size >= expected.size && memcmp(found->data, expected.data, expected.size) == 0;
}

enum standing {
    STANDS_NOT,  /* no file, or another token's or PIN file's */
    STANDS_OURS, /* of this token and PIN file */
    STANDS_UNKNOWN,
};

/* What the file says about this token and PIN file; *ret_rest is what follows. */
static enum standing read_standing(const char *name, const char *serial, const struct hsm_pin *pin,
                                   struct buf *content, struct span *ret_rest)
{
    AUTO(buf_done) struct buf subject = {0};
    buf_init(&subject, HSM_LATCH_MAX);
    print_subject(&subject, serial, pin);
    status_t status = file_read(name, content);
    if (status == STATUS_NOT_FOUND) {
        return STANDS_NOT;
    }
    if (status != STATUS_OK || subject.failed || !begins_with(content, span_text(first_line))) {
        return STANDS_UNKNOWN;
    }
    if (!begins_with(content, buf_span(&subject))) {
        return STANDS_NOT;
    }
    *ret_rest = span_make(content->data + subject.size, content->size - subject.size);
    return STANDS_OURS;
}

/* How many attempts with this PIN file ended without an answer; what cannot be understood counts
 * as the last one allowed. */
static unsigned count_attempts(const char *name, const char *serial, const struct hsm_pin *pin)
{
    AUTO(buf_done) struct buf content = {0};
    buf_init(&content, HSM_LATCH_MAX);
    struct span rest = {0};
    enum standing standing = read_standing(name, serial, pin, &content, &rest);
    if (standing == STANDS_NOT) {
        return 0;
    }
    bool first = standing == STANDS_OURS && span_equal(rest, span_text("attempt 1\n"));
    return first ? 1 : HSM_LATCH_TRIES;
}

static status_t say_latched(const char *path, const struct hsm_pin *pin, const char *why,
                            struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "PIN_LATCHED", pin->path,
                       "%s; no login is tried: correct %s, or run mintmark-hsm unlatch --latch %s",
                       why, pin->path, path);
}

static status_t check_latch(const char *path, const char *serial, const struct hsm_pin *pin,
                            struct problem *problem)
{
    AUTO(buf_done) struct buf content = {0};
    buf_init(&content, HSM_LATCH_MAX);
    struct span rest;
    switch (read_standing(path, serial, pin, &content, &rest)) {
    case STANDS_NOT:
        return STATUS_OK;
    case STANDS_OURS:
        return say_latched(path, pin, "this PIN file was refused by the token before", problem);
    case STANDS_UNKNOWN:
    default:
        return say_latched(path, pin, "the PIN latch cannot be read", problem);
    }
}

status_t hsm_latch_begin(const char *path, const char *serial, const struct hsm_pin *pin,
                         struct problem *problem)
{
    char attempt[PATH_MAX + 8];
    name_attempt(path, attempt);
    TRY(check_latch(path, serial, pin, problem));
    unsigned before = count_attempts(attempt, serial, pin);
    if (before >= HSM_LATCH_TRIES) {
        return say_latched(path, pin,
                           "logins with this PIN file ended before the token's answer was known",
                           problem);
    }
    if (write_attempt(attempt, serial, pin, before + 1) != STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "LATCH_FILE", "latch",
                           "%s cannot be written (%s); without it no login is tried: make room and "
                           "let the service write in its folder",
                           attempt, strerror(errno));
    }
    return STATUS_OK;
}

status_t hsm_latch_set(const char *path, const char *serial, const struct hsm_pin *pin,
                       const char *cause, struct problem *problem)
{
    char attempt[PATH_MAX + 8];
    name_attempt(path, attempt);
    /* without token.lock another process may have taken our attempt for its own */
    bool set = rename(attempt, path) == 0 ? file_sync_folder_of(path) == STATUS_OK
                                          : write_attempt(path, serial, pin, 1) == STATUS_OK;
    if (!set) {
        return problem_say(problem, STATUS_IO, "LATCH_FILE", "latch",
                           "the PIN was refused (%s) and the latch %s cannot be written (%s): stop "
                           "the service before the token locks",
                           cause, path, strerror(errno));
    }
    return STATUS_OK;
}

void hsm_latch_withdraw(const char *path, const char *serial, const struct hsm_pin *pin)
{
    char attempt[PATH_MAX + 8];
    name_attempt(path, attempt);
    bool first = count_attempts(attempt, serial, pin) <= 1;
    bool done = first ? unlink(attempt) == 0 && file_sync_folder_of(attempt) == STATUS_OK
                      : write_attempt(attempt, serial, pin, 1) == STATUS_OK;
    (void)done; /* else it stays counted, which is the safe side */
}

status_t hsm_latch_clear(const char *path, struct problem *problem)
{
    char attempt[PATH_MAX + 8];
    name_attempt(path, attempt);
    const char *names[] = {path, attempt};
    bool removed = false;
    for (size_t i = 0; i < 2; i++) {
        if (unlink(names[i]) == 0) {
            removed = true;
        } else if (errno != ENOENT) {
            return problem_say(problem, STATUS_IO, "LATCH_FILE", "latch",
                               "cannot remove the PIN latch %s: %s", names[i], strerror(errno));
        }
    }
    /* one that came back after a power failure would count as a login without an answer */
    if (removed && file_sync_folder_of(path) != STATUS_OK) {
        return problem_say(problem, STATUS_IO, "LATCH_FILE", "latch",
                           "cannot make the removal of the PIN latch %s durable: %s", path,
                           strerror(errno));
    }
    return STATUS_OK;
}

bool hsm_latch_stands(const char *path)
{
    char attempt[PATH_MAX + 8];
    name_attempt(path, attempt);
    return access(path, F_OK) == 0 || access(attempt, F_OK) == 0;
}
