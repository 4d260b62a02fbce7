#include "server/supervisor/slot.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/config_pass.h"
#include "server/supervisor/log.h"

/* The descriptors of one start; all are the children's (and the front's) afterwards. */
struct doors {
    int worker_front[2]; /* [0] goes to the front, [1] to the worker */
    int worker_signer[2];
    int worker_config;
    int signer_config;
    int pin;
};

static void close_one(int descriptor)
{
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
}

static void doors_done(struct doors *doors)
{
    close_one(doors->worker_front[0]);
    close_one(doors->worker_front[1]);
    close_one(doors->worker_signer[0]);
    close_one(doors->worker_signer[1]);
    close_one(doors->worker_config);
    close_one(doors->signer_config);
    close_one(doors->pin);
}
OWN_VALUE(struct doors, doors_done)

static status_t doors_open(const struct slot_parts *parts, struct doors *doors,
                           struct problem *problem)
{
    TRY(file_open_secret(parts->config->token->pin_file, &doors->pin, problem));
    TRY(config_pass_reopen(parts->config_descriptor, &doors->worker_config));
    TRY(config_pass_reopen(parts->config_descriptor, &doors->signer_config));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, doors->worker_front) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, doors->worker_signer) != 0) {
        return problem_say(problem, STATUS_UNAVAILABLE, "SOCKET", "", "no socket pair: %s",
                           strerror(errno));
    }
    return STATUS_OK;
}

/* One byte 'W' and the socket (server/process.h). A front whose queue is full is not well: the
 * attempt fails rather than waits. */
static status_t hand_over(int control, int socket, struct problem *problem)
{
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } space = {0};
    char letter = 'W';
    struct iovec content = {&letter, 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    space.header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&space.header), &socket, sizeof(socket));
    if (sendmsg(control, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_UNAVAILABLE, "FRONT_CONTROL", "",
                       "the front takes no worker: %s", strerror(errno));
}

bool slot_is_running(const struct slot *slot)
{
    return child_is_running(&slot->worker) || child_is_running(&slot->signer);
}

bool slot_is_broken(const struct slot *slot)
{
    return child_is_running(&slot->worker) != child_is_running(&slot->signer);
}

static status_t start_pair(struct slot *slot, const struct doors *doors, const char *listener,
                           int64_t now_ms)
{
    const int signer[] = {doors->signer_config, doors->worker_signer[1], doors->pin};
    const int worker[] = {doors->worker_config, doors->worker_front[1], doors->worker_signer[0]};
    TRY(child_start(&slot->signer, "signer", listener, signer, 3, now_ms));
    return child_start(&slot->worker, "worker", listener, worker, 3, now_ms);
}

status_t slot_start(struct slot *slot, const struct slot_parts *parts, int64_t now_ms,
                    struct problem *problem)
{
    AUTO(doors_done) struct doors doors = {{-1, -1}, {-1, -1}, -1, -1, -1};
    TRY(doors_open(parts, &doors, problem));
    status_t status = start_pair(slot, &doors, LISTENER_NAMES[parts->listener], now_ms);
    if (status == STATUS_OK) {
        status = hand_over(parts->front_control, doors.worker_front[0], problem);
    }
    if (status != STATUS_OK) {
        slot_kill(slot);
    }
    return status;
}

void slot_kill(const struct slot *slot)
{
    child_signal(&slot->worker, SIGKILL);
    child_signal(&slot->signer, SIGKILL);
}

void slot_postpone(struct slot *slot, int64_t lived_ms, int64_t now_ms)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
        random = (uint32_t)now_ms; /* only jitter */
    }
    uint32_t wait = backoff_next(&slot->backoff, lived_ms, random);
    slot->start_at_ms = now_ms + wait;
    supervisor_log(LOG_LEVEL_WARNING, "slot-restart", "wait_ms=%u failures=%u", wait,
                   slot->backoff.failures);
}
