/* `mintmark label get`: one unit's onboarding codes from the server, for a label. */
#include <stdio.h>
#include <unistd.h>

#include "client/call.h"
#include "client/command.h"
#include "client/json.h"
#include "client/qr_terminal.h"
#include "client/station.h"
#include "mintmark/v1/provisioning.pb-c.h"

static const char HELP[] =
    "Usage: mintmark label get --unit-id ID|--serial-number SN --purpose TEXT [options]\n"
    "\n"
    "Fetches one unit's onboarding codes, to print its label or print it again. Only an identity "
    "of\n"
    "role label may, and every read is on record with its purpose.\n"
    "\n"
    "  --unit-id ID           the unit as it was provisioned; by default that is its MAC\n"
    "  --serial-number SN     or the device's serial number\n"
    "  --purpose TEXT         what the codes are read for, at most 128 characters\n"
    "  --qr                   draw the QR code even when standard output is not a "
    "terminal\n" STATION_OPTIONS_HELP "\n"
    "Example:\n"
    "  mintmark label get --serial-number A19-00042 --purpose \"label torn\" \\\n"
    "      --server mint.factory:8443 --certificate printer.pem --key printer.key \\\n"
    "      --ca mint-ca.pem\n";

static const struct option_command COMMAND = {"label get", HELP, 0, 0, NULL};

struct label_get {
    struct station_options station;
    const char *unit_id;
    const char *serial_number;
    const char *purpose;
    bool qr;
};

static status_t check(const struct label_get *get, struct problem *problem)
{
    if ((get->unit_id == NULL) == (get->serial_number == NULL)) {
        return problem_say(problem, STATUS_USAGE, "USAGE", "",
                           "give --unit-id or --serial-number; try --help");
    }
    if (get->purpose == NULL) {
        return problem_say(problem, STATUS_USAGE, "USAGE", "--purpose",
                           "--purpose is needed: it is on record; try --help");
    }
    return station_check(&get->station, problem);
}

static void show_json(const Mintmark__V1__GetOnboardingCodesResponse *answer, struct buf *output)
{
    const Mintmark__V1__OnboardingCodes *codes = answer->onboarding;
    const struct {
        const char *name;
        const char *text;
    } members[] = {{"record_id", answer->record_id},   {"order", answer->order},
                   {"unit_id", answer->unit_id},       {"serial_number", answer->serial_number},
                   {"product", answer->product},       {"qr_code", codes->qr_code},
                   {"manual_code", codes->manual_code}};
    buf_append_text(output, "{");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_append_name(output, members[i].name, i == 0);
        json_append_text(output, span_text(members[i].text));
    }
    buf_print(output, ", \"discriminator\": %u, \"passcode\": %u}\n", codes->discriminator,
              codes->passcode);
}

static void show_text(const Mintmark__V1__GetOnboardingCodesResponse *answer, struct buf *output)
{
    buf_print(output, "%s · serial number %s · unit %s of order %s\n", answer->product,
              answer->serial_number, answer->unit_id, answer->order);
    if (answer->product_class == MINTMARK__V1__PRODUCT_CLASS__PRODUCT_CLASS_TEST) {
        buf_append_text(output, "  class test: NOT FOR SALE\n");
    }
    if (answer->onboarding->qr_code[0] == '\0') {
        buf_append_text(output, "  no codes: the device makes its own passcode\n");
        return;
    }
    buf_print(output, "  QR code      %s\n  manual code  %s\n", answer->onboarding->qr_code,
              answer->onboarding->manual_code);
}

static status_t show(const struct label_get *get,
                     const Mintmark__V1__GetOnboardingCodesResponse *answer)
{
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, STATION_ANSWER_MAX);
    if (get->station.json) {
        show_json(answer, &output);
    } else {
        show_text(answer, &output);
    }
    TRY(buf_status(&output));
    (void)fwrite(output.data, 1, output.size, stdout);
    if (!get->station.json && answer->onboarding->qr_code[0] != '\0' &&
        (get->qr || isatty(STDOUT_FILENO))) {
        qr_terminal_print(stdout, answer->onboarding->qr_code);
    }
    return STATUS_OK;
}

static status_t run(const struct label_get *get, struct problem *problem)
{
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetOnboardingCodesRequest request;
    mintmark__v1__get_onboarding_codes_request__init(&request);
    TRY(check(get, problem));
    request.unit_id = call_text(get->unit_id);
    request.serial_number = call_text(get->serial_number);
    request.purpose = call_text(get->purpose);
    TRY(decode_arena_new(STATION_ANSWER_MAX, &arena));
    TRY(station_call(&get->station, "GetOnboardingCodes", &request.base,
                     &mintmark__v1__get_onboarding_codes_response__descriptor, arena, &message,
                     problem));
    const Mintmark__V1__GetOnboardingCodesResponse *answer =
        (const Mintmark__V1__GetOnboardingCodesResponse *)message;
    if (answer->onboarding == NULL) {
        return problem_say(problem, STATUS_DATA_LOSS, "ANSWER", "", "the answer holds no codes");
    }
    return show(get, answer);
}

int label_get_command(int argc, char **argv)
{
    struct label_get get = {0};
    struct problem problem = {0};
    struct option_row connection[STATION_ROWS];
    const char *operands[OPTIONS_OPERANDS_MAX];
    int code = 0;
    const struct option_row rows[] = {
        {"unit-id", .text = &get.unit_id},
        {"serial-number", .text = &get.serial_number},
        {"purpose", .text = &get.purpose},
        {"qr", .flag = &get.qr},
        {.name = NULL},
    };
    station_rows(&get.station, connection);
    if (!options_read(&COMMAND, rows, connection, argc, argv, operands, &code)) {
        return code;
    }
    status_t status = run(&get, &problem);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, get.station.json);
}
