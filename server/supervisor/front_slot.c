#include "server/supervisor/front_slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/config_pass.h"
#include "server/supervisor/log.h"

static status_t copy_whole(int from, int to)
{
    size_t left = FRONT_SLOT_KEY_MAX + 1;
    ssize_t put = 0;
    do {
        put = sendfile(to, from, NULL, left);
        left -= put > 0 ? (size_t)put : 0;
    } while (left > 0 && (put > 0 || (put < 0 && errno == EINTR)));
    if (put < 0) {
        return STATUS_IO;
    }
    return left > 0 ? STATUS_OK : STATUS_TOO_LARGE;
}

static status_t seal_copy(int key, int *ret_descriptor)
{
    int copy = memfd_create("mintmark-tls-key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (copy < 0) {
        return STATUS_IO;
    }
    status_t status = copy_whole(key, copy);
    if (status == STATUS_OK &&
        fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
        status = STATUS_IO;
    }
    if (status != STATUS_OK) {
        (void)close(copy);
        return status;
    }
    *ret_descriptor = copy;
    return STATUS_OK;
}

status_t front_slot_take_key(const char *listener, const char *path, int *ret_descriptor,
                             struct problem *problem)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "%s.key", listener);
    int key = -1;
    TRY(file_open_secret(path, &key, problem));
    status_t status = seal_copy(key, ret_descriptor);
    (void)close(key);
    if (status == STATUS_TOO_LARGE) {
        return problem_say(problem, status, "TLS_FILE", field,
                           "%s is larger than %d bytes: name a PEM file with the key alone", path,
                           FRONT_SLOT_KEY_MAX);
    }
    if (status != STATUS_OK) {
        return problem_say(problem, status, "TLS_FILE", field, "cannot copy %s: %s", path,
                           strerror(errno));
    }
    return STATUS_OK;
}

static status_t start_with(struct front_slot *front, const struct front_slot_parts *parts,
                           const int inherited[2], int64_t now_ms, struct problem *problem)
{
    int control[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SOCKET", "", "no socket pair: %s",
                           strerror(errno));
    }
    const int descriptors[] = {inherited[0], parts->socket, control[1], inherited[1]};
    status_t status = child_start(&front->child, "front", LISTENER_NAMES[parts->listener],
                                  descriptors, 4, now_ms);
    (void)close(control[1]);
    if (status != STATUS_OK) {
        (void)close(control[0]);
        return status;
    }
    front->control = control[0];
    return STATUS_OK;
}

status_t front_slot_start(struct front_slot *front, const struct front_slot_parts *parts,
                          int64_t now_ms, struct problem *problem)
{
    int inherited[2]; /* configuration, TLS key */
    TRY(config_pass_reopen(parts->config_descriptor, &inherited[0]));
    status_t status = config_pass_reopen(parts->key_descriptor, &inherited[1]);
    if (status == STATUS_OK) {
        status = start_with(front, parts, inherited, now_ms, problem);
        (void)close(inherited[1]);
    }
    (void)close(inherited[0]);
    return status;
}

void front_slot_ended(struct front_slot *front, int64_t now_ms)
{
    child_reap(&front->child, now_ms);
    if (!child_is_running(&front->child)) {
        (void)close(front->control);
        front->control = -1;
    }
}

void front_slot_postpone(struct front_slot *front, int64_t lived_ms, int64_t now_ms)
{
    uint32_t wait = backoff_next(&front->backoff, lived_ms, (uint32_t)now_ms);
    front->start_at_ms = now_ms + wait;
    supervisor_log(LOG_LEVEL_WARNING, "front-restart", "wait_ms=%u failures=%u", wait,
                   front->backoff.failures);
}
