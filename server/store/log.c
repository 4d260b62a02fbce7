#include "server/store/log.h"

#include <inttypes.h>

#include "server/store/sqlite.h"

static status_t corrupted(struct problem *problem, const char *what)
{
    return problem_say(problem, STATUS_DATA_LOSS, "LOG_CORRUPTED", "",
                       "the log's tree: %s. Stop, keep the database as evidence, restore a backup",
                       what);
}

static status_t read_failed(status_t status, struct problem *problem)
{
    return problem_say(problem, status, "STORE", "", "the log cannot be read: %s",
                       status_text(status));
}

/* The hashes of leaves are not kept beside the leaves: reading one costs the same. */
static status_t fetch_leaf(struct store *store, uint64_t index, struct tlog_hash *ret_hash)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_LEAF_GET);
    (void)sqlite3_bind_int64(statement, 1, (int64_t)index);
    TRY(sqlite_row(store, statement));
    tlog_hash_leaf(sqlite_column_span(statement, 0), ret_hash);
    sqlite_end(statement);
    return STATUS_OK;
}

static status_t fetch_node(struct store *store, unsigned level, uint64_t index,
                           struct tlog_hash *ret_hash)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_NODE_GET);
    (void)sqlite3_bind_int64(statement, 1, level);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)index);
    TRY(sqlite_row(store, statement));
    status_t status = sqlite_column_exact(statement, 0, ret_hash->bytes, SHA256_SIZE);
    sqlite_end(statement);
    return status;
}

static status_t fetch(void *context, unsigned level, uint64_t index, struct tlog_hash *ret_hash)
{
    struct store *store = context;
    status_t status =
        level == 0 ? fetch_leaf(store, index, ret_hash) : fetch_node(store, level, index, ret_hash);
    return status == STATUS_NOT_FOUND ? STATUS_DATA_LOSS : status; /* a covered node is there */
}

struct tlog_nodes store_log_nodes(struct store *store)
{
    return (struct tlog_nodes){.context = store, .fetch = fetch};
}

/* What reading nodes came to. */
static status_t nodes_read(status_t status, struct problem *problem)
{
    if (status == STATUS_OK) {
        return STATUS_OK;
    }
    return status == STATUS_DATA_LOSS
               ? corrupted(problem, "an entry or a node that it covers is missing")
               : read_failed(status, problem);
}

status_t store_log_tree_size(struct store *store, uint64_t *ret_size, struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_TREE_GET);
    status_t status = sqlite_row(store, statement);
    if (status != STATUS_OK) {
        return nodes_read(status == STATUS_NOT_FOUND ? STATUS_DATA_LOSS : status, problem);
    }
    *ret_size = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite_end(statement);
    return STATUS_OK;
}

/* Tree and entries, which are never fewer. */
static status_t sizes(struct store *store, uint64_t *ret_tree, uint64_t *ret_entries,
                      struct problem *problem)
{
    int64_t newest_ms = 0;
    TRY(store_log_tree_size(store, ret_tree, problem));
    status_t status = store_log_size(store, ret_entries, &newest_ms);
    if (status != STATUS_OK) {
        return read_failed(status, problem);
    }
    return *ret_tree <= *ret_entries ? STATUS_OK
                                     : corrupted(problem, "entries at its end are missing");
}

/* Both sizes, and the tree's right edge. */
static status_t load_edge(struct store *store, uint64_t *ret_entries, struct tlog_edge *ret_edge,
                          struct problem *problem)
{
    uint64_t size = 0;
    struct tlog_nodes nodes = store_log_nodes(store);
    TRY(sizes(store, &size, ret_entries, problem));
    return nodes_read(tlog_edge_load(&nodes, size, ret_edge), problem);
}

static status_t put_node(struct store *store, unsigned level, uint64_t index,
                         const struct tlog_hash *hash)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_NODE_PUT);
    (void)sqlite3_bind_int64(statement, 1, level);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)index);
    sqlite_bind_span(statement, 3, SPAN_OF(hash->bytes));
    return sqlite_run(store, statement);
}

static status_t fold(struct store *store, struct tlog_edge *edge)
{
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    uint64_t index = edge->size;
    TRY(fetch(store, 0, index, &leaf));
    size_t count = tlog_edge_append(edge, &leaf, made);
    for (unsigned level = 1; level < count; level++) {
        TRY(put_node(store, level, index >> level, &made[level]));
    }
    return STATUS_OK;
}

static status_t put_size(struct store *store, uint64_t size)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_TREE_PUT);
    (void)sqlite3_bind_int64(statement, 1, (int64_t)size);
    return sqlite_run(store, statement);
}

/* Inside a transaction: whoever else sequences has finished or not begun. */
static status_t sequence(struct store *store, uint64_t most, uint64_t *ret_size,
                         struct problem *problem)
{
    uint64_t entries = 0;
    struct tlog_edge edge;
    TRY(load_edge(store, &entries, &edge, problem));
    uint64_t to = entries - edge.size > most ? edge.size + most : entries;
    while (edge.size < to) {
        status_t status = fold(store, &edge);
        if (status == STATUS_EXISTS) {
            return corrupted(problem, "it has nodes beyond its size");
        }
        TRY(nodes_read(status, problem));
    }
    TRY(put_size(store, edge.size));
    *ret_size = edge.size;
    return STATUS_OK;
}

status_t store_log_sequence(struct store *store, uint64_t most, uint64_t *ret_size,
                            struct problem *problem)
{
    uint64_t size = 0;
    uint64_t entries = 0;
    store->log_due = false;
    TRY(sizes(store, &size, &entries, problem));
    if (size < entries) {
        TRY(sqlite_begin(store, problem));
        TRY(sqlite_finish(store, sequence(store, most, &size, problem), problem));
    }
    *ret_size = size;
    return STATUS_OK;
}

status_t store_log_sequence_all(struct store *store, uint64_t *ret_size, struct problem *problem)
{
    uint64_t size = 0;
    uint64_t entries = 0;
    TRY(sizes(store, &size, &entries, problem));
    while (size < entries) {
        TRY(store_log_sequence(store, STORE_LOG_BATCH, &size, problem));
    }
    *ret_size = size;
    return STATUS_OK;
}

bool store_log_due(const struct store *store)
{
    return store->log_due;
}

/* A node of the right edge is made of its two children. */
static status_t check_node(const struct tlog_nodes *nodes, unsigned level, uint64_t index,
                           const struct tlog_hash *hash, struct problem *problem)
{
    struct tlog_hash left;
    struct tlog_hash right;
    TRY(nodes_read(nodes->fetch(nodes->context, level - 1, 2 * index, &left), problem));
    TRY(nodes_read(nodes->fetch(nodes->context, level - 1, 2 * index + 1, &right), problem));
    tlog_hash_node(&left, &right, &left);
    return tlog_hash_equal(&left, hash)
               ? STATUS_OK
               : corrupted(problem, "a node is not what its children make");
}

status_t store_log_check(struct store *store, struct problem *problem)
{
    uint64_t entries = 0;
    struct tlog_edge edge;
    struct tlog_nodes nodes = store_log_nodes(store);
    TRY(load_edge(store, &entries, &edge, problem));
    for (unsigned level = 1; level < TLOG_LEVELS && edge.size >> level > 0; level++) {
        if ((edge.size >> level & 1) != 0) {
            uint64_t index = (edge.size >> level) - 1;
            TRY(check_node(&nodes, level, index, &edge.nodes[level], problem));
        }
    }
    return STATUS_OK;
}

/* The tree covers it. */
static status_t covers(struct store *store, uint64_t size, struct problem *problem)
{
    uint64_t tree = 0;
    TRY(store_log_tree_size(store, &tree, problem));
    if (size <= tree) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "LOG_SIZE", "size",
                       "the log has %" PRIu64 " entries in its tree, not %" PRIu64, tree, size);
}

static status_t proof_made(status_t status, struct problem *problem)
{
    if (status == STATUS_INVALID) {
        return problem_say(problem, status, "LOG_SIZE", "index",
                           "there is no such proof: an entry's index is below the size, an older "
                           "size not above the newer one");
    }
    return nodes_read(status, problem);
}

status_t store_log_root(struct store *store, uint64_t size, struct tlog_head *ret_head,
                        struct problem *problem)
{
    struct tlog_nodes nodes = store_log_nodes(store);
    TRY(covers(store, size, problem));
    TRY(nodes_read(tlog_tree_range(&nodes, 0, size, &ret_head->root), problem));
    ret_head->size = size;
    return STATUS_OK;
}

status_t store_log_inclusion(struct store *store, uint64_t index, uint64_t size,
                             struct tlog_proof *ret_proof, struct problem *problem)
{
    struct tlog_nodes nodes = store_log_nodes(store);
    TRY(covers(store, size, problem));
    return proof_made(tlog_proof_inclusion(&nodes, index, size, ret_proof), problem);
}

status_t store_log_consistency(struct store *store, uint64_t old_size, uint64_t new_size,
                               struct tlog_proof *ret_proof, struct problem *problem)
{
    struct tlog_nodes nodes = store_log_nodes(store);
    TRY(covers(store, new_size, problem));
    return proof_made(tlog_proof_consistency(&nodes, old_size, new_size, ret_proof), problem);
}

status_t store_log_entry(struct store *store, uint64_t index, struct buf *ret_entry,
                         struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_LEAF_GET);
    (void)sqlite3_bind_int64(statement, 1, (int64_t)index);
    status_t status = index > TLOG_SIZE_MAX ? STATUS_NOT_FOUND : sqlite_row(store, statement);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_INVALID, "LOG_SIZE", "index",
                           "the log has no entry %" PRIu64, index);
    }
    if (status != STATUS_OK) {
        return read_failed(status, problem);
    }
    buf_append_span(ret_entry, sqlite_column_span(statement, 0));
    sqlite_end(statement);
    return buf_status(ret_entry);
}

status_t store_log_checkpoint(struct store *store, uint64_t *ret_size, struct buf *ret_note,
                              struct problem *problem)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_CHECKPOINT_NEWEST);
    status_t status = sqlite_row(store, statement);
    *ret_size = 0;
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : read_failed(status, problem);
    }
    *ret_size = (uint64_t)sqlite3_column_int64(statement, 0);
    if (ret_note != NULL) {
        buf_append_span(ret_note, sqlite_column_span(statement, 1));
    }
    sqlite_end(statement);
    return ret_note != NULL ? buf_status(ret_note) : STATUS_OK;
}

status_t store_log_put_checkpoint(struct store *store, uint64_t size, struct span note,
                                  struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    sqlite3_stmt *statement = sqlite_statement(store, STORE_CHECKPOINT_PUT);
    (void)sqlite3_bind_int64(statement, 1, (int64_t)size);
    sqlite_bind_span(statement, 2, note);
    return sqlite_finish(store, sqlite_run(store, statement), problem);
}

status_t store_log_append(struct store *store, const struct buf *entries, size_t count,
                          int64_t now_ms, struct problem *problem)
{
    status_t status = STATUS_OK;
    TRY(sqlite_begin(store, problem));
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        status = sqlite_append_leaf(store, buf_span(&entries[i]), now_ms);
    }
    return sqlite_finish(store, status, problem);
}

status_t store_log_key(struct store *store, char *ret_key, size_t size)
{
    sqlite3_stmt *statement = sqlite_statement(store, STORE_META_GET);
    sqlite_bind_text(statement, 1, "log_key");
    TRY(sqlite_row(store, statement));
    status_t status = sqlite_column_text_into(statement, 0, ret_key, size);
    sqlite_end(statement);
    return status;
}

status_t store_log_put_key(struct store *store, const char *key, struct problem *problem)
{
    TRY(sqlite_begin(store, problem));
    sqlite3_stmt *statement = sqlite_statement(store, STORE_META_PUT);
    sqlite_bind_text(statement, 1, "log_key");
    sqlite_bind_text(statement, 2, key);
    return sqlite_finish(store, sqlite_run(store, statement), problem);
}
