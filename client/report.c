/* `mintmark report`: what became of a unit. */
#include <openssl/rand.h>
#include <stdio.h>

#include "client/call.h"
#include "client/command.h"
#include "client/image_verify.h"
#include "client/json.h"
#include "client/station.h"
#include "client/unit_record.h"
#include "lib/base/hex.h"
#include "mintmark/v1/provisioning.pb-c.h"

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
    "\n"
    "  --flashed              written and verified: a good device\n"
    "  --failed               an attempt failed; the unit is tried again with the same bytes\n"
    "  --scrapped             given up\n"
    "  --slot NAME            slot of the fixture, for the yield of each\n"
    "  --phase NAME           with --failed: what failed (connect, write, verify …)\n"
    "  --code TEXT            with --failed: how\n"
    "  --attempt ID           with --failed: name of the attempt, the same when it is told again;\n"
    "                         default: a new one\n"
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
    const char *folder;
    char new_attempt[2 * 8 + 1];
    struct unit_record record;
    struct image_verify_unit unit;
    ProtobufCBinaryData digests[IMAGE_PARTITIONS_MAX];
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
    TRY(check_outcome(report, problem));
    TRY(report->folder != NULL ? check_folder(report, problem) : check_name(report, problem));
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

/* The images as they lie in the folder, not as the manifest says. */
static status_t take_digests(struct report *report, struct problem *problem)
{
    if (!report->flashed) {
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

static void show(const struct report *report, const Mintmark__V1__ReportDeviceResponse *answer)
{
    const char *known = answer->known ? "true" : "false";
    if (report->station.json) {
        (void)printf("{\"record_id\": \"%s\", \"state\": \"%s\", \"attempts\": %u, \"known\": %s, "
                     "\"kept\": %s}\n",
                     report->record.record_id, state_name(answer->state), answer->attempts, known,
                     answer->kept ? "true" : "false");
        return;
    }
    (void)printf("record %s is %s, %u failed attempts on record%s%s\n", report->record.record_id,
                 state_name(answer->state), answer->attempts,
                 answer->known ? "; this report was known" : "",
                 answer->kept ? "" : "; this one is too many to keep: scrap the unit");
}

static status_t call(struct report *report, struct decode_arena *arena, struct problem *problem)
{
    const ProtobufCMessage *answer = NULL;
    Mintmark__V1__Unit unit;
    Mintmark__V1__ReportDeviceRequest request;
    mintmark__v1__unit__init(&unit);
    mintmark__v1__report_device_request__init(&request);
    unit.unit_id = report->record.unit_id;
    unit.hardware_id = report->record.hardware_id;
    request.order = report->record.order;
    request.unit = &unit;
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
    TRY(station_call(&report->station, "ReportDevice", &request.base,
                     &mintmark__v1__report_device_response__descriptor, arena, &answer, problem));
    show(report, (const Mintmark__V1__ReportDeviceResponse *)answer);
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
        {"flashed", .flag = &report.flashed},   {"failed", .flag = &report.failed},
        {"scrapped", .flag = &report.scrapped}, {"slot", .text = &report.slot},
        {"phase", .text = &report.phase},       {"code", .text = &report.code},
        {"attempt", .text = &report.attempt},   {"order", .text = &report.order},
        {"unit-id", .text = &report.unit_id},   {"hardware-id", .text = &report.hardware_id},
        {"record", .text = &report.record_id},  {.name = NULL},
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
