#include "hsm/ceremony/ceremony.h"
#include "hsm/latch.h"

static status_t run(const struct ceremony_options *options, struct ceremony_output *output,
                    struct problem *problem)
{
    bool was_set = hsm_latch_stands(options->latch);
    TRY(hsm_latch_clear(options->latch, problem));
    ceremony_say(output,
                 was_set ? "PIN latch %s removed: the next start tries the PIN"
                         : "no PIN latch at %s: nothing to do",
                 options->latch);
    ceremony_note(output, "removed", json_boolean(was_set));
    return STATUS_OK;
}

const struct ceremony_command ceremony_unlatch = {
    .noun = "unlatch",
    .verb = "",
    .words = "",
    .summary = "allow logins again after a wrong PIN",
    .help = "After a PIN error no process that is given the same latch logs in again with the same "
            "PIN file,\n"
            "so that restarts cannot lock the token; nor after two logins in which the process "
            "died before\n"
            "the token's answer was known. Correcting the PIN file ends that by itself; this "
            "command ends\n"
            "it when the file was right (for example after the token's PIN was set back).\n\n"
            "  mintmark-hsm unlatch --latch /var/lib/mintmark/pin.latch",
    .allowed = CEREMONY_HAS(LATCH),
    .required = CEREMONY_HAS(LATCH),
    .run = run,
};
