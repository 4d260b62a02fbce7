#include "tests/system/front/stage.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mintmark/v1/config.pb-c.h"
#include "server/process.h"
#include "tests/support/test.h"
#include "tests/system/front/certificates.h"
#include "tests/system/front/played_worker.h"

const char *stage_path(const struct stage *stage, const char *name, const char *suffix)
{
    static char paths[4][128];
    static int next = 0;
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s%s", stage->folder, name, suffix);
    return path;
}

static int listen_somewhere(struct stage *stage)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    union {
        struct sockaddr_in *in;
        struct sockaddr *any;
    } place = {.in = &address};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(descriptor, place.any, size), 0);
    assert_int_equal(listen(descriptor, 128), 0);
    assert_int_equal(getsockname(descriptor, place.any, &size), 0);
    stage->port = ntohs(address.sin_port);
    (void)snprintf(stage->address, sizeof(stage->address), "127.0.0.1:%d", stage->port);
    return descriptor;
}

static int make_config(const struct stage *stage, const char *certificate)
{
    struct buf chain = test_read_file(stage_path(stage, certificate, ".pem"));
    struct buf ca = test_read_file(stage_path(stage, "ca", ".pem"));
    Mintmark__V1__Site site;
    mintmark__v1__site__init(&site);
    Mintmark__V1__Listener listener;
    mintmark__v1__listener__init(&listener);
    Mintmark__V1__Config config;
    mintmark__v1__config__init(&config);
    char domain[] = "test";
    site.trust_domain = domain;
    listener.certificate_content = (ProtobufCBinaryData){chain.size, chain.data};
    listener.client_ca_content = (ProtobufCBinaryData){ca.size, ca.data};
    config.site = &site;
    config.stations = &listener;
    uint8_t bytes[16384];
    assert_true(mintmark__v1__config__get_packed_size(&config) <= sizeof(bytes));
    size_t size = mintmark__v1__config__pack(&config, bytes);
    int descriptor = memfd_create("config", 0);
    assert_int_equal(write(descriptor, bytes, size), (ssize_t)size);
    buf_done(&chain);
    buf_done(&ca);
    return descriptor;
}

/* In the child: the doors to their places, everything else closed, and off it goes. */
static _Noreturn void become_front(const struct stage *stage, const int doors[4], int log)
{
    int high[4];
    for (int i = 0; i < 4; i++) {
        high[i] = fcntl(doors[i], F_DUPFD, 100);
    }
    (void)dup2(log, STDERR_FILENO);
    for (int i = 0; i < 4; i++) {
        (void)dup2(high[i], PROCESS_CONFIG + i);
    }
    (void)stage;
    (void)close_range(PROCESS_CONFIG + 4, ~0u, 0);
    _exit(front_main(LISTENER_STATIONS));
}

void stage_open(struct stage *stage, const char *server_certificate)
{
    *stage = (struct stage){.folder = "/tmp/mintmark-front-XXXXXX"};
    assert_non_null(mkdtemp(stage->folder));
    certificates_write(stage->folder);
    int control[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), 0);
    assert_int_equal(pipe2(stage->release, O_CLOEXEC), 0);
    assert_int_equal(pipe2(stage->held, O_CLOEXEC), 0);
    stage->control = control[0];
    const int doors[4] = {make_config(stage, server_certificate), listen_somewhere(stage),
                          control[1],
                          open(stage_path(stage, server_certificate, ".key"), O_RDONLY)};
    int log = open(stage_path(stage, "front", ".log"), O_CREAT | O_WRONLY | O_APPEND, 0600);
    stage->front = fork();
    assert_true(stage->front >= 0);
    if (stage->front == 0) {
        become_front(stage, doors, log);
    }
    for (int i = 0; i < 4; i++) {
        (void)close(doors[i]);
    }
    (void)close(log);
}

static void hand_over(const struct stage *stage, int descriptor)
{
    char kind = 'W';
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } passed = {0};
    struct iovec bytes = {&kind, 1};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = passed.room,
                             .msg_controllen = sizeof(passed.room)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(descriptor));
    assert_int_equal(sendmsg(stage->control, &message, MSG_NOSIGNAL), 1);
}

void stage_add_worker(struct stage *stage)
{
    int sockets[2];
    assert_true(stage->worker_count < STAGE_WORKERS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    pid_t worker = fork();
    assert_true(worker >= 0);
    if (worker == 0) {
        (void)close(stage->control);
        (void)close(sockets[1]);
        played_worker_run(sockets[0], stage->release[0], stage->held[1]);
    }
    (void)close(sockets[0]);
    hand_over(stage, sockets[1]);
    (void)close(sockets[1]);
    stage->workers[stage->worker_count++] = worker;
}

void stage_wait_held(struct stage *stage)
{
    char byte = 0;
    assert_int_equal(read(stage->held[0], &byte, 1), 1);
}

void stage_release(struct stage *stage)
{
    assert_int_equal(write(stage->release[1], "r", 1), 1);
}

/* A front that ended badly said why. */
static void show_log(const struct stage *stage)
{
    struct buf log = test_read_file(stage_path(stage, "front", ".log"));
    (void)fwrite(log.data, 1, log.size, stderr);
    buf_done(&log);
}

static void remove_folder(const struct stage *stage)
{
    static const char *const names[] = {"server", "expired",  "station",  "neighbour",
                                        "nobody", "double",   "stranger", "outsider",
                                        "ca",     "other-ca", "front"};
    static const char *const suffixes[] = {".pem", ".key", ".log"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (size_t k = 0; k < sizeof(suffixes) / sizeof(suffixes[0]); k++) {
            (void)unlink(stage_path(stage, names[i], suffixes[k]));
        }
    }
    (void)rmdir(stage->folder);
}

int stage_close(struct stage *stage)
{
    int status = 0;
    (void)kill(stage->front, SIGTERM);
    assert_int_equal(waitpid(stage->front, &status, 0), stage->front);
    for (int i = 0; i < stage->worker_count; i++) {
        (void)kill(stage->workers[i], SIGKILL);
        (void)waitpid(stage->workers[i], NULL, 0);
    }
    (void)close(stage->control);
    for (int i = 0; i < 2; i++) {
        (void)close(stage->release[i]);
        (void)close(stage->held[i]);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        show_log(stage);
    }
    remove_folder(stage);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int stage_connect(const struct stage *stage)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)stage->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    union {
        struct sockaddr_in *in;
        struct sockaddr *any;
    } place = {.in = &address};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(descriptor, place.any, sizeof(address)), 0);
    return descriptor;
}

struct wire_client *stage_client(const struct stage *stage, const char *name,
                                 const char *server_name, uint32_t timeout_ms)
{
    const struct wire_client_config config = {
        .server = stage->address,
        .certificate = stage_path(stage, name, ".pem"),
        .key = stage_path(stage, name, ".key"),
        .ca = stage_path(stage, "ca", ".pem"),
        .server_name = server_name,
        .timeout_ms = timeout_ms,
    };
    struct wire_client *client = NULL;
    assert_ok(wire_client_open(&config, &client, NULL));
    return client;
}
