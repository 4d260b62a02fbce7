/* Stand-ins for the children, so that the supervisor is tested alone: they check their doors, say
 * on standard error what they found, and end as the real ones do. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/check_store.h"
#include "server/config_pass.h"
#include "server/init.h"
#include "server/paths.h"
#include "server/process.h"
#include "server/recovery/backup.h"
#include "server/recovery/recover.h"

extern char **environ;

static Mintmark__V1__Config *config_or_die(void)
{
    Mintmark__V1__Config *config = NULL;
    if (config_pass_receive(PROCESS_CONFIG, &config) != STATUS_OK) {
        (void)fprintf(stderr, "fake: no configuration\n");
        exit(EXIT_FAILURE);
    }
    return config;
}

/* A file in the state directory tells a child how to misbehave. */
static bool told(const Mintmark__V1__Config *config, const char *name)
{
    char path[PATH_MAX];
    return paths_in_state(config, name, path) == STATUS_OK && access(path, F_OK) == 0;
}

static void say_environment(const char *kind)
{
    for (char **pair = environ; *pair != NULL; pair++) {
        (void)fprintf(stderr, "fake %s environment %s\n", kind, *pair);
    }
}

static int type_of(int descriptor)
{
    int type = -1;
    socklen_t size = sizeof(type);
    (void)getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size);
    return type;
}

/* One control message: 'W' and a socket. */
static int receive_worker(void)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } space;
    char letter = 0;
    struct iovec content = {&letter, 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    ssize_t got = recvmsg(PROCESS_FRONT_CONTROL, &message, MSG_CMSG_CLOEXEC);
    int worker = -1;
    if (got == 1 && letter == 'W' && CMSG_FIRSTHDR(&message) != NULL) {
        memcpy(&worker, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(worker));
        char hello[6] = "";
        (void)recv(worker, hello, 5, MSG_WAITALL);
        (void)fprintf(stderr, "fake front worker %s\n", hello);
    }
    return worker;
}

int front_main(enum listener listener)
{
    Mintmark__V1__Config *config = config_or_die();
    char key[32] = "";
    if (read(PROCESS_FRONT_TLS_KEY, key, sizeof(key) - 1) < 0) {
        return 1;
    }
    (void)fprintf(stderr, "fake front ready %s listener=%d control=%d key=%s\n",
                  listener == LISTENER_STATIONS ? "stations" : "administration",
                  type_of(PROCESS_FRONT_LISTENER), type_of(PROCESS_FRONT_CONTROL), key);
    say_environment("front");
    if (told(config, "deaf-front")) {
        (void)signal(SIGTERM, SIG_IGN);
    }
    mintmark__v1__config__free_unpacked(config, NULL);
    while (receive_worker() >= 0) {
        continue; /* the sockets stay open until this process ends */
    }
    return EXIT_SUCCESS;
}

/* Until the peer is gone. */
static int wait_for_end(int descriptor)
{
    char byte;
    while (read(descriptor, &byte, 1) > 0) {
        continue;
    }
    return EXIT_SUCCESS;
}

int worker_main(enum listener listener)
{
    (void)listener;
    Mintmark__V1__Config *config = config_or_die();
    bool deaf = told(config, "deaf-worker");
    mintmark__v1__config__free_unpacked(config, NULL);
    say_environment("worker");
    (void)send(PROCESS_WORKER_FRONT, "hello", 5, MSG_NOSIGNAL);
    while (deaf) {
        (void)poll(NULL, 0, -1);
    }
    return wait_for_end(PROCESS_WORKER_FRONT);
}

int signer_main(enum listener listener)
{
    (void)listener;
    Mintmark__V1__Config *config = config_or_die();
    char pin[32] = "";
    if (read(PROCESS_SIGNER_PIN, pin, sizeof(pin) - 1) < 0) {
        return 1;
    }
    (void)fprintf(stderr, "fake signer ready pin=%s\n", pin);
    say_environment("signer");
    bool fails = told(config, "fail-signer");
    mintmark__v1__config__free_unpacked(config, NULL);
    return fails ? 3 : wait_for_end(PROCESS_SIGNER_WORKER);
}

int init_main(const Mintmark__V1__Config *config, const struct init_person *people, size_t count)
{
    (void)config;
    for (size_t i = 0; i < count; i++) {
        (void)printf("fake init %s %d\n", people[i].file, (int)people[i].role);
    }
    return EXIT_SUCCESS;
}

int check_store_main(const Mintmark__V1__Config *config)
{
    (void)config;
    (void)printf("fake check-store\n");
    return EXIT_SUCCESS;
}

int backup_main(const Mintmark__V1__Config *config, const char *target, bool json)
{
    (void)config;
    (void)printf("fake backup %s %d\n", target, json);
    return EXIT_SUCCESS;
}

int restore_main(const Mintmark__V1__Config *config, const char *source, bool json)
{
    (void)config;
    (void)printf("fake restore %s %d\n", source, json);
    return EXIT_SUCCESS;
}

int recover_main(const Mintmark__V1__Config *config, const struct recover_options *options)
{
    (void)config;
    (void)printf("fake recover %s, highwater %s", options->plan,
                 options->highwater != NULL ? options->highwater : "-");
    for (size_t i = 0; i < options->statement_count; i++) {
        (void)printf(", statement %s", options->statements[i]);
    }
    for (size_t i = 0; i < options->journal_count; i++) {
        (void)printf(", journal %s", options->journals[i]);
    }
    (void)putchar('\n');
    return EXIT_SUCCESS;
}
