/* hostile_worker CONFIG LOG-KEY: a worker that was taken over. Speaks its frames to a real signer
 * on a real token: certificates, lists, checkpoints and other things to sign, changed in every way.
 * Each signature that comes back is over a DAC of that PAI, a list of it that goes neither back nor
 * far ahead, a station's certificate, as OpenSSL reads them too, or a head of the log that extends
 * the last one; no answer holds the PIN; the signer neither dies nor grows. Then frames that are
 * none: the signer ends in order. The caller has put the highwater away.
 *
 * Environment: MINTMARK_PROGRAM, MINTMARK_SEED, MINTMARK_HOSTILE_CALLS (100 000),
 * MINTMARK_HOSTILE_BREAKS (60). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hsm/protocol.h"
#include "lib/matter/crl.h"
#include "tests/fault/hostile/judge.h"
#include "tests/fault/hostile/log.h"
#include "tests/fault/hostile/random.h"
#include "tests/fault/hostile/tbs.h"
#include "tests/fault/hostile/watch.h"
#include "tests/fault/pair/pair.h"

enum { WARM_UP_CALLS = 20000, SALT_ROOM = 200 };

struct test {
    struct pair_setup setup;
    struct random random;
    struct watch_pin pin;
    const char *pai_name;
    struct tbs_source source;
    struct judge judge;
    struct log log;
    struct hsm_checkpoint_call checkpoint;
    bool right; /* the checkpoint asked for is one that may be signed */
    struct buf tbs;
    struct buf payload;
    struct buf answer;
    pid_t signer;
    int socket;
    uint64_t dacs;
    uint64_t lists;
    uint64_t identities;
    uint64_t checkpoints;
    uint64_t derived;
    uint64_t refused;
};

_Noreturn static void fail(const struct test *test, enum hsm_kind kind, const char *what)
{
    (void)fprintf(stderr, "hostile worker: %s: call %d, payload of %zu bytes:", what, (int)kind,
                  test->payload.size);
    for (size_t i = 0; i < test->payload.size && i < 1024; i++) {
        (void)fprintf(stderr, "%02x", test->payload.data[i]);
    }
    (void)fprintf(stderr, "\n");
    exit(1);
}

static const char *make_name(struct test *test)
{
    static const char *const names[] = {"nobody", "mintmark-seal", "mintmark-log", "../dev", "%n"};
    return random_percent(&test->random, 97)
               ? test->pai_name
               : names[random_below(&test->random, sizeof(names) / sizeof(names[0]))];
}

static status_t make_derive(struct test *test)
{
    uint8_t salt[SALT_ROOM];
    random_bytes(&test->random, salt, sizeof(salt));
    buf_append(&test->payload, salt, random_below(&test->random, SALT_ROOM));
    return buf_status(&test->payload);
}

static status_t make_identity(struct test *test)
{
    tbs_make_identity(&test->source, &test->random, &test->tbs);
    buf_append_span(&test->payload, buf_span(&test->tbs));
    return buf_status(&test->payload);
}

static status_t make_checkpoint(struct test *test)
{
    test->right = log_make(&test->log, &test->random, &test->checkpoint);
    return hsm_protocol_write_checkpoint(&test->checkpoint, &test->payload);
}

static status_t make_dac(struct test *test)
{
    tbs_make(&test->source, &test->random, &test->tbs);
    return hsm_protocol_write_sign(make_name(test), buf_span(&test->tbs), &test->payload);
}

static status_t make_list(struct test *test)
{
    uint32_t last = random_percent(&test->random, 80) ? 0 : (uint32_t)random_next(&test->random);
    tbs_make(&test->source, &test->random, &test->tbs);
    return hsm_protocol_write_sign_crl(last, make_name(test), buf_span(&test->tbs), &test->payload);
}

static status_t make_report(struct test *test)
{
    (void)test; /* empty */
    return STATUS_OK;
}

/* A well-formed frame's payload; what it asks for is another matter. */
static enum hsm_kind make_call(struct test *test)
{
    static const struct {
        enum hsm_kind kind;
        uint32_t percent;
        status_t (*make)(struct test *test);
    } calls[] = {
        {HSM_CALL_REPORT, 2, make_report},           {HSM_CALL_DERIVE_KEY, 3, make_derive},
        {HSM_CALL_SIGN_IDENTITY, 15, make_identity}, {HSM_CALL_SIGN_CHECKPOINT, 5, make_checkpoint},
        {HSM_CALL_SIGN_DAC, 50, make_dac},           {HSM_CALL_SIGN_CRL, 25, make_list},
    };
    size_t number = 0;
    for (uint32_t way = random_below(&test->random, 100); way >= calls[number].percent; number++) {
        way -= calls[number].percent;
    }
    buf_clear(&test->payload);
    if (calls[number].make(test) != STATUS_OK) {
        fail(test, calls[number].kind, "the test made no call");
    }
    return calls[number].kind;
}

static void judge_success(struct test *test, enum hsm_kind kind)
{
    const char *wrong = NULL;
    struct span answer = buf_span(&test->answer);
    if (kind == HSM_CALL_SIGN_DAC) {
        wrong = judge_dac(&test->judge, buf_span(&test->tbs), answer);
        test->dacs++;
    } else if (kind == HSM_CALL_SIGN_CRL) {
        wrong = judge_list(&test->judge, buf_span(&test->tbs), answer);
        test->lists++;
    } else if (kind == HSM_CALL_SIGN_IDENTITY) {
        wrong = judge_identity(&test->judge, buf_span(&test->tbs), answer);
        test->identities++;
    } else if (kind == HSM_CALL_SIGN_CHECKPOINT) {
        wrong = test->right ? log_judge(&test->log, &test->checkpoint, answer)
                            : "signed a checkpoint that does not extend the last one";
        test->checkpoints++;
    } else if (kind == HSM_CALL_DERIVE_KEY) {
        wrong = answer.size != 32 ? "a derived key of another size" : NULL;
        test->derived++;
    }
    if (wrong != NULL) {
        fail(test, kind, wrong);
    }
}

static void one_call(struct test *test)
{
    enum hsm_kind kind = make_call(test);
    enum hsm_kind answer = HSM_CALL_REPORT;
    if (hsm_protocol_send(test->socket, kind, buf_span(&test->payload)) != STATUS_OK ||
        hsm_protocol_receive(test->socket, &answer, &test->answer) != STATUS_OK) {
        fail(test, kind, "the signer died");
    }
    if (watch_pin_in(&test->pin, buf_span(&test->answer))) {
        fail(test, kind, "the PIN in an answer");
    }
    if (answer == HSM_ANSWER_OK) {
        judge_success(test, kind);
        return;
    }
    struct problem problem;
    bool last = true;
    if (answer != HSM_ANSWER_PROBLEM ||
        hsm_protocol_read_problem(buf_span(&test->answer), &problem, &last) != STATUS_OK) {
        fail(test, kind, "what is no answer");
    }
    if (last) {
        fail(test, kind, problem.reason);
    }
    if (kind == HSM_CALL_SIGN_CHECKPOINT && test->right) {
        fail(test, kind, problem.reason);
    }
    test->refused++;
}

static void start(struct test *test)
{
    enum hsm_kind kind = HSM_CALL_REPORT;
    test->signer = pair_start_signer(&test->setup, &test->socket);
    if (hsm_protocol_receive(test->socket, &kind, &test->answer) != STATUS_OK ||
        kind != HSM_ANSWER_HELLO) {
        pair_fail(&test->setup, "the signer does not start");
    }
}

/* Closes this end; the signer's exit code. */
static int end(struct test *test)
{
    int status = 0;
    (void)close(test->socket);
    if (waitpid(test->signer, &status, 0) != test->signer || !WIFEXITED(status)) {
        (void)fprintf(stderr, "hostile worker: the signer ended with %x\n", (unsigned)status);
        exit(1);
    }
    return WEXITSTATUS(status);
}

static void many_calls(struct test *test, uint64_t calls)
{
    uint64_t warm_up = calls / 2 < WARM_UP_CALLS ? calls / 2 : WARM_UP_CALLS;
    long before = 0;
    start(test);
    for (uint64_t i = 0; i < calls; i++) {
        if (i == warm_up) {
            before = watch_resident_kb(test->signer);
        }
        one_call(test);
    }
    long growth = watch_resident_kb(test->signer) - before;
    if (growth > WATCH_GROWTH_MAX_KB || end(test) != 0) {
        (void)fprintf(stderr, "hostile worker: the signer grew by %ld KiB or ended badly\n",
                      growth);
        exit(1);
    }
    if (test->dacs == 0 || test->lists == 0 || test->derived == 0 || test->identities == 0 ||
        test->checkpoints == 0) {
        (void)fprintf(stderr, "hostile worker: nothing was signed: nothing was tested\n");
        exit(1);
    }
    (void)printf(
        "%llu calls: %llu DACs, %llu lists, %llu stations and %llu checkpoints signed, each "
        "as it must be; %llu refused; signer grew by %ld KiB\n",
        (unsigned long long)calls, (unsigned long long)test->dacs, (unsigned long long)test->lists,
        (unsigned long long)test->identities, (unsigned long long)test->checkpoints,
        (unsigned long long)test->refused, growth);
}

/* Header and payload that no worker of ours sends. */
static void make_broken_frame(struct test *test, struct buf *frame)
{
    struct random *random = &test->random;
    enum hsm_kind kind = make_call(test);
    if (hsm_protocol_write_header(kind, test->payload.size, frame) != STATUS_OK) {
        fail(test, kind, "the test made no frame");
    }
    buf_append_span(frame, buf_span(&test->payload));
    switch (random_below(random, 4)) {
    case 0: /* magic or version */
        frame->data[random_below(random, 5)] ^= (uint8_t)(1 + random_below(random, 255));
        break;
    case 1: /* no kind that can be asked for */
        frame->data[5] = (uint8_t)(HSM_CALL_SIGN_IDENTITY + 1 +
                                   random_below(random, UINT8_MAX - HSM_CALL_SIGN_IDENTITY));
        break;
    case 2: /* larger than any call */
        write_le32(frame->data + 8,
                   HSM_PROTOCOL_CRL_MAX + 1 + (uint32_t)(random_next(random) & 0xFFFFFFF));
        break;
    default: /* reserved octets */
        frame->data[6 + random_below(random, 2)] = (uint8_t)(1 + random_below(random, 255));
        break;
    }
}

static void one_break(struct test *test)
{
    enum hsm_kind kind = HSM_CALL_REPORT;
    AUTO(buf_done) struct buf frame;
    buf_init(&frame, HSM_PROTOCOL_CRL_MAX);
    make_broken_frame(test, &frame);
    start(test);
    pair_send(&test->setup, test->socket, buf_span(&frame));
    if (hsm_protocol_receive(test->socket, &kind, &test->answer) == STATUS_OK &&
        kind == HSM_ANSWER_OK) {
        fail(test, kind, "an answer to what is no call");
    }
    if (end(test) == 0) {
        fail(test, kind, "the signer took what is no frame for its worker's end");
    }
}

static void set_up(struct test *test, const char *config_path, const char *log_key)
{
    pair_setup_load(&test->setup, config_path);
    const Mintmark__V1__Pai *pai = test->setup.config->pais[0]->value;
    struct span pai_der = span_make(pai->certificate_content.data, pai->certificate_content.len);
    struct span paa_der = span_make(pai->paa_content.data, pai->paa_content.len);
    const ProtobufCBinaryData *ca = &test->setup.config->identity_ca->certificate_content;
    struct span ca_der = span_make(ca->data, ca->len);
    test->pai_name = test->setup.config->pais[0]->key;
    if (watch_pin_read(test->setup.config->token->pin_file, &test->pin) != STATUS_OK ||
        tbs_source_init(pai_der, paa_der, ca_der, &test->source) != STATUS_OK ||
        judge_init(pai_der, ca_der, &test->judge) != STATUS_OK ||
        log_init(log_key, &test->log) != STATUS_OK) {
        errno = 0;
        pair_fail(&test->setup, "PIN file, certificates or log key");
    }
    buf_init(&test->tbs, PKI_CRL_MAX);
    buf_init(&test->payload, HSM_PROTOCOL_CRL_MAX);
    buf_init_secret(&test->answer, HSM_PROTOCOL_ANSWER_MAX);
    test->random = random_start("hostile worker");
}

int main(int argc, char **argv)
{
    static struct test test = {.setup = {.name = "hostile worker"}};
    if (argc != 3) {
        (void)fprintf(stderr, "usage: hostile_worker CONFIG LOG-KEY\n");
        return 2;
    }
    set_up(&test, argv[1], argv[2]);
    many_calls(&test, random_parameter("MINTMARK_HOSTILE_CALLS", 100000));
    uint64_t breaks = random_parameter("MINTMARK_HOSTILE_BREAKS", 60);
    for (uint64_t i = 0; i < breaks; i++) {
        one_break(&test);
    }
    (void)printf("%llu frames that are none: the signer ended in order each time\n",
                 (unsigned long long)breaks);
    judge_done(&test.judge);
    log_done(&test.log);
    return 0;
}
