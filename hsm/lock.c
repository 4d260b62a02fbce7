#include "hsm/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void give_to_folder_owner(int descriptor, const char *path)
{
    char copy[PATH_MAX];
    struct stat folder;
    if (geteuid() != 0 || snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
        return;
    }
    if (stat(dirname(copy), &folder) == 0 &&
        fchown(descriptor, folder.st_uid, folder.st_gid) != 0) {
        return; /* then only root can use it, and the service will say so */
    }
}

status_t hsm_lock_take(const char *path, struct hsm_lock *ret_lock, struct problem *problem)
{
    if (path == NULL || path[0] == '\0') {
        *ret_lock = (struct hsm_lock){-1};
        return STATUS_OK;
    }
    int descriptor = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return problem_say(problem, STATUS_IO, "TOKEN_LOCK", path,
                           "cannot open lock file %s: %s; its folder must belong to the service",
                           path, strerror(errno));
    }
    give_to_folder_owner(descriptor, path);
    int result = 0;
    do {
        result = flock(descriptor, LOCK_EX);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        status_t status = problem_say(problem, STATUS_IO, "TOKEN_LOCK", path, "cannot lock %s: %s",
                                      path, strerror(errno));
        (void)close(descriptor);
        return status;
    }
    *ret_lock = (struct hsm_lock){descriptor};
    return STATUS_OK;
}

void hsm_lock_drop(struct hsm_lock *lock)
{
    if (lock->descriptor >= 0) {
        (void)close(lock->descriptor);
    }
    lock->descriptor = -1;
}
