/* mintmark identity show */
#include <stdio.h>

#include "client/admin/identity_key.h"
#include "client/admin/identity_name.h"
#include "client/command.h"
#include "lib/base/file.h"
#include "lib/pki/pem.h"
#include "lib/pki/spiffe.h"
#include "proto/text/enum.h"
#include "proto/text/timestamp.h"
#include "proto/text/visible.h"

static const struct option_command WORDS = {
    "identity show",
    "Usage: mintmark identity show NAME [-o FILE] [options]\n"
    "Shows one identity, and writes the certificate it is enrolled with: of a station that sent a\n"
    "request (`mintmark identity add --csr`) the one that the server's identity CA made. NAME is\n"
    "the SPIFFE id or its last words, like line1-03 or station/line1-03.\n"
    "\n"
    "  -o, --output FILE      write the certificate there, PEM; an older one is overwritten\n"
    "\n" ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Example:\n"
    "  mintmark identity show line1-03 -o line1-03.pem\n",
    1, 1, "one NAME is"};

enum {
    SPEC_MAX = 64 * 1024,
    ARENA_SIZE = 256 * 1024,
    PEM_MAX = 2 * PKI_CERTIFICATE_MAX,
    CERTIFICATE_MODE = 0644,
};

/* What the server sends must be this identity's, before it lies where a station looks for it. */
static status_t read_certificate(const Mintmark__V1__IdentitySpec *spec,
                                 struct pki_certificate *ret_certificate, struct problem *problem)
{
    struct span named = {0};
    TRY(pki_certificate_parse(span_make(spec->certificate.data, spec->certificate.len),
                              ret_certificate, problem));
    if (pki_spiffe_of(ret_certificate, &named) != STATUS_OK ||
        !span_equal(named, span_text(spec->identity))) {
        return problem_say(problem, STATUS_DATA_LOSS, "IDENTITY_MISMATCH", "certificate",
                           "the server sent a certificate that is not of this identity");
    }
    return STATUS_OK;
}

static status_t write_pem(const char *path, const Mintmark__V1__IdentitySpec *spec,
                          struct problem *problem)
{
    AUTO(buf_done) struct buf pem;
    buf_init(&pem, PEM_MAX);
    if (spec->certificate.len == 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "CERTIFICATE_NONE", "NAME",
                           "the server has no certificate of it: enrol it with --csr or --pin; if "
                           "it was, try again in a minute");
    }
    TRY(pki_pem_encode(span_make(spec->certificate.data, spec->certificate.len), "CERTIFICATE",
                       &pem));
    if (file_write(path, buf_span(&pem), CERTIFICATE_MODE) != STATUS_OK) {
        return problem_say(problem, STATUS_IO, "FILE_WRITE", path, "cannot write this file");
    }
    return STATUS_OK;
}

static status_t show(const Mintmark__V1__IdentitySpec *spec, bool blocked,
                     const struct pki_certificate *certificate, struct buf *text,
                     struct problem *problem)
{
    char role[TEXT_ENUM_NAME_MAX] = "?";
    char until[TEXT_TIMESTAMP_MAX];
    Google__Protobuf__Timestamp not_after;
    (void)text_enum_name(&mintmark__v1__role__descriptor, (int)spec->role, role);
    TRY(text_visible_append(span_text(spec->identity), false, text));
    buf_print(text, " · %s%s", role, spec->line[0] != '\0' ? " · " : "");
    TRY(text_visible_append(span_text(spec->line), false, text));
    buf_append_text(text, blocked ? " · blocked\n" : "\n");
    TRY(identity_key_append(spec, text, problem));
    if (spec->certificate.len > 0) {
        google__protobuf__timestamp__init(&not_after);
        not_after.seconds = certificate->not_after;
        text_timestamp_print(&not_after.base, until);
        buf_print(text, "  certificate until %s\n", until);
    }
    return buf_status(text);
}

static status_t run(struct admin_command *command, const char *output)
{
    char id[IDENTITY_ID_MAX];
    bool blocked = false;
    AUTO(buf_done) struct buf packed;
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    struct pki_certificate certificate = {0};
    buf_init(&packed, SPEC_MAX);
    TRY(identity_name_find(command, command->operands[0], id, &blocked, &packed));
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode_message(arena, &mintmark__v1__identity_spec__descriptor, buf_span(&packed), false,
                       &message, &command->problem));
    const Mintmark__V1__IdentitySpec *spec = (const Mintmark__V1__IdentitySpec *)message;
    if (spec->certificate.len > 0) {
        TRY(read_certificate(spec, &certificate, &command->problem));
    }
    if (output != NULL) {
        TRY(write_pem(output, spec, &command->problem));
    }
    return command->options.json
               ? admin_command_json(command, message)
               : show(spec, blocked, &certificate, &command->output, &command->problem);
}

int identity_show_command(int argc, char **argv)
{
    const char *output = NULL;
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"output", .text = &output, .letter = 'o'}, {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command, output));
}
