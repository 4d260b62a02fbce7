/* check_log STATE: the log of a stopped or running server, after whatever was done to it. Every
 * entry is one of the closed list, in order of time; the tree is the one over the entries. Prints
 * how many there are; exit 1 and the first thing wrong. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/event/event.h"
#include "server/store/log.h"

static status_t check_entry(struct store *store, struct tlog_edge *edge, int64_t *time_ms,
                            struct problem *problem)
{
    static struct event event;
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, EVENT_MAX);
    TRY(store_log_entry(store, edge->size, &entry, problem));
    TRY(event_read(buf_span(&entry), &event, problem));
    if (event.time_ms + STORE_CLOCK_SLACK_MS < *time_ms) {
        return problem_say(problem, STATUS_DATA_LOSS, "TIME", "", "entry %" PRIu64 " goes back",
                           edge->size);
    }
    *time_ms = event.time_ms > *time_ms ? event.time_ms : *time_ms;
    tlog_hash_leaf(buf_span(&entry), &leaf);
    (void)tlog_edge_append(edge, &leaf, made);
    return STATUS_OK;
}

static status_t check(const char *folder, uint64_t *ret_size, struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    struct tlog_edge edge = {0};
    struct tlog_head head;
    struct tlog_hash root;
    int64_t time_ms = 0;
    TRY(store_open(folder, &store, problem));
    TRY(store_log_check(store, problem));
    TRY(store_log_sequence_all(store, ret_size, problem));
    while (edge.size < *ret_size) {
        TRY(check_entry(store, &edge, &time_ms, problem));
    }
    tlog_edge_root(&edge, &root);
    TRY(store_log_root(store, *ret_size, &head, problem));
    return tlog_hash_equal(&root, &head.root)
               ? STATUS_OK
               : problem_say(problem, STATUS_DATA_LOSS, "ROOT", "", "not the tree of the entries");
}

int main(int argc, char **argv)
{
    struct problem problem = {0};
    uint64_t size = 0;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: check_log STATE\n");
        return 2;
    }
    status_t status = check(argv[1], &size, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        (void)printf("FAILED: %s (%s)\n", problem.message, problem.reason);
        return 1;
    }
    (void)printf("ok     %" PRIu64 " entries, all of the closed list, one tree\n", size);
    return 0;
}
