/* tree SECONDS ROUNDS: what the log's Merkle tree costs of issuing. Two stores, side by side in one
 * run: one where entries are only staged, one where they are folded into the tree and its head is
 * signed (with a plain key) as often as a worker and Tick do it. One process, 1000 iterations of
 * PBKDF2. Units per second of each, and the ratio; medians. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/file.h"
#include "server/issue/checkpoint.h"
#include "server/store/log.h"
#include "tests/support/factory.h"
#include "tests/support/test.h"

enum { ROUNDS_MAX = 99, QUANTITY = 10000000 };

static const double TICK_SECONDS = 5;

/* A factory; with a tree, where its last checkpoint is. */
struct side {
    struct factory factory;
    char highwater[96];
    bool tree;
    unsigned issued;
    double ticked;
    double rates[ROUNDS_MAX];
};

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What the signer does after its checks: signs, and keeps the head. */
static status_t sign_checkpoint(void *token, const struct tlog_checkpoint *checkpoint,
                                uint64_t old_size, const struct tlog_proof *proof,
                                struct buf *ret_note, struct problem *problem)
{
    const struct factory *factory = token;
    struct signer signer = pki_plain_key_signer(factory->pai_key);
    (void)old_size;
    (void)proof;
    TRY(tlog_checkpoint_sign(checkpoint, &signer, ret_note, problem));
    return file_write(factory->environment.highwater, buf_span(ret_note), 0600);
}

static void set_up(struct side *side, bool tree)
{
    factory_init(&side->factory, QUANTITY);
    side->factory.environment.max_open = QUANTITY;
    side->tree = tree;
    if (tree) {
        (void)snprintf(side->highwater, sizeof(side->highwater), "%s/highwater",
                       side->factory.folder);
        side->factory.environment.highwater = side->highwater;
        side->factory.environment.sign_checkpoint = sign_checkpoint;
    }
}

static void grow_tree(struct side *side)
{
    struct problem problem = {0};
    bool tick = seconds_now() - side->ticked > TICK_SECONDS;
    if (tick || store_log_due(side->factory.store)) {
        assert_ok(issue_checkpoint_upkeep(&side->factory.environment, &problem));
        side->ticked = seconds_now();
    }
}

static void issue_one(struct side *side)
{
    char mac[18];
    struct problem problem;
    AUTO(issue_result_done) struct issue_result result = {0};
    unsigned number = side->issued++;
    (void)snprintf(mac, sizeof(mac), "60:55:%02x:%02x:%02x:%02x", number >> 24 & 255,
                   number >> 16 & 255, number >> 8 & 255, number & 255);
    assert_ok(factory_issue(&side->factory, factory_request(mac), &result, &problem));
    if (side->tree) {
        grow_tree(side);
    }
}

static double run(struct side *side, double seconds)
{
    unsigned before = side->issued;
    double start = seconds_now();
    double spent = 0;
    while (spent < seconds) {
        issue_one(side);
        spent = seconds_now() - start;
    }
    return (side->issued - before) / spent;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    static struct side with;
    static struct side without;
    double ratios[ROUNDS_MAX];
    double seconds = argc == 3 ? strtod(argv[1], NULL) : 0;
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (seconds <= 0 || rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: tree SECONDS ROUNDS\n");
        return 2;
    }
    set_up(&with, true);
    set_up(&without, false);
    for (size_t i = 0; i < rounds; i++) {
        without.rates[i] = run(&without, seconds);
        with.rates[i] = run(&with, seconds);
        ratios[i] = with.rates[i] / without.rates[i];
    }
    (void)printf("units per second, one process: without the tree %.1f, with it %.1f, ratio %.3f\n",
                 median(without.rates, rounds), median(with.rates, rounds), median(ratios, rounds));
    factory_done(&with.factory);
    factory_done(&without.factory);
    return 0;
}
