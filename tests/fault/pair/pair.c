#include "tests/fault/pair/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/config.h"
#include "server/config_pass.h"
#include "server/process.h"
#include "tests/fault/pair/tap.h"

enum { START_ATTEMPTS = 5, DESCRIPTORS_MAX = 8, HIGH_DESCRIPTOR = 100, END_MS = 20000 };

_Noreturn void pair_fail(const struct pair_setup *setup, const char *what)
{
    (void)fprintf(stderr, "%s: %s: %s\n", setup->name, what, strerror(errno));
    exit(1);
}

static void report(void *context, const struct problem *problem)
{
    const struct pair_setup *setup = context;
    (void)fprintf(stderr, "%s: %s [%s]\n", setup->name, problem->message, problem->field);
}

void pair_setup_load(struct pair_setup *setup, const char *config_path)
{
    setup->program = getenv("MINTMARK_PROGRAM");
    if (setup->program == NULL) {
        pair_fail(setup, "MINTMARK_PROGRAM names no mintmarkd");
    }
    if (config_load(config_path, report, setup, &setup->config) != STATUS_OK ||
        config_pass_seal(setup->config, &setup->config_descriptor) != STATUS_OK) {
        pair_fail(setup, "configuration");
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

void *pair_shared_memory(const struct pair_setup *setup, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        pair_fail(setup, "shared memory");
    }
    return memory;
}

/* dup2 to the fixed numbers by way of high ones, so that no source is overwritten. */
static void place(const int *descriptors, int count)
{
    int high[DESCRIPTORS_MAX];
    for (int i = 0; i < count; i++) {
        high[i] = fcntl(descriptors[i], F_DUPFD, HIGH_DESCRIPTOR);
    }
    for (int i = 0; i < count; i++) {
        if (dup2(high[i], PROCESS_CONFIG + i) < 0) {
            _exit(126);
        }
    }
    (void)close_range((unsigned)(PROCESS_CONFIG + count), ~0u, 0);
}

static pid_t spawn(const struct pair_setup *setup, const char *kind, const int *descriptors,
                   int count, const char *const *environment)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        pair_fail(setup, "fork");
    }
    if (pid > 0) {
        return pid;
    }
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        _exit(126);
    }
    place(descriptors, count);
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i += 2) {
        (void)setenv(environment[i], environment[i + 1], 1);
    }
    (void)execl(setup->program, setup->program, "--child", kind, LISTENER_NAMES[setup->listener],
                (char *)NULL);
    _exit(127);
}

static pid_t spawn_tap(const struct pair_setup *setup, struct pair_tap *tap, int worker, int signer)
{
    pid_t pid = fork();
    if (pid < 0) {
        pair_fail(setup, "fork");
    }
    if (pid == 0) {
        const int sockets[] = {worker, signer};
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        place(sockets, 2);
        tap_run(tap, PROCESS_CONFIG, PROCESS_CONFIG + 1);
    }
    return pid;
}

static void make_sockets(const struct pair_setup *setup, int sockets[static 2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
        pair_fail(setup, "socket pair");
    }
}

static pid_t spawn_signer(const struct pair_setup *setup, int socket)
{
    int pin = -1;
    struct problem problem = {0};
    if (file_open_secret(setup->config->token->pin_file, &pin, &problem) != STATUS_OK) {
        pair_fail(setup, problem.message);
    }
    const int descriptors[] = {setup->config_descriptor, socket, pin};
    pid_t pid = spawn(setup, "signer", descriptors, 3, NULL);
    (void)close(pin);
    return pid;
}

pid_t pair_start_signer(const struct pair_setup *setup, int *ret_socket)
{
    int sockets[2];
    make_sockets(setup, sockets);
    pid_t pid = spawn_signer(setup, sockets[1]);
    (void)close(sockets[1]);
    *ret_socket = sockets[0];
    return pid;
}

/* Without a tap the signer's socket is the worker's own. */
static int connect_signer(const struct pair_setup *setup, struct pair *pair)
{
    int signer = -1;
    int worker[2];
    pair->signer = pair_start_signer(setup, &signer);
    pair->tap = 0;
    if (setup->tap == NULL) {
        return signer;
    }
    make_sockets(setup, worker);
    pair->tap = spawn_tap(setup, setup->tap, worker[1], signer);
    (void)close(worker[1]);
    (void)close(signer);
    return worker[0];
}

/* Without a relay the worker's socket is the test's own. */
static int connect_front(const struct pair_setup *setup, int worker, struct pair *pair)
{
    int test[2];
    pair->relay = 0;
    if (!setup->relay) {
        return worker;
    }
    make_sockets(setup, test);
    pair->relay = spawn_tap(setup, NULL, test[1], worker);
    (void)close(test[1]);
    (void)close(worker);
    return test[0];
}

static bool start_once(const struct pair_setup *setup, struct pair *pair)
{
    int front[2];
    struct frame_answer hello;
    AUTO(buf_done) struct buf bytes;
    make_sockets(setup, front);
    int signer = connect_signer(setup, pair);
    const int descriptors[] = {setup->config_descriptor, front[1], signer};
    pair->worker = spawn(setup, "worker", descriptors, 3, setup->worker_environment);
    (void)close(front[1]);
    pair->front = connect_front(setup, front[0], pair);
    (void)close(signer);
    buf_init(&bytes, FRAME_ANSWER_MESSAGE_MAX);
    return pair_receive(setup, pair->front, &bytes, &hello);
}

void pair_start(const struct pair_setup *setup, struct pair *ret_pair)
{
    for (int i = 0; i < START_ATTEMPTS; i++) {
        if (start_once(setup, ret_pair)) {
            return;
        }
        pair_end(ret_pair);
    }
    pair_fail(setup, "worker does not start");
}

void pair_end(const struct pair *pair)
{
    const pid_t all[] = {pair->worker, pair->signer, pair->tap, pair->relay};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i] != 0) {
            (void)kill(all[i], SIGKILL);
            (void)waitpid(all[i], NULL, 0);
        }
    }
    (void)close(pair->front);
}

void pair_end_by_itself(const struct pair_setup *setup, struct pair *pair)
{
    int64_t waited_ms = 0;
    while (waitpid(pair->worker, NULL, WNOHANG) == 0) {
        if (waited_ms++ > END_MS) {
            pair_fail(setup, "a worker lives without front or signer");
        }
        (void)poll(NULL, 0, 1);
    }
    pair->worker = 0;
    pair_end(pair);
}

void pair_send(const struct pair_setup *setup, int socket, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t put = send(socket, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (put <= 0) {
            pair_fail(setup, "send");
        }
        bytes = span_make(bytes.data + put, bytes.size - (size_t)put);
    }
}

bool pair_receive(const struct pair_setup *setup, int front, struct buf *bytes,
                  struct frame_answer *ret_answer)
{
    buf_clear(bytes);
    for (;;) {
        size_t size = 0;
        if (frame_read_answer(buf_span(bytes), ret_answer, &size) != STATUS_OK) {
            pair_fail(setup, "malformed answer frame");
        }
        if (size > 0) {
            return true;
        }
        uint8_t chunk[65536];
        ssize_t got = recv(front, chunk, sizeof(chunk), 0);
        if (got <= 0) {
            return false;
        }
        buf_append(bytes, chunk, (size_t)got);
    }
}
