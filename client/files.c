#include "client/files.h"

#include <errno.h>
#include <sys/stat.h>

#include "lib/base/file.h"

status_t files_read(const char *path, struct buf *ret_content, struct problem *problem)
{
    errno = 0;
    status_t status = file_read(path, ret_content);
    if (status == STATUS_TOO_LARGE) {
        return problem_say(problem, status, "FILE_TOO_LARGE", path, "%s is larger than %zu bytes",
                           path, ret_content->limit);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_READ", path, "cannot read %s: %s", path,
                           errno != 0 ? strerror(errno) : status_text(status));
    }
    return STATUS_OK;
}

status_t files_write(const char *path, struct span content, struct problem *problem)
{
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return problem_say(problem, STATUS_REFUSED, "FILE_KIND", path,
                           "%s exists and is not a regular file: give another name", path);
    }
    errno = 0;
    status_t status = file_write(path, content, 0600);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE_WRITE", path, "cannot write %s: %s", path,
                           errno != 0 ? strerror(errno) : status_text(status));
    }
    return STATUS_OK;
}
