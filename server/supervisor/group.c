#include "server/supervisor/group.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/config.h"
#include "server/supervisor/listener.h"
#include "server/supervisor/log.h"

enum { POLLS_PER_SLOT = 2 };

status_t group_open(struct group *group, const Mintmark__V1__Config *config, int config_descriptor,
                    enum listener listener, size_t slot_count, struct problem *problem)
{
    const Mintmark__V1__Listener *door = config_listener(config, listener);
    group->config = config;
    group->config_descriptor = config_descriptor;
    group->listener = listener;
    TRY(front_slot_take_key(LISTENER_NAMES[listener], door->key, &group->key_descriptor, problem));
    TRY(listener_open(LISTENER_NAMES[listener], door->address, &group->socket, problem));
    group->slots = calloc(slot_count, sizeof(*group->slots));
    if (group->slots == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (; group->slot_count < slot_count; group->slot_count++) {
        group->slots[group->slot_count] =
            (struct slot){.worker = {.pidfd = -1}, .signer = {.pidfd = -1}};
    }
    return STATUS_OK;
}

void group_done(struct group *group)
{
    const int descriptors[] = {group->socket, group->key_descriptor, group->front.control};
    for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
        if (descriptors[i] >= 0) {
            (void)close(descriptors[i]);
        }
    }
    free(group->slots);
    *group = GROUP_NONE;
}

bool group_has_front(const struct group *group)
{
    return child_is_running(&group->front.child);
}

bool group_has_slots(const struct group *group)
{
    for (size_t i = 0; i < group->slot_count; i++) {
        if (slot_is_running(&group->slots[i])) {
            return true;
        }
    }
    return false;
}

void group_signal_front(const struct group *group, int signal)
{
    child_signal(&group->front.child, signal);
}

void group_kill_slots(const struct group *group)
{
    for (size_t i = 0; i < group->slot_count; i++) {
        slot_kill(&group->slots[i]);
    }
}

static void start_front(struct group *group, int64_t now_ms)
{
    struct problem problem = {0};
    const struct front_slot_parts parts = {group->config_descriptor, group->key_descriptor,
                                           group->socket, group->listener};
    if (group_has_front(group) || now_ms < group->front.start_at_ms) {
        return;
    }
    status_t status = front_slot_start(&group->front, &parts, now_ms, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        supervisor_log_problem("front-start", &problem);
        front_slot_postpone(&group->front, 0, now_ms);
    }
}

static void start_slot(const struct group *group, struct slot *slot, int64_t now_ms)
{
    struct problem problem = {0};
    const struct slot_parts parts = {group->config, group->config_descriptor, group->front.control,
                                     group->listener};
    status_t status = slot_start(slot, &parts, now_ms, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        supervisor_log_problem("slot-start", &problem);
        slot_postpone(slot, 0, now_ms);
    }
}

/* When something has to be done for a slot while serving; INT64_MAX for never. */
static int64_t slot_due(const struct group *group, const struct slot *slot)
{
    if (slot_is_broken(slot)) {
        return slot->kill_at_ms;
    }
    bool wanted = !slot_is_running(slot) && group_has_front(group);
    return wanted ? slot->start_at_ms : INT64_MAX;
}

void group_serve(struct group *group, int64_t now_ms)
{
    start_front(group, now_ms);
    for (size_t i = 0; i < group->slot_count; i++) {
        struct slot *slot = &group->slots[i];
        if (now_ms < slot_due(group, slot)) {
            continue;
        }
        if (slot_is_broken(slot)) {
            slot_kill(slot);
            slot->kill_at_ms = INT64_MAX; /* its pidfd tells when it is gone */
        } else {
            start_slot(group, slot, now_ms);
        }
    }
}

int64_t group_due(const struct group *group)
{
    int64_t due = group_has_front(group) ? INT64_MAX : group->front.start_at_ms;
    for (size_t i = 0; i < group->slot_count; i++) {
        int64_t slot = slot_due(group, &group->slots[i]);
        due = slot < due ? slot : due;
    }
    return due;
}

size_t group_poll_count(const struct group *group)
{
    return 1 + POLLS_PER_SLOT * group->slot_count;
}

void group_fill_polls(const struct group *group, struct pollfd *ret_polls)
{
    ret_polls[0] = (struct pollfd){group->front.child.pidfd, POLLIN, 0}; /* -1 is skipped */
    for (size_t i = 0; i < group->slot_count; i++) {
        const struct slot *slot = &group->slots[i];
        struct pollfd *pair = ret_polls + 1 + POLLS_PER_SLOT * i;
        pair[0] = (struct pollfd){slot->worker.pidfd, POLLIN, 0};
        pair[1] = (struct pollfd){slot->signer.pidfd, POLLIN, 0};
    }
}

/* Half a pair is of no use, and its socket tells it so when it looks; it gets a moment to end. */
static void child_ended(struct slot *slot, struct child *child, bool serving, int64_t now_ms)
{
    int64_t lived_ms = now_ms - child->started_ms;
    child_reap(child, now_ms);
    if (child_is_running(child) || !serving) {
        return;
    }
    if (slot_is_broken(slot)) {
        slot->kill_at_ms = now_ms + SLOT_GRACE_MS;
    } else {
        slot_postpone(slot, lived_ms, now_ms);
    }
}

/* The workers' sockets to the front went with it: the slots start anew with the next front. */
static void front_ended(struct group *group, bool serving, int64_t now_ms)
{
    int64_t lived_ms = now_ms - group->front.child.started_ms;
    front_slot_ended(&group->front, now_ms);
    if (!group_has_front(group) && serving) {
        group_kill_slots(group);
        front_slot_postpone(&group->front, lived_ms, now_ms);
    }
}

void group_take_polls(struct group *group, const struct pollfd *polls, bool serving, int64_t now_ms)
{
    for (size_t i = 0; i < group->slot_count; i++) {
        struct slot *slot = &group->slots[i];
        const struct pollfd *pair = polls + 1 + POLLS_PER_SLOT * i;
        if (pair[0].revents != 0) {
            child_ended(slot, &slot->worker, serving, now_ms);
        }
        if (pair[1].revents != 0) {
            child_ended(slot, &slot->signer, serving, now_ms);
        }
    }
    if (polls[0].revents != 0) {
        front_ended(group, serving, now_ms);
    }
}
