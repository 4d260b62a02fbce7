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

status_t log_witnesses_compare(struct log_witnesses *witnesses, const struct tlog_edge *edge,
                               struct problem *problem)
{
    for (; witnesses->next < witnesses->count &&
           witnesses->items[witnesses->next].head.size == edge->size;
         witnesses->next++) {
        const struct log_witness *witness = &witnesses->items[witnesses->next];
        struct tlog_hash root;
        tlog_edge_root(edge, &root);
        if (!tlog_hash_equal(&root, &witness->head.root)) {
            return problem_say(problem, STATUS_DATA_LOSS, "LOG_REWRITTEN", witness->name,
                               "%s was signed for other first %llu entries than these: the log "
                               "was rewritten; keep both as evidence",
                               witness->name, (unsigned long long)witness->head.size);
        }
    }
    return STATUS_OK;
}

status_t log_witnesses_end(const struct log_witnesses *witnesses, uint64_t size,
                           struct problem *problem)
{
    if (witnesses->next == witnesses->count) {
        return STATUS_OK;
    }
    const struct log_witness *witness = &witnesses->items[witnesses->count - 1];
    return problem_say(problem, STATUS_DATA_LOSS, "LOG_SHORTENED", witness->name,
                       "%s was signed for %llu entries, here are %llu: export again, and if they "
                       "are still missing the log was rewritten",
                       witness->name, (unsigned long long)witness->head.size,
                       (unsigned long long)size);
}
