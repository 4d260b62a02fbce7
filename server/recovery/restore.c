#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/paths.h"
#include "server/recovery/backup.h"
#include "server/recovery/command.h"
#include "server/recovery/manifest.h"
#include "server/supervisor/instance.h"

struct restore {
    const Mintmark__V1__Config *config;
    const char *source;
    struct manifest manifest;
    const struct manifest_file *database; /* of the manifest */
    struct store_copy copy;
};

/* Nor may there be what SQLite would take for the database's own unfinished work. */
static status_t check_empty(const Mintmark__V1__Config *config, struct problem *problem)
{
    static const char *const NAMES[] = {PATHS_DATABASE, PATHS_DATABASE "-wal",
                                        PATHS_DATABASE "-shm", PATHS_DATABASE "-journal"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        TRY(paths_in_state(config, NAMES[i], path));
        if (access(path, F_OK) == 0 || errno != ENOENT) {
            return problem_say(problem, STATUS_EXISTS, "STORE_EXISTS", "state_directory",
                               "%s is there: a restore overwrites nothing; move it away, it is "
                               "evidence",
                               path);
        }
    }
    return STATUS_OK;
}

static const struct manifest_file *database_of(const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (strcmp(manifest->files[i].name, MANIFEST_DATABASE) == 0) {
            return &manifest->files[i];
        }
    }
    return NULL;
}

static status_t check_backup(struct restore *restore, char path[static PATH_MAX],
                             struct problem *problem)
{
    TRY(manifest_read(restore->source, &restore->manifest, problem));
    restore->database = database_of(&restore->manifest);
    if (restore->database == NULL ||
        snprintf(path, PATH_MAX, "%s/" MANIFEST_DATABASE, restore->source) >= PATH_MAX) {
        return problem_say(problem, STATUS_REFUSED, "BACKUP_MANIFEST", restore->source,
                           "%s has no database", restore->source);
    }
    TRY(store_backup_check(path, &restore->copy, problem));
    if (strcmp(restore->copy.origin, restore->manifest.copy.origin) != 0 ||
        restore->copy.entries != restore->manifest.copy.entries) {
        return problem_say(problem, STATUS_DATA_LOSS, "BACKUP_CHANGED", restore->source,
                           "the database of %s is not the one that its manifest tells of",
                           restore->source);
    }
    return STATUS_OK;
}

/* file_write: a temporary name until all of it is durable. */
static status_t copy_file(const char *from, uint64_t size, const char *to, struct problem *problem)
{
    status_t status = STATUS_IO;
    int descriptor = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *bytes = descriptor < 0 ? MAP_FAILED
                                 : mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes != MAP_FAILED) {
        status = file_write(to, span_make(bytes, (size_t)size), 0600);
        (void)munmap(bytes, (size_t)size);
    }
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return status == STATUS_OK ? STATUS_OK
                               : problem_say(problem, status, "RESTORE", to,
                                             "cannot copy %s to %s: %s", from, to, strerror(errno));
}

/* What lies there now is what was backed up, to the byte. */
static status_t check_copied(const struct restore *restore, struct problem *problem)
{
    const struct manifest_file *wanted = restore->database;
    struct manifest_file now;
    TRY(manifest_measure(restore->config->state_directory, PATHS_DATABASE, &now, problem));
    return now.size == wanted->size && memcmp(now.sha256, wanted->sha256, SHA256_SIZE) == 0
               ? STATUS_OK
               : problem_say(problem, STATUS_DATA_LOSS, "BACKUP_CHANGED", PATHS_DATABASE,
                             "what was copied is not what was backed up: remove it and begin anew");
}

static status_t run(struct restore *restore, struct problem *problem)
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    AUTO(instance_drop) struct instance instance = {.lock = -1};
    TRY(instance_take(restore->config, &instance, problem));
    TRY(check_empty(restore->config, problem));
    TRY(check_backup(restore, from, problem));
    TRY(paths_in_state(restore->config, PATHS_DATABASE, to));
    TRY(copy_file(from, restore->database->size, to, problem));
    return check_copied(restore, problem);
}

static void print(const struct restore *restore)
{
    const char *state = restore->config->state_directory;
    (void)printf("%s: log %s, %llu entries restored to %s\n"
                 "  a server on it issues nothing when more was signed than this: then see\n"
                 "  mintmarkd --recover; needed beside it: %s/" PATHS_HIGHWATER
                 " and %s/salts as they are\n",
                 restore->source, restore->copy.origin, (unsigned long long)restore->copy.entries,
                 state, state, state);
}

static void print_json(const struct restore *restore)
{
    command_print_json(json_pack("{s:s, s:s, s:I, s:s}", "restored", restore->source, "origin",
                                 restore->copy.origin, "entries", (json_int_t)restore->copy.entries,
                                 "state_directory", restore->config->state_directory));
}

int restore_main(const Mintmark__V1__Config *config, const char *source, bool json)
{
    struct problem problem = {0};
    struct restore *restore = calloc(1, sizeof(*restore)); /* the manifest is large */
    if (restore == NULL) {
        return status_exit_code(STATUS_NO_MEMORY);
    }
    restore->config = config;
    restore->source = source;
    status_t status = run(restore, &problem);
    if (status == STATUS_OK) {
        (json ? print_json : print)(restore);
    }
    free(restore);
    return command_end("restore", status, &problem, json);
}
