/* mintmark identity add */
#include <stdio.h>

#include "client/admin/change_draft.h"
#include "client/admin/identity_name.h"
#include "client/call.h"
#include "client/command.h"
#include "client/files.h"
#include "lib/pki/spiffe.h"
#include "proto/text/enum.h"

static const struct option_command WORDS = {
    "identity add",
    "Usage: mintmark identity add station NAME --line LINE [--pin FILE] [options]\n"
    "       mintmark identity add operator|auditor NAME --pin FILE [options]\n"
    "Proposes that somebody may call the server. NAME is the end of the SPIFFE id, which becomes\n"
    "spiffe://DOMAIN/ROLE/NAME in your own trust domain, or a whole id. Needs a second person:\n"
    "`mintmark identity approve`. Adding one that is blocked lets it in again.\n"
    "\n"
    "  --line LINE            the production line of a station\n"
    "  --pin FILE             certificate, PEM or DER: only its key is accepted from then on.\n"
    "                         Required for operators, whose key signs, and auditors; without "
    "it\n"
    "                         a station may show any certificate of the listener's CA with "
    "this id\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Examples:\n"
    "  mintmark identity add station line1-03 --line line1\n"
    "  mintmark identity add operator op-3 --pin op-3.pem\n",
    2, 2, "a role and one NAME are"};

/* Found out here, where the remedy is at hand. */
static status_t check_certificate(const char *path, const char *id, struct span der,
                                  struct problem *problem)
{
    struct pki_certificate certificate;
    struct span named = {0};
    TRY(pki_certificate_parse(der, &certificate, problem));
    if (pki_spiffe_of(&certificate, &named) != STATUS_OK || !span_equal(named, span_text(id))) {
        return problem_say(problem, STATUS_REFUSED, "IDENTITY_MISMATCH", "--pin",
                           "%.150s is not a certificate of %.200s: its only URI must be that id",
                           path, id);
    }
    return STATUS_OK;
}

static status_t run(struct admin_command *command, const char *line, const char *pin)
{
    int role = 0;
    char id[IDENTITY_ID_MAX];
    AUTO(buf_done) struct buf certificate;
    Mintmark__V1__IdentitySpec content;
    buf_init(&certificate, PKI_CERTIFICATE_MAX);
    if (!text_enum_find(&mintmark__v1__role__descriptor, command->operands[0], &role)) {
        char known[128];
        text_enum_list(&mintmark__v1__role__descriptor, known, sizeof(known));
        return problem_say(&command->problem, STATUS_USAGE, "ROLE", command->operands[0],
                           "a role is %s", known);
    }
    TRY(identity_name_make(command, command->operands[0], command->operands[1], id));
    mintmark__v1__identity_spec__init(&content);
    content.identity = id;
    content.role = (Mintmark__V1__Role)role;
    content.line = call_text(line);
    if (pin != NULL) {
        TRY(files_read_certificate(pin, &certificate, &command->problem));
        TRY(check_certificate(pin, id, buf_span(&certificate), &command->problem));
        content.certificate = (ProtobufCBinaryData){certificate.size, certificate.data};
    }
    return change_draft_single(command, "identity", &content.base);
}

int identity_add_command(int argc, char **argv)
{
    const char *line = NULL;
    const char *pin = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {
        {"line", .text = &line}, {"pin", .text = &pin}, ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command, line, pin));
}
