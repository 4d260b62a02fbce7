#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 64 * 1024 };

static status_t status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return STATUS_NOT_FOUND;
    case EACCES:
    case EPERM:
        return STATUS_DENIED;
    default:
        return STATUS_IO;
    }
}

status_t file_read_descriptor(int descriptor, struct buf *ret_content)
{
    for (;;) {
        size_t room = ret_content->limit - ret_content->size;
        size_t step = room < READ_STEP ? room + 1 : READ_STEP; /* one byte more than allowed */
        uint8_t chunk[READ_STEP];
        ssize_t got = read(descriptor, chunk, step);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            explicit_bzero(chunk, sizeof(chunk));
            return got == 0 ? buf_status(ret_content) : STATUS_IO;
        }
        buf_append(ret_content, chunk, (size_t)got);
        if (ret_content->failed) {
            explicit_bzero(chunk, sizeof(chunk));
            return buf_status(ret_content);
        }
    }
}

status_t file_read(const char *path, struct buf *ret_content)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return status_of_errno();
    }
    status_t status = file_read_descriptor(descriptor, ret_content);
    (void)close(descriptor);
    return status;
}

static status_t write_all(int descriptor, struct span content)
{
    while (content.size > 0) {
        ssize_t put = write(descriptor, content.data, content.size);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return STATUS_IO;
        }
        content = span_make(content.data + put, content.size - (size_t)put);
    }
    return STATUS_OK;
}

status_t file_sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : (int)(slash - path > 0 ? slash - path : 1);
    (void)snprintf(folder, sizeof(folder), "%.*s", length, slash == NULL ? "." : path);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    int result = fsync(descriptor);
    (void)close(descriptor);
    return result == 0 ? STATUS_OK : STATUS_IO;
}

status_t file_replace(const char *path, struct span content, mode_t mode)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary)) {
        return STATUS_TOO_LARGE;
    }
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) {
        return status_of_errno();
    }
    status_t status = write_all(descriptor, content);
    if (status == STATUS_OK && (fchmod(descriptor, mode) != 0 || fsync(descriptor) != 0)) {
        status = STATUS_IO;
    }
    if (close(descriptor) != 0 && status == STATUS_OK) {
        status = STATUS_IO;
    }
    if (status == STATUS_OK && rename(temporary, path) != 0) {
        status = status_of_errno();
    }
    if (status != STATUS_OK) {
        int saved = errno;
        (void)unlink(temporary);
        errno = saved;
    }
    return status;
}

status_t file_write(const char *path, struct span content, mode_t mode)
{
    TRY(file_replace(path, content, mode));
    return file_sync_folder_of(path);
}

static status_t check_secret_file(const struct stat *info, const char *path,
                                  struct problem *problem)
{
    if (!S_ISREG(info->st_mode)) {
        return problem_say(problem, STATUS_REFUSED, "SECRET_FILE_KIND", path,
                           "%s is not a regular file: give the file itself", path);
    }
    if (info->st_uid != 0 && info->st_uid != geteuid()) {
        return problem_say(problem, STATUS_REFUSED, "SECRET_FILE_OWNER", path,
                           "%s belongs to another user: chown it to the service's user", path);
    }
    if ((info->st_mode & 077) != 0) {
        return problem_say(problem, STATUS_REFUSED, "SECRET_FILE_MODE", path,
                           "%s is open to others (mode %04o): chmod 0600 %s", path,
                           (unsigned)(info->st_mode & 07777), path);
    }
    return STATUS_OK;
}

status_t file_open_secret(const char *path, int *ret_descriptor, struct problem *problem)
{
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        status_t status = errno == ELOOP ? STATUS_REFUSED : status_of_errno();
        return problem_say(problem, status, "SECRET_FILE_OPEN", path, "cannot open %s: %s", path,
                           errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    }
    struct stat info;
    status_t status =
        fstat(descriptor, &info) == 0 ? check_secret_file(&info, path, problem) : STATUS_IO;
    if (status != STATUS_OK) {
        (void)close(descriptor);
        return status;
    }
    *ret_descriptor = descriptor;
    return STATUS_OK;
}
