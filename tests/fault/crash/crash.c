/* crash CONFIG ORDER IDENTITY: kills a real worker, its real signer, or both, before and after
 * every call the worker makes at its boundaries while one unit is issued; each time a new pair must
 * finish the unit, and a further call must give identical bytes. This program plays supervisor and
 * front on their real sockets. Prints what it did; the caller checks the store's sums. */
#include <stdio.h>

#include "tests/fault/pair/provision.h"

enum { CALL_ATTEMPTS = 5, BOUNDARIES_MIN = 6 };

/* Both: what the death of their supervisor does to them. */
enum victim { VICTIM_WORKER, VICTIM_SIGNER, VICTIM_BOTH };

struct test {
    struct pair_setup setup;
    struct provision provision;
    struct shim_page page;
    struct pair pair;
    unsigned restarts;
};

static void start(struct test *test)
{
    test->page.control->armed = 0;
    pair_start(&test->setup, &test->pair);
}

/* Issues the unit, restarting the pair as often as it dies. Appends the answer's message. */
static void call_until_ok(struct test *test, const char *mac, struct buf *ret_message)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, FRAME_ANSWER_MESSAGE_MAX);
    for (int i = 0; i < CALL_ATTEMPTS; i++) {
        struct frame_answer answer;
        provision_send(&test->setup, &test->pair, &test->provision, mac);
        if (pair_receive(&test->setup, test->pair.front, &bytes, &answer) &&
            answer.grpc_code == 0) {
            buf_append_span(ret_message, answer.message);
            return;
        }
        pair_end(&test->pair);
        start(test);
        test->restarts++;
    }
    pair_fail(&test->setup, "unit never issued");
}

/* One unit, with a death at boundary call `at` (0: none). Returns the calls counted. */
static uint32_t cycle(struct test *test, enum victim victim, bool before, uint32_t at)
{
    char mac[18];
    AUTO(buf_done) struct buf bytes;
    AUTO(buf_done) struct buf first;
    AUTO(buf_done) struct buf second;
    struct frame_answer answer;
    struct shim_control *control = test->page.control;
    buf_init(&bytes, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&first, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&second, FRAME_ANSWER_MESSAGE_MAX);
    provision_next_mac(&test->provision, mac);
    *control = (struct shim_control){
        .at = at,
        .before = before,
        .victim = victim == VICTIM_WORKER ? 0 : test->pair.signer,
        .both = victim == VICTIM_BOTH,
    };
    control->armed = 1;
    provision_send(&test->setup, &test->pair, &test->provision, mac);
    bool answered =
        pair_receive(&test->setup, test->pair.front, &bytes, &answer) && answer.grpc_code == 0;
    uint32_t count = control->count;
    control->armed = 0;
    if (answered) {
        buf_append_span(&first, answer.message);
    }
    if (at > 0) {
        pair_end(&test->pair);
        start(test);
        test->restarts++;
    }
    if (!answered) {
        call_until_ok(test, mac, &first);
    }
    call_until_ok(test, mac, &second);
    provision_same(&test->setup, &first, &second);
    return count;
}

static void all_points(struct test *test, uint32_t calls)
{
    unsigned cycles = 0;
    for (int victim = VICTIM_WORKER; victim <= VICTIM_BOTH; victim++) {
        for (int before = 0; before < 2; before++) {
            for (uint32_t at = 1; at <= calls; at++) {
                (void)cycle(test, (enum victim)victim, before == 1, at);
                cycles++;
            }
        }
    }
    (void)printf(
        "%u boundary calls in one unit; %u deaths of worker, signer or both, each unit finished "
        "with identical bytes; %u pairs started\n",
        calls, cycles, test->restarts + 1);
}

int main(int argc, char **argv)
{
    struct test test = {.setup = {.name = "crash"}};
    if (argc != 4) {
        (void)fprintf(stderr, "usage: crash CONFIG ORDER IDENTITY\n");
        return 2;
    }
    test.provision = (struct provision){.order = argv[2], .identity = argv[3]};
    pair_setup_load(&test.setup, argv[1]);
    shim_page_open(&test.setup, &test.page);
    test.setup.worker_environment = test.page.environment;
    start(&test);
    (void)cycle(&test, VICTIM_WORKER, false, 0); /* first unit of the day makes the salt */
    uint32_t calls = cycle(&test, VICTIM_WORKER, false, 0);
    if (calls < BOUNDARIES_MIN) {
        pair_fail(&test.setup, "the shim counts nothing");
    }
    all_points(&test, calls);
    pair_end(&test.pair);
    shim_page_close(&test.page);
    return 0;
}
