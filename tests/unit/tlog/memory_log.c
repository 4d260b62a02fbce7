#include "tests/unit/tlog/memory_log.h"

#include <inttypes.h>

#include "tests/support/test.h"

void memory_log_entry(uint64_t index, char ret_text[static 32])
{
    (void)snprintf(ret_text, 32, "entry %" PRIu64, index);
}

struct memory_log *memory_log_new(uint64_t size)
{
    struct memory_log *log = calloc(1, sizeof(*log));
    assert_true(log != NULL && size <= MEMORY_LOG_MAX);
    for (uint64_t i = 0; i < size; i++) {
        char text[32];
        struct tlog_hash leaf;
        struct tlog_hash made[TLOG_LEVELS];
        memory_log_entry(i, text);
        tlog_hash_leaf(span_text(text), &leaf);
        size_t count = tlog_edge_append(&log->edge, &leaf, made);
        for (size_t level = 0; level < count; level++) {
            log->nodes[level][i >> level] = made[level];
        }
    }
    return log;
}

static status_t fetch(void *context, unsigned level, uint64_t index, struct tlog_hash *ret_hash)
{
    struct memory_log *log = context;
    log->fetches++;
    if (level >= MEMORY_LOG_LEVELS || (index + 1) << level > log->edge.size) {
        return STATUS_NOT_FOUND;
    }
    *ret_hash = log->nodes[level][index];
    return STATUS_OK;
}

struct tlog_nodes memory_log_nodes(struct memory_log *log)
{
    return (struct tlog_nodes){.context = log, .fetch = fetch};
}
