#include "server/issue/issue.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/digest.h"
#include "lib/unit/dac.h"
#include "lib/unit/set.h"
#include "server/issue/authorize.h"
#include "server/issue/bind.h"
#include "server/issue/commit.h"
#include "server/issue/data.h"
#include "server/issue/draw.h"
#include "server/issue/leaf.h"
#include "server/issue/seal.h"
#include "server/issue/secrets.h"

enum phase { LOOK_UP, DRAW, RESERVE, SIGN, IMAGE, RECORD, DELIVER };

/* One call's work: what came in, what stands around it, what is built up. */
struct work {
    const struct issue_environment *environment;
    const struct issue_request *request;
    struct issue_result *result;
    struct problem *problem;
    unsigned attempt;
    uint64_t mark_us; /* when the current phase began */
};

static status_t look_up(struct work *work, bool *ret_known);
static status_t draw_and_reserve(struct work *work);
static status_t sign(struct work *work);
static status_t image(struct work *work);
static status_t record(struct work *work);
static status_t deliver_again(struct work *work);
static status_t codes(struct work *work);

/* Each step is a function of what the steps before it made durable, so a call that died
 * anywhere is finished by the next one for the same unit. */
static status_t attempt(struct work *work)
{
    bool known = false;
    TRY(look_up(work, &known));
    if (!known) {
        TRY(draw_and_reserve(work)); /* the intent is durable: from here on the unit will exist */
    }
    if (work->result->unit.state == STORE_UNIT_RESERVED) {
        TRY(sign(work));
        TRY(image(work));
        TRY(record(work)); /* the result is durable: from here on only these bytes are given out */
    } else {
        TRY(image(work));
        TRY(deliver_again(work));
    }
    return codes(work);
}

status_t issue_unit(const struct issue_environment *environment,
                    const struct issue_request *request, struct issue_result *ret_result,
                    struct problem *problem)
{
    status_t status = STATUS_ABORTED;
    for (unsigned i = 0; i < ISSUE_ATTEMPTS && status == STATUS_ABORTED; i++) {
        AUTO(issue_result_done) struct issue_result result = {0};
        struct work work = {environment, request, &result, problem, i, 0};
        status = attempt(&work);
        if (status == STATUS_OK) {
            *ret_result = result;
            result = (struct issue_result){0};
        }
    }
    return status;
}

void issue_result_done(struct issue_result *result)
{
    store_unit_done(&result->unit);
    secret_wipe(&result->secrets);
    secret_wipe(&result->row);
    secret_wipe(&result->supplied);
    image_set_done(&result->set);
    OPENSSL_cleanse(result->qr_code, sizeof(result->qr_code));
    OPENSSL_cleanse(result->manual_code, sizeof(result->manual_code));
    *result = (struct issue_result){0};
}

static uint64_t monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void phase_begins(struct work *work)
{
    work->mark_us = monotonic_us();
}

static void phase_ends(struct work *work, enum phase phase)
{
    uint64_t now = monotonic_us();
    work->result->phase_us[phase] += (uint32_t)(now - work->mark_us);
    work->mark_us = now;
}

static status_t open_secrets(struct work *work)
{
    AUTO(secret_wipe) struct secret device = {0};
    AUTO(secret_wipe) struct secret codes = {0};
    const struct store_unit *unit = &work->result->unit;
    TRY(issue_seal_open(work->environment, unit, STORE_PART_DEVICE, &device, work->problem));
    TRY(issue_seal_open(work->environment, unit, STORE_PART_CODES, &codes, work->problem));
    size_t fixed =
        device.size < ISSUE_SECRETS_DEVICE_SIZE ? device.size : ISSUE_SECRETS_DEVICE_SIZE;
    TRY(issue_secrets_decode(span_make(device.data, fixed), secret_span(&codes),
                             &work->result->secrets));
    if (device.size == fixed) {
        return STATUS_OK;
    }
    TRY(secret_copy(&work->result->row, span_make(device.data + fixed, device.size - fixed)));
    return issue_data_read(work->environment, work->result, work->problem);
}

/* 1. Known? Then it must be this station's, and its secrets are opened. */
static status_t look_up(struct work *work, bool *ret_known)
{
    const struct issue_environment *environment = work->environment;
    struct store_unit *unit = &work->result->unit;
    phase_begins(work);
    status_t status = store_unit_find(environment->store, work->request->unit_id, unit);
    *ret_known = status == STATUS_OK;
    if (status == STATUS_NOT_FOUND) {
        phase_ends(work, LOOK_UP);
        return STATUS_OK;
    }
    TRY(status);
    TRY(environment->find_product(environment->products, unit->product, unit->product_revision,
                                  &work->result->product, work->problem));
    TRY(issue_authorize_known(environment, work->request, unit, work->result->product,
                              work->problem));
    TRY(issue_bind_station(environment, work->request, unit, work->problem));
    TRY(issue_bind(environment, unit, work->request->hardware_id, work->problem));
    if (unit->key_source == STORE_KEY_IMAGE) {
        TRY(open_secrets(work));
    }
    phase_ends(work, LOOK_UP);
    return STATUS_OK;
}

/* NULL: nothing is. */
static const struct unit_supplied *supplied_of(const struct issue_result *result)
{
    return result->supplied.data != NULL ? unit_supplied_of(&result->supplied) : NULL;
}

/* A DAC that comes with its key: its TBS is the intent, though nobody here signs it. */
static status_t take_tbs(struct work *work)
{
    struct store_unit *unit = &work->result->unit;
    struct pki_certificate dac;
    TRY(pki_certificate_parse(supplied_of(work->result)->dac, &dac, work->problem));
    TRY(pki_certificate_name(&dac, unit->dac_serial));
    buf_append_span(&unit->tbs, dac.tbs);
    return buf_status(&unit->tbs);
}

/* 4. The TBS, linted before anything is stored or signed. */
static status_t build_tbs(struct work *work, const struct store_order *order)
{
    struct store_unit *unit = &work->result->unit;
    buf_init(&unit->tbs, STORE_BLOB_MAX);
    if (unit->bought) {
        return take_tbs(work);
    }
    char common_name[UNIT_COMMON_NAME_MAX + 1];
    TRY(unit_draw_common_name(work->result->product, &ISSUE_RANDOM, common_name));
    const struct unit_dac dac = {
        .product = work->result->product,
        .common_name = common_name,
        .serial = SPAN_OF(unit->dac_serial),
        .public_key = SPAN_OF(unit->public_key),
        .not_before = order->dac_not_before,
    };
    return unit_dac_tbs(&dac, &unit->tbs, work->problem);
}

static void name_unit(struct work *work, const struct store_order *order)
{
    const struct issue_request *request = work->request;
    const struct unit_product *product = work->result->product;
    struct store_unit *unit = &work->result->unit;
    (void)snprintf(unit->order, sizeof(unit->order), "%s", order->id);
    (void)snprintf(unit->unit_id, sizeof(unit->unit_id), "%s", request->unit_id);
    (void)snprintf(unit->hardware_id, sizeof(unit->hardware_id), "%s", request->hardware_id);
    (void)snprintf(unit->station, sizeof(unit->station), "%s", request->identity);
    (void)snprintf(unit->line, sizeof(unit->line), "%s", request->line);
    (void)snprintf(unit->product, sizeof(unit->product), "%s", product->name);
    unit->key_source = request->key_source;
    unit->state = STORE_UNIT_RESERVED;
    unit->product_revision = product->revision;
    unit->image_revision = IMAGE_REVISION;
    unit->vendor_id = product->image.vendor_id;
    unit->bought = product->dac_supplied;
    memcpy(unit->chain_sha256, product->pai->chain_sha256, sizeof(unit->chain_sha256));
}

static status_t seal_secrets(struct work *work)
{
    if (work->request->key_source == STORE_KEY_CSR) {
        return STATUS_OK; /* the device's own key never came here */
    }
    const struct unit_secrets *secrets = unit_secrets_of(&work->result->secrets);
    AUTO(secret_wipe) struct secret device = {0};
    AUTO(secret_wipe) struct secret codes = {0};
    struct span row = secret_span(&work->result->row);
    TRY(secret_new(&device, ISSUE_SECRETS_DEVICE_SIZE + row.size));
    TRY(secret_new(&codes, ISSUE_SECRETS_CODES_SIZE));
    issue_secrets_encode_device(secrets, device.data);
    issue_secrets_encode_codes(secrets, codes.data);
    if (row.size > 0) {
        memcpy(device.data + ISSUE_SECRETS_DEVICE_SIZE, row.data, row.size);
    }
    return issue_seal(work->environment, secret_span(&device), secret_span(&codes),
                      &work->result->unit, work->problem);
}

/* 5. One durable transaction: count, uniques, row, secrets, leaf. */
static status_t reserve(struct work *work)
{
    struct store_unit *unit = &work->result->unit;
    int64_t now = work->environment->now_ms();
    AUTO(buf_done) struct buf leaf = {0};
    if (now > work->request->deadline_ms) {
        return problem_say(work->problem, STATUS_DEADLINE, "DEADLINE", "",
                           "the call's deadline passed before anything was reserved");
    }
    TRY(issue_leaf_reserved(unit, now, &leaf, work->problem));
    return store_unit_reserve(work->environment->store, unit, work->environment->max_open,
                              buf_span(&leaf), now, work->problem);
}

/* 2 to 5. */
static status_t draw_and_reserve(struct work *work)
{
    struct issue_result *result = work->result;
    struct store_order order;
    TRY(issue_authorize_new(work->environment, work->request, &order, &result->product,
                            work->problem));
    phase_ends(work, LOOK_UP);
    name_unit(work, &order);
    TRY(issue_data_take(work->environment, work->attempt, result, work->problem));
    TRY(issue_draw(work->environment, result->product, work->request, supplied_of(result),
                   &result->unit, &result->secrets, work->problem));
    TRY(build_tbs(work, &order));
    TRY(seal_secrets(work));
    phase_ends(work, DRAW);
    TRY(reserve(work));
    phase_ends(work, RESERVE);
    return STATUS_OK;
}

static status_t sign_tbs(struct work *work, struct store_unit *unit)
{
    const struct issue_environment *environment = work->environment;
    AUTO(buf_done) struct buf signature;
    buf_init(&signature, SIGNER_SIGNATURE_MAX);
    TRY(environment->sign_dac(environment->token, work->result->product->pai->name,
                              buf_span(&unit->tbs), &signature, work->problem));
    return pki_certificate_assemble(buf_span(&unit->tbs), buf_span(&signature), &unit->certificate);
}

/* 6. The signer lints the stored TBS again and verifies its own signature. A DAC that came with its
 * key is signed already. */
static status_t sign(struct work *work)
{
    struct store_unit *unit = &work->result->unit;
    const struct unit_supplied *supplied = supplied_of(work->result);
    phase_begins(work);
    buf_init(&unit->certificate, STORE_BLOB_MAX);
    if (work->result->product->dac_supplied && supplied != NULL) {
        buf_append_span(&unit->certificate, supplied->dac);
        TRY(buf_status(&unit->certificate));
    } else {
        TRY(sign_tbs(work, unit));
    }
    phase_ends(work, SIGN);
    return STATUS_OK;
}

/* What is committed to in the log; for a CSR unit, which has no images and nothing to guess, the
 * digest of its certificate. */
static void commit(const struct issue_result *result, uint8_t ret_digest[static SHA256_SIZE])
{
    struct span digests[IMAGE_PARTITIONS_MAX];
    if (result->secrets.data == NULL) {
        digest_sha256(buf_span(&result->unit.certificate), ret_digest);
        return;
    }
    for (size_t i = 0; i < result->set.file_count; i++) {
        digests[i] = SPAN_OF(result->set.files[i].sha256);
    }
    issue_commit(SPAN_OF(unit_secrets_of(&result->secrets)->nonce), digests, result->set.file_count,
                 ret_digest);
}

static status_t build_set(struct work *work)
{
    struct issue_result *result = work->result;
    const struct unit_parts parts = {
        .product = result->product,
        .secrets = unit_secrets_of(&result->secrets),
        .dac = buf_span(&result->unit.certificate),
        .public_key = SPAN_OF(result->unit.public_key),
        .serial_number = result->unit.serial_number,
        .supplied = supplied_of(result),
    };
    return unit_set_build(&parts, &result->set, work->problem);
}

/* 7. A pure function of stored values; on a repeat the digest must be the recorded one. */
static status_t image(struct work *work)
{
    struct issue_result *result = work->result;
    struct store_unit *unit = &result->unit;
    uint8_t digest[SHA256_SIZE];
    phase_begins(work);
    if (unit->key_source == STORE_KEY_IMAGE) {
        if (unit->image_revision != IMAGE_REVISION) {
            return problem_say(work->problem, STATUS_DATA_LOSS, "IMAGE_REVISION", "unit",
                               "issued with image revision %u, this server builds %d: it cannot "
                               "give the same bytes",
                               unit->image_revision, IMAGE_REVISION);
        }
        TRY(build_set(work));
    }
    commit(result, digest);
    if (unit->state != STORE_UNIT_RESERVED &&
        memcmp(digest, unit->set_digest, sizeof(digest)) != 0) {
        return problem_say(work->problem, STATUS_DATA_LOSS, "IMAGE_CHANGED", "unit",
                           "what was rebuilt differs from what is on record: restore the store");
    }
    memcpy(unit->set_digest, digest, sizeof(digest));
    phase_ends(work, IMAGE);
    return STATUS_OK;
}

/* 8. One durable transaction, only from RESERVED. */
static status_t record(struct work *work)
{
    struct store_unit *unit = &work->result->unit;
    int64_t now = issue_authorize_now_ms(work->environment);
    AUTO(buf_done) struct buf leaf = {0};
    bool recorded = false;
    TRY(issue_leaf_issued(unit, now, &leaf, work->problem));
    TRY(store_unit_record(work->environment->store, unit, buf_span(&leaf), now, &recorded,
                          work->problem));
    if (!recorded) { /* another call was first: drop this result, answer from the row */
        return problem_say(work->problem, STATUS_ABORTED, "UNIT_RACE", "unit",
                           "another call was first: try again");
    }
    unit->state = STORE_UNIT_ISSUED;
    phase_ends(work, RECORD);
    return STATUS_OK;
}

/* 9. A repeat is on record before it leaves. */
static status_t deliver_again(struct work *work)
{
    struct store_unit *unit = &work->result->unit;
    int64_t now = issue_authorize_now_ms(work->environment);
    AUTO(buf_done) struct buf leaf = {0};
    TRY(issue_leaf_delivered(unit, work->request->identity, now, &leaf, work->problem));
    TRY(store_unit_deliver(work->environment->store, unit, buf_span(&leaf), now, work->problem));
    work->result->repeated = true;
    phase_ends(work, DELIVER);
    return STATUS_OK;
}

static status_t codes(struct work *work)
{
    struct issue_result *result = work->result;
    if (result->secrets.data == NULL) {
        return STATUS_OK;
    }
    return unit_set_codes(result->product, unit_secrets_of(&result->secrets), result->qr_code,
                          result->manual_code, work->problem);
}
