/* log ENTRIES: a store filled with so many entries of the log, then what the tree costs: folding it
 * in per entry, and a proof of inclusion at that size. Microseconds, one line each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "server/store/log.h"
#include "server/store/sqlite.h"

enum { STAGE_BATCH = 8192, PROOFS = 20000, ENTRY_SIZE = 520 /* device.reserved */ };

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static status_t stage(struct store *store, uint64_t from, uint64_t to)
{
    char entry[ENTRY_SIZE];
    memset(entry, 'x', sizeof(entry));
    status_t status = STATUS_OK;
    TRY(sqlite_begin(store, NULL));
    for (uint64_t i = from; i < to && status == STATUS_OK; i++) {
        (void)snprintf(entry, sizeof(entry), "{\"entry\":%" PRIu64, i);
        status = sqlite_append_leaf(store, SPAN_OF(entry), 1000);
    }
    return sqlite_finish(store, status, NULL);
}

static status_t fill(struct store *store, uint64_t entries)
{
    double staging = 0;
    double sequencing = 0;
    for (uint64_t size = 1; size < entries;) {
        uint64_t to = entries - size > STAGE_BATCH ? size + STAGE_BATCH : entries;
        double begin = now_us();
        TRY(stage(store, size, to));
        double staged = now_us();
        TRY(store_log_sequence_all(store, &size, NULL));
        staging += staged - begin;
        sequencing += now_us() - staged;
    }
    (void)printf("staging, in large transactions      %8.2f per entry\n",
                 staging / (double)entries);
    (void)printf("sequencing, %d at a time         %8.2f per entry\n", STORE_LOG_BATCH,
                 sequencing / (double)entries);
    return STATUS_OK;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static status_t prove(struct store *store, uint64_t entries)
{
    static double times[PROOFS];
    uint64_t seed = 1;
    for (int i = 0; i < PROOFS; i++) {
        struct tlog_proof proof;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        double begin = now_us();
        TRY(store_log_inclusion(store, (seed >> 16) % entries, entries, &proof, NULL));
        times[i] = now_us() - begin;
    }
    qsort(times, PROOFS, sizeof(times[0]), compare);
    (void)printf("proof of inclusion, random entry    %8.2f median %8.2f p99 %8.2f most\n",
                 times[PROOFS / 2], times[PROOFS * 99 / 100], times[PROOFS - 1]);
    double begin = now_us();
    TRY(store_log_check(store, NULL));
    (void)printf("check of the right edge             %8.2f\n", now_us() - begin);
    return STATUS_OK;
}

static status_t run(const char *folder, uint64_t entries)
{
    AUTO(store_close) struct store *store = NULL;
    TRY(store_create(folder, &(const struct store_genesis){.origin = "bench/1"}, NULL));
    TRY(store_open(folder, &store, NULL));
    TRY(fill(store, entries));
    return prove(store, entries);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/mintmark-bench-XXXXXX";
    char command[64];
    uint64_t entries = argc == 2 ? strtoull(argv[1], NULL, 10) : 1000000;
    if (entries < 2 || mkdtemp(folder) == NULL) {
        return 2;
    }
    status_t status = run(folder, entries);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    return status == STATUS_OK && system(command) == 0 ? 0 : 1;
}
