/* LD_PRELOAD: see shim.h. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fault/crash/shim.h"

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
    if (control == NULL || !control->armed) {
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

/* One wrapper: counts, makes the real call, dies after it when told so. */
#define WRAP(result_type, name, parameters, arguments)                                             \
    result_type name parameters;                                                                   \
    result_type name parameters                                                                    \
    {                                                                                              \
        static result_type(*real) parameters;                                                      \
        if (real == NULL) {                                                                        \
            *(void **)(&real) = dlsym(RTLD_NEXT, #name);                                           \
        }                                                                                          \
        int dies = boundary();                                                                     \
        result_type result = real arguments;                                                       \
        if (dies) {                                                                                \
            kill_victim();                                                                         \
        }                                                                                          \
        return result;                                                                             \
    }

WRAP(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pwrite64, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRAP(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags))
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, ftruncate64, (int fd, off_t size), (fd, size))
