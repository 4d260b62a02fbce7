/* outage CONFIG IDENTITY ORDER: a disk that is full, read-only or broken from the n-th call to a
 * file on, for every n of one unit; and a clock that was set, both ways. What needs the disk or the
 * clock is refused UNAVAILABLE, the worker lives, and when the trouble is over it goes on by
 * itself: the same unit ends with one identity and identical bytes, also for a worker that was
 * started afterwards. Prints what it did; the caller checks the store's sums. */
#include <errno.h>
#include <stdio.h>

#include "tests/fault/pair/provision.h"

enum { UNAVAILABLE = 14, MINUTE_S = 60, HOUR_S = 3600, CALLS_MIN = 4 };

struct test {
    struct pair_setup setup;
    struct provision provision;
    struct shim_page page;
    struct pair pair;
    struct buf bytes;
    unsigned refused;
};

/* One call; its gRPC code. `ret_message` gets what was answered. */
static int call(struct test *test, const char *mac, const char *reason, struct buf *ret_message)
{
    struct frame_answer answer;
    errno = 0;
    provision_send(&test->setup, &test->pair, &test->provision, mac);
    if (!pair_receive(&test->setup, test->pair.front, &test->bytes, &answer)) {
        pair_fail(&test->setup, "the worker died of it");
    }
    if (reason != NULL && !span_equal(answer.reason, span_text(reason))) {
        (void)fprintf(stderr, "outage: %.*s instead of %s\n", (int)answer.reason.size,
                      (const char *)answer.reason.data, reason);
        pair_fail(&test->setup, "another reason");
    }
    if (answer.grpc_code == 0) {
        buf_append_span(ret_message, answer.message);
    }
    return answer.grpc_code;
}

static void call_ok(struct test *test, const char *mac, struct buf *ret_message)
{
    if (call(test, mac, NULL, ret_message) != 0) {
        pair_fail(&test->setup, "it does not go on by itself");
    }
}

static void restart(struct test *test)
{
    pair_end(&test->pair);
    pair_start(&test->setup, &test->pair);
}

/* Both answers and a further one, of a worker that knows only the disk, are the same. */
static void finish(struct test *test, const char *mac, struct buf *first)
{
    AUTO(buf_done) struct buf second;
    AUTO(buf_done) struct buf third;
    buf_init(&second, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&third, FRAME_ANSWER_MESSAGE_MAX);
    if (first->size == 0) {
        call_ok(test, mac, first);
    }
    call_ok(test, mac, &second);
    restart(test);
    call_ok(test, mac, &third);
    if (!provision_same(buf_span(first), buf_span(&second)) ||
        !provision_same(buf_span(first), buf_span(&third))) {
        pair_fail(&test->setup, "a retry gave other bytes");
    }
}

/* From call `at` to a file on all fail with `error`, until the answer is there. */
static void disk(struct test *test, int error, uint32_t at)
{
    char mac[18];
    AUTO(buf_done) struct buf first;
    buf_init(&first, FRAME_ANSWER_MESSAGE_MAX);
    provision_next_mac(&test->provision, mac);
    *test->page.control = (struct shim_control){.at = at, .error = error};
    test->page.control->armed = 1;
    int code = call(test, mac, NULL, &first);
    test->page.control->armed = 0;
    if (code != 0 && code != UNAVAILABLE) {
        (void)fprintf(stderr, "outage: errno %d from call %u on: code %d\n", error, at, code);
        pair_fail(&test->setup, "not UNAVAILABLE");
    }
    test->refused += code == 0 ? 0 : 1;
    finish(test, mac, &first);
}

/* How many calls to files one unit takes. */
static uint32_t count_calls(struct test *test)
{
    char mac[18];
    AUTO(buf_done) struct buf message;
    buf_init(&message, FRAME_ANSWER_MESSAGE_MAX);
    provision_next_mac(&test->provision, mac);
    *test->page.control = (struct shim_control){.at = UINT32_MAX, .error = ENOSPC};
    test->page.control->armed = 1;
    call_ok(test, mac, &message);
    test->page.control->armed = 0;
    return test->page.control->count;
}

static void disks(struct test *test)
{
    static const int errors[] = {ENOSPC, EROFS, EIO};
    uint32_t calls = count_calls(test);
    if (calls < CALLS_MIN) {
        pair_fail(&test->setup, "the shim counts nothing");
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        for (uint32_t at = 1; at <= calls; at++) {
            disk(test, errors[i], at);
        }
    }
    if (test->refused < calls) {
        pair_fail(&test->setup, "hardly anything was refused");
    }
    (void)printf("%u calls to files in one unit; disk full, read-only and broken from each of them "
                 "on: %u refused, all went on by themselves\n",
                 calls, test->refused);
}

/* The clock is off: nothing new, what is on record is given out. Right again: on it goes. */
static void clock_set(struct test *test, int64_t offset_s, const char *reason)
{
    char known[18];
    char fresh[18];
    AUTO(buf_done) struct buf before;
    AUTO(buf_done) struct buf meanwhile;
    AUTO(buf_done) struct buf after;
    buf_init(&before, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&meanwhile, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&after, FRAME_ANSWER_MESSAGE_MAX);
    provision_next_mac(&test->provision, known);
    provision_next_mac(&test->provision, fresh);
    *test->page.control = (struct shim_control){0};
    call_ok(test, known, &before);
    test->page.control->clock_offset_s = offset_s;
    if (call(test, fresh, reason, &after) != UNAVAILABLE) {
        pair_fail(&test->setup, "a new unit with a clock that was set");
    }
    call_ok(test, known, &meanwhile);
    if (!provision_same(buf_span(&before), buf_span(&meanwhile))) {
        pair_fail(&test->setup, "a known unit's bytes changed with the clock");
    }
    test->page.control->clock_offset_s = 0;
    finish(test, fresh, &after);
    (void)printf("clock set by %lld s: %s, then it went on by itself\n", (long long)offset_s,
                 reason);
}

int main(int argc, char **argv)
{
    struct test test = {.setup = {.name = "outage"}};
    if (argc != 4) {
        (void)fprintf(stderr, "usage: outage CONFIG IDENTITY ORDER\n");
        return 2;
    }
    test.provision = (struct provision){.order = argv[3], .identity = argv[2], .group = 1};
    pair_setup_load(&test.setup, argv[1]);
    shim_page_open(&test.setup, &test.page);
    test.setup.worker_environment = test.page.environment;
    buf_init(&test.bytes, FRAME_ANSWER_MESSAGE_MAX + 65536);
    pair_start(&test.setup, &test.pair);
    (void)count_calls(&test); /* first unit of the day makes the salt */
    disks(&test);
    clock_set(&test, -MINUTE_S, "CLOCK"); /* before the newest entry of the log */
    clock_set(&test, -HOUR_S, "CLOCK_JUMP");
    clock_set(&test, HOUR_S, "CLOCK_JUMP");
    pair_end(&test.pair);
    shim_page_close(&test.page);
    return 0;
}
