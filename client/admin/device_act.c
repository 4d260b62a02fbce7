/* mintmark device scrap, device release, device rework */
#include <stdio.h>

#include "client/admin/change_draft.h"
#include "client/call.h"
#include "client/command.h"

#define HELP(verb, what, why)                                                                      \
    "Usage: mintmark device " verb " UNIT --reason TEXT [options]\n" what "\n"                     \
    "  UNIT                   unit id; by default that is its MAC\n"                               \
    "  --reason TEXT          why, 1 to 200 characters; kept on record\n" ADMIN_CHANGE_HELP        \
        ADMIN_OPTIONS_HELP "\n"                                                                    \
    "Example:\n"                                                                                   \
    "  mintmark device " verb " 60:55:f9:01:a2:1c --reason \"" why "\"\n"

static const struct option_command SCRAP = {
    "device scrap",
    HELP("scrap",
         "Scraps a unit at once, also one that was flashed: its identity is never used again. A\n"
         "reservation that was never delivered becomes void, and the unit is free.\n",
         "flash defect"),
    1, 1, "one UNIT is"};
static const struct option_command RELEASE = {
    "device release",
    HELP("release",
         "Lets another station go on with a unit that was not reported yet: the first one of a\n"
         "line of its order that calls for it takes it. Its identity stays the same.\n",
         "fixture 3 broke down"),
    1, 1, "one UNIT is"};
static const struct option_command REWORK = {
    "device rework",
    HELP("rework",
         "Ends a unit's identity (superseded): the next station that calls for the unit gives it\n"
         "another one, which is counted in that station's order by itself. Inside the rework\n"
         "limit of the approved product one person does this, else two (mintmark device approve).\n"
         "Take the old label off: it is named.\n",
         "radio module replaced"),
    1, 1, "one UNIT is"};

enum { RECORD_ID_MAX = 64 };

/* The identity that the unit has now: it is what will be signed. */
static status_t find_record(struct admin_command *command,
                            char ret_record_id[static RECORD_ID_MAX + 1])
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetDeviceRequest request;
    mintmark__v1__get_device_request__init(&request);
    request.unit_id = call_text(command->operands[0]);
    TRY(admin_command_call(command, "GetDevice", &request.base, &mintmark__v1__device__descriptor,
                           &answer, &message));
    const char *record_id = ((const Mintmark__V1__Device *)message)->record_id;
    if (strlen(record_id) > RECORD_ID_MAX) {
        return problem_say(&command->problem, STATUS_DATA_LOSS, "ANSWER", "record_id",
                           "the answer's record id is too long");
    }
    memcpy(ret_record_id, record_id, strlen(record_id) + 1);
    return STATUS_OK;
}

static status_t act(struct admin_command *command, const char *kind, const char *reason)
{
    char record_id[RECORD_ID_MAX + 1];
    Mintmark__V1__DeviceAct content;
    if (reason == NULL) {
        return problem_say(&command->problem, STATUS_USAGE, "REASON", "--reason",
                           "--reason is missing: it is kept on record");
    }
    TRY(find_record(command, record_id));
    mintmark__v1__device_act__init(&content);
    content.unit_id = call_text(command->operands[0]);
    content.record_id = record_id;
    content.reason = call_text(reason);
    return change_draft_single(command, kind, &content.base);
}

static int run(const struct option_command *words, const char *kind, int argc, char **argv)
{
    const char *reason = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {
        {"reason", .text = &reason}, ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, words, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, act(&command, kind, reason));
}

int device_scrap_command(int argc, char **argv)
{
    return run(&SCRAP, "device-scrap", argc, argv);
}

int device_release_command(int argc, char **argv)
{
    return run(&RELEASE, "device-release", argc, argv);
}

int device_rework_command(int argc, char **argv)
{
    return run(&REWORK, "device-rework", argc, argv);
}
