/* `mintmark report`: what became of a unit. */
#include <openssl/rand.h>
#include <stdio.h>

#include "client/call.h"
#include "client/command.h"
#include "client/image_verify.h"
#include "client/json.h"
#include "client/station.h"
#include "client/unit_record.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/wire/dial.h"

enum { AGAIN_MS = 1000 };

static const char HELP[] =
    "Usage: mintmark report FOLDER --flashed|--failed|--scrapped [options]\n"
    "       mintmark report --order ID --hardware-id MAC --record ID --failed|--scrapped "
    "[options]\n"
    "\n"
    "Tells the server what became of a unit. FOLDER is what `mintmark provision -o` wrote: it "
    "names\n"
    "the unit and holds the images that --flashed vouches for. Safe to repeat: a report that is "
    "known\n"
    "changes nothing. --flashed and --scrapped erase the device's secrets on the server.\n"
    "The answer proves that the issuance is in the server's log; the proof is checked against the\n"
    "unit and kept beside the witness's checkpoint (proofs/RECORD.tlog-proof).\n"
    "\n"
    "  --flashed              written and verified: a good device\n"
    "  --failed               an attempt failed; the unit is tried again with the same bytes\n"
    "  --scrapped             given up\n"
    "  --slot NAME            slot of the fixture, for the yield of each\n"
    "  --phase NAME           with --failed: what failed (connect, write, verify …)\n"
    "  --code TEXT            with --failed: how\n"
    "  --attempt ID           with --failed: name of the attempt, the same when it is told again;\n"
    "                         default: a new one\n"
    "  --wait SECONDS         when the log's head is not signed yet, ask again this long for the\n"
    "                         proof that the unit's issuance is in the log; exit 3 when it did "
    "not\n"
    "                         come. Without --wait a report ends well without the proof\n"
    "  --order, --unit-id, --hardware-id, --record\n"
    "                         the unit, without its folder\n" STATION_OPTIONS_HELP "\n"
    "Examples:\n"
    "  mintmark report unit --flashed --slot 3 --server mint.factory:8443 \\\n"
    "      --certificate station.pem --key station.key --ca mint-ca.pem\n"
    "  mintmark report unit --failed --phase verify --code \"MD5 differs\" …\n";

static const struct option_command COMMAND = {"report", HELP, 0, 1, "one FOLDER is"};

struct report {
    struct station_options station;
    bool flashed;
    bool failed;
    bool scrapped;
    const char *slot;
    const char *phase;
    const char *code;
    const char *attempt;
    const char *order;
    const char *unit_id;
    const char *hardware_id;
    const char *record_id;
    const char *wait;
    const char *folder;
    char new_attempt[2 * 8 + 1];
    struct unit_record record;
    struct image_verify_unit unit;
    ProtobufCBinaryData digests[IMAGE_PARTITIONS_MAX];
    struct issuance issuance;
    struct witness_proof proof;
};

static status_t usage(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_USAGE, "USAGE", "", "%s; try --help", what);
}

static status_t check_outcome(const struct report *report, struct problem *problem)
{
    bool detailed = report->phase != NULL || report->code != NULL || report->attempt != NULL;
    if (report->flashed + report->failed + report->scrapped != 1) {
        return usage("say one of --flashed, --failed, --scrapped", problem);
    }
    return detailed && !report->failed
               ? usage("--phase, --code and --attempt go with --failed", problem)
               : STATUS_OK;
}

static status_t check_folder(const struct report *report, struct problem *problem)
{
    bool named = report->order != NULL || report->unit_id != NULL || report->hardware_id != NULL ||
                 report->record_id != NULL;
    return named ? usage("the FOLDER names the unit: no --order, --unit-id, --hardware-id, "
                         "--record",
                         problem)
                 : STATUS_OK;
}

static status_t check_name(const struct report *report, struct problem *problem)
{
    bool unit = report->unit_id != NULL || report->hardware_id != NULL;
    if (report->flashed) {
        return usage("--flashed needs the FOLDER with the images that were flashed", problem);
    }
    return report->order != NULL && report->record_id != NULL && unit
               ? STATUS_OK
               : usage("give the FOLDER, or --order, --record and --hardware-id or --unit-id",
                       problem);
}

static status_t check(const struct report *report, struct problem *problem)
{
    uint32_t wait_ms = 0;
    TRY(check_outcome(report, problem));
    TRY(report->folder != NULL ? check_folder(report, problem) : check_name(report, problem));
    if (report->wait != NULL && !call_read_patience(report->wait, &wait_ms)) {
        return usage("--wait takes a number of seconds, at most a day", problem);
    }
    return station_check(&report->station, problem);
}

static status_t name_unit(struct report *report, struct problem *problem)
{
    struct unit_record *record = &report->record;
    if (report->folder != NULL) {
        return unit_record_read(report->folder, record, problem);
    }
    TRY(unit_record_set(record->order, report->order, "--order", problem));
    TRY(unit_record_set(record->unit_id, report->unit_id, "--unit-id", problem));
    TRY(unit_record_set(record->hardware_id, report->hardware_id, "--hardware-id", problem));
    return unit_record_set(record->record_id, report->record_id, "--record", problem);
}

/* Of a unit that is not flashed, if its folder still has it. */
static void read_dac(struct report *report)
{
    char path[PATH_MAX];
    if (report->folder == NULL) {
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/dac.der", report->folder);
    if (file_read(path, &report->unit.dac) != STATUS_OK) {
        buf_clear(&report->unit.dac);
    }
}

/* The images as they lie in the folder, not as the manifest says. */
static status_t take_digests(struct report *report, struct problem *problem)
{
    if (!report->flashed) {
        read_dac(report);
        return STATUS_OK;
    }
    TRY(image_verify_unit_read(report->folder, &report->unit, problem));
    for (size_t i = 0; i < report->unit.set.file_count; i++) {
        report->digests[i].data = report->unit.set.files[i].sha256;
        report->digests[i].len = sizeof(report->unit.set.files[i].sha256);
    }
    return STATUS_OK;
}

static status_t name_attempt(struct report *report)
{
    uint8_t random[8];
    if (!report->failed || report->attempt != NULL) {
        return STATUS_OK;
    }
    if (RAND_bytes(random, sizeof(random)) != 1) {
        return STATUS_CRYPTO;
    }
    hex_encode(SPAN_OF(random), report->new_attempt);
    report->attempt = report->new_attempt;
    return STATUS_OK;
}

static const char *state_name(Mintmark__V1__UnitState state)
{
    switch ((int)state) {
    case MINTMARK__V1__UNIT_STATE__UNIT_STATE_ISSUED:
        return "issued";
    case MINTMARK__V1__UNIT_STATE__UNIT_STATE_FLASHED:
        return "flashed";
    case MINTMARK__V1__UNIT_STATE__UNIT_STATE_SCRAPPED:
        return "scrapped";
    default:
        return "unknown";
    }
}

static void show_json(const struct report *report, const Mintmark__V1__ReportDeviceResponse *answer,
                      bool known)
{
    AUTO(buf_done) struct buf file;
    buf_init(&file, 8UL * PATH_MAX);
    if (report->proof.file[0] == '\0') {
        buf_append_text(&file, "null");
    } else {
        json_append_text(&file, span_text(report->proof.file));
    }
    (void)printf("{\"record_id\": \"%s\", \"state\": \"%s\", \"attempts\": %u, \"known\": %s, "
                 "\"kept\": %s, \"proof\": %.*s}\n",
                 report->record.record_id, state_name(answer->state), answer->attempts,
                 known ? "true" : "false", answer->kept ? "true" : "false", (int)file.size,
                 (const char *)file.data);
}

static void show(const struct report *report, const Mintmark__V1__ReportDeviceResponse *answer,
                 bool known)
{
    if (report->station.json) {
        show_json(report, answer, known);
        return;
    }
    (void)printf("record %s is %s, %u failed attempts on record%s%s\n", report->record.record_id,
                 state_name(answer->state), answer->attempts,
                 known ? "; this report was known" : "",
                 answer->kept ? "" : "; this one is too many to keep: scrap the unit");
    if (report->proof.file[0] != '\0') {
        (void)printf("its issuance is in the log: %s\n", report->proof.file);
    } else if (answer->issuance_proof[0] == '\0') {
        (void)printf("its issuance is not signed in the log yet: the same report some seconds "
                     "later brings the proof\n");
    }
}

static Mintmark__V1__ReportDeviceRequest request_of(struct report *report, Mintmark__V1__Unit *unit)
{
    Mintmark__V1__ReportDeviceRequest request;
    mintmark__v1__unit__init(unit);
    mintmark__v1__report_device_request__init(&request);
    unit->unit_id = report->record.unit_id;
    unit->hardware_id = report->record.hardware_id;
    request.order = report->record.order;
    request.unit = unit;
    request.record_id = report->record.record_id;
    request.outcome = report->flashed  ? MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_FLASHED
                      : report->failed ? MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_ATTEMPT_FAILED
                                       : MINTMARK__V1__REPORT_OUTCOME__REPORT_OUTCOME_SCRAPPED;
    request.image_sha256 = report->digests;
    request.n_image_sha256 = report->unit.set.file_count;
    request.slot = call_text(report->slot);
    request.phase = call_text(report->phase);
    request.code = call_text(report->code);
    request.attempt_id = call_text(report->attempt);
    return request;
}

static status_t tell(struct report *report, struct wire_client *client, struct decode_arena *arena,
                     const Mintmark__V1__ReportDeviceResponse **ret_answer, struct problem *problem)
{
    Mintmark__V1__Unit unit;
    const Mintmark__V1__ReportDeviceRequest request = request_of(report, &unit);
    const ProtobufCMessage *message = NULL;
    AUTO(buf_done) struct buf answer = {0};
    decode_arena_wipe(arena);
    TRY(station_ask(&report->station, client, "ReportDevice", &request.base, &answer, problem));
    TRY(decode_message(arena, &mintmark__v1__report_device_response__descriptor, buf_span(&answer),
                       true, &message, problem));
    *ret_answer = (const Mintmark__V1__ReportDeviceResponse *)message;
    return STATUS_OK;
}

/* The report once more brings the proof, when the log's head was signed meanwhile. */
static status_t await_proof(struct report *report, struct wire_client *client,
                            struct decode_arena *arena,
                            const Mintmark__V1__ReportDeviceResponse **answer,
                            struct problem *problem)
{
    uint32_t patience_ms = 0;
    if (report->wait != NULL) {
        (void)call_read_patience(report->wait, &patience_ms); /* checked */
    }
    uint64_t end = wire_dial_now_ms() + patience_ms;
    while ((*answer)->issuance_proof[0] == '\0' && wire_dial_now_ms() < end) {
        call_wait_ms(AGAIN_MS);
        TRY(tell(report, client, arena, answer, problem));
    }
    return STATUS_OK;
}

static status_t check_proof(struct report *report, struct wire_client *client,
                            const Mintmark__V1__ReportDeviceResponse *answer,
                            struct problem *problem)
{
    bool brought = answer->issuance_proof[0] != '\0';
    report->issuance =
        (struct issuance){report->record.record_id, report->record.order, report->record.unit_id,
                          report->record.hardware_id, buf_span(&report->unit.dac)};
    report->proof =
        (struct witness_proof){.text = answer->issuance_proof, .issuance = &report->issuance};
    return station_witness(&report->station, client, brought ? &report->proof : NULL, problem);
}

/* Whoever waits for the proof is told when there is none. */
static status_t demand_proof(const struct report *report,
                             const Mintmark__V1__ReportDeviceResponse *answer,
                             struct problem *problem)
{
    return report->wait == NULL || answer->issuance_proof[0] != '\0'
               ? STATUS_OK
               : problem_say(problem, STATUS_UNAVAILABLE, "PROOF_OUTSTANDING", "log",
                             "the report is on record, but within %s s the server did not prove "
                             "that the issuance is in its log: report the same again; when minutes "
                             "later there is still no proof, stop the line and tell the auditor",
                             report->wait);
}

static status_t call(struct report *report, struct decode_arena *arena, struct problem *problem)
{
    const Mintmark__V1__ReportDeviceResponse *answer = NULL;
    AUTO(wire_client_close) struct wire_client *client = NULL;
    TRY(station_open(&report->station, &client, problem));
    TRY(tell(report, client, arena, &answer, problem));
    bool known = answer->known;
    TRY(await_proof(report, client, arena, &answer, problem));
    TRY(check_proof(report, client, answer, problem));
    TRY(demand_proof(report, answer, problem));
    show(report, answer, known);
    return STATUS_OK;
}

static status_t run(struct report *report, struct problem *problem)
{
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    TRY(check(report, problem));
    TRY(name_unit(report, problem));
    TRY(take_digests(report, problem));
    TRY(name_attempt(report));
    TRY(decode_arena_new(STATION_ANSWER_MAX, &arena));
    return call(report, arena, problem);
}

int report_command(int argc, char **argv)
{
    struct report report = {0};
    struct problem problem = {0};
    struct option_row connection[STATION_ROWS];
    const char *operands[OPTIONS_OPERANDS_MAX];
    int code = 0;
    const struct option_row rows[] = {
        {"flashed", .flag = &report.flashed},
        {"failed", .flag = &report.failed},
        {"scrapped", .flag = &report.scrapped},
        {"slot", .text = &report.slot},
        {"phase", .text = &report.phase},
        {"code", .text = &report.code},
        {"attempt", .text = &report.attempt},
        {"order", .text = &report.order},
        {"unit-id", .text = &report.unit_id},
        {"hardware-id", .text = &report.hardware_id},
        {"record", .text = &report.record_id},
        {"wait", .text = &report.wait},
        {.name = NULL},
    };
    station_rows(&report.station, connection);
    if (!options_read(&COMMAND, rows, connection, argc, argv, operands, &code)) {
        return code;
    }
    report.folder = operands[0];
    image_verify_unit_init(&report.unit);
    status_t status = run(&report, &problem);
    image_verify_unit_done(&report.unit);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, report.station.json);
}
