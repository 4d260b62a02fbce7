#include "server/supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/config_pass.h"
#include "server/paths.h"
#include "server/supervisor/group.h"
#include "server/supervisor/instance.h"
#include "server/supervisor/log.h"
#include "server/supervisor/notify.h"

enum phase {
    PHASE_SERVING,
    PHASE_DRAINING, /* the fronts finish what they have */
    PHASE_ENDING,   /* the slots notice that the fronts are gone */
    PHASE_ENDED,
};

struct supervisor {
    enum phase phase;
    int64_t phase_ends_ms;
    bool impatient; /* asked twice to stop: every limit is over */
    int signals;
    int config_descriptor;
    struct group groups[LISTENER_COUNT];
    struct pollfd *polls; /* signals, then each group's */
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
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        group_done(&supervisor->groups[i]);
    }
    if (supervisor->signals >= 0) {
        (void)close(supervisor->signals);
    }
    if (supervisor->config_descriptor >= 0) {
        (void)close(supervisor->config_descriptor);
    }
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

/* mintmarkd --init makes the store whole or not at all. */
static status_t check_store(const Mintmark__V1__Config *config, struct problem *problem)
{
    char path[PATH_MAX];
    TRY(paths_in_state(config, PATHS_DATABASE, path));
    if (access(path, F_OK) == 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "STORE_MISSING", "state_directory",
                       "there is no %s: make the store with mintmarkd --init, see --help", path);
}

static status_t prepare(struct supervisor *supervisor, const Mintmark__V1__Config *config,
                        struct problem *problem)
{
    const size_t slots[LISTENER_COUNT] = {
        [LISTENER_STATIONS] = config->slots,
        [LISTENER_ADMINISTRATION] = SUPERVISOR_ADMINISTRATION_SLOTS,
    };
    (void)umask(077);
    TRY(check_store(config, problem));
    TRY(take_signals(supervisor));
    TRY(config_pass_seal(config, &supervisor->config_descriptor));
    supervisor->poll_count = 1;
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        TRY(group_open(&supervisor->groups[i], config, supervisor->config_descriptor,
                       (enum listener)i, slots[i], problem));
        supervisor->poll_count += group_poll_count(&supervisor->groups[i]);
    }
    supervisor->polls = calloc(supervisor->poll_count, sizeof(*supervisor->polls));
    return supervisor->polls != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void begin_phase(struct supervisor *supervisor, enum phase phase, int64_t limit_ms)
{
    supervisor->phase = phase;
    supervisor->phase_ends_ms = now_ms() + (supervisor->impatient ? 0 : limit_ms);
}

static bool any(const struct supervisor *supervisor, bool (*has)(const struct group *group))
{
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        if (has(&supervisor->groups[i])) {
            return true;
        }
    }
    return false;
}

static void signal_fronts(const struct supervisor *supervisor, int signal)
{
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        group_signal_front(&supervisor->groups[i], signal);
    }
}

static void kill_slots(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        group_kill_slots(&supervisor->groups[i]);
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
    begin_phase(supervisor, PHASE_DRAINING, SUPERVISOR_DRAIN_MS);
    signal_fronts(supervisor, SIGTERM);
}

/* What is due while stopping: whoever has not ended in time is killed. */
static void end_due(struct supervisor *supervisor)
{
    if (supervisor->phase == PHASE_DRAINING && !any(supervisor, group_has_front)) {
        begin_phase(supervisor, PHASE_ENDING, SUPERVISOR_SLOTS_MS);
    }
    bool over = now_ms() >= supervisor->phase_ends_ms;
    if (supervisor->phase == PHASE_DRAINING && over) {
        signal_fronts(supervisor, SIGKILL);
    }
    if (supervisor->phase == PHASE_ENDING && over) {
        kill_slots(supervisor);
    }
    if (supervisor->phase == PHASE_ENDING && !any(supervisor, group_has_slots)) {
        supervisor->phase = PHASE_ENDED;
    }
}

/* Everything that is due now; what has become due by itself is seen at the next turn. */
static void do_due(struct supervisor *supervisor)
{
    if (supervisor->phase != PHASE_SERVING) {
        end_due(supervisor);
        return;
    }
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        group_serve(&supervisor->groups[i], now_ms());
    }
}

static int64_t next_due_while_serving(const struct supervisor *supervisor)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        int64_t group = group_due(&supervisor->groups[i]);
        due = group < due ? group : due;
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
    *polls++ = (struct pollfd){supervisor->signals, POLLIN, 0};
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        group_fill_polls(&supervisor->groups[i], polls);
        polls += group_poll_count(&supervisor->groups[i]);
    }
}

static void take_polls(struct supervisor *supervisor)
{
    const struct pollfd *polls = supervisor->polls + 1;
    bool serving = supervisor->phase == PHASE_SERVING;
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        group_take_polls(&supervisor->groups[i], polls, serving, now_ms());
        polls += group_poll_count(&supervisor->groups[i]);
    }
    if (supervisor->polls[0].revents != 0) {
        signal_came(supervisor);
    }
}

static status_t serve(struct supervisor *supervisor)
{
    bool told = false;
    for (;;) {
        do_due(supervisor);
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
        take_polls(supervisor);
    }
}

status_t supervisor_run(const Mintmark__V1__Config *config, struct problem *problem)
{
    AUTO(instance_drop) struct instance instance = {-1, config};
    AUTO(supervisor_done)
    struct supervisor supervisor = {
        .signals = -1, .config_descriptor = -1, .groups = {GROUP_NONE, GROUP_NONE}};
    bool two = config->two_person_rule != MINTMARK__V1__TWO_PERSON_RULE__TWO_PERSON_RULE_OFF;
    TRY(instance_take(config, &instance, problem));
    TRY(prepare(&supervisor, config, problem));
    supervisor_log(two ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "start",
                   "version=%s stations=%s administration=%s slots=%u two_person_rule=%s",
                   MINTMARK_VERSION, config->stations->address, config->administration->address,
                   config->slots, two ? "on" : "off");
    status_t status = serve(&supervisor);
    supervisor_log(LOG_LEVEL_INFO, "stopped", "%s", "");
    return status;
}
