#include "tests/fault/hostile/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/file.h"
#include "lib/base/hex.h"

enum { TEXT_MAX = 96, ORDERS = 120, STATIONS = 40, PRODUCTS = 8, KEY_MAX = 4096, RECORD_SIZE = 33 };

static const struct {
    const char *id;
    const char *file; /* of its key; NULL: none */
} NAMES[PEOPLE] = {
    [OP_1] = {"spiffe://quickstart/operator/op-1", "op-1"},
    [OP_2] = {"spiffe://quickstart/operator/op-2", "op-2"},
    [AUDITOR] = {"spiffe://quickstart/auditor/aud-1", "aud-1"},
    [STATION] = {"spiffe://quickstart/station/line1-01", "line1-01"},
    [BLOCKED] = {"spiffe://quickstart/operator/blocked", "op-2"},
    [ATTACKER] = {"spiffe://quickstart/operator/evil", NULL},
    [NOBODY] = {"", NULL},
};

_Noreturn static void give_up(const char *what)
{
    (void)fprintf(stderr, "hostile administration: %s\n", what);
    exit(1);
}

static void read_key(struct person *person, const char *folder, const char *name)
{
    char path[4096];
    AUTO(buf_done) struct buf pem;
    buf_init_secret(&pem, KEY_MAX);
    (void)snprintf(path, sizeof(path), "%s/%s.key", folder, name);
    if (file_read(path, &pem) != STATUS_OK ||
        pki_plain_key_read(buf_span(&pem), &person->key, NULL) != STATUS_OK) {
        give_up("cannot read a key");
    }
}

void people_init(struct people *people, const char *folder, const char *records,
                 struct random *random)
{
    uint8_t scalar[PKI_SCALAR_SIZE];
    *people = (struct people){.records = records};
    if (strlen(records) < PEOPLE_DEVICES * RECORD_SIZE - 1) {
        give_up("not all devices have a record");
    }
    for (int i = 0; i < PEOPLE; i++) {
        struct person *person = &people->list[i];
        person->id = NAMES[i].id;
        if (NAMES[i].file != NULL) {
            read_key(person, folder, NAMES[i].file);
        } else {
            do { /* a random number is hardly ever no scalar */
                random_bytes(random, scalar, sizeof(scalar));
            } while (pki_plain_key_from_scalar(SPAN_OF(scalar), &person->key) != STATUS_OK);
        }
        digest_sha256(pki_plain_key_signer(person->key).spki, person->spki_sha256);
    }
}

void people_done(struct people *people)
{
    for (int i = 0; i < PEOPLE; i++) {
        pki_plain_key_free(people->list[i].key);
    }
    mintmark__v1__product__free_unpacked(people->product, NULL);
}

static void pack(const ProtobufCMessage *message, struct buf *ret_bytes)
{
    uint8_t *place = buf_extend(ret_bytes, protobuf_c_message_get_packed_size(message));
    if (buf_status(ret_bytes) != STATUS_OK) {
        give_up("a content is too large");
    }
    (void)protobuf_c_message_pack(message, place);
}

static void make_product(struct people *people, struct random *random, struct buf *content)
{
    char name[TEXT_MAX];
    Mintmark__V1__Product product = *people->product;
    (void)snprintf(name, sizeof(name), "hostile-%u", random_below(random, PRODUCTS));
    product.name = name;
    product.hardware_version = 1 + random_below(random, 1000);
    pack(&product.base, content);
}

static void make_order(struct people *people, struct random *random, struct buf *content)
{
    char id[TEXT_MAX];
    Mintmark__V1__OrderSpec order;
    mintmark__v1__order_spec__init(&order);
    (void)snprintf(id, sizeof(id), "HO-%u", random_below(random, ORDERS));
    order.order = id;
    order.product = people->product->name;
    order.quantity = 1 + random_below(random, 5);
    pack(&order.base, content);
}

static void make_order_act(struct random *random, bool amend, struct buf *content)
{
    char id[TEXT_MAX];
    Mintmark__V1__OrderAct act;
    Mintmark__V1__OrderAmendment amendment;
    mintmark__v1__order_act__init(&act);
    mintmark__v1__order_amendment__init(&amendment);
    (void)snprintf(id, sizeof(id), "HO-%u", random_below(random, ORDERS));
    act.order = id;
    act.reason = (char[]){"as the test has it"};
    amendment.order = id;
    amendment.quantity = 1 + random_below(random, 50);
    pack(amend ? &amendment.base : &act.base, content);
}

static void make_identity(struct random *random, bool block, struct buf *content)
{
    char id[TEXT_MAX];
    char line[TEXT_MAX];
    Mintmark__V1__IdentitySpec spec;
    Mintmark__V1__IdentityAct act;
    mintmark__v1__identity_spec__init(&spec);
    mintmark__v1__identity_act__init(&act);
    (void)snprintf(id, sizeof(id), "spiffe://quickstart/station/h-%u",
                   random_below(random, STATIONS));
    (void)snprintf(line, sizeof(line), "line%u", random_below(random, 9));
    spec.identity = id;
    spec.role = MINTMARK__V1__ROLE__ROLE_STATION;
    spec.line = line;
    act.identity = id;
    act.reason = (char[]){"as the test has it"};
    pack(block ? &act.base : &spec.base, content);
}

static void make_device(const struct people *people, struct random *random, bool revoke,
                        struct buf *content)
{
    char unit[TEXT_MAX];
    char record[RECORD_SIZE];
    uint32_t number = random_below(random, PEOPLE_DEVICES);
    Mintmark__V1__Revocation revocation;
    Mintmark__V1__DeviceAct act;
    mintmark__v1__revocation__init(&revocation);
    mintmark__v1__device_act__init(&act);
    (void)snprintf(unit, sizeof(unit), "60:58:00:00:00:%02u", number);
    (void)snprintf(record, sizeof(record), "%.32s", people->records + (size_t)number * RECORD_SIZE);
    revocation.device = unit;
    revocation.reason = MINTMARK__V1__REVOCATION_REASON__REVOCATION_REASON_KEY_COMPROMISE;
    act.unit_id = unit;
    act.record_id = record;
    act.reason = (char[]){"as the test has it"};
    pack(revoke ? &revocation.base : &act.base, content);
}

static void make_withdrawal(struct people *people, struct buf *content)
{
    Mintmark__V1__ChangeWithdrawal withdrawal;
    mintmark__v1__change_withdrawal__init(&withdrawal);
    withdrawal.change_id = people->waiting;
    pack(&withdrawal.base, content);
}

/* Of one key; there are so many that some are not on record yet. */
static void make_ceremony(struct random *random, struct buf *content)
{
    char text[512];
    Mintmark__V1__Ceremony ceremony;
    mintmark__v1__ceremony__init(&ceremony);
    (void)snprintf(text, sizeof(text),
                   "{\"transcript\":1,\"command\":\"init\",\"time\":\"2026-11-22T20:15:00Z\","
                   "\"version\":\"1\",\"people\":[],\"token\":{\"label\":\"mint\",\"serial\":\"1\","
                   "\"software\":true},\"keys\":[{\"purpose\":\"seal\",\"label\":\"key-%u\","
                   "\"made\":true,\"public_key_sha256\":null,\"policy\":{\"class\":\"dev\","
                   "\"attributes\":{}}}]}",
                   random_below(random, 10000));
    ceremony.transcript = text;
    pack(&ceremony.base, content);
}

void people_content(struct people *people, struct random *random, const struct method_change *kind,
                    struct buf *ret_content)
{
    buf_clear(ret_content);
    if (kind->method == METHOD_APPLY_PRODUCT) {
        make_product(people, random, ret_content);
    } else if (kind->method == METHOD_CREATE_ORDER) {
        make_order(people, random, ret_content);
    } else if (kind->method == METHOD_ENROLL_IDENTITY || kind->method == METHOD_BLOCK_IDENTITY) {
        make_identity(random, kind->method == METHOD_BLOCK_IDENTITY, ret_content);
    } else if (kind->method == METHOD_WITHDRAW_CHANGE) {
        make_withdrawal(people, ret_content);
    } else if (kind->method == METHOD_RECORD_CEREMONY) {
        make_ceremony(random, ret_content);
    } else if (kind->method == METHOD_REVOKE_DAC || kind->method == METHOD_SCRAP_DEVICE ||
               kind->method == METHOD_RELEASE_DEVICE || kind->method == METHOD_REWORK_DEVICE) {
        make_device(people, random, kind->method == METHOD_REVOKE_DAC, ret_content);
    } else {
        make_order_act(random, kind->method == METHOD_AMEND_ORDER, ret_content);
    }
}

void people_attack(const struct method_change *kind, struct random *random, struct buf *ret_content)
{
    char id[TEXT_MAX];
    Mintmark__V1__IdentitySpec spec;
    Mintmark__V1__IdentityAct act;
    mintmark__v1__identity_spec__init(&spec);
    mintmark__v1__identity_act__init(&act);
    buf_clear(ret_content);
    (void)snprintf(id, sizeof(id), "%s", NAMES[random_below(random, NOBODY)].id);
    spec.identity = id;
    spec.role = (Mintmark__V1__Role)random_below(random, 5);
    act.identity = id;
    act.reason = (char[]){"gone"};
    pack(kind->method == METHOD_BLOCK_IDENTITY ? &act.base : &spec.base, ret_content);
}

/* --- statements ------------------------------------------------------------------------------- */

static struct approval_statement statement_of(const struct people *people,
                                              const Mintmark__V1__Change *change,
                                              enum approval_act act, enum who who,
                                              struct random *random)
{
    struct approval_statement statement = {.act = act};
    AUTO(buf_done) struct buf reference;
    buf_init(&reference, SHA256_SIZE);
    (void)snprintf(statement.origin, sizeof(statement.origin), "%s", change->origin);
    (void)snprintf(statement.change, sizeof(statement.change), "%s", change->kind);
    (void)snprintf(statement.subject, sizeof(statement.subject), "%s", change->subject);
    (void)snprintf(statement.by, sizeof(statement.by), "%s", people->list[who].id);
    digest_sha256(span_make(change->content.data, change->content.len), statement.content);
    random_bytes(random, statement.reference, sizeof(statement.reference));
    statement.expires = (int64_t)time(NULL) + 600;
    if (act == APPROVAL_APPROVE &&
        hex_decode(span_text(change->change_id), &reference) == STATUS_OK &&
        reference.size == sizeof(statement.reference)) {
        memcpy(statement.reference, reference.data, reference.size);
    }
    return statement;
}

static void sign_as(const struct people *people, const struct approval_statement *statement,
                    enum who who, struct people_signed *ret_signed)
{
    AUTO(buf_done) struct buf text;
    AUTO(buf_done) struct buf signature;
    buf_init(&text, APPROVAL_STATEMENT_MAX);
    buf_init(&signature, APPROVAL_SIGNATURE_MAX);
    const struct signer signer = pki_plain_key_signer(people->list[who].key);
    if (approval_statement_write(statement, &text) != STATUS_OK ||
        signer.sign(signer.context, buf_span(&text), &signature, NULL) != STATUS_OK) {
        give_up("cannot sign a statement");
    }
    (void)snprintf(ret_signed->text, sizeof(ret_signed->text), "%.*s", (int)text.size,
                   (const char *)text.data);
    memcpy(ret_signed->signature, signature.data, signature.size);
    ret_signed->signature_size = signature.size;
}

void people_sign(const struct people *people, const Mintmark__V1__Change *change,
                 enum approval_act act, enum who who, struct random *random,
                 struct people_signed *ret_signed)
{
    const struct approval_statement statement = statement_of(people, change, act, who, random);
    sign_as(people, &statement, who, ret_signed);
    ret_signed->caller = who;
}

static enum who another(struct random *random, enum who than)
{
    return (enum who)((than + 1 + random_below(random, NOBODY - 1)) % NOBODY);
}

/* Something else than it was, of the same size or smaller. */
static void change_bytes(struct random *random, uint8_t *bytes, size_t *size)
{
    AUTO(buf_done) struct buf changed;
    size_t most = *size;
    buf_init(&changed, most);
    do {
        buf_clear(&changed);
        buf_append(&changed, bytes, most);
        random_mutate(random, &changed);
    } while (span_equal(buf_span(&changed), span_make(bytes, most)));
    if (changed.size > 0) {
        memcpy(bytes, changed.data, changed.size);
    }
    *size = changed.size;
}

/* One value that is not the change's. */
static void spoil(struct approval_statement *statement, struct random *random)
{
    switch (random_below(random, 6)) {
    case 0:
        (void)snprintf(statement->origin, sizeof(statement->origin), "elsewhere/1");
        break;
    case 1:
        statement->change[random_below(random, 2)] ^= 1; /* another letter, for every kind */
        break;
    case 2:
        (void)snprintf(statement->subject, sizeof(statement->subject), "something-else");
        break;
    case 3:
        statement->content[random_below(random, SHA256_SIZE)] ^= 4;
        break;
    case 4:
        statement->expires -= 30 * 86400;
        break;
    default:
        statement->expires += 30 * 86400;
        break;
    }
}

void people_sign_wrong(const struct people *people, const Mintmark__V1__Change *change,
                       enum approval_act act, enum who who, struct random *random,
                       struct people_signed *ret_signed)
{
    struct approval_statement statement = statement_of(people, change, act, who, random);
    enum who signer = who;
    uint32_t way = random_below(random, 7);
    ret_signed->caller = who;
    if (way == 0) { /* said by one, sent by another */
        ret_signed->caller = another(random, who);
    } else if (way == 1) { /* signed by one, said and sent by another */
        do {
            signer = another(random, who);
        } while (signer == BLOCKED); /* has the key of an operator */
    } else if (way == 2) {
        statement.act = act == APPROVAL_PROPOSE ? APPROVAL_APPROVE : APPROVAL_PROPOSE;
    } else if (way == 3) { /* in every way that of somebody who may not */
        signer = AUDITOR + random_below(random, NOBODY - AUDITOR);
        ret_signed->caller = signer;
        (void)snprintf(statement.by, sizeof(statement.by), "%s", people->list[signer].id);
    } else if (way == 4) {
        spoil(&statement, random);
    }
    sign_as(people, &statement, signer, ret_signed);
    if (way == 5) {
        size_t size = strlen(ret_signed->text);
        change_bytes(random, (uint8_t *)ret_signed->text, &size);
        ret_signed->text[size] = '\0';
    } else if (way == 6) {
        change_bytes(random, ret_signed->signature, &ret_signed->signature_size);
    }
}
