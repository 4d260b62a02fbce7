#include "server/front/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/front/log.h"
#include "server/front/worker.h"
#include "server/process.h"

/* Room for one descriptor, aligned as the kernel wants it. */
union passed {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

/* The descriptor that came with a message, or -1. */
static int descriptor_of(struct msghdr *message)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    int descriptor = -1;
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
    }
    return descriptor;
}

static void take_worker(struct front *front, char kind, int descriptor)
{
    if (kind != 'W' || descriptor < 0) {
        front_log_event(LOG_LEVEL_ERROR, "control", "why", "a message that is no worker");
        if (descriptor >= 0) {
            (void)close(descriptor);
        }
        return;
    }
    if (front_worker_add(front, descriptor) != STATUS_OK) {
        front_log_event(LOG_LEVEL_ERROR, "control", "why", "no room for another worker");
    }
}

static void on_control(evutil_socket_t socket, short events, void *context)
{
    (void)events;
    struct front *front = context;
    char kind = 0;
    union passed passed;
    struct iovec bytes = {&kind, 1};
    struct msghdr message = {
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = passed.room,
        .msg_controllen = sizeof(passed.room),
    };
    ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got > 0) {
        take_worker(front, kind, descriptor_of(&message));
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        front_log_event(LOG_LEVEL_WARNING, "control", "why", "the supervisor is gone");
        (void)event_del(&front->control_event);
        front_drain(front, FRONT_DRAIN_ORPHAN_MS);
    }
}

status_t front_control_start(struct front *front)
{
    (void)event_assign(&front->control_event, front->base, front->control_descriptor,
                       EV_READ | EV_PERSIST, on_control, front);
    return event_add(&front->control_event, NULL) == 0 ? STATUS_OK : STATUS_NO_MEMORY;
}
