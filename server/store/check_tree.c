#include "server/store/check_tree.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/tlog/tree.h"
#include "server/store/log.h"

void check_tell(struct check_reader *reader, const char *table, const char *what, const char *row)
{
    const struct store_finding finding = {table, what, row};
    reader->findings++;
    reader->visit(reader->context, &finding);
}

static void tell_number(struct check_reader *reader, const char *table, const char *what,
                        uint64_t number)
{
    char row[24];
    (void)snprintf(row, sizeof(row), "%" PRIu64, number);
    check_tell(reader, table, what, row);
}

/* What is being walked along. */
struct walk {
    struct check_reader *reader;
    struct tlog_edge edge;
    uint64_t tree_size;
    uint64_t nodes;           /* that the tree must have */
    sqlite3_stmt *checkpoint; /* by size, ascending; on the next one to compare, or NULL */
};

static status_t count_of(struct store *store, const char *sql, uint64_t *ret_count)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        (void)sqlite3_finalize(statement);
        return STATUS_DATA_LOSS;
    }
    *ret_count = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return STATUS_OK;
}

static status_t check_node(struct walk *walk, unsigned level, uint64_t index,
                           const struct tlog_hash *hash)
{
    struct store *store = walk->reader->store;
    sqlite3_stmt *statement = sqlite_statement(store, STORE_NODE_GET);
    (void)sqlite3_bind_int64(statement, 1, level);
    (void)sqlite3_bind_int64(statement, 2, (int64_t)index);
    status_t status = sqlite_row(store, statement);
    bool same =
        status == STATUS_OK && span_equal(sqlite_column_span(statement, 0), SPAN_OF(hash->bytes));
    sqlite_end(statement);
    if (!same && (status == STATUS_OK || status == STATUS_NOT_FOUND)) {
        tell_number(walk->reader, "node", "a node is not what the entries make, in front of entry",
                    (index + 1) << level);
        return STATUS_OK;
    }
    return status;
}

static void check_head(struct walk *walk, const char *table, const struct tlog_checkpoint *signed_)
{
    struct tlog_hash root;
    tlog_edge_root(&walk->edge, &root);
    if (!tlog_hash_equal(&root, &signed_->head.root)) {
        tell_number(walk->reader, table, "what was signed is another log, of size",
                    signed_->head.size);
    }
}

static void next_checkpoint(struct walk *walk)
{
    if (sqlite3_step(walk->checkpoint) != SQLITE_ROW) {
        (void)sqlite3_finalize(walk->checkpoint);
        walk->checkpoint = NULL;
    }
}

/* Those of the edge's size. */
static void check_checkpoints(struct walk *walk)
{
    const struct tlog_checkpoint *highwater = walk->reader->highwater;
    if (highwater != NULL && highwater->head.size == walk->edge.size) {
        check_head(walk, "highwater", highwater);
    }
    while (walk->checkpoint != NULL &&
           (uint64_t)sqlite3_column_int64(walk->checkpoint, 0) == walk->edge.size) {
        struct tlog_note note;
        struct tlog_checkpoint checkpoint = {0};
        if (tlog_note_read(sqlite_column_span(walk->checkpoint, 1), &note, NULL) != STATUS_OK ||
            tlog_checkpoint_read(note.text, &checkpoint, NULL) != STATUS_OK ||
            checkpoint.head.size != walk->edge.size) {
            tell_number(walk->reader, "checkpoint", "it is no checkpoint of size", walk->edge.size);
        } else {
            check_head(walk, "checkpoint", &checkpoint);
        }
        next_checkpoint(walk);
    }
}

static status_t take_leaf(struct walk *walk, uint64_t sequence, struct span content)
{
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    uint64_t index = walk->edge.size;
    if (sequence != index) {
        tell_number(walk->reader, "leaf", "there is no entry", index);
        return STATUS_ABORTED; /* all behind it would differ */
    }
    tlog_hash_leaf(content, &leaf);
    size_t count = tlog_edge_append(&walk->edge, &leaf, made);
    for (unsigned level = 1; level < count && index < walk->tree_size; level++) {
        walk->nodes++;
        TRY(check_node(walk, level, index >> level, &made[level]));
    }
    check_checkpoints(walk);
    return STATUS_OK;
}

static status_t take_leaves(struct walk *walk)
{
    status_t status = STATUS_OK;
    sqlite3_stmt *leaves = NULL;
    struct store *store = walk->reader->store;
    if (sqlite3_prepare_v2(store->database, "SELECT sequence, content FROM leaf ORDER BY sequence",
                           -1, &leaves, NULL) != SQLITE_OK) {
        return STATUS_DATA_LOSS;
    }
    while (status == STATUS_OK && sqlite3_step(leaves) == SQLITE_ROW) {
        status = take_leaf(walk, (uint64_t)sqlite3_column_int64(leaves, 0),
                           sqlite_column_span(leaves, 1));
    }
    (void)sqlite3_finalize(leaves);
    return status == STATUS_ABORTED ? STATUS_OK : status;
}

/* What must hold of the end. */
static status_t check_end(struct walk *walk)
{
    uint64_t nodes = 0;
    struct check_reader *reader = walk->reader;
    TRY(count_of(reader->store, "SELECT count(*) FROM node", &nodes));
    if (nodes != walk->nodes) {
        tell_number(reader, "node", "there are more or fewer nodes than the tree has", walk->nodes);
    }
    if (walk->tree_size > walk->edge.size) {
        tell_number(reader, "tree", "it covers more entries than there are", walk->tree_size);
    }
    if (walk->checkpoint != NULL) {
        tell_number(reader, "checkpoint", "more entries were signed than there are",
                    (uint64_t)sqlite3_column_int64(walk->checkpoint, 0));
    }
    if (reader->highwater != NULL && reader->highwater->head.size > walk->edge.size) {
        tell_number(reader, "highwater", "more entries were signed than there are",
                    reader->highwater->head.size);
    }
    return STATUS_OK;
}

/* The newest checkpoint of the store is not newer than the one outside it. */
static status_t check_newest(struct check_reader *reader)
{
    uint64_t newest = 0;
    uint64_t known = reader->highwater != NULL ? reader->highwater->head.size : 0;
    TRY(count_of(reader->store, "SELECT coalesce(max(size), 0) FROM checkpoint", &newest));
    if (newest > known) {
        tell_number(reader, "highwater", "it is missing or behind the store's checkpoint of size",
                    newest);
    }
    return STATUS_OK;
}

status_t check_tree(struct check_reader *reader, struct problem *problem)
{
    struct walk walk = {.reader = reader};
    struct store *store = reader->store;
    uint64_t rows = 0;
    if (sqlite3_prepare_v2(store->database, "SELECT size, note FROM checkpoint ORDER BY size", -1,
                           &walk.checkpoint, NULL) != SQLITE_OK) {
        return STATUS_DATA_LOSS;
    }
    next_checkpoint(&walk);
    status_t status = count_of(store, "SELECT count(*) FROM tree", &rows);
    if (status == STATUS_OK && rows == 0) {
        check_tell(reader, "tree", "its row is missing", "1");
    } else if (status == STATUS_OK) {
        status = store_log_tree_size(store, &walk.tree_size, problem);
    }
    if (status == STATUS_OK) {
        status = take_leaves(&walk);
    }
    if (status == STATUS_OK) {
        status = check_end(&walk);
    }
    (void)sqlite3_finalize(walk.checkpoint);
    reader->entries = walk.edge.size;
    return status == STATUS_OK ? check_newest(reader) : status;
}
