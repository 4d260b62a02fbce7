#include "server/supervisor/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/config_pass.h"
#include "server/supervisor/front_slot.h"
#include "server/supervisor/instance.h"
#include "server/supervisor/listener.h"
#include "server/supervisor/log.h"
#include "server/supervisor/notify.h"
#include "server/supervisor/slot.h"

enum { FIXED_POLLS = 2, POLLS_PER_SLOT = 2 };

enum phase {
    PHASE_SERVING,
    PHASE_DRAINING, /* the front finishes what it has */
    PHASE_ENDING,   /* the slots notice that the front is gone */
    PHASE_ENDED,
};

struct supervisor {
    const Mintmark__V1__Config *config;
    enum phase phase;
    int64_t phase_ends_ms;
    bool impatient; /* asked twice to stop: every limit is over */
    int signals;
    int listener;
    int config_descriptor;
    int key_descriptor;
    struct front_slot front;
    struct slot *slots;
    size_t slot_count;
    struct pollfd *polls; /* signals, front, then worker and signer of each slot */
    nfds_t poll_count;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void supervisor_done(struct supervisor *supervisor)
{
    const int descriptors[] = {supervisor->signals, supervisor->listener,
                               supervisor->config_descriptor, supervisor->key_descriptor,
                               supervisor->front.control};
    for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++) {
        if (descriptors[i] >= 0) {
            (void)close(descriptors[i]);
        }
    }
    free(supervisor->slots);
    free(supervisor->polls);
}
OWN_VALUE(struct supervisor, supervisor_done)

/* The signals come as readable bytes, never in the middle of something. */
static status_t take_signals(struct supervisor *supervisor)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL); /* inherited as ignored it would hide how children end */
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return STATUS_INTERNAL;
    }
    supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return supervisor->signals >= 0 ? STATUS_OK : STATUS_INTERNAL;
}

static status_t prepare(struct supervisor *supervisor, struct problem *problem)
{
    (void)umask(077);
    TRY(take_signals(supervisor));
    TRY(config_pass_seal(supervisor->config, &supervisor->config_descriptor));
    TRY(front_slot_take_key(supervisor->config->stations->key, &supervisor->key_descriptor,
                            problem));
    TRY(listener_open(supervisor->config->stations->address, &supervisor->listener, problem));
    supervisor->slot_count = supervisor->config->slots;
    supervisor->slots = calloc(supervisor->slot_count, sizeof(*supervisor->slots));
    supervisor->poll_count = (nfds_t)(FIXED_POLLS + POLLS_PER_SLOT * supervisor->slot_count);
    supervisor->polls = calloc(supervisor->poll_count, sizeof(*supervisor->polls));
    if (supervisor->slots == NULL || supervisor->polls == NULL) {
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static void begin_phase(struct supervisor *supervisor, enum phase phase, int64_t limit_ms)
{
    supervisor->phase = phase;
    supervisor->phase_ends_ms = now_ms() + (supervisor->impatient ? 0 : limit_ms);
}

static bool any_slot_running(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        if (slot_is_running(&supervisor->slots[i])) {
            return true;
        }
    }
    return false;
}

static void kill_slots(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        slot_kill(&supervisor->slots[i]);
    }
}

/* The workers' sockets to the front went with it: the slots start anew with the next front. */
static void front_ended(struct supervisor *supervisor)
{
    int64_t lived_ms = now_ms() - supervisor->front.child.started_ms;
    front_slot_ended(&supervisor->front, now_ms());
    if (child_is_running(&supervisor->front.child)) {
        return;
    }
    if (supervisor->phase == PHASE_SERVING) {
        kill_slots(supervisor);
        front_slot_postpone(&supervisor->front, lived_ms, now_ms());
    } else {
        begin_phase(supervisor, PHASE_ENDING, SUPERVISOR_SLOTS_MS);
    }
}

static void ignore_reload(void)
{
    struct log_line line;
    log_begin(&line, LOG_LEVEL_WARNING, "supervisor", "reload-ignored");
    log_text(&line, "why", "the configuration is read at start only: restart to have it read");
    log_end(&line);
}

static void signal_came(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    if (read(supervisor->signals, &info, sizeof(info)) != (ssize_t)sizeof(info)) {
        return;
    }
    if (info.ssi_signo == SIGHUP) {
        ignore_reload();
        return;
    }
    supervisor_log(LOG_LEVEL_INFO, "stop", "signal=%u", info.ssi_signo);
    if (supervisor->phase != PHASE_SERVING) {
        supervisor->impatient = true;
        supervisor->phase_ends_ms = now_ms();
        return;
    }
    notify_send("STOPPING=1");
    if (child_is_running(&supervisor->front.child)) {
        begin_phase(supervisor, PHASE_DRAINING, SUPERVISOR_DRAIN_MS);
        child_signal(&supervisor->front.child, SIGTERM);
    } else {
        begin_phase(supervisor, PHASE_ENDING, SUPERVISOR_SLOTS_MS);
    }
}

static void start_front(struct supervisor *supervisor)
{
    struct problem problem = {0};
    const struct front_slot_parts parts = {supervisor->config, supervisor->config_descriptor,
                                           supervisor->key_descriptor, supervisor->listener};
    if (child_is_running(&supervisor->front.child) || now_ms() < supervisor->front.start_at_ms) {
        return;
    }
    status_t status = front_slot_start(&supervisor->front, &parts, now_ms(), &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        supervisor_log_problem("front-start", &problem);
        front_slot_postpone(&supervisor->front, 0, now_ms());
    }
}

static void start_slot(struct supervisor *supervisor, struct slot *slot)
{
    struct problem problem = {0};
    const struct slot_parts parts = {supervisor->config, supervisor->config_descriptor,
                                     supervisor->front.control};
    status_t status = slot_start(slot, &parts, now_ms(), &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        supervisor_log_problem("slot-start", &problem);
        slot_postpone(slot, 0, now_ms());
    }
}

/* When something has to be done for a slot while serving; INT64_MAX for never. */
static int64_t slot_due(const struct supervisor *supervisor, const struct slot *slot)
{
    if (slot_is_broken(slot)) {
        return slot->kill_at_ms;
    }
    bool wanted = !slot_is_running(slot) && child_is_running(&supervisor->front.child);
    return wanted ? slot->start_at_ms : INT64_MAX;
}

/* What is due while serving: a front, slots for it, the end of half pairs. */
static void serve_due(struct supervisor *supervisor)
{
    start_front(supervisor);
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (now_ms() < slot_due(supervisor, slot)) {
            continue;
        }
        if (slot_is_broken(slot)) {
            slot_kill(slot);
            slot->kill_at_ms = INT64_MAX; /* its pidfd tells when it is gone */
        } else {
            start_slot(supervisor, slot);
        }
    }
}

/* What is due while stopping: whoever has not ended in time is killed. */
static void end_due(struct supervisor *supervisor)
{
    bool over = now_ms() >= supervisor->phase_ends_ms;
    if (supervisor->phase == PHASE_DRAINING && over) {
        child_signal(&supervisor->front.child, SIGKILL);
    }
    if (supervisor->phase == PHASE_ENDING && over) {
        kill_slots(supervisor);
    }
    if (supervisor->phase == PHASE_ENDING && !any_slot_running(supervisor)) {
        supervisor->phase = PHASE_ENDED;
    }
}

static int64_t next_due_while_serving(const struct supervisor *supervisor)
{
    int64_t due =
        child_is_running(&supervisor->front.child) ? INT64_MAX : supervisor->front.start_at_ms;
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        int64_t slot = slot_due(supervisor, &supervisor->slots[i]);
        due = slot < due ? slot : due;
    }
    return due;
}

/* For poll: milliseconds until something is due; -1 for never. */
static int next_due(const struct supervisor *supervisor)
{
    bool serving = supervisor->phase == PHASE_SERVING;
    int64_t due = serving ? next_due_while_serving(supervisor) : supervisor->phase_ends_ms;
    int64_t now = now_ms();
    if (due == INT64_MAX || (!serving && due <= now)) {
        return -1; /* the killed are awaited through their pidfds */
    }
    return due > now ? (int)(due - now) : 0;
}

static void fill_polls(struct supervisor *supervisor)
{
    struct pollfd *polls = supervisor->polls;
    polls[0] = (struct pollfd){supervisor->signals, POLLIN, 0};
    polls[1] = (struct pollfd){supervisor->front.child.pidfd, POLLIN, 0}; /* -1 is skipped */
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        const struct slot *slot = &supervisor->slots[i];
        struct pollfd *pair = polls + FIXED_POLLS + POLLS_PER_SLOT * i;
        pair[0] = (struct pollfd){slot->worker.pidfd, POLLIN, 0};
        pair[1] = (struct pollfd){slot->signer.pidfd, POLLIN, 0};
    }
}

/* Half a pair is of no use, and its socket tells it so when it looks; it gets a moment to end. */
static void child_ended(const struct supervisor *supervisor, struct slot *slot, struct child *child)
{
    int64_t lived_ms = now_ms() - child->started_ms;
    child_reap(child, now_ms());
    if (child_is_running(child) || supervisor->phase != PHASE_SERVING) {
        return;
    }
    if (slot_is_broken(slot)) {
        slot->kill_at_ms = now_ms() + SLOT_GRACE_MS;
    } else {
        slot_postpone(slot, lived_ms, now_ms());
    }
}

static void dispatch(struct supervisor *supervisor)
{
    const struct pollfd *polls = supervisor->polls;
    for (size_t i = 0; i < supervisor->slot_count; i++) {
        struct slot *slot = &supervisor->slots[i];
        const struct pollfd *pair = polls + FIXED_POLLS + POLLS_PER_SLOT * i;
        if (pair[0].revents != 0) {
            child_ended(supervisor, slot, &slot->worker);
        }
        if (pair[1].revents != 0) {
            child_ended(supervisor, slot, &slot->signer);
        }
    }
    if (polls[1].revents != 0) {
        front_ended(supervisor);
    }
    if (polls[0].revents != 0) {
        signal_came(supervisor);
    }
}

static status_t serve(struct supervisor *supervisor)
{
    bool told = false;
    for (;;) {
        if (supervisor->phase == PHASE_SERVING) {
            serve_due(supervisor);
        } else {
            end_due(supervisor);
        }
        if (supervisor->phase == PHASE_ENDED) {
            return STATUS_OK;
        }
        if (!told) {
            notify_send("READY=1");
            told = true;
        }
        fill_polls(supervisor);
        if (poll(supervisor->polls, supervisor->poll_count, next_due(supervisor)) < 0 &&
            errno != EINTR) {
            return STATUS_INTERNAL;
        }
        dispatch(supervisor);
    }
}

status_t supervisor_run(const Mintmark__V1__Config *config, struct problem *problem)
{
    AUTO(instance_drop) struct instance instance = {-1, config};
    AUTO(supervisor_done)
    struct supervisor supervisor = {.config = config,
                                    .signals = -1,
                                    .listener = -1,
                                    .config_descriptor = -1,
                                    .key_descriptor = -1,
                                    .front = FRONT_SLOT_NONE};
    TRY(instance_take(config, &instance, problem));
    TRY(prepare(&supervisor, problem));
    for (size_t i = 0; i < supervisor.slot_count; i++) {
        supervisor.slots[i] = (struct slot){.worker = {.pidfd = -1}, .signer = {.pidfd = -1}};
    }
    supervisor_log(LOG_LEVEL_INFO, "start", "version=%s address=%s slots=%zu", MINTMARK_VERSION,
                   config->stations->address, supervisor.slot_count);
    status_t status = serve(&supervisor);
    supervisor_log(LOG_LEVEL_INFO, "stopped", "%s", "");
    return status;
}
