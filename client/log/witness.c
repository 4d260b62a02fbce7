#include "client/log/witness.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

void log_witnesses_done(struct log_witnesses *witnesses)
{
    free(witnesses->items);
    *witnesses = (struct log_witnesses){0};
}

status_t log_witnesses_add(struct log_witnesses *witnesses, const struct log_folder *folder,
                           const char *file, struct problem *problem)
{
    struct log_witness witness = {0};
    struct tlog_checkpoint checkpoint;
    if (witnesses->count == LOG_WITNESSES_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "WITNESSES_MAX", file,
                           "more than %d checkpoints to compare", LOG_WITNESSES_MAX);
    }
    if (witnesses->items == NULL) {
        witnesses->items = calloc(LOG_WITNESSES_MAX, sizeof(*witnesses->items));
        if (witnesses->items == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    TRY(log_folder_note(folder, file, &checkpoint, problem));
    (void)snprintf(witness.name, sizeof(witness.name), "%.*s", LOG_WITNESS_NAME_MAX - 1, file);
    witness.head = checkpoint.head;
    witness.earlier = strcmp(checkpoint.origin, folder->key.name) != 0;
    memcpy(witness.origin, checkpoint.origin, sizeof(witness.origin));
    witnesses->items[witnesses->count++] = witness;
    return STATUS_OK;
}

static status_t add_listed(struct log_witnesses *witnesses, const struct log_folder *folder,
                           const char *path, DIR *list, struct problem *problem)
{
    char file[LOG_FOLDER_PATH_MAX];
    for (const struct dirent *row = readdir(list); row != NULL; row = readdir(list)) {
        if (row->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(file, sizeof(file), "%s/%s", path, row->d_name);
        TRY(log_witnesses_add(witnesses, folder, file, problem));
    }
    return STATUS_OK;
}

status_t log_witnesses_add_all(struct log_witnesses *witnesses, const struct log_folder *folder,
                               const char *path, struct problem *problem)
{
    DIR *list = opendir(path);
    if (list == NULL) {
        return problem_say(problem, STATUS_IO, "FILE_MISSING", path, "cannot list %s", path);
    }
    status_t status = add_listed(witnesses, folder, path, list, problem);
    (void)closedir(list);
    return status;
}

static int by_size(const void *a, const void *b)
{
    const struct log_witness *left = a;
    const struct log_witness *right = b;
    return (left->head.size > right->head.size) - (left->head.size < right->head.size);
}

void log_witnesses_sort(struct log_witnesses *witnesses)
{
    if (witnesses->count > 1) {
        qsort(witnesses->items, witnesses->count, sizeof(*witnesses->items), by_size);
    }
}

static status_t rewritten(const struct log_witness *witness, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "LOG_REWRITTEN", witness->name,
                       "%s was signed for other first %llu entries than these: the log "
                       "was rewritten; keep both as evidence",
                       witness->name, (unsigned long long)witness->head.size);
}

status_t log_witnesses_compare(struct log_witnesses *witnesses, const struct tlog_edge *edge,
                               struct problem *problem)
{
    for (; witnesses->next < witnesses->count &&
           witnesses->items[witnesses->next].head.size == edge->size;
         witnesses->next++) {
        struct log_witness *witness = &witnesses->items[witnesses->next];
        tlog_edge_root(edge, &witness->now_root);
        if (!witness->earlier && !tlog_hash_equal(&witness->now_root, &witness->head.root)) {
            return rewritten(witness, problem);
        }
    }
    return STATUS_OK;
}

status_t log_witnesses_end(const struct log_witnesses *witnesses, uint64_t size,
                           struct problem *problem)
{
    size_t last = witnesses->count;
    while (last > witnesses->next && witnesses->items[last - 1].earlier) {
        last--;
    }
    if (last == witnesses->next) {
        return STATUS_OK;
    }
    const struct log_witness *witness = &witnesses->items[last - 1];
    return problem_say(problem, STATUS_DATA_LOSS, "LOG_SHORTENED", witness->name,
                       "%s was signed for %llu entries, here are %llu: export again, and if they "
                       "are still missing the log was rewritten",
                       witness->name, (unsigned long long)witness->head.size,
                       (unsigned long long)size);
}

static status_t judge(struct log_witnesses *witnesses, const struct log_witness *witness,
                      const struct audit *audit, struct problem *problem)
{
    const struct audit_recovery *recovery = audit_recovery_of(audit, witness->origin);
    uint64_t size = witness->head.size;
    if (recovery == NULL && tlog_key_name_follows(witness->origin, audit_summary(audit)->origin)) {
        return problem_say(problem, STATUS_DATA_LOSS, "LOG_SHORTENED", witness->name,
                           "%s is of %s, a later epoch than the log's: it was set back to before a "
                           "recovery; keep both as evidence",
                           witness->name, witness->origin);
    }
    if (recovery == NULL) {
        return problem_say(problem, STATUS_REFUSED, "NOTE_EPOCH", witness->name,
                           "%s is of log %s, which no recovery of this log ended", witness->name,
                           witness->origin);
    }
    if (size <= recovery->size) {
        return tlog_hash_equal(&witness->now_root, &witness->head.root)
                   ? STATUS_OK
                   : rewritten(witness, problem);
    }
    if (size > recovery->signed_size ||
        (size == recovery->signed_size &&
         memcmp(witness->head.root.bytes, recovery->signed_root, SHA256_SIZE) != 0)) {
        return problem_say(problem, STATUS_DATA_LOSS, "RECOVERY_UNAWARE", witness->name,
                           "%s was signed for %llu entries of %s; the recovery that ended it says "
                           "that other or no more than %llu were: more is lost than two operators "
                           "signed; keep it as evidence",
                           witness->name, (unsigned long long)size, witness->origin,
                           (unsigned long long)recovery->signed_size);
    }
    witnesses->written_off++;
    return STATUS_OK;
}

status_t log_witnesses_judge(struct log_witnesses *witnesses, const struct audit *audit,
                             struct problem *problem)
{
    for (size_t i = 0; i < witnesses->count; i++) {
        if (witnesses->items[i].earlier) {
            TRY(judge(witnesses, &witnesses->items[i], audit, problem));
        }
    }
    return STATUS_OK;
}
