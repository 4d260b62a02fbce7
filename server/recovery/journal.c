#include "server/recovery/journal.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "server/recovery/journal_unit.h"

enum { FIRST_CAPACITY = 64 };

void journal_done(struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        store_unit_done(&journal->units[i].unit);
        buf_done(&journal->units[i].leaf);
    }
    free(journal->units);
    *journal = (struct journal){0};
}

static status_t make_room(struct journal *journal, struct problem *problem)
{
    if (journal->count == JOURNAL_UNITS_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "JOURNAL", "--journal", "more than %d units",
                           JOURNAL_UNITS_MAX);
    }
    if (journal->count == journal->capacity) {
        size_t capacity = journal->capacity > 0 ? 2 * journal->capacity : FIRST_CAPACITY;
        struct store_recovery_unit *units =
            realloc(journal->units, capacity * sizeof(*journal->units));
        if (units == NULL) {
            return STATUS_NO_MEMORY;
        }
        journal->units = units;
        journal->capacity = capacity;
    }
    journal->units[journal->count] = (struct store_recovery_unit){0};
    return STATUS_OK;
}

static bool is_unit(const char *folder)
{
    char path[PATH_MAX];
    struct stat info;
    return snprintf(path, sizeof(path), "%s/" JOURNAL_UNIT_DAC, folder) < PATH_MAX &&
           stat(path, &info) == 0;
}

static status_t add_unit(struct journal *journal, const char *folder, struct problem *problem)
{
    TRY(make_room(journal, problem));
    const struct journal_unit_context context = {journal->catalog, journal->store, journal->now_ms};
    TRY(journal_unit_read(&context, folder, &journal->units[journal->count], problem));
    journal->count++;
    return STATUS_OK;
}

static status_t add_units(struct journal *journal, const char *folder, DIR *list,
                          struct problem *problem)
{
    char path[PATH_MAX];
    for (const struct dirent *row = readdir(list); row != NULL; row = readdir(list)) {
        if (row->d_name[0] != '.' &&
            snprintf(path, sizeof(path), "%s/%s", folder, row->d_name) < PATH_MAX &&
            is_unit(path)) {
            TRY(add_unit(journal, path, problem));
        }
    }
    return STATUS_OK;
}

status_t journal_read(struct journal *journal, const char *folder, struct problem *problem)
{
    size_t before = journal->count;
    if (is_unit(folder)) {
        return add_unit(journal, folder, problem);
    }
    DIR *list = opendir(folder);
    if (list == NULL) {
        return problem_say(problem, STATUS_NOT_FOUND, "JOURNAL", "--journal", "cannot list %s: %s",
                           folder, strerror(errno));
    }
    status_t status = add_units(journal, folder, list, problem);
    (void)closedir(list);
    TRY(status);
    return journal->count > before
               ? STATUS_OK
               : problem_say(problem, STATUS_NOT_FOUND, "JOURNAL", "--journal",
                             "%s is no unit's folder and has none in it (with " JOURNAL_UNIT_DAC
                             " and " JOURNAL_UNIT_RECORD ")",
                             folder);
}

static int by_certificate(const void *a, const void *b)
{
    uint8_t left[SHA256_SIZE];
    uint8_t right[SHA256_SIZE];
    digest_sha256(buf_span(&((const struct store_recovery_unit *)a)->unit.certificate), left);
    digest_sha256(buf_span(&((const struct store_recovery_unit *)b)->unit.certificate), right);
    return memcmp(left, right, SHA256_SIZE);
}

status_t journal_judge(struct journal *journal, struct problem *problem)
{
    if (journal->count == 0) {
        return STATUS_OK;
    }
    qsort(journal->units, journal->count, sizeof(*journal->units), by_certificate);
    return store_recovery_try(journal->store, journal->units, journal->count, problem);
}

uint32_t journal_count(const struct journal *journal, enum store_recovery_verdict verdict)
{
    uint32_t count = 0;
    for (size_t i = 0; i < journal->count; i++) {
        count += journal->units[i].verdict == verdict;
    }
    return count;
}

void journal_digest(const struct journal *journal, uint8_t ret_digest[static SHA256_SIZE])
{
    uint8_t chained[2 * SHA256_SIZE];
    memset(ret_digest, 0, SHA256_SIZE);
    for (size_t i = 0; i < journal->count; i++) {
        if (journal->units[i].verdict == STORE_RECOVERY_FITS) {
            memcpy(chained, ret_digest, SHA256_SIZE);
            digest_sha256(buf_span(&journal->units[i].unit.certificate), chained + SHA256_SIZE);
            digest_sha256(SPAN_OF(chained), ret_digest);
        }
    }
}
