#include "server/supervisor/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/paths.h"

static status_t write_pid(const Mintmark__V1__Config *config)
{
    char path[PATH_MAX];
    char text[16];
    TRY(paths_in_state(config, PATHS_SERVER_PID, path));
    (void)snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    return file_write(path, span_text(text), 0644);
}

static status_t lock(const char *path, int *ret_lock, struct problem *problem)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return problem_say(problem, STATUS_IO, "STATE_LOCK", "state_directory",
                           "cannot open %s: %s", path, strerror(errno));
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        (void)close(descriptor);
        return problem_say(problem, STATUS_EXISTS, "STATE_IN_USE", "state_directory",
                           "another mintmarkd holds %s: stop it (mintmarkd.pid beside it names the "
                           "process), or give this one a state directory of its own",
                           path);
    }
    *ret_lock = descriptor;
    return STATUS_OK;
}

status_t instance_take(const Mintmark__V1__Config *config, struct instance *ret_instance,
                       struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(instance_drop) struct instance instance = {-1, config};
    TRY(paths_in_state(config, PATHS_SERVER_LOCK, path));
    TRY(lock(path, &instance.lock, problem));
    status_t status = write_pid(config);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "STATE_PID", "state_directory",
                           "cannot write the pid file: %s", strerror(errno));
    }
    *ret_instance = instance;
    instance.lock = -1;
    return STATUS_OK;
}

void instance_drop(struct instance *instance)
{
    char path[PATH_MAX];
    if (instance->lock < 0) {
        return;
    }
    if (paths_in_state(instance->config, PATHS_SERVER_PID, path) == STATUS_OK) {
        (void)unlink(path);
    }
    (void)close(instance->lock);
    instance->lock = -1;
}
