/* A log in memory, for tests: every node, as a store would have them. */
#ifndef MINTMARK_TESTS_UNIT_TLOG_MEMORY_LOG_H
#define MINTMARK_TESTS_UNIT_TLOG_MEMORY_LOG_H

#include "lib/tlog/tree.h"

enum { MEMORY_LOG_MAX = 2048, MEMORY_LOG_LEVELS = 12 };

struct memory_log {
    struct tlog_edge edge;
    struct tlog_hash nodes[MEMORY_LOG_LEVELS][MEMORY_LOG_MAX];
    unsigned fetches; /* counted by memory_log_nodes' fetch */
};

/* The entry that tests have at a place. ret_text is a C string. */
void memory_log_entry(uint64_t index, char ret_text[static 32]);

/* `size` such entries. The caller frees. */
struct memory_log *memory_log_new(uint64_t size);
struct tlog_nodes memory_log_nodes(struct memory_log *log);

#endif
