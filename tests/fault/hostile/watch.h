/* What must not happen whatever is asked: the PIN in an answer, growth. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_WATCH_H
#define MINTMARK_TESTS_FAULT_HOSTILE_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/buf.h"

#ifdef __has_feature
#define WATCH_SANITIZED __has_feature(address_sanitizer)
#else
#define WATCH_SANITIZED 0
#endif

enum {
    WATCH_PIN_MAX = 256,
#if WATCH_SANITIZED
    WATCH_GROWTH_MAX_KB = 1024 * 1024, /* the sanitizer keeps what was freed */
#else
    WATCH_GROWTH_MAX_KB = 4096, /* a worker's database cache may still fill up: 2 MiB */
#endif
};

struct watch_pin {
    uint8_t text[WATCH_PIN_MAX];
    size_t size;
};

MUST_USE status_t watch_pin_read(const char *path, struct watch_pin *ret_pin);
bool watch_pin_in(const struct watch_pin *pin, struct span answer);

/* Resident memory; ends the program when it cannot be read. */
long watch_resident_kb(pid_t pid);

#endif
