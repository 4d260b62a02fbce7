#include "server/check_store.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/base/file.h"
#include "server/paths.h"
#include "server/store/check.h"

enum { NOTE_MAX = 4096 };

struct findings {
    uint64_t count;
};

static void print(void *context, const struct store_finding *finding)
{
    struct findings *findings = context;
    findings->count++;
    (void)printf("  %s: %s: %s\n", finding->table, finding->what, finding->row);
}

/* *ret_known is false when there is none. */
static status_t read_highwater(const Mintmark__V1__Config *config,
                               struct tlog_checkpoint *ret_checkpoint, bool *ret_known,
                               struct problem *problem)
{
    char path[PATH_MAX];
    struct tlog_note note;
    AUTO(buf_done) struct buf content;
    buf_init(&content, NOTE_MAX);
    TRY(paths_in_state(config, PATHS_HIGHWATER, path));
    status_t status = file_read(path, &content);
    *ret_known = status == STATUS_OK;
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    size_t length = strlen(config->site->name);
    if (status != STATUS_OK || tlog_note_read(buf_span(&content), &note, NULL) != STATUS_OK ||
        tlog_checkpoint_read(note.text, ret_checkpoint, NULL) != STATUS_OK ||
        strncmp(ret_checkpoint->origin, config->site->name, length) != 0 ||
        ret_checkpoint->origin[length] != '/') {
        return problem_say(problem, STATUS_DATA_LOSS, "HIGHWATER_CORRUPTED", path,
                           "%s is no checkpoint of %s: keep it as evidence, put back the right one",
                           path, config->site->name);
    }
    return STATUS_OK;
}

static status_t check(const Mintmark__V1__Config *config, struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    struct tlog_checkpoint highwater = {0};
    struct findings findings = {0};
    bool known = false;
    uint64_t entries = 0;
    char origin[STORE_ORIGIN_MAX];
    TRY(store_open(config->state_directory, &store, problem));
    TRY(read_highwater(config, &highwater, &known, problem));
    TRY(store_check(store, known ? &highwater : NULL, print, &findings, &entries, problem));
    if (findings.count > 0) {
        return problem_say(problem, STATUS_DATA_LOSS, "STORE_CHANGED", config->state_directory,
                           "%" PRIu64 " things are not as the log says: keep the database as "
                           "evidence, put back the newest backup",
                           findings.count);
    }
    TRY(store_origin(store, config->site->name, origin, sizeof(origin), problem));
    (void)printf("ok: %" PRIu64 " entries of log %s; every table is what they say%s\n", entries,
                 origin, known ? "" : "; nothing was signed yet");
    return STATUS_OK;
}

int check_store_main(const Mintmark__V1__Config *config)
{
    struct problem problem = {0};
    status_t status = check(config, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        (void)fprintf(stderr, "mintmarkd: check-store: %s [%s] (%s)\n", problem.message,
                      problem.field, problem.reason);
    }
    return status_exit_code(status);
}
