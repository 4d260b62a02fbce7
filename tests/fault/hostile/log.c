#include "tests/fault/hostile/log.h"

#include <stdlib.h>

#include "lib/tlog/checkpoint.h"

enum { GROWTH_MAX = 3, WAYS_WRONG = 7 };

status_t log_init(const char *key, struct log *ret_log)
{
    *ret_log = (struct log){0};
    tlog_hash_empty(&ret_log->signed_head.root);
    for (size_t level = 0; level < LOG_LEVELS; level++) {
        ret_log->nodes[level] = calloc(LOG_LEAVES_MAX >> level, sizeof(struct tlog_hash));
        if (ret_log->nodes[level] == NULL) {
            return STATUS_NO_MEMORY;
        }
    }
    return tlog_key_read(span_text(key), &ret_log->key, NULL);
}

void log_done(struct log *log)
{
    for (size_t level = 0; level < LOG_LEVELS; level++) {
        free(log->nodes[level]);
    }
}

static status_t fetch(void *context, unsigned level, uint64_t index, struct tlog_hash *ret_hash)
{
    const struct log *log = context;
    *ret_hash = log->nodes[level][index];
    return STATUS_OK;
}

static void grow(struct log *log, struct random *random)
{
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    uint64_t index = log->edge.size;
    if (index + 1 >= LOG_LEAVES_MAX) {
        return;
    }
    random_bytes(random, leaf.bytes, sizeof(leaf.bytes));
    size_t count = tlog_edge_append(&log->edge, &leaf, made);
    for (size_t level = 0; level < count; level++) {
        log->nodes[level][index >> level] = made[level];
    }
}

static void prove(const struct log *log, uint64_t old_size, uint64_t size,
                  struct tlog_proof *ret_proof)
{
    const struct tlog_nodes nodes = {(void *)(uintptr_t)log, fetch};
    if (tlog_proof_consistency(&nodes, old_size, size, ret_proof) != STATUS_OK) {
        abort();
    }
}

/* The head of another tree of this size, which differs in its last leaf. */
static void other_root(const struct log *log, struct random *random, struct tlog_hash *ret_root)
{
    const struct tlog_nodes nodes = {(void *)(uintptr_t)log, fetch};
    struct tlog_edge edge;
    struct tlog_hash leaf;
    struct tlog_hash made[TLOG_LEVELS];
    if (tlog_edge_load(&nodes, log->edge.size - 1, &edge) != STATUS_OK) {
        abort();
    }
    random_bytes(random, leaf.bytes, sizeof(leaf.bytes));
    (void)tlog_edge_append(&edge, &leaf, made);
    tlog_edge_root(&edge, ret_root);
}

static void flip(struct random *random, struct tlog_hash *hash)
{
    hash->bytes[random_below(random, sizeof(hash->bytes))] ^=
        (uint8_t)(1 + random_below(random, 255));
}

/* One thing in a right call that must make it be refused. */
static void spoil(struct log *log, struct random *random, struct hsm_checkpoint_call *call)
{
    struct tlog_checkpoint *checkpoint = &call->checkpoint;
    switch (random_below(random, WAYS_WRONG)) {
    case 0: /* another root */
        flip(random, &checkpoint->head.root);
        break;
    case 1: /* goes back; what it says is true, and nothing proves it */
        checkpoint->head.size = random_below(random, (uint32_t)log->signed_head.size);
        call->proof.count = 0;
        break;
    case 2: /* another tree of the size that was signed */
        checkpoint->head.size = call->old_size;
        other_root(log, random, &checkpoint->head.root);
        call->proof.count = 0;
        break;
    case 3: /* says that nothing was signed yet */
        call->old_size = 0;
        call->proof.count = 0;
        break;
    case 4: /* a log that is none of this site's */
        checkpoint->origin[0] = checkpoint->origin[0] == 'x' ? 'y' : 'x';
        break;
    case 5: /* a proof from another size */
        call->old_size += 1;
        break;
    default: /* far ahead, without a proof */
        checkpoint->head.size += 1 + random_next(random) % TLOG_SIZE_MAX / 2;
        break;
    }
}

bool log_make(struct log *log, struct random *random, struct hsm_checkpoint_call *ret_call)
{
    bool first = log->signed_head.size == 0;
    for (uint32_t i = first ? 2 : random_below(random, GROWTH_MAX); i > 0; i--) {
        grow(log, random);
    }
    *ret_call = (struct hsm_checkpoint_call){.old_size = log->signed_head.size};
    (void)strcpy(ret_call->checkpoint.origin, log->key.name);
    ret_call->checkpoint.head.size = log->edge.size;
    tlog_edge_root(&log->edge, &ret_call->checkpoint.head.root);
    prove(log, ret_call->old_size, log->edge.size, &ret_call->proof);
    if (first || random_percent(random, 40)) {
        return true;
    }
    spoil(log, random, ret_call);
    return false;
}

const char *log_judge(struct log *log, const struct hsm_checkpoint_call *call, struct span note)
{
    struct tlog_checkpoint opened;
    const struct tlog_head *head = &call->checkpoint.head;
    if (tlog_checkpoint_open(note, &log->key, &opened, NULL) != STATUS_OK ||
        opened.head.size != head->size || !tlog_hash_equal(&opened.head.root, &head->root)) {
        return "a note that is not what was asked for, or not signed by the log's key";
    }
    log->signed_head = *head;
    return NULL;
}
