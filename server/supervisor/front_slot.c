#include "server/supervisor/front_slot.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/config_pass.h"
#include "server/supervisor/log.h"

static status_t start_with(struct front_slot *front, const struct front_slot_parts *parts,
                           const int inherited[2], int64_t now_ms, struct problem *problem)
{
    int control[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SOCKET", "", "no socket pair: %s",
                           strerror(errno));
    }
    const int descriptors[] = {inherited[0], parts->listener, control[1], inherited[1]};
    status_t status = child_start(&front->child, "front", descriptors, 4, now_ms);
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
    status_t status = file_open_secret(parts->config->stations->key, &inherited[1], problem);
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
