#include "hsm/latch.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"

static const char first_line[] = "mintmark PIN latch 1\n";

static void print_latch(struct buf *text, const char *serial, const struct hsm_pin *pin)
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

static status_t check_folder(const char *path, struct problem *problem)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
        return problem_say(problem, STATUS_REFUSED, "LATCH_FILE", "latch", "path too long");
    }
    const char *folder = dirname(copy);
    if (access(folder, W_OK | X_OK) != 0) {
        return problem_say(problem, STATUS_REFUSED, "LATCH_FILE", "latch",
                           "folder %s of the PIN latch cannot be written (%s); without a latch no "
                           "login is tried",
                           folder, strerror(errno));
    }
    return STATUS_OK;
}

static status_t say_latched(const char *path, const struct hsm_pin *pin, const char *why,
                            struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "PIN_LATCHED", pin->path,
                       "%s; no login is tried: correct %s, or run mintmark-hsm unlatch --latch %s",
                       why, pin->path, path);
}

static bool has_head(const struct buf *found)
{
    return found->size >= strlen(first_line) &&
           memcmp(found->data, first_line, strlen(first_line)) == 0;
}

status_t hsm_latch_check(const char *path, const char *serial, const struct hsm_pin *pin,
                         struct problem *problem)
{
    TRY(check_folder(path, problem));
    AUTO(buf_done) struct buf found = {0};
    buf_init(&found, HSM_LATCH_MAX);
    status_t status = file_read(path, &found);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    if (status != STATUS_OK || !has_head(&found)) {
        return say_latched(path, pin, "the PIN latch cannot be read", problem);
    }
    AUTO(buf_done) struct buf ours = {0};
    buf_init(&ours, HSM_LATCH_MAX);
    print_latch(&ours, serial, pin);
    TRY(buf_status(&ours));
    if (found.size >= ours.size && memcmp(found.data, ours.data, ours.size) == 0) {
        return say_latched(path, pin, "this PIN file was refused by the token before", problem);
    }
    return STATUS_OK;
}

status_t hsm_latch_set(const char *path, const char *serial, const struct hsm_pin *pin,
                       const char *cause, struct problem *problem)
{
    AUTO(buf_done) struct buf text = {0};
    buf_init(&text, HSM_LATCH_MAX);
    print_latch(&text, serial, pin);
    buf_print(&text, "cause %s\n", cause);
    TRY(buf_status(&text));
    if (file_write(path, buf_span(&text), 0644) != STATUS_OK) { /* no secret in it */
        return problem_say(problem, STATUS_IO, "LATCH_FILE", "latch",
                           "the PIN was refused (%s) and the latch %s cannot be written (%s): stop "
                           "the service before the token locks",
                           cause, path, strerror(errno));
    }
    return STATUS_OK;
}

status_t hsm_latch_clear(const char *path, struct problem *problem)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return problem_say(problem, STATUS_IO, "LATCH_FILE", "latch",
                           "cannot remove the PIN latch %s: %s", path, strerror(errno));
    }
    return STATUS_OK;
}
