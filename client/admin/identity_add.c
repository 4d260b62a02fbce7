/* mintmark identity add */
#include <stdio.h>

#include "client/admin/change_draft.h"
#include "client/admin/identity_name.h"
#include "client/call.h"
#include "client/command.h"
#include "client/files.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "lib/pki/spiffe.h"
#include "proto/text/enum.h"

static const struct option_command WORDS = {
    "identity add",
    "Usage: mintmark identity add station NAME --line LINE [--csr FILE|--pin FILE] [options]\n"
    "       mintmark identity add operator|auditor NAME --pin FILE [options]\n"
    "       mintmark identity add label NAME --pin FILE [--line LINE] [options]\n"
    "Proposes that somebody may call the server. NAME is the end of the SPIFFE id, which becomes\n"
    "spiffe://DOMAIN/ROLE/NAME in your own trust domain, or a whole id. Needs a second person:\n"
    "`mintmark identity approve`. Adding one that is blocked lets it in again. A label printer\n"
    "(label) reads onboarding codes and nothing else.\n"
    "\n"
    "  --line LINE            the production line of a station or label printer\n"
    "  --csr FILE             a station's request (mintmark station init), PEM or DER: only its\n"
    "                         key is accepted from then on. Compare the key's SHA-256, shown\n"
    "                         before it asks, with what the station shows. The server's identity\n"
    "                         CA makes the certificate: `mintmark identity show NAME -o FILE`\n"
    "                         writes it. Before it ends do all this again, with the same key or\n"
    "                         a new one\n"
    "  --pin FILE             certificate, PEM or DER: only its key is accepted from then on.\n"
    "                         Required for all but stations, which without it may show any\n"
    "                         certificate of the listener's CA with this id\n" ADMIN_CHANGE_HELP
        ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Examples:\n"
    "  mintmark identity add station line1-03 --line line1 --csr line1-03.csr\n"
    "  mintmark identity add operator op-3 --pin op-3.pem\n"
    "  mintmark identity add label printer-1 --line line1 --pin printer-1.pem\n",
    2, 2, "a role and one NAME are"};

struct words {
    const char *line;
    const char *csr;
    const char *pin;
};

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

static status_t read_csr(const char *path, struct buf *ret_der, struct problem *problem)
{
    uint8_t point[PKI_POINT_SIZE];
    TRY(files_read_pem(path, "CERTIFICATE REQUEST", ret_der, problem));
    return pki_pkcs10_check(buf_span(ret_der), point, problem);
}

/* What --csr or --pin names, into the content; `der` keeps the bytes. */
static status_t read_key(const struct words *words, const char *id, struct buf *der,
                         Mintmark__V1__IdentitySpec *content, struct problem *problem)
{
    if (words->pin != NULL && words->csr != NULL) {
        return problem_say(problem, STATUS_USAGE, "USAGE", "--csr",
                           "give --csr or --pin, not both");
    }
    if (words->csr != NULL) {
        TRY(read_csr(words->csr, der, problem));
        content->csr = (ProtobufCBinaryData){der->size, der->data};
    } else if (words->pin != NULL) {
        TRY(files_read_certificate(words->pin, der, problem));
        TRY(check_certificate(words->pin, id, buf_span(der), problem));
        content->certificate = (ProtobufCBinaryData){der->size, der->data};
    }
    return STATUS_OK;
}

static status_t run(struct admin_command *command, const struct words *words)
{
    int role = 0;
    char id[IDENTITY_ID_MAX];
    AUTO(buf_done) struct buf der;
    Mintmark__V1__IdentitySpec content;
    buf_init(&der, PKI_CERTIFICATE_MAX);
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
    content.line = call_text(words->line);
    TRY(read_key(words, id, &der, &content, &command->problem));
    return change_draft_single(command, "identity", &content.base);
}

int identity_add_command(int argc, char **argv)
{
    struct words words = {0};
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"line", .text = &words.line},
                                      {"csr", .text = &words.csr},
                                      {"pin", .text = &words.pin},
                                      ADMIN_CHANGE_ROWS(command),
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command, &words));
}
