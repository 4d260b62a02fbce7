/* mintmark ceremony record */
#include "client/admin/change_draft.h"
#include "client/command.h"
#include "client/files.h"
#include "lib/ceremony/transcript.h"

static const struct option_command WORDS = {
    "ceremony record",
    "Usage: mintmark ceremony record FILE [options]\n"
    "Proposes that the keys of a ceremony are put on record in the log. FILE is the transcript "
    "that\n"
    "mintmark-hsm wrote (--transcript). It needs a second person: `mintmark change approve`. From\n"
    "then on `mintmark log verify` holds the keys that the service serves from this token against\n"
    "it. A transcript that is on record already changes nothing.\n"
    "\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Example:\n"
    "  mintmark ceremony record pai-acme-2026.json\n",
    1, 1, "one FILE is"};

static status_t run(struct admin_command *command)
{
    AUTO(buf_done) struct buf text;
    struct ceremony_transcript transcript;
    Mintmark__V1__Ceremony content;
    buf_init(&text, CEREMONY_TRANSCRIPT_MAX + 1);
    TRY(files_read(command->operands[0], &text, &command->problem));
    TRY(ceremony_transcript_read(buf_span(&text), &transcript, &command->problem));
    buf_append_byte(&text, '\0'); /* JSON has no other */
    TRY(buf_status(&text));
    mintmark__v1__ceremony__init(&content);
    content.transcript = (char *)text.data;
    return change_draft_single(command, "ceremony", &content.base);
}

int ceremony_record_command(int argc, char **argv)
{
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {ADMIN_CHANGE_ROWS(command), {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    return admin_command_end(&command, run(&command));
}
