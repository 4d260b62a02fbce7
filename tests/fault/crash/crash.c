/* crash CONFIG ORDER IDENTITY: kills a real worker, its real signer, or both, before and after
 * every call the worker makes at its boundaries while one unit is issued; each time a new pair must
 * finish the unit, and a further call must give identical bytes. This program plays supervisor and
 * front on their real sockets. Prints what it did; the caller checks the store's sums. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mintmark/v1/provisioning.pb-c.h"
#include "server/method.h"
#include "tests/fault/crash/shim.h"
#include "tests/fault/pair/pair.h"

enum { START_ATTEMPTS = 5 };

/* Both: what the death of their supervisor does to them. */
enum victim { VICTIM_WORKER, VICTIM_SIGNER, VICTIM_BOTH };

struct test {
    struct pair_setup setup;
    const char *order;
    const char *identity;
    struct shim_control *control;
    char control_path[64];
    struct pair pair;
    uint64_t next_call;
    unsigned next_unit;
    unsigned restarts;
};

_Noreturn static void fail(const char *what)
{
    const struct pair_setup setup = {.name = "crash"};
    pair_fail(&setup, what);
}

static void make_control(struct test *test)
{
    (void)snprintf(test->control_path, sizeof(test->control_path), "/tmp/mintmark-crash-XXXXXX");
    int descriptor = mkstemp(test->control_path);
    if (descriptor < 0 || ftruncate(descriptor, sizeof(*test->control)) != 0) {
        fail("control file");
    }
    test->control =
        mmap(NULL, sizeof(*test->control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (test->control == MAP_FAILED) {
        fail("control page");
    }
    (void)close(descriptor);
}

static void start(struct test *test)
{
    test->control->armed = 0;
    pair_start(&test->setup, &test->pair);
}

static void send_call(struct test *test, const char *mac)
{
    uint8_t bytes[256];
    struct buf frame;
    char order[80];
    char unit_mac[18];
    (void)snprintf(order, sizeof(order), "%s", test->order);
    (void)snprintf(unit_mac, sizeof(unit_mac), "%s", mac);
    Mintmark__V1__Unit unit;
    mintmark__v1__unit__init(&unit);
    Mintmark__V1__ProvisionDeviceRequest request;
    mintmark__v1__provision_device_request__init(&request);
    unit.hardware_id = unit_mac;
    request.order = order;
    request.unit = &unit;
    const struct frame_call call = {
        .call_id = ++test->next_call,
        .deadline_ms = INT64_MAX,
        .method = METHOD_PROVISION_DEVICE,
        .listener = LISTENER_STATIONS,
        .identity = span_text(test->identity),
        .message = span_make(bytes, mintmark__v1__provision_device_request__pack(&request, bytes)),
    };
    buf_init(&frame, 4096);
    if (frame_write_call(&call, &frame) != STATUS_OK) {
        fail("frame");
    }
    pair_send(&test->setup, test->pair.front, buf_span(&frame));
    buf_done(&frame);
}

/* Issues the unit, restarting the pair as often as it dies. Appends the answer's message. */
static void call_until_ok(struct test *test, const char *mac, struct buf *ret_message)
{
    struct buf bytes;
    buf_init(&bytes, FRAME_ANSWER_MESSAGE_MAX);
    for (int i = 0; i < START_ATTEMPTS; i++) {
        struct frame_answer answer;
        send_call(test, mac);
        if (pair_receive(&test->setup, test->pair.front, &bytes, &answer) &&
            answer.grpc_code == 0) {
            buf_append_span(ret_message, answer.message);
            buf_done(&bytes);
            return;
        }
        pair_end(&test->pair);
        start(test);
        test->restarts++;
    }
    fail("unit never issued");
}

static Mintmark__V1__ProvisionDeviceResponse *decode(const struct buf *message)
{
    Mintmark__V1__ProvisionDeviceResponse *response =
        mintmark__v1__provision_device_response__unpack(NULL, message->size, message->data);
    if (response == NULL) {
        fail("answer does not decode");
    }
    return response;
}

/* Everything but the flag that says these bytes were delivered before. */
static void assert_same(const struct buf *a, const struct buf *b)
{
    Mintmark__V1__ProvisionDeviceResponse *left = decode(a);
    Mintmark__V1__ProvisionDeviceResponse *right = decode(b);
    left->repeated_delivery = right->repeated_delivery = 0;
    size_t size = mintmark__v1__provision_device_response__get_packed_size(left);
    uint8_t *one = malloc(size);
    uint8_t *two = malloc(size);
    if (one == NULL || two == NULL ||
        mintmark__v1__provision_device_response__get_packed_size(right) != size) {
        fail("a retry gave other bytes");
    }
    (void)mintmark__v1__provision_device_response__pack(left, one);
    (void)mintmark__v1__provision_device_response__pack(right, two);
    if (memcmp(one, two, size) != 0) {
        fail("a retry gave other bytes");
    }
    free(one);
    free(two);
    mintmark__v1__provision_device_response__free_unpacked(left, NULL);
    mintmark__v1__provision_device_response__free_unpacked(right, NULL);
}

static void next_mac(struct test *test, char ret_mac[static 18])
{
    unsigned n = test->next_unit++;
    (void)snprintf(ret_mac, 18, "60:56:00:%02x:%02x:%02x", n >> 16 & 255, n >> 8 & 255, n & 255);
}

/* One unit, with a death at boundary call `at` (0: none). Returns the calls counted. */
static uint32_t cycle(struct test *test, enum victim victim, bool before, uint32_t at)
{
    char mac[18];
    struct buf bytes;
    struct buf first;
    struct buf second;
    struct frame_answer answer;
    buf_init(&bytes, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&first, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&second, FRAME_ANSWER_MESSAGE_MAX);
    next_mac(test, mac);
    *test->control = (struct shim_control){
        .at = at,
        .before = before,
        .victim = victim == VICTIM_WORKER ? 0 : test->pair.signer,
        .both = victim == VICTIM_BOTH,
    };
    test->control->armed = 1;
    send_call(test, mac);
    bool answered =
        pair_receive(&test->setup, test->pair.front, &bytes, &answer) && answer.grpc_code == 0;
    uint32_t count = test->control->count;
    test->control->armed = 0;
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
    assert_same(&first, &second);
    buf_done(&bytes);
    buf_done(&first);
    buf_done(&second);
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
    const char *shim = getenv("MINTMARK_SHIM");
    struct test test = {.setup = {.name = "crash"}};
    if (argc != 4 || shim == NULL) {
        (void)fprintf(stderr, "usage: crash CONFIG ORDER IDENTITY\n");
        return 2;
    }
    test.order = argv[2];
    test.identity = argv[3];
    pair_setup_load(&test.setup, argv[1]);
    make_control(&test);
    const char *const environment[] = {"LD_PRELOAD", shim, SHIM_CONTROL_VARIABLE, test.control_path,
                                       NULL};
    test.setup.worker_environment = environment;
    start(&test);
    (void)cycle(&test, VICTIM_WORKER, false, 0); /* first unit of the day makes the salt */
    uint32_t calls = cycle(&test, VICTIM_WORKER, false, 0);
    if (calls < 6) {
        fail("the shim counts nothing");
    }
    all_points(&test, calls);
    pair_end(&test.pair);
    (void)unlink(test.control_path);
    return 0;
}
