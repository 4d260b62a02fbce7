#include "hsm/pin.h"

#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"

static struct hsm_pin_identity identity_of(const struct stat *info)
{
    return (struct hsm_pin_identity){
        .device = info->st_dev,
        .inode = info->st_ino,
        .size = (uint64_t)info->st_size,
        .modified_s = info->st_mtim.tv_sec,
        .modified_ns = info->st_mtim.tv_nsec,
        .changed_s = info->st_ctim.tv_sec,
        .changed_ns = info->st_ctim.tv_nsec,
    };
}

static status_t read_value(int descriptor, const char *path, struct secret *ret_value,
                           struct problem *problem)
{
    AUTO(buf_done) struct buf content = {0};
    buf_init_secret(&content, HSM_PIN_MAX + 1); /* one more for the newline */
    if (lseek(descriptor, 0, SEEK_SET) != 0 ||
        file_read_descriptor(descriptor, &content) != STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "PIN_FILE", path,
                           "cannot read a PIN of at most 255 characters from %s", path);
    }
    size_t size = content.size;
    if (size > 0 && content.data[size - 1] == '\n') {
        size--;
    }
    if (size == 0) {
        return problem_say(problem, STATUS_REFUSED, "PIN_EMPTY", path,
                           "%s is empty: write the token's user PIN into it", path);
    }
    return secret_copy(ret_value, span_make(content.data, size));
}

status_t hsm_pin_read(int descriptor, const char *path, struct hsm_pin *ret_pin,
                      struct problem *problem)
{
    struct stat info;
    /* the identity of a pipe is new at every start, so the latch could never hold */
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
        return problem_say(problem, STATUS_REFUSED, "PIN_FILE", path,
                           "%s is not a regular file: keep the PIN in one", path);
    }
    struct hsm_pin pin = {.identity = identity_of(&info), .path = path};
    TRY(read_value(descriptor, path, &pin.value, problem));
    *ret_pin = pin;
    return STATUS_OK;
}

status_t hsm_pin_read_file(const char *path, struct hsm_pin *ret_pin, struct problem *problem)
{
    int descriptor = -1;
    TRY(file_open_secret(path, &descriptor, problem));
    status_t status = hsm_pin_read(descriptor, path, ret_pin, problem);
    (void)close(descriptor);
    return status;
}

void hsm_pin_wipe(struct hsm_pin *pin)
{
    secret_wipe(&pin->value);
}
