/* hostile_front CONFIG STATION BLOCKED PINNED OPERATOR AUDITOR: a front that was taken over. Speaks
 * its frames to a real worker with a real signer: identities, keys, listeners, methods, messages,
 * sizes and deadlines of every kind. Whatever is not a station's call of a station's method is
 * refused, the signer signs exactly one DAC for each unit answered for the first time, and the
 * worker neither dies nor grows. Then frames that are none: the worker ends in order.
 *
 * The five names are identities of the store; PINNED is a station with a key that no front can
 * show. Prints "issued N", N being the units that may exist. Environment: MINTMARK_PROGRAM,
 * MINTMARK_SEED, MINTMARK_HOSTILE_CALLS (100 000), MINTMARK_HOSTILE_BREAKS (60). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mintmark/v1/provisioning.pb-c.h"
#include "tests/fault/hostile/messages.h"
#include "tests/fault/hostile/watch.h"
#include "tests/fault/pair/pair.h"

enum { WARM_UP_CALLS = 20000, IDENTITIES = 5 };

enum who { STATION, BLOCKED, PINNED, OPERATOR, AUDITOR };

struct test {
    struct pair_setup setup;
    struct pair pair;
    struct random random;
    const char *names[IDENTITIES]; /* by enum who */
    struct watch_pin pin;
    struct buf frame;
    struct buf message;
    struct buf answer;
    uint64_t next_call;
    uint64_t issued; /* units answered for the first time */
    uint64_t repeated;
    uint64_t answered[17]; /* by gRPC code */
};

/* What a test of refusals found: the call that was not refused. */
_Noreturn static void fail(const struct test *test, const struct frame_call *call, const char *what)
{
    (void)fprintf(stderr,
                  "hostile front: %s: call %llu, listener %u, method %u, identity '%.*s', message "
                  "of %zu bytes\n",
                  what, (unsigned long long)call->call_id, call->listener, call->method,
                  (int)call->identity.size, (const char *)call->identity.data, call->message.size);
    pair_end(&test->pair);
    exit(1);
}

/* The whole policy of this listener, said again in other words than the worker's. */
static bool may_call(const struct test *test, const struct frame_call *call)
{
    return span_equal(call->identity, span_text(test->names[STATION])) &&
           call->listener == LISTENER_STATIONS && call->method < METHOD_COUNT &&
           METHOD_TABLE[call->method].listener == LISTENER_STATIONS &&
           (METHOD_TABLE[call->method].roles & METHOD_ROLE_STATION) != 0 &&
           call->message.size <= METHOD_TABLE[call->method].request_max;
}

static void count_unit(struct test *test, bool repeated)
{
    test->issued += repeated ? 0 : 1;
    test->repeated += repeated ? 1 : 0;
}

static void read_answer(struct test *test, const struct frame_call *call, struct span message)
{
    if (call->method == METHOD_PROVISION_DEVICE) {
        Mintmark__V1__ProvisionDeviceResponse *response =
            mintmark__v1__provision_device_response__unpack(NULL, message.size, message.data);
        if (response == NULL) {
            fail(test, call, "an answer that does not decode");
        }
        count_unit(test, response->repeated_delivery);
        mintmark__v1__provision_device_response__free_unpacked(response, NULL);
    } else if (call->method == METHOD_ISSUE_DAC) {
        Mintmark__V1__IssueDacResponse *response =
            mintmark__v1__issue_dac_response__unpack(NULL, message.size, message.data);
        if (response == NULL) {
            fail(test, call, "an answer that does not decode");
        }
        count_unit(test, response->repeated_delivery);
        mintmark__v1__issue_dac_response__free_unpacked(response, NULL);
    }
}

static void judge(struct test *test, const struct frame_call *call,
                  const struct frame_answer *answer)
{
    if (answer->call_id != call->call_id || answer->grpc_code > 16) {
        fail(test, call, "an answer to another call");
    }
    test->answered[answer->grpc_code]++;
    if (answer->grpc_code != 0 && answer->message.size > 0) {
        fail(test, call, "a refusal with a message");
    }
    if (answer->grpc_code == 0 && !may_call(test, call)) {
        fail(test, call, "answered what must be refused");
    }
    if (answer->grpc_code == 13) {
        fail(test, call, "an internal failure");
    }
    if (watch_pin_in(&test->pin, buf_span(&test->answer))) {
        fail(test, call, "the PIN in an answer");
    }
    if (answer->grpc_code == 0) {
        read_answer(test, call, answer->message);
    }
}

static struct span make_identity(struct test *test, char text[static FRAME_IDENTITY_MAX])
{
    struct random *random = &test->random;
    if (random_percent(random, 40)) {
        return span_text(test->names[STATION]);
    }
    const char *name = test->names[random_below(random, IDENTITIES)];
    if (random_percent(random, 50)) {
        return span_text(name);
    }
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, FRAME_IDENTITY_MAX);
    buf_append_text(&bytes, name);
    random_mutate(random, &bytes);
    memcpy(text, bytes.data, bytes.size);
    return span_make(text, bytes.size);
}

static void make_message(struct test *test, uint16_t method)
{
    struct random *random = &test->random;
    uint16_t kind = random_percent(random, 90) ? method : (uint16_t)random_below(random, 8);
    buf_clear(&test->message);
    if (random_percent(random, 2)) { /* as large as a frame can be */
        uint8_t *place = buf_extend(&test->message, FRAME_CALL_MESSAGE_MAX);
        memset(place, (int)random_below(random, 256), FRAME_CALL_MESSAGE_MAX);
        return;
    }
    messages_make(random, (enum method)kind, &test->message);
    for (uint32_t i = random_below(random, 4); i > 0; i--) {
        random_mutate(random, &test->message);
    }
}

static uint16_t make_method(struct random *random)
{
    return random_percent(random, 95) ? (uint16_t)random_below(random, METHOD_COUNT)
                                      : (uint16_t)random_next(random);
}

static uint64_t make_deadline(struct random *random)
{
    static const uint64_t deadlines[] = {0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    return deadlines[random_percent(random, 80)
                         ? 2
                         : random_below(random, sizeof(deadlines) / sizeof(deadlines[0]))];
}

/* `text` holds an identity that is not one of the names. */
static struct frame_call make_call(struct test *test, char text[static FRAME_IDENTITY_MAX])
{
    struct random *random = &test->random;
    struct frame_call call = {
        .call_id = ++test->next_call,
        .deadline_ms = make_deadline(random),
        .method = make_method(random),
        .listener = random_percent(random, 85) ? LISTENER_STATIONS : (uint8_t)random_next(random),
        .identity = make_identity(test, text),
    };
    random_bytes(random, call.spki_sha256, random_percent(random, 50) ? 32 : 0);
    make_message(test, call.method);
    call.message = buf_span(&test->message);
    return call;
}

static void one_call(struct test *test)
{
    char text[FRAME_IDENTITY_MAX];
    struct frame_answer answer;
    const struct frame_call call = make_call(test, text);
    buf_clear(&test->frame);
    if (frame_write_call(&call, &test->frame) != STATUS_OK) {
        fail(test, &call, "the test made no frame");
    }
    pair_send(&test->setup, test->pair.front, buf_span(&test->frame));
    if (!pair_receive(&test->setup, test->pair.front, &test->answer, &answer)) {
        fail(test, &call, "the worker died");
    }
    judge(test, &call, &answer);
}

static void many_calls(struct test *test, uint64_t calls)
{
    uint64_t warm_up = calls / 2 < WARM_UP_CALLS ? calls / 2 : WARM_UP_CALLS;
    long worker = 0;
    long signer = 0;
    for (uint64_t i = 0; i < calls; i++) {
        if (i == warm_up) {
            worker = watch_resident_kb(test->pair.worker);
            signer = watch_resident_kb(test->pair.signer);
        }
        one_call(test);
    }
    worker = watch_resident_kb(test->pair.worker) - worker;
    signer = watch_resident_kb(test->pair.signer) - signer;
    if (worker > WATCH_GROWTH_MAX_KB || signer > WATCH_GROWTH_MAX_KB) {
        (void)fprintf(stderr, "hostile front: the worker grew by %ld KiB, the signer by %ld\n",
                      worker, signer);
        exit(1);
    }
    (void)printf("%llu calls: %llu answered, %llu denied, %llu refused otherwise; %llu units, %llu "
                 "repeats; worker grew by %ld KiB, signer by %ld\n",
                 (unsigned long long)calls, (unsigned long long)test->answered[0],
                 (unsigned long long)test->answered[7],
                 (unsigned long long)(calls - test->answered[0] - test->answered[7]),
                 (unsigned long long)test->issued, (unsigned long long)test->repeated, worker,
                 signer);
}

/* Bytes that are no frame, or more than one. */
static void make_broken_frame(struct test *test)
{
    char text[FRAME_IDENTITY_MAX];
    struct random *random = &test->random;
    const struct frame_call call = make_call(test, text);
    buf_clear(&test->frame);
    if (frame_write_call(&call, &test->frame) != STATUS_OK) {
        fail(test, &call, "the test made no frame");
    }
    switch (random_below(random, 5)) {
    case 0:
        test->frame.data[random_below(random, 5)] ^= (uint8_t)(1 + random_below(random, 255));
        break;
    case 1: /* an identity larger than its limit */
        write_le16(test->frame.data + 24,
                   (uint16_t)(FRAME_IDENTITY_MAX + 1 + random_below(random, 1000)));
        break;
    case 2: /* a message larger than its limit */
        write_le32(test->frame.data + 26,
                   FRAME_CALL_MESSAGE_MAX + 1 + (uint32_t)(random_next(random) & 0xFFFFFFF));
        break;
    case 3: /* one call is outstanding, never more */
        buf_append_byte(&test->frame, 0);
        break;
    default: /* not ours at all */
        random_bytes(random, test->frame.data, test->frame.size);
        break;
    }
}

/* The worker closes, ends with code 1 and takes its signer along; neither dies of a signal. */
static void one_break(struct test *test)
{
    int worker = 0;
    int signer = 0;
    struct frame_answer answer;
    make_broken_frame(test);
    pair_start(&test->setup, &test->pair);
    pair_send(&test->setup, test->pair.front, buf_span(&test->frame));
    if (pair_receive(&test->setup, test->pair.front, &test->answer, &answer)) {
        errno = 0;
        pair_fail(&test->setup, "an answer to what is no frame");
    }
    if (waitpid(test->pair.worker, &worker, 0) < 0 || waitpid(test->pair.signer, &signer, 0) < 0 ||
        !WIFEXITED(worker) || WEXITSTATUS(worker) != 1 || !WIFEXITED(signer) ||
        WEXITSTATUS(signer) != 0) {
        (void)fprintf(stderr, "hostile front: worker ended with %x, signer with %x\n",
                      (unsigned)worker, (unsigned)signer);
        exit(1);
    }
    test->pair.worker = 0;
    test->pair.signer = 0;
    pair_end(&test->pair);
}

int main(int argc, char **argv)
{
    static struct test test = {.setup = {.name = "hostile front", .listener = LISTENER_STATIONS}};
    if (argc != 2 + IDENTITIES) {
        (void)fprintf(stderr,
                      "usage: hostile_front CONFIG STATION BLOCKED PINNED OPERATOR AUDITOR\n");
        return 2;
    }
    for (int i = 0; i < IDENTITIES; i++) {
        test.names[i] = argv[2 + i];
    }
    pair_setup_load(&test.setup, argv[1]);
    if (watch_pin_read(test.setup.config->token->pin_file, &test.pin) != STATUS_OK) {
        pair_fail(&test.setup, "cannot read the PIN file");
    }
    test.random = random_start("hostile front");
    buf_init(&test.frame, FRAME_CALL_HEADER + FRAME_IDENTITY_MAX + FRAME_CALL_MESSAGE_MAX + 1);
    buf_init(&test.message, FRAME_CALL_MESSAGE_MAX);
    buf_init(&test.answer, FRAME_ANSWER_MESSAGE_MAX + 65536);
    struct pair_tap *tap = pair_shared_memory(&test.setup, sizeof(*tap));
    test.setup.tap = tap;
    pair_start(&test.setup, &test.pair);
    many_calls(&test, random_parameter("MINTMARK_HOSTILE_CALLS", 100000));
    pair_end(&test.pair);
    if (tap->dac_signed != test.issued || tap->crl_signed != 0 || test.issued == 0) {
        (void)fprintf(stderr,
                      "hostile front: %llu DACs and %llu CRLs signed, %llu units answered\n",
                      (unsigned long long)tap->dac_signed, (unsigned long long)tap->crl_signed,
                      (unsigned long long)test.issued);
        return 1;
    }
    test.setup.tap = NULL; /* signer and worker are judged by how they end */
    uint64_t breaks = random_parameter("MINTMARK_HOSTILE_BREAKS", 60);
    for (uint64_t i = 0; i < breaks; i++) {
        one_break(&test);
    }
    (void)printf("%llu frames that are none: the worker ended in order each time\nissued %llu\n",
                 (unsigned long long)breaks, (unsigned long long)test.issued);
    return 0;
}
