#include "tests/fault/crash/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/matter/certificate.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "mintmark/v1/audit.pb-c.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "tests/fault/pair/provision.h"

typedef Mintmark__V1__ProvisionDeviceResponse Provisioned;
typedef Mintmark__V1__IssueDacResponse Issued;
typedef Mintmark__V1__ReportDeviceResponse Reported;
typedef Mintmark__V1__Checkpoint Checkpoint;

/* What a worker sends always decodes; else the test ends. */
static void *decoded(void *message)
{
    if (message == NULL) {
        (void)fprintf(stderr, "crash: an answer does not decode\n");
        exit(1);
    }
    return message;
}

static Mintmark__V1__Unit named(const struct act_unit *unit)
{
    Mintmark__V1__Unit message;
    mintmark__v1__unit__init(&message);
    message.hardware_id = (char *)(uintptr_t)unit->mac; /* protobuf-c has no const */
    return message;
}

static size_t pack_provision(const struct act_unit *unit, uint8_t *ret_bytes)
{
    Mintmark__V1__Unit name = named(unit);
    Mintmark__V1__ProvisionDeviceRequest request;
    mintmark__v1__provision_device_request__init(&request);
    request.order = (char *)(uintptr_t)unit->order;
    request.unit = &name;
    return mintmark__v1__provision_device_request__pack(&request, ret_bytes);
}

static size_t pack_issue_dac(const struct act_unit *unit, uint8_t *ret_bytes)
{
    Mintmark__V1__Unit name = named(unit);
    Mintmark__V1__IssueDacRequest request;
    mintmark__v1__issue_dac_request__init(&request);
    request.order = (char *)(uintptr_t)unit->order;
    request.unit = &name;
    request.csr = (ProtobufCBinaryData){unit->csr.size, unit->csr.data};
    return mintmark__v1__issue_dac_request__pack(&request, ret_bytes);
}

static size_t pack_report(const struct act_unit *unit, Mintmark__V1__ReportDeviceRequest *request,
                          uint8_t *ret_bytes)
{
    Mintmark__V1__Unit name = named(unit);
    request->order = (char *)(uintptr_t)unit->order;
    request->unit = &name;
    request->record_id = (char *)(uintptr_t)unit->record_id;
    return mintmark__v1__report_device_request__pack(request, ret_bytes);
}

static size_t pack_flashed(const struct act_unit *unit, uint8_t *ret_bytes)
{
    ProtobufCBinaryData digests[ACT_IMAGES_MAX];
    Mintmark__V1__ReportDeviceRequest request;
    mintmark__v1__report_device_request__init(&request);
    request.outcome = MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_FLASHED;
    for (size_t i = 0; i < unit->image_count; i++) {
        digests[i] = (ProtobufCBinaryData){SHA256_SIZE, (uint8_t *)(uintptr_t)unit->images[i]};
    }
    request.image_sha256 = digests;
    request.n_image_sha256 = unit->image_count;
    return pack_report(unit, &request, ret_bytes);
}

static size_t pack_failed(const struct act_unit *unit, uint8_t *ret_bytes)
{
    char phase[] = "write";
    char attempt[] = "attempt-1";
    Mintmark__V1__ReportDeviceRequest request;
    mintmark__v1__report_device_request__init(&request);
    request.outcome = MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_ATTEMPT_FAILED;
    request.phase = phase;
    request.attempt_id = attempt;
    return pack_report(unit, &request, ret_bytes);
}

static size_t pack_scrapped(const struct act_unit *unit, uint8_t *ret_bytes)
{
    Mintmark__V1__ReportDeviceRequest request;
    mintmark__v1__report_device_request__init(&request);
    request.outcome = MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_SCRAPPED;
    return pack_report(unit, &request, ret_bytes);
}

/* One that covers all there is: it is signed when the newest does not. */
static size_t pack_checkpoint(const struct act_unit *unit, uint8_t *ret_bytes)
{
    (void)unit;
    Mintmark__V1__GetCheckpointRequest request;
    mintmark__v1__get_checkpoint_request__init(&request);
    request.min_size = UINT64_MAX;
    return mintmark__v1__get_checkpoint_request__pack(&request, ret_bytes);
}

static size_t pack_nothing(const struct act_unit *unit, uint8_t *ret_bytes)
{
    (void)unit;
    (void)ret_bytes;
    return 0;
}

static bool same_dac(struct span first, struct span repeated)
{
    Issued *one = decoded(mintmark__v1__issue_dac_response__unpack(NULL, first.size, first.data));
    Issued *two =
        decoded(mintmark__v1__issue_dac_response__unpack(NULL, repeated.size, repeated.data));
    const ProtobufCBinaryData *a = &one->certificates->dac;
    const ProtobufCBinaryData *b = &two->certificates->dac;
    bool same = strcmp(one->record_id, two->record_id) == 0 && a->len > 0 &&
                span_equal(span_make(a->data, a->len), span_make(b->data, b->len));
    mintmark__v1__issue_dac_response__free_unpacked(one, NULL);
    mintmark__v1__issue_dac_response__free_unpacked(two, NULL);
    return same;
}

/* A failed attempt counts once. */
static bool same_report(struct span first, struct span repeated)
{
    Reported *one =
        decoded(mintmark__v1__report_device_response__unpack(NULL, first.size, first.data));
    Reported *two =
        decoded(mintmark__v1__report_device_response__unpack(NULL, repeated.size, repeated.data));
    bool same = strcmp(one->record_id, two->record_id) == 0 && one->state == two->state &&
                one->attempts == two->attempts && two->attempts <= 1 && two->known;
    mintmark__v1__report_device_response__free_unpacked(one, NULL);
    mintmark__v1__report_device_response__free_unpacked(two, NULL);
    return same;
}

/* The later one is not of a smaller tree; that it extends the other is what `log verify` judges. */
static bool same_tree(struct span first, struct span repeated)
{
    Checkpoint *one = decoded(mintmark__v1__checkpoint__unpack(NULL, first.size, first.data));
    Checkpoint *two = decoded(mintmark__v1__checkpoint__unpack(NULL, repeated.size, repeated.data));
    bool same = one->size > 0 && one->size <= two->size;
    mintmark__v1__checkpoint__free_unpacked(one, NULL);
    mintmark__v1__checkpoint__free_unpacked(two, NULL);
    return same;
}

/* Whether there is more to do may change; that there is an answer is all. */
static bool same_upkeep(struct span first, struct span repeated)
{
    return first.size <= 1 && repeated.size <= 1;
}

/* clang-format off */
const struct act ACTS[] = {
    {"issue", METHOD_PROVISION_DEVICE, LISTENER_STATIONS, false, false, pack_provision, provision_same},
    {"issue for a request", METHOD_ISSUE_DAC, LISTENER_STATIONS, true, false, pack_issue_dac, same_dac},
    {"deliver again", METHOD_PROVISION_DEVICE, LISTENER_STATIONS, false, true, pack_provision, provision_same},
    {"report flashed", METHOD_REPORT_DEVICE, LISTENER_STATIONS, false, true, pack_flashed, same_report},
    {"report an attempt", METHOD_REPORT_DEVICE, LISTENER_STATIONS, false, true, pack_failed, same_report},
    {"report scrapped", METHOD_REPORT_DEVICE, LISTENER_STATIONS, true, true, pack_scrapped, same_report},
    {"checkpoint", METHOD_GET_CHECKPOINT, LISTENER_ADMINISTRATION, false, true, pack_checkpoint, same_tree},
    {"upkeep", METHOD_TICK, LISTENER_ADMINISTRATION, false, true, pack_nothing, same_upkeep},
};
/* clang-format on */
const size_t ACT_COUNT = sizeof(ACTS) / sizeof(ACTS[0]);

const struct act *act_issuing(bool own_key)
{
    return &ACTS[own_key ? 1 : 0];
}

void act_make_csr(struct buf *ret_csr)
{
    uint8_t random[32];
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(buf_done) struct buf name;
    buf_init(&name, 256);
    do { /* a random number is hardly ever no scalar */
        if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
            abort();
        }
    } while (pki_plain_key_from_scalar(SPAN_OF(random), &key) != STATUS_OK);
    const struct signer signer = pki_plain_key_signer(key);
    if (matter_certificate_subject("device", -1, -1, &name) != STATUS_OK ||
        pki_pkcs10_make(buf_span(&name), &signer, ret_csr, NULL) != STATUS_OK) {
        abort();
    }
}

static void learn_record(const char *record_id, struct act_unit *unit)
{
    (void)snprintf(unit->record_id, sizeof(unit->record_id), "%s", record_id);
}

void act_learn(const struct act *act, struct span answer, struct act_unit *unit)
{
    if (act->method == METHOD_ISSUE_DAC) {
        Issued *issued =
            decoded(mintmark__v1__issue_dac_response__unpack(NULL, answer.size, answer.data));
        learn_record(issued->record_id, unit);
        mintmark__v1__issue_dac_response__free_unpacked(issued, NULL);
        return;
    }
    Provisioned *got =
        decoded(mintmark__v1__provision_device_response__unpack(NULL, answer.size, answer.data));
    learn_record(got->record_id, unit);
    unit->image_count = got->image_set->n_images;
    for (size_t i = 0; i < unit->image_count && i < ACT_IMAGES_MAX; i++) {
        const ProtobufCBinaryData *content = &got->image_set->images[i]->content;
        digest_sha256(span_make(content->data, content->len), unit->images[i]);
    }
    mintmark__v1__provision_device_response__free_unpacked(got, NULL);
}
