/* LD_PRELOAD: see shim.h. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/fault/pair/shim.h"

static struct shim_control *control;

__attribute__((constructor)) static void set_up(void)
{
    const char *path = getenv(SHIM_CONTROL_VARIABLE);
    int descriptor = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) {
        abort(); /* a crash test without its control would test nothing */
    }
    void *page = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page == MAP_FAILED) {
        abort();
    }
    control = page;
    (void)close(descriptor);
}

static void kill_victim(void)
{
    control->armed = 0;
    (void)kill(control->victim == 0 ? getpid() : control->victim, SIGKILL);
    if (control->both) {
        (void)kill(getpid(), SIGKILL);
    }
}

/* 1 when the call with this number is the one to die after. */
static int boundary(void)
{
    if (control == NULL || !control->armed || control->error != 0) {
        return 0;
    }
    uint32_t number = ++control->count;
    if (number != control->at) {
        return 0;
    }
    if (control->before) {
        kill_victim();
        return 0;
    }
    return 1;
}

/* Whether this call to a file is to fail; errno is set then. */
static int fails(void)
{
    if (control == NULL || !control->armed || control->error == 0 ||
        ++control->count < control->at) {
        return 0;
    }
    errno = control->error;
    return 1;
}

/* One wrapper: counts, makes the real call, dies after it when told so. */
#define WRAP(result_type, name, parameters, arguments, is_file)                                    \
    result_type name parameters;                                                                   \
    result_type name parameters                                                                    \
    {                                                                                              \
        static result_type(*real) parameters;                                                      \
        if (real == NULL) {                                                                        \
            *(void **)(&real) = dlsym(RTLD_NEXT, #name);                                           \
        }                                                                                          \
        if (is_file && fails()) {                                                                  \
            return -1;                                                                             \
        }                                                                                          \
        int dies = boundary();                                                                     \
        result_type result = real arguments;                                                       \
        if (dies) {                                                                                \
            kill_victim();                                                                         \
        }                                                                                          \
        return result;                                                                             \
    }

WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), 1)
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), 1)
WRAP(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags), 0)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), 0)
WRAP(int, fsync, (int fd), (fd), 1)
WRAP(int, fdatasync, (int fd), (fd), 1)
WRAP(int, rename, (const char *from, const char *to), (from, to), 1)
WRAP(int, link, (const char *from, const char *to), (from, to), 1)
WRAP(int, unlink, (const char *path), (path), 1)
WRAP(int, ftruncate64, (int fd, off_t size), (fd, size), 1)

int clock_gettime(clockid_t clock, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL) {
        *(void **)(&real) = dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && control != NULL) {
        time->tv_sec += control->clock_offset_s;
    }
    return result;
}
