/* mintmark device revoke */
#include "client/admin/change_draft.h"
#include "client/admin/identity_name.h"
#include "client/call.h"
#include "client/command.h"
#include "client/rfc3339.h"
#include "proto/text/enum.h"

static const struct option_command WORDS = {
    "device revoke",
    "Usage: mintmark device revoke UNIT --reason REASON [options]\n"
    "       mintmark device revoke --dac-serial HEX --reason REASON [options]\n"
    "       mintmark device revoke [--order ORDER] [--station STATION] [--from TIME]\n"
    "                              [--until TIME] --reason REASON [options]\n"
    "Proposes that identities are revoked, for ever: the PAI's revocation list names them, and\n"
    "they are not delivered again. Shows first how many they are; exactly these, and none that\n"
    "come later, are what a second person approves: `mintmark device approve`.\n"
    "\n"
    "  --dac-serial HEX       one DAC by its serial number; also one that was only reserved\n"
    "  --order ORDER          units of this order\n"
    "  --station STATION      units this station reserved\n"
    "  --from TIME            reserved since, as 2026-11-22T08:00:00Z\n"
    "  --until TIME           reserved before; default: now\n"
    "  --reason REASON        key-compromise, affiliation-changed, superseded,\n"
    "                         cessation-of-operation or privilege-withdrawn\n" ADMIN_CHANGE_HELP
        ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Examples:\n"
    "  mintmark device revoke 60:55:f9:01:a2:10 --reason key-compromise --dry-run\n"
    "  mintmark device revoke --station line1-03 --from 2026-11-22T08:00:00Z \\\n"
    "      --reason key-compromise\n",
    0, 1, "one UNIT is"};

struct words {
    const char *serial;
    const char *order;
    const char *station;
    const char *from;
    const char *until;
    const char *reason;
};

static status_t read_time(struct admin_command *command, const char *option, const char *text,
                          Google__Protobuf__Timestamp *place,
                          Google__Protobuf__Timestamp **ret_time)
{
    if (text == NULL) {
        return STATUS_OK;
    }
    google__protobuf__timestamp__init(place);
    if (rfc3339_read(text, &place->seconds) != STATUS_OK) {
        return problem_say(&command->problem, STATUS_USAGE, "TIME", option,
                           "%s wants a time like 2026-11-22T08:00:00Z", option);
    }
    *ret_time = place;
    return STATUS_OK;
}

static status_t read_reason(struct admin_command *command, const char *text,
                            Mintmark__V1__RevocationReason *ret_reason)
{
    int reason = 0;
    if (text == NULL ||
        !text_enum_find(&mintmark__v1__revocation_reason__descriptor, text, &reason)) {
        return problem_say(&command->problem, STATUS_USAGE, "REASON", "--reason",
                           "--reason is one of key-compromise, affiliation-changed, superseded, "
                           "cessation-of-operation, privilege-withdrawn");
    }
    *ret_reason = (Mintmark__V1__RevocationReason)reason;
    return STATUS_OK;
}

static status_t revoke(struct admin_command *command, const struct words *words)
{
    char station[IDENTITY_ID_MAX];
    bool blocked = false;
    Google__Protobuf__Timestamp from;
    Google__Protobuf__Timestamp until;
    Mintmark__V1__Revocation content;
    mintmark__v1__revocation__init(&content);
    TRY(read_reason(command, words->reason, &content.reason));
    TRY(read_time(command, "--from", words->from, &from, &content.from));
    TRY(read_time(command, "--until", words->until, &until, &content.until));
    if (command->operands[0] != NULL) {
        content.device = call_text(command->operands[0]);
    }
    if (words->serial != NULL) {
        content.dac_serial = call_text(words->serial);
    }
    if (words->order != NULL) {
        content.order = call_text(words->order);
    }
    if (words->station != NULL) {
        TRY(identity_name_find(command, words->station, station, &blocked, NULL));
        content.station = station;
    }
    return change_draft_single(command, "revoke", &content.base);
}

int device_revoke_command(int argc, char **argv)
{
    struct words words = {0};
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"dac-serial", .text = &words.serial},
                                      {"order", .text = &words.order},
                                      {"station", .text = &words.station},
                                      {"from", .text = &words.from},
                                      {"until", .text = &words.until},
                                      {"reason", .text = &words.reason},
                                      ADMIN_CHANGE_ROWS(command),
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, revoke(&command, &words));
}
