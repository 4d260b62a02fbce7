/* mintmark secure-cert verify */
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/secure_cert.h"
#include "lib/securecert/check.h"

static const char help_text[] =
    "Usage: mintmark secure-cert verify IMAGE [--hmac-key FILE] [--json]\n"
    "Checks an esp_secure_cert partition, ours or another tool's: every entry's CRC and padding,\n"
    "the partition's end, integrity, that no key is exposed, that DAC, PAI and key belong\n"
    "together, and the ranges of the commissioning data. Stops at the first rule that does not\n"
    "hold and names it.\n"
    "\n"
    "  --hmac-key FILE  the eFuse HMAC key (32 bytes, mode 0600), to compare a derived key with\n"
    "                   the DAC\n"
    "  --json           one JSON object on standard output\n"
    "\n"
    "Exit code: 0 all rules hold, 1 a rule does not, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  mintmark secure-cert verify sc.bin\n"
    "  mintmark secure-cert verify sc.bin --hmac-key hmac.bin --json\n";

enum { FILE_MAX = 64 * 1024 };

/* Tells every step that holds; of the one that does not, the problem tells. */
static status_t run_steps(struct securecert_check *check, bool json, struct buf *output,
                          struct problem *problem)
{
    size_t passed = 0;
    for (size_t i = 0; i < SECURECERT_CHECK_STEPS; i++) {
        const struct securecert_check_step *step = &securecert_check_steps[i];
        if (step->applies != NULL && !step->applies(check)) {
            continue;
        }
        status_t status = step->run(check, problem);
        if (status != STATUS_OK) {
            buf_print(output, "FAIL  %s\n", step->words);
            return status;
        }
        if (json) {
            buf_append_text(output, passed == 0 ? "" : ", ");
            json_append_text(output, span_text(step->words));
        } else {
            buf_print(output, "ok    %s\n", step->words);
        }
        passed++;
    }
    return STATUS_OK;
}

static void tell_verdict(const struct securecert_check *check, bool json, struct buf *output)
{
    static const char *const pairs[] = {
        [SECURECERT_PAIR_COMPARED] = "compared",
        [SECURECERT_PAIR_NO_KEY] = "no key",
        [SECURECERT_PAIR_IN_CHIP] = "in the chip, cannot be compared",
        [SECURECERT_PAIR_NEEDS_HMAC_KEY] = "derived, not compared: give --hmac-key",
    };
    const char *pair = pairs[securecert_check_pair(check)];
    if (json) {
        buf_print(output, "], \"verdict\": \"valid\", \"entries\": %zu, \"key\": \"%s\"}\n",
                  securecert_reader_count(check->reader), pair);
    } else {
        buf_print(output, "VALID: %zu entries; private key: %s\n",
                  securecert_reader_count(check->reader), pair);
    }
}

static status_t verify(const struct secure_cert_arguments *arguments, struct buf *output,
                       struct problem *problem)
{
    const char *path = arguments->texts[SECURE_CERT_HMAC_KEY];
    bool json = arguments->switches[SECURE_CERT_JSON];
    AUTO(buf_done) struct buf image;
    AUTO(buf_done) struct buf hmac_key;
    buf_init_secret(&image, SECURECERT_PARTITION_MAX);
    buf_init_secret(&hmac_key, FILE_MAX);
    TRY(files_read(arguments->operands[0], &image, problem));
    if (path != NULL) {
        TRY(secure_cert_read_exactly(path, SECURECERT_HMAC_KEY_SIZE, "SECURECERT_HMAC_KEY_SIZE",
                                     &hmac_key, problem));
    }
    AUTO(securecert_check_done)
    struct securecert_check check = {.image = buf_span(&image), .hmac_key = buf_span(&hmac_key)};
    buf_append_text(output, json ? "{\"passed\": [" : "");
    TRY(run_steps(&check, json, output, problem));
    tell_verdict(&check, json, output);
    return STATUS_OK;
}

static const struct secure_cert_command command = {
    .name = "secure-cert verify",
    .help = help_text,
    .texts = 1u << SECURE_CERT_HMAC_KEY,
    .operands = 1,
    .run = verify,
};

int secure_cert_verify_command(int argc, char **argv)
{
    return secure_cert_run(&command, argc, argv);
}
