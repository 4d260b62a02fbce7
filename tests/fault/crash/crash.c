/* crash CONFIG STATION AUDITOR AUDITOR-SPKI-SHA256 ORDER OWN-KEY-ORDER: kills a real worker, its
 * real signer, both or their front while a call runs: before and after every call that the worker
 * makes at its boundaries, for every kind of act, then at random moments until
 * MINTMARK_CRASH_CYCLES (2000) deaths were had. After each a new pair must finish what was asked
 * for, and a further call must say the same. This program plays supervisor on the real sockets. The
 * caller checks the store's sums and the log. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/hex.h"
#include "lib/pki/pkcs10.h"
#include "tests/fault/crash/act.h"
#include "tests/fault/hostile/random.h"
#include "tests/fault/pair/provision.h"

enum { CALL_ATTEMPTS = 5, BOUNDARIES_MIN = 2, CYCLES = 2000, ACTS_MAX = 16 };

/* Both: what the death of their supervisor does to them. */
enum victim { VICTIM_WORKER, VICTIM_SIGNER, VICTIM_BOTH, VICTIM_FRONT, VICTIMS };

/* When somebody dies: at a boundary call, or at a moment. */
struct death {
    enum victim victim;
    bool before;
    uint32_t at;       /* 0: at no boundary */
    int64_t moment_us; /* after the call was sent; negative: at no moment */
};

/* One listener's worker and signer, and who calls there. */
struct side {
    struct pair_setup setup;
    struct provision client;
    struct shim_page page;
    struct pair pair;
};

struct test {
    struct side sides[LISTENER_COUNT];
    const char *order;
    const char *own_key_order;
    struct random random;
    int64_t duration_us[ACTS_MAX]; /* of an act that nobody disturbs */
    unsigned deaths;
    unsigned unanswered;
};

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void start(struct side *side)
{
    side->page.control->armed = 0;
    pair_start(&side->setup, &side->pair);
}

static void send_act(struct side *side, const struct act *act, const struct act_unit *unit)
{
    uint8_t message[ACT_MESSAGE_MAX];
    size_t size = act->pack(unit, message);
    provision_call(&side->setup, &side->pair, &side->client, act->method, span_make(message, size));
}

/* Whether an answer came that is no refusal. Replaces *ret_message. */
static bool receive(struct side *side, struct buf *ret_message)
{
    struct frame_answer answer;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, FRAME_ANSWER_MESSAGE_MAX + FRAME_DETAILS_MAX);
    buf_clear(ret_message);
    if (!pair_receive(&side->setup, side->pair.front, &bytes, &answer) || answer.grpc_code != 0) {
        return false;
    }
    buf_append_span(ret_message, answer.message);
    return true;
}

/* Asks until it is done, of a new pair as often as one dies. Replaces *ret_message. */
static void call_until_ok(struct side *side, const struct act *act, const struct act_unit *unit,
                          struct buf *ret_message)
{
    for (int i = 0; i < CALL_ATTEMPTS; i++) {
        send_act(side, act, unit);
        if (receive(side, ret_message)) {
            return;
        }
        pair_end(&side->pair);
        start(side);
    }
    pair_fail(&side->setup, act->name);
}

/* A chip that was not used before, and, where the act needs it, issued. */
static void prepare(struct test *test, const struct act *act, struct act_unit *ret_unit)
{
    struct side *stations = &test->sides[LISTENER_STATIONS];
    AUTO(buf_done) struct buf message;
    buf_init(&message, FRAME_ANSWER_MESSAGE_MAX);
    *ret_unit = (struct act_unit){
        .order = act->own_key ? test->own_key_order : test->order,
    };
    buf_init(&ret_unit->csr, PKI_CSR_MAX);
    provision_next_mac(&stations->client, ret_unit->mac);
    if (act->own_key) {
        act_make_csr(&ret_unit->csr);
    }
    if (act->issued) {
        const struct act *issuing = act_issuing(act->own_key);
        call_until_ok(stations, issuing, ret_unit, &message);
        act_learn(issuing, buf_span(&message), ret_unit);
    }
}

static pid_t victim_pid(const struct pair *pair, enum victim victim)
{
    const pid_t pids[VICTIMS] = {
        [VICTIM_WORKER] = pair->worker,
        [VICTIM_SIGNER] = pair->signer,
        [VICTIM_BOTH] = pair->signer,
        [VICTIM_FRONT] = pair->relay,
    };
    return pids[victim];
}

static void arm(const struct side *side, const struct death *death)
{
    struct shim_control *control = side->page.control;
    *control = (struct shim_control){
        .at = death->at,
        .before = death->before,
        .victim = death->victim == VICTIM_WORKER ? 0 : victim_pid(&side->pair, death->victim),
        .both = death->victim == VICTIM_BOTH,
    };
    control->armed = 1;
}

/* The moment is the experiment: nothing waits for it. */
static void die_at_moment(const struct pair *pair, const struct death *death)
{
    const struct timespec moment = {death->moment_us / 1000000, death->moment_us % 1000000 * 1000};
    (void)nanosleep(&moment, NULL);
    (void)kill(victim_pid(pair, death->victim), SIGKILL);
    if (death->victim == VICTIM_BOTH) {
        (void)kill(pair->worker, SIGKILL);
    }
}

/* A worker whose front is gone finishes what it began and ends; the others are put to rest. */
static void bury(struct side *side, const struct death *death)
{
    if (death->victim == VICTIM_FRONT) {
        (void)shutdown(side->pair.front, SHUT_RDWR);
        pair_end_by_itself(&side->setup, &side->pair);
    } else {
        pair_end(&side->pair);
    }
    start(side);
}

/* Sends the act's call, and somebody dies. Whether it was answered; *ret_first is the answer. */
static bool disturbed(struct test *test, const struct act *act, const struct act_unit *unit,
                      const struct death *death, struct buf *ret_first)
{
    struct side *side = &test->sides[act->listener];
    arm(side, death);
    send_act(side, act, unit);
    if (death->moment_us >= 0) {
        die_at_moment(&side->pair, death);
    }
    bool answered = receive(side, ret_first);
    side->page.control->armed = 0;
    bury(side, death);
    test->deaths++;
    test->unanswered += answered ? 0 : 1;
    return answered;
}

/* One act on one unit, with a death in it. */
static void cycle(struct test *test, const struct act *act, const struct death *death)
{
    struct side *side = &test->sides[act->listener];
    AUTO(buf_done) struct buf first;
    AUTO(buf_done) struct buf repeated;
    struct act_unit unit;
    buf_init(&first, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&repeated, FRAME_ANSWER_MESSAGE_MAX);
    prepare(test, act, &unit);
    if (!disturbed(test, act, &unit, death, &first)) {
        call_until_ok(side, act, &unit, &first);
    }
    call_until_ok(side, act, &unit, &repeated);
    if (!act->same(buf_span(&first), buf_span(&repeated))) {
        pair_fail(&side->setup, act->name);
    }
    buf_done(&unit.csr);
}

/* Nobody dies: returns how many boundary calls the act makes, and keeps how long it takes. */
static uint32_t measure(struct test *test, const struct act *act)
{
    const struct death nobody = {.moment_us = -1};
    struct side *side = &test->sides[act->listener];
    struct act_unit unit;
    AUTO(buf_done) struct buf answer;
    buf_init(&answer, FRAME_ANSWER_MESSAGE_MAX);
    prepare(test, act, &unit);
    arm(side, &nobody);
    int64_t sent_us = now_us();
    send_act(side, act, &unit);
    if (!receive(side, &answer)) {
        pair_fail(&side->setup, act->name);
    }
    test->duration_us[act - ACTS] = now_us() - sent_us;
    side->page.control->armed = 0;
    buf_done(&unit.csr);
    return side->page.control->count;
}

static void all_points(struct test *test, const struct act *act)
{
    (void)measure(test, act); /* the first unit of the day makes the salt */
    uint32_t calls = measure(test, act);
    if (calls < BOUNDARIES_MIN) {
        pair_fail(&test->sides[act->listener].setup, "the shim counts nothing");
    }
    for (int victim = 0; victim < VICTIMS; victim++) {
        for (uint32_t point = 0; point < 2 * calls; point++) {
            const struct death death = {.victim = (enum victim)victim,
                                        .before = point % 2 == 1,
                                        .at = point / 2 + 1,
                                        .moment_us = -1};
            cycle(test, act, &death);
        }
    }
    (void)printf("%-20s %3u boundary calls, %u deaths so far\n", act->name, calls, test->deaths);
    (void)fflush(stdout);
}

static void random_moments(struct test *test, uint64_t cycles)
{
    while (test->deaths < cycles) {
        size_t number = random_below(&test->random, (uint32_t)ACT_COUNT);
        const struct death death = {
            .victim = (enum victim)random_below(&test->random, VICTIMS),
            .moment_us = random_below(&test->random, (uint32_t)test->duration_us[number]),
        };
        cycle(test, &ACTS[number], &death);
    }
}

static void run(struct test *test)
{
    uint64_t cycles = random_parameter("MINTMARK_CRASH_CYCLES", CYCLES);
    for (size_t i = 0; i < ACT_COUNT; i++) {
        all_points(test, &ACTS[i]);
    }
    unsigned at_points = test->deaths;
    random_moments(test, cycles);
    (void)printf("%u deaths of worker, signer, both or front: %u at every boundary, %u at random "
                 "moments; %u calls lost, each finished by the next, no repetition said "
                 "anything else\n",
                 test->deaths, at_points, test->deaths - at_points, test->unanswered);
}

static void set_key(struct side *side, const char *spki_sha256)
{
    AUTO(buf_done) struct buf digest;
    buf_init(&digest, SHA256_SIZE);
    if (hex_decode(span_text(spki_sha256), &digest) != STATUS_OK || digest.size != SHA256_SIZE) {
        pair_fail(&side->setup, "the auditor's key is no SHA-256 in hexadecimal");
    }
    memcpy(side->client.spki_sha256, digest.data, SHA256_SIZE);
}

static void side_open(struct side *side, enum listener listener, const char *config,
                      const char *identity)
{
    *side = (struct side){.setup = {.name = "crash", .relay = true, .listener = listener},
                          .client = {.identity = identity}};
    pair_setup_load(&side->setup, config);
    shim_page_open(&side->setup, &side->page);
    side->setup.worker_environment = side->page.environment;
    start(side);
}

int main(int argc, char **argv)
{
    static struct test test;
    if (argc != 7) {
        (void)fprintf(stderr, "usage: crash CONFIG STATION AUDITOR AUDITOR-SPKI-SHA256 ORDER "
                              "OWN-KEY-ORDER\n");
        return 2;
    }
    test.order = argv[5];
    test.own_key_order = argv[6];
    test.random = random_start("crash");
    side_open(&test.sides[LISTENER_STATIONS], LISTENER_STATIONS, argv[1], argv[2]);
    side_open(&test.sides[LISTENER_ADMINISTRATION], LISTENER_ADMINISTRATION, argv[1], argv[3]);
    set_key(&test.sides[LISTENER_ADMINISTRATION], argv[4]);
    run(&test);
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        pair_end(&test.sides[i].pair);
        shim_page_close(&test.sides[i].page);
    }
    return 0;
}
