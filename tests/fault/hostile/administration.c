/* hostile_administration CONFIG IDENTITIES RECORDS: a front of the administration that was taken
 * over. Speaks its frames to a real worker with a real signer: every method, every identity,
 * statements that are right, replayed, swapped and wrong in every way, mixed with honest people's
 * changes. Whatever is not an operator's own statement over exactly this change is refused; the
 * worker neither dies nor grows. What stands in the store afterwards is judged by check_changes.py.
 *
 * IDENTITIES is quickstart's folder of keys, RECORDS the record ids of the devices. Prints "applied
 * N". Environment: MINTMARK_PROGRAM, MINTMARK_SEED, MINTMARK_HOSTILE_CALLS (100 000). */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fault/hostile/people.h"
#include "tests/fault/hostile/watch.h"
#include "tests/fault/pair/pair.h"

enum { WARM_UP_CALLS = 30000, PAST = 64, TRIES_MAX = 5000 };

/* What was sent before. */
struct past {
    enum method method;
    struct buf content; /* of a proposal */
    struct people_signed given;
};

struct test {
    struct pair_setup setup;
    struct pair pair;
    struct random random;
    struct people people;
    struct watch_pin pin;
    struct buf content;
    struct buf message;
    struct buf frame;
    struct buf answer;
    struct past past[PAST];
    uint64_t calls;
    uint64_t answered[17]; /* by gRPC code */
    uint64_t proposed;
    uint64_t applied;
    uint64_t forged;
    bool used[METHOD_CHANGE_COUNT]; /* kinds of which one was applied */
};

_Noreturn static void fail(const struct test *test, const struct frame_call *call, const char *what)
{
    (void)fprintf(stderr,
                  "hostile administration: %s: call %llu, listener %u, method %u, identity '%.*s', "
                  "message of %zu bytes\n",
                  what, (unsigned long long)call->call_id, call->listener, call->method,
                  (int)call->identity.size, (const char *)call->identity.data, call->message.size);
    pair_end(&test->pair);
    exit(1);
}

/* The whole policy of this listener, said again in other words than the worker's. */
static bool may_call(const struct test *test, const struct frame_call *call)
{
    if (call->listener != LISTENER_ADMINISTRATION || call->method >= METHOD_COUNT) {
        return false;
    }
    const struct method_row *row = &METHOD_TABLE[call->method];
    for (int i = OP_1; i <= AUDITOR; i++) {
        const struct person *person = &test->people.list[i];
        unsigned role = i == AUDITOR ? METHOD_ROLE_AUDITOR : METHOD_ROLE_OPERATOR;
        if (span_equal(call->identity, span_text(person->id))) {
            return span_equal(SPAN_OF(call->spki_sha256), SPAN_OF(person->spki_sha256)) &&
                   row->listener == LISTENER_ADMINISTRATION && (row->roles & role) != 0 &&
                   call->message.size <= row->request_max;
        }
    }
    return call->identity.size == 0 && call->method == METHOD_TICK;
}

static void judge(struct test *test, const struct frame_call *call,
                  const struct frame_answer *answer)
{
    if (answer->call_id != call->call_id || answer->grpc_code > 16) {
        fail(test, call, "an answer to another call");
    }
    test->answered[answer->grpc_code]++;
    if (answer->grpc_code == 0 && !may_call(test, call)) {
        fail(test, call, "answered what must be refused");
    }
    if (answer->grpc_code == 13 || answer->grpc_code == 15) {
        fail(test, call, "an internal failure");
    }
    if (answer->grpc_code != 0 && answer->message.size > 0) {
        fail(test, call, "a refusal with a message");
    }
    if (watch_pin_in(&test->pin, buf_span(&test->answer))) {
        fail(test, call, "the PIN in an answer");
    }
}

static struct frame_call call_of(struct test *test, enum who who, enum method method)
{
    const struct person *person = &test->people.list[who];
    struct frame_call call = {
        .call_id = ++test->calls,
        .deadline_ms = INT64_MAX,
        .method = (uint16_t)method,
        .listener = LISTENER_ADMINISTRATION,
        .identity = span_text(person->id),
        .message = buf_span(&test->message),
    };
    memcpy(call.spki_sha256, person->spki_sha256, sizeof(call.spki_sha256));
    return call;
}

static bool send_call(struct test *test, const struct frame_call *call,
                      struct frame_answer *ret_answer)
{
    buf_clear(&test->frame);
    if (frame_write_call(call, &test->frame) != STATUS_OK) {
        fail(test, call, "the test made no frame");
    }
    pair_send(&test->setup, test->pair.front, buf_span(&test->frame));
    if (!pair_receive(&test->setup, test->pair.front, &test->answer, ret_answer)) {
        fail(test, call, "the worker died");
    }
    judge(test, call, ret_answer);
    return ret_answer->grpc_code == 0;
}

static bool is_change(uint16_t method)
{
    for (size_t i = 0; i < METHOD_CHANGE_COUNT; i++) {
        if (METHOD_CHANGES[i].method == method) {
            return true;
        }
    }
    return method == METHOD_APPROVE_CHANGE;
}

/* The answer of a changing method, or NULL when it was refused. Counts what was done. */
static Mintmark__V1__Change *send_change(struct test *test, const struct frame_call *call)
{
    struct frame_answer answer;
    if (!send_call(test, call, &answer) || !is_change(call->method)) {
        return NULL;
    }
    Mintmark__V1__Change *change =
        mintmark__v1__change__unpack(NULL, answer.message.size, answer.message.data);
    if (change == NULL) {
        fail(test, call, "an answer that does not decode");
    }
    bool applied = change->state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_APPLIED;
    bool waiting = change->state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING;
    test->applied += applied ? 1 : 0;
    for (size_t i = 0; applied && i < METHOD_CHANGE_COUNT; i++) {
        test->used[i] = test->used[i] || strcmp(METHOD_CHANGES[i].kind, change->kind) == 0;
    }
    if (waiting) {
        (void)snprintf(test->people.waiting, sizeof(test->people.waiting), "%s", change->change_id);
    }
    test->proposed += (applied || waiting) && call->method != METHOD_APPROVE_CHANGE ? 1 : 0;
    return change;
}

static void write_message(struct test *test, enum method method, struct span content,
                          struct people_signed *given, bool validate_only)
{
    uint8_t *bytes = NULL;
    Mintmark__V1__Proposal proposal;
    Mintmark__V1__Approval approval;
    mintmark__v1__proposal__init(&proposal);
    mintmark__v1__approval__init(&approval);
    const union { /* data is not const because reading uses the same struct */
        const uint8_t *in;
        uint8_t *out;
    } place = {.in = content.data};
    proposal.content = (ProtobufCBinaryData){content.size, place.out};
    proposal.validate_only = validate_only;
    if (given != NULL) {
        proposal.statement = approval.statement = given->text;
        proposal.signature = approval.signature =
            (ProtobufCBinaryData){given->signature_size, given->signature};
    }
    const ProtobufCMessage *message =
        method == METHOD_APPROVE_CHANGE ? &approval.base : &proposal.base;
    buf_clear(&test->message);
    bytes = buf_extend(&test->message, protobuf_c_message_get_packed_size(message));
    if (buf_status(&test->message) != STATUS_OK) {
        abort();
    }
    (void)protobuf_c_message_pack(message, bytes);
}

static Mintmark__V1__Change *send_signed(struct test *test, enum method method, struct span content,
                                         struct people_signed *given)
{
    write_message(test, method, content, given, false);
    const struct frame_call call = call_of(test, given->caller, method);
    return send_change(test, &call);
}

static Mintmark__V1__Change *look(struct test *test, const struct method_change *kind)
{
    write_message(test, kind->method, buf_span(&test->content), NULL, true);
    const struct frame_call call = call_of(test, OP_1, kind->method);
    return send_change(test, &call);
}

static void remember(struct test *test, enum method method, struct span content,
                     const struct people_signed *given)
{
    struct past *past = &test->past[random_below(&test->random, PAST)];
    past->method = method;
    past->given = *given;
    buf_clear(&past->content);
    buf_append_span(&past->content, content);
}

static struct span content_of(const Mintmark__V1__Change *change)
{
    return span_make(change->content.data, change->content.len);
}

/* Signs one thing wrongly, and sends it: refused, always. */
static void forge(struct test *test, enum method method, const Mintmark__V1__Change *change,
                  enum who who)
{
    struct people_signed given;
    enum approval_act act = method == METHOD_APPROVE_CHANGE ? APPROVAL_APPROVE : APPROVAL_PROPOSE;
    people_sign_wrong(&test->people, change, act, who, &test->random, &given);
    Mintmark__V1__Change *done = send_signed(test, method, content_of(change), &given);
    if (done != NULL) {
        (void)fprintf(stderr, "hostile administration: accepted from %s:\n%s",
                      test->people.list[given.caller].id, given.text);
        exit(1);
    }
    test->forged++;
    remember(test, method, content_of(change), &given);
}

/* Who proposed it cannot approve it. */
static void approve_own(struct test *test, const Mintmark__V1__Change *waiting, enum who who)
{
    struct people_signed given;
    people_sign(&test->people, waiting, APPROVAL_APPROVE, who, &test->random, &given);
    Mintmark__V1__Change *done =
        send_signed(test, METHOD_APPROVE_CHANGE, content_of(waiting), &given);
    if (done != NULL) {
        (void)fprintf(stderr, "hostile administration: one person approved:\n%s", given.text);
        exit(1);
    }
    test->forged++;
}

/* Forged approvals of what waits, then mostly the honest one. */
static void approve(struct test *test, const Mintmark__V1__Change *waiting, enum who who)
{
    struct people_signed given;
    for (uint32_t i = random_below(&test->random, 8); i > 0; i--) {
        forge(test, METHOD_APPROVE_CHANGE, waiting, who);
    }
    approve_own(test, waiting, who == OP_1 ? OP_2 : OP_1);
    people_sign(&test->people, waiting, APPROVAL_APPROVE, who, &test->random, &given);
    if (random_percent(&test->random, 80)) {
        mintmark__v1__change__free_unpacked(
            send_signed(test, METHOD_APPROVE_CHANGE, content_of(waiting), &given), NULL);
    }
    remember(test, METHOD_APPROVE_CHANGE, content_of(waiting), &given);
}

/* Forged proposals of a change that could be, then sometimes the honest one. */
static void propose(struct test *test, const struct method_change *kind, bool honest)
{
    struct people_signed given;
    struct random *random = &test->random;
    enum who who = random_percent(random, 50) ? OP_1 : OP_2;
    people_content(&test->people, random, kind, &test->content);
    Mintmark__V1__Change *looked = look(test, kind);
    if (looked == NULL || looked->state != MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_VALIDATED) {
        mintmark__v1__change__free_unpacked(looked, NULL);
        return;
    }
    for (uint32_t i = 1 + random_below(random, 6); i > 0; i--) {
        forge(test, kind->method, looked, who);
    }
    if (honest) {
        people_sign(&test->people, looked, APPROVAL_PROPOSE, who, random, &given);
        Mintmark__V1__Change *change = send_signed(test, kind->method, content_of(looked), &given);
        remember(test, kind->method, content_of(looked), &given);
        if (change != NULL && change->state == MINTMARK__V1__CHANGE_STATE__CHANGE_STATE_WAITING) {
            approve(test, change, who == OP_1 ? OP_2 : OP_1);
        }
        mintmark__v1__change__free_unpacked(change, NULL);
    }
    mintmark__v1__change__free_unpacked(looked, NULL);
}

/* Each kind once, while there are devices of every state, so that none is left to chance. Order
 * data are not among them: their rows are uploaded first. */
static void every_kind(struct test *test)
{
    for (size_t i = 0; i < METHOD_CHANGE_COUNT; i++) {
        const struct method_change *kind = &METHOD_CHANGES[i];
        bool left_out = kind->method == METHOD_IMPORT_ORDER_DATA;
        for (int tries = 0; !left_out && !test->used[i]; tries++) {
            if (tries == TRIES_MAX) {
                (void)fprintf(stderr, "hostile administration: no %s\n", kind->kind);
                exit(1);
            }
            if (kind->method == METHOD_WITHDRAW_CHANGE) { /* of what waits */
                propose(test, &METHOD_CHANGES[METHOD_CHANGE_ORDER], true);
            }
            propose(test, kind, true);
        }
    }
}

/* An operator more, or one less, for everybody but the operators themselves. */
static void attack(struct test *test)
{
    struct people_signed given;
    struct random *random = &test->random;
    bool block = random_percent(random, 50);
    const struct method_change *kind =
        &METHOD_CHANGES[block ? METHOD_CHANGE_IDENTITY_BLOCK : METHOD_CHANGE_IDENTITY];
    people_attack(kind, random, &test->content);
    Mintmark__V1__Change *looked = look(test, kind);
    if (looked == NULL) {
        return;
    }
    enum who who = AUDITOR + random_below(random, NOBODY - AUDITOR);
    people_sign(&test->people, looked, APPROVAL_PROPOSE, who, random, &given);
    if (random_percent(random, 50)) {
        given.caller = random_below(random, 2); /* carried in by an operator's connection */
    }
    if (send_signed(test, kind->method, content_of(looked), &given) != NULL) {
        (void)fprintf(stderr, "hostile administration: accepted:\n%s", given.text);
        exit(1);
    }
    test->forged++;
    mintmark__v1__change__free_unpacked(looked, NULL);
}

/* Something of the past once more, with any of its parts taken from elsewhere. What is accepted is
 * judged by what stands in the store. */
static void replay(struct test *test)
{
    struct random *random = &test->random;
    const struct past *past = &test->past[random_below(random, PAST)];
    const struct past *other = &test->past[random_below(random, PAST)];
    struct people_signed given = past->given;
    enum method method = past->method;
    if (random_percent(random, 20)) {
        method = other->method;
    }
    if (random_percent(random, 20)) {
        memcpy(given.signature, other->given.signature, sizeof(given.signature));
        given.signature_size = other->given.signature_size;
    }
    struct span content = buf_span(random_percent(random, 30) ? &other->content : &past->content);
    write_message(test, method, content, &given, random_percent(random, 10));
    for (uint32_t i = random_percent(random, 30) ? 1 + random_below(random, 3) : 0; i > 0; i--) {
        random_mutate(random, &test->message);
    }
    enum who caller = random_percent(random, 30) ? random_below(random, PEOPLE) : given.caller;
    struct frame_call call = call_of(test, caller, method);
    call.listener = random_percent(random, 95) ? call.listener : (uint8_t)random_below(random, 4);
    call.spki_sha256[0] ^= random_percent(random, 5) ? 1 : 0;
    mintmark__v1__change__free_unpacked(send_change(test, &call), NULL);
}

/* Any method, by anybody, with any bytes. */
static void anything(struct test *test)
{
    struct random *random = &test->random;
    const struct past *past = &test->past[random_below(random, PAST)];
    struct frame_answer answer;
    buf_clear(&test->message);
    buf_append_span(&test->message, buf_span(&past->content));
    for (uint32_t i = random_below(random, 4); i > 0; i--) {
        random_mutate(random, &test->message);
    }
    if (random_percent(random, 30)) {
        buf_clear(&test->message);
    }
    enum who who = random_below(random, PEOPLE);
    struct frame_call call = call_of(test, who, (enum method)random_below(random, METHOD_COUNT));
    call.method = random_percent(random, 98) ? call.method : (uint16_t)random_next(random);
    call.listener = random_percent(random, 95) ? call.listener : (uint8_t)random_next(random);
    (void)send_call(test, &call, &answer);
}

static void one_step(struct test *test)
{
    uint32_t way = random_below(&test->random, 1000);
    if (way < 150) {
        propose(test, &METHOD_CHANGES[random_below(&test->random, METHOD_CHANGE_COUNT)], way < 25);
    } else if (way < 250) {
        attack(test);
    } else if (way < 650) {
        replay(test);
    } else {
        anything(test);
    }
}

static void many_calls(struct test *test, uint64_t calls)
{
    uint64_t warm_up = calls / 2 < WARM_UP_CALLS ? calls / 2 : WARM_UP_CALLS;
    long before = 0;
    while (test->calls < calls) {
        if (before == 0 && test->calls >= warm_up) {
            before = watch_resident_kb(test->pair.worker);
        }
        one_step(test);
    }
    long growth = watch_resident_kb(test->pair.worker) - before;
    (void)printf("%llu calls: %llu answered, %llu denied; %llu forged statements refused, %llu "
                 "changes proposed; worker grew by %ld KiB\napplied %llu\n",
                 (unsigned long long)test->calls, (unsigned long long)test->answered[0],
                 (unsigned long long)test->answered[7], (unsigned long long)test->forged,
                 (unsigned long long)test->proposed, growth, (unsigned long long)test->applied);
    if (growth > WATCH_GROWTH_MAX_KB || test->applied == 0 || test->forged == 0) {
        (void)fprintf(stderr, "hostile administration: the worker grew, or nothing was tested\n");
        exit(1);
    }
}

/* The product that quickstart made: others are made after it. */
static void read_product(struct test *test)
{
    struct frame_answer answer;
    Mintmark__V1__GetProductRequest request;
    mintmark__v1__get_product_request__init(&request);
    request.product = (char[]){"quickstart-lamp"};
    uint8_t bytes[64];
    buf_append(&test->message, bytes, mintmark__v1__get_product_request__pack(&request, bytes));
    const struct frame_call call = call_of(test, OP_1, METHOD_GET_PRODUCT);
    if (!send_call(test, &call, &answer)) {
        fail(test, &call, "no product");
    }
    Mintmark__V1__ProductRevision *revision =
        mintmark__v1__product_revision__unpack(NULL, answer.message.size, answer.message.data);
    if (revision != NULL) {
        test->people.product =
            mintmark__v1__product__unpack(NULL, revision->content.len, revision->content.data);
        mintmark__v1__product_revision__free_unpacked(revision, NULL);
    }
    if (test->people.product == NULL) {
        fail(test, &call, "an answer that does not decode");
    }
}

int main(int argc, char **argv)
{
    static struct test test = {
        .setup = {.name = "hostile administration", .listener = LISTENER_ADMINISTRATION}};
    if (argc != 4) {
        (void)fprintf(stderr, "usage: hostile_administration CONFIG IDENTITIES RECORDS\n");
        return 2;
    }
    pair_setup_load(&test.setup, argv[1]);
    if (watch_pin_read(test.setup.config->token->pin_file, &test.pin) != STATUS_OK) {
        pair_fail(&test.setup, "cannot read the PIN file");
    }
    test.random = random_start("hostile administration");
    people_init(&test.people, argv[2], argv[3], &test.random);
    buf_init(&test.content, PEOPLE_CONTENT_MAX);
    buf_init(&test.message, FRAME_CALL_MESSAGE_MAX);
    buf_init(&test.frame, FRAME_CALL_HEADER + FRAME_IDENTITY_MAX + FRAME_CALL_MESSAGE_MAX);
    buf_init(&test.answer, FRAME_ANSWER_MESSAGE_MAX + 65536);
    for (int i = 0; i < PAST; i++) {
        buf_init(&test.past[i].content, PEOPLE_CONTENT_MAX);
    }
    struct pair_tap *tap = pair_shared_memory(&test.setup, sizeof(*tap));
    test.setup.tap = tap;
    pair_start(&test.setup, &test.pair);
    read_product(&test);
    every_kind(&test);
    many_calls(&test, random_parameter("MINTMARK_HOSTILE_CALLS", 100000));
    pair_end(&test.pair);
    people_done(&test.people);
    if (tap->dac_signed != 0) {
        (void)fprintf(stderr, "hostile administration: a DAC was signed\n");
        return 1;
    }
    return 0;
}
