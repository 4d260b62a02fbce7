#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "server/issue/proof.h"
#include "server/issue/report.h"
#include "server/rpc/unit.h"

static status_t check_texts(const Mintmark__V1__ReportDeviceRequest *message,
                            struct problem *problem)
{
    const struct {
        const char *text;
        const char *field;
        size_t most;
    } texts[] = {{message->slot, "slot", STORE_SLOT_MAX},
                 {message->phase, "phase", STORE_SLOT_MAX},
                 {message->code, "code", STORE_CODE_MAX},
                 {message->attempt_id, "attempt_id", STORE_CODE_MAX}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        TRY(rpc_unit_check_text(texts[i].text, texts[i].field, texts[i].most, problem));
    }
    return STATUS_OK;
}

/* Each outcome has its own fields: one that does not belong is a mistake in the station's program.
 */
static status_t check_fields(const Mintmark__V1__ReportDeviceRequest *message,
                             struct problem *problem)
{
    bool failed = message->outcome == MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_ATTEMPT_FAILED;
    bool flashed = message->outcome == MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_FLASHED;
    if (message->outcome == MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_UNSPECIFIED) {
        return problem_say(problem, STATUS_INVALID, "OUTCOME", "outcome",
                           "say what became of the unit: flashed, attempt failed or scrapped");
    }
    if (failed && message->attempt_id[0] == '\0') {
        return problem_say(problem, STATUS_INVALID, "ATTEMPT_ID", "attempt_id",
                           "give the attempt a name of its own, the same when it is reported "
                           "again");
    }
    if (!failed &&
        (message->attempt_id[0] != '\0' || message->phase[0] != '\0' || message->code[0] != '\0')) {
        return problem_say(problem, STATUS_INVALID, "OUTCOME", "outcome",
                           "phase, code and attempt_id belong to a failed attempt");
    }
    if (message->n_image_sha256 > (flashed ? IMAGE_PARTITIONS_MAX : 0)) {
        return problem_say(problem, STATUS_INVALID, "DIGESTS", "image_sha256",
                           "digests belong to a flashed unit, one for each image");
    }
    return check_texts(message, problem);
}

static status_t read_digests(const Mintmark__V1__ReportDeviceRequest *message,
                             struct span *ret_digests, struct problem *problem)
{
    for (size_t i = 0; i < message->n_image_sha256; i++) {
        ret_digests[i] = span_make(message->image_sha256[i].data, message->image_sha256[i].len);
        if (ret_digests[i].size != SHA256_SIZE) {
            return problem_say(problem, STATUS_INVALID, "DIGESTS", "image_sha256",
                               "a SHA-256 digest is 32 bytes, number %zu has %zu", i + 1,
                               ret_digests[i].size);
        }
    }
    return STATUS_OK;
}

static status_t read_record_id(const char *text, struct buf *ret_record_id, struct problem *problem)
{
    buf_init(ret_record_id, STORE_RECORD_ID_SIZE);
    if (hex_decode(span_text(text), ret_record_id) == STATUS_OK &&
        ret_record_id->size == STORE_RECORD_ID_SIZE) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_INVALID, "RECORD_ID", "record_id",
                       "record_id is the 32 hex digits that ProvisionDevice answered");
}

/* A report that was taken is answered whatever becomes of the proof: without one the station asks
 * again. */
static void find_proof(const struct rpc_call *call, struct span record_id, struct buf *proof)
{
    struct problem unused = {0};
    if (issue_proof(call->environment, record_id, proof, &unused) != STATUS_OK) {
        buf_clear(proof);
    }
    buf_append_byte(proof, '\0');
}

static status_t answer(const struct store_reported *reported, const char *record_id,
                       const struct buf *proof, struct buf *ret_answer)
{
    Mintmark__V1__ReportDeviceResponse response;
    mintmark__v1__report_device_response__init(&response);
    response.record_id = rpc_unit_borrow_text(record_id);
    response.state = (Mintmark__V1__UnitState)reported->state;
    response.attempts = reported->attempts;
    response.known = reported->known;
    response.kept = reported->kept;
    response.issuance_proof = (char *)proof->data;
    return rpc_unit_pack(&response.base, ret_answer);
}

static status_t read_report(const Mintmark__V1__ReportDeviceRequest *message,
                            struct issue_report *report, struct span *digests,
                            struct buf *record_id, struct problem *problem)
{
    TRY(check_fields(message, problem));
    TRY(read_digests(message, digests, problem));
    TRY(read_record_id(message->record_id, record_id, problem));
    report->record_id = buf_span(record_id);
    report->outcome = (enum store_outcome)message->outcome;
    report->digests = digests;
    report->digest_count = message->n_image_sha256;
    report->slot = message->slot;
    report->phase = message->phase;
    report->code = message->code;
    report->attempt_id = message->attempt_id;
    return STATUS_OK;
}

status_t rpc_report_device(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                           struct problem *problem)
{
    const ProtobufCMessage *decoded = NULL;
    struct rpc_unit storage;
    struct issue_request unit;
    struct span digests[IMAGE_PARTITIONS_MAX];
    struct store_reported reported;
    AUTO(buf_done) struct buf record_id = {0};
    AUTO(buf_done) struct buf proof;
    buf_init(&proof, ISSUE_PROOF_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__report_device_request__descriptor, request,
                       false, &decoded, problem));
    const Mintmark__V1__ReportDeviceRequest *message =
        (const Mintmark__V1__ReportDeviceRequest *)decoded;
    TRY(rpc_unit_request(call, message->order, message->unit, &storage, &unit, problem));
    struct issue_report report = {
        .identity = call->identity,
        .line = call->line,
        .order = unit.order,
        .unit_id = unit.unit_id,
        .hardware_id = unit.hardware_id,
    };
    TRY(read_report(message, &report, digests, &record_id, problem));
    TRY(issue_report(call->environment, &report, &reported, problem));
    find_proof(call, buf_span(&record_id), &proof);
    TRY(buf_status(&proof));
    return answer(&reported, message->record_id, &proof, ret_answer);
}
