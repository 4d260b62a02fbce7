#include "tests/fault/hostile/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"

enum { PIN_MIN = 4 }; /* less would be found by chance */

status_t watch_pin_read(const char *path, struct watch_pin *ret_pin)
{
    AUTO(buf_done) struct buf pin;
    buf_init(&pin, WATCH_PIN_MAX);
    TRY(file_read(path, &pin));
    if (pin.size > 0 && pin.data[pin.size - 1] == '\n') {
        pin.size--;
    }
    if (pin.size < PIN_MIN) {
        return STATUS_INVALID;
    }
    memcpy(ret_pin->text, pin.data, pin.size);
    ret_pin->size = pin.size;
    return STATUS_OK;
}

bool watch_pin_in(const struct watch_pin *pin, struct span answer)
{
    return memmem(answer.data, answer.size, pin->text, pin->size) != NULL;
}

long watch_resident_kb(pid_t pid)
{
    char path[64];
    long pages = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
        (void)fprintf(stderr, "cannot read the memory of process %d\n", (int)pid);
        exit(1);
    }
    (void)fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
