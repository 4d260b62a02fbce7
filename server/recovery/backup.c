#include "server/recovery/backup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/config_pass.h"
#include "server/paths.h"
#include "server/recovery/command.h"
#include "server/recovery/manifest.h"
#include "server/store/log.h"

enum { NOTE_MAX = 4096, MODE = 0600 };

struct backup {
    const Mintmark__V1__Config *config;
    const char *target;
    char folder[PATH_MAX]; /* under another name until it is whole */
    struct manifest manifest;
};

static status_t say_io(const char *path, struct problem *problem)
{
    return problem_say(problem, STATUS_IO, "BACKUP", path, "cannot write %s: %s", path,
                       strerror(errno));
}

static status_t make_folder(struct backup *backup, struct problem *problem)
{
    size_t size = strlen(backup->target);
    while (size > 1 && backup->target[size - 1] == '/') {
        size--;
    }
    if (snprintf(backup->folder, sizeof(backup->folder), "%.*s.partial", (int)size,
                 backup->target) >= (int)sizeof(backup->folder) - MANIFEST_NAME_MAX - 1) {
        return problem_say(problem, STATUS_INVALID, "PATH", "--backup", "the path is too long");
    }
    if (access(backup->target, F_OK) == 0) {
        return problem_say(problem, STATUS_EXISTS, "BACKUP_EXISTS", "--backup",
                           "%s is there already: each backup is a folder of its own",
                           backup->target);
    }
    if (mkdir(backup->folder, 0700) != 0) {
        return errno == EEXIST
                   ? problem_say(problem, STATUS_EXISTS, "BACKUP_EXISTS", "--backup",
                                 "%s is left of a backup that was cut off, or is being made: "
                                 "remove it",
                                 backup->folder)
                   : say_io(backup->folder, problem);
    }
    return STATUS_OK;
}

static void path_of(const struct backup *backup, const char *name, char ret_path[static PATH_MAX])
{
    /* make_folder saw that it fits */
    (void)snprintf(ret_path, PATH_MAX, "%.*s/%s", PATH_MAX - MANIFEST_NAME_MAX - 2, backup->folder,
                   name);
}

static status_t add_file(struct backup *backup, const char *name, struct span content,
                         struct problem *problem)
{
    char path[PATH_MAX];
    if (content.size == 0) {
        return STATUS_OK;
    }
    path_of(backup, name, path);
    if (file_write(path, content, MODE) != STATUS_OK) {
        return say_io(path, problem);
    }
    return manifest_add(&backup->manifest, backup->folder, name, problem);
}

static status_t add_database(struct backup *backup, struct problem *problem)
{
    char path[PATH_MAX];
    path_of(backup, MANIFEST_DATABASE, path);
    TRY(store_backup(backup->config->state_directory, path, problem));
    TRY(store_backup_check(path, &backup->manifest.copy, problem));
    return manifest_add(&backup->manifest, backup->folder, MANIFEST_DATABASE, problem);
}

/* What a recovery may know of the old log when the highwater is lost too. */
static status_t add_checkpoint(struct backup *backup, struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    AUTO(buf_done) struct buf note;
    uint64_t size = 0;
    buf_init(&note, NOTE_MAX);
    TRY(store_open(backup->config->state_directory, &store, problem));
    TRY(store_log_checkpoint(store, &size, &note, problem));
    return add_file(backup, "checkpoint", buf_span(&note), problem);
}

static struct span bytes_of(ProtobufCBinaryData bytes)
{
    return span_make(bytes.data, bytes.len);
}

static status_t add_pai(struct backup *backup, const char *name, const Mintmark__V1__Pai *pai,
                        struct problem *problem)
{
    char file[MANIFEST_NAME_MAX + 1];
    (void)snprintf(file, sizeof(file), "pai-%.64s.der", name);
    TRY(add_file(backup, file, bytes_of(pai->certificate_content), problem));
    (void)snprintf(file, sizeof(file), "paa-%.64s.der", name);
    return add_file(backup, file, bytes_of(pai->paa_content), problem);
}

static status_t add_listener(struct backup *backup, const char *name,
                             const Mintmark__V1__Listener *listener, struct problem *problem)
{
    char file[MANIFEST_NAME_MAX + 1];
    (void)snprintf(file, sizeof(file), "%s-certificate.pem", name);
    TRY(add_file(backup, file, bytes_of(listener->certificate_content), problem));
    (void)snprintf(file, sizeof(file), "%s-client-ca.pem", name);
    return add_file(backup, file, bytes_of(listener->client_ca_content), problem);
}

/* Certificates are public: private keys, PIN and token are never touched. */
static status_t add_certificates(struct backup *backup, struct problem *problem)
{
    const Mintmark__V1__Config *config = backup->config;
    for (size_t i = 0; i < config->n_pais; i++) {
        TRY(add_pai(backup, config->pais[i]->key, config->pais[i]->value, problem));
    }
    TRY(add_listener(backup, "stations", config->stations, problem));
    TRY(add_listener(backup, "administration", config->administration, problem));
    return config->identity_ca == NULL
               ? STATUS_OK
               : add_file(backup, "identity-ca.der",
                          bytes_of(config->identity_ca->certificate_content), problem);
}

/* The manifest comes last, then the name: a folder with that name is whole. */
static status_t finish(struct backup *backup, struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf json;
    buf_init(&json, MANIFEST_MAX);
    path_of(backup, MANIFEST_FILE, path);
    TRY(manifest_write(&backup->manifest, &json));
    if (file_write(path, buf_span(&json), MODE) != STATUS_OK) {
        return say_io(path, problem);
    }
    if (rename(backup->folder, backup->target) != 0 ||
        file_sync_folder_of(backup->folder) != STATUS_OK) {
        return say_io(backup->target, problem);
    }
    return STATUS_OK;
}

static status_t run(struct backup *backup, struct problem *problem)
{
    backup->manifest.made_ms = command_now_ms();
    TRY(config_pass_digest(backup->config, backup->manifest.config_sha256));
    TRY(make_folder(backup, problem));
    TRY(add_database(backup, problem));
    TRY(add_checkpoint(backup, problem));
    TRY(add_certificates(backup, problem));
    return finish(backup, problem);
}

static void print(const struct backup *backup)
{
    const char *state = backup->config->state_directory;
    (void)printf("%s: log %s, %llu entries, %zu files, read back and whole\n"
                 "not in it, kept elsewhere (see deploy/RECOVERY.md):\n"
                 "  %s/" PATHS_HIGHWATER "  the last signed checkpoint: tells a restored store "
                 "from the newest\n"
                 "  %s/salts  the day salts: with them this backup would open what is erased\n"
                 "  the token, its PIN, the listeners' private keys, mintmarkd.yaml\n",
                 backup->target, backup->manifest.copy.origin,
                 (unsigned long long)backup->manifest.copy.entries, backup->manifest.file_count,
                 state, state);
}

static void print_json(const struct backup *backup)
{
    const struct manifest *manifest = &backup->manifest;
    const char *state = backup->config->state_directory;
    json_t *json =
        json_pack("{s:s, s:s, s:I, s:I, s:[s+, s+, s, s, s]}", "backup", backup->target, "origin",
                  manifest->copy.origin, "entries", (json_int_t)manifest->copy.entries, "files",
                  (json_int_t)manifest->file_count, "not_included", state, "/" PATHS_HIGHWATER,
                  state, "/salts", "token", "private keys", "configuration");
    command_print_json(json);
}

int backup_main(const Mintmark__V1__Config *config, const char *target, bool json)
{
    struct problem problem = {0};
    struct backup *backup = calloc(1, sizeof(*backup)); /* the manifest is large */
    if (backup == NULL) {
        return status_exit_code(STATUS_NO_MEMORY);
    }
    backup->config = config;
    backup->target = target;
    status_t status = run(backup, &problem);
    if (status == STATUS_OK) {
        (json ? print_json : print)(backup);
    }
    free(backup);
    return command_end("backup", status, &problem, json);
}
