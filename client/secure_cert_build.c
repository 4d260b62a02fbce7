/* mintmark secure-cert build */
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/secure_cert_unit.h"
#include "lib/securecert/reader.h"

static const char command_name[] = "secure-cert build";

static const char help_text[] =
    "Usage: mintmark secure-cert build -o OUT [--size SIZE] --dac FILE --pai FILE KEY [options]\n"
    "Makes an esp_secure_cert partition (mode 0600) and checks it as `secure-cert verify` does.\n"
    "KEY says where the DAC's private key is; without certificates it makes a partition of the\n"
    "other data alone.\n"
    "\n"
    "  -o, --out FILE            the image; replaced when it exists\n"
    "  --size SIZE               of the partition, default 0x2000\n"
    "  --dac FILE, --pai FILE    certificates, PEM or DER\n"
    "KEY, one of:\n"
    "  --key FILE                in the partition: PEM or DER, mode 0600\n"
    "  --ecdsa-peripheral BLOCK  in eFuse BLOCK_KEY0 … BLOCK_KEY5; not in the image, not even "
    "read\n"
    "  --hmac-derived --hmac-salt FILE [--hmac-key FILE]\n"
    "                            derived by the chip from its eFuse HMAC key (32 bytes) and the\n"
    "                            salt (32 bytes); with the key it is checked against the DAC.\n"
    "                            `secure-cert request` makes salt and certificate request\n"
    "Commissioning data:\n"
    "  --discriminator N         0 to 4095\n"
    "  --passcode N              to compute the verifier, not stored; '-' reads standard input\n"
    "  --iterations N            1000 to 100000, default 10000\n"
    "  --salt BASE64             16 to 32 bytes, default random\n"
    "  --rotating-id HEX         16 bytes\n"
    "\n"
    "  --integrity               add the SHA-256 of everything before\n"
    "  --json                    one JSON object on standard output\n"
    "\n"
    "Exit code: 0 made, 1 refused by a check, 2 wrong usage, 3 a file cannot be read or written.\n"
    "\n"
    "Examples:\n"
    "  mintmark secure-cert build -o sc.bin --dac dac.pem --pai pai.pem --key dac-key.pem\n"
    "  mintmark secure-cert build -o sc.bin --dac dac.der --pai pai.der --integrity \\\n"
    "      --ecdsa-peripheral BLOCK_KEY1 --discriminator 3840 --passcode - < passcode.txt\n";

enum { BURN_TEXT_MAX = 128 };

/* ---- which options go together ---- */

static int count_key_modes(const struct secure_cert_arguments *arguments)
{
    return (arguments->texts[SECURE_CERT_KEY] != NULL) +
           (arguments->texts[SECURE_CERT_ECDSA_PERIPHERAL] != NULL) +
           arguments->switches[SECURE_CERT_HMAC_DERIVED];
}

static int check_identity(const struct secure_cert_arguments *arguments)
{
    const char *const *texts = arguments->texts;
    int modes = count_key_modes(arguments);
    if (modes > 1) {
        return command_usage(command_name, "give one of --key, --ecdsa-peripheral, --hmac-derived");
    }
    if ((texts[SECURE_CERT_DAC] != NULL) != (modes == 1) ||
        (texts[SECURE_CERT_PAI] != NULL) != (modes == 1)) {
        return command_usage(command_name, "--dac, --pai and one of --key, --ecdsa-peripheral, "
                                           "--hmac-derived go together");
    }
    bool derived = arguments->switches[SECURE_CERT_HMAC_DERIVED];
    if (derived != (texts[SECURE_CERT_HMAC_SALT] != NULL) ||
        (!derived && texts[SECURE_CERT_HMAC_KEY] != NULL)) {
        return command_usage(command_name,
                             "--hmac-derived and --hmac-salt go together, --hmac-key with them");
    }
    return 0;
}

static int check_usage(const struct secure_cert_arguments *arguments)
{
    const char *const *texts = arguments->texts;
    if (texts[SECURE_CERT_OUT] == NULL) {
        return command_usage(command_name, "-o is required");
    }
    if (texts[SECURE_CERT_PASSCODE] == NULL &&
        (texts[SECURE_CERT_SALT] != NULL || texts[SECURE_CERT_ITERATIONS] != NULL)) {
        return command_usage(command_name, "--salt and --iterations need --passcode");
    }
    return check_identity(arguments);
}

/* ---- result ---- */

/* The espefuse command that must come first, or "". */
static void burn_command(const struct securecert_unit *unit, struct buf *ret_text)
{
    if (unit->key_mode == SECURECERT_KEY_PERIPHERAL) {
        buf_print(ret_text, "espefuse burn-key BLOCK_KEY%u DAC_KEY.pem ECDSA_KEY", unit->efuse_key);
    } else if (unit->key_mode == SECURECERT_KEY_DERIVED) {
        buf_append_text(ret_text, "espefuse burn-key BLOCK_KEYn HMAC_KEY.bin HMAC_UP");
    }
}

static bool is_compared(const struct securecert_unit *unit)
{
    return unit->key_mode == SECURECERT_KEY_PLAINTEXT ||
           (unit->key_mode == SECURECERT_KEY_DERIVED && unit->hmac_key.size > 0);
}

static void print_json(const struct securecert_unit *unit, const char *path,
                       const struct securecert_reader *reader, struct buf *output)
{
    static const char *const modes[] = {
        [SECURECERT_KEY_NONE] = "none",
        [SECURECERT_KEY_PLAINTEXT] = "plaintext",
        [SECURECERT_KEY_PERIPHERAL] = "ecdsa-peripheral",
        [SECURECERT_KEY_DERIVED] = "hmac-derived",
    };
    AUTO(buf_done) struct buf burn;
    buf_init(&burn, BURN_TEXT_MAX);
    burn_command(unit, &burn);
    buf_append_byte(output, '{');
    json_append_name(output, "image", true);
    json_append_text(output, span_text(path));
    buf_print(output, ", \"size\": %zu, \"used\": %zu, \"entries\": %zu", unit->size,
              securecert_reader_used(reader), securecert_reader_count(reader));
    buf_print(output, ", \"key\": \"%s\", \"key_compared\": %s", modes[unit->key_mode],
              is_compared(unit) ? "true" : "false");
    if (burn.size > 0) {
        json_append_name(output, "burn_before", false);
        json_append_text(output, buf_span(&burn));
    }
    buf_append_text(output, "}\n");
}

static void print_text(const struct securecert_unit *unit, const char *path,
                       const struct securecert_reader *reader, struct buf *output)
{
    buf_print(output, "%s: %zu entries, %zu of %zu bytes used\n", path,
              securecert_reader_count(reader), securecert_reader_used(reader), unit->size);
    if (unit->key_mode != SECURECERT_KEY_NONE && !is_compared(unit)) {
        buf_append_text(output, "note: the private key was not compared with the DAC: ");
        buf_append_text(output, unit->key_mode == SECURECERT_KEY_PERIPHERAL ? "it is not here\n"
                                                                            : "give --hmac-key\n");
    }
    if (unit->key_mode == SECURECERT_KEY_PERIPHERAL || unit->key_mode == SECURECERT_KEY_DERIVED) {
        buf_append_text(output, "burn the key before flashing: ");
        burn_command(unit, output);
        buf_append_byte(output, '\n');
    }
}

static status_t build(const struct secure_cert_arguments *arguments, struct buf *output,
                      struct problem *problem)
{
    const char *path = arguments->texts[SECURE_CERT_OUT];
    AUTO(secure_cert_unit_done) struct secure_cert_unit unit;
    AUTO(buf_done) struct buf image;
    AUTO(securecert_reader_free) struct securecert_reader *reader = NULL;
    secure_cert_unit_init(&unit);
    buf_init_secret(&image, SECURECERT_PARTITION_MAX);
    TRY(secure_cert_unit_read(arguments, &unit, problem));
    TRY(securecert_unit_write(&unit.unit, &image, problem));
    TRY(securecert_reader_new(buf_span(&image), &reader, problem));
    TRY(files_write(path, buf_span(&image), problem));
    if (arguments->switches[SECURE_CERT_JSON]) {
        print_json(&unit.unit, path, reader, output);
    } else {
        print_text(&unit.unit, path, reader, output);
    }
    return STATUS_OK;
}

static const struct secure_cert_command command = {
    .name = command_name,
    .help = help_text,
    .texts = ((1u << SECURE_CERT_TEXTS) - 1) & ~(1u << SECURE_CERT_NEW_SALT),
    .switches = 1u << SECURE_CERT_HMAC_DERIVED | 1u << SECURE_CERT_INTEGRITY,
    .check_usage = check_usage,
    .run = build,
};

int secure_cert_build_command(int argc, char **argv)
{
    return secure_cert_run(&command, argc, argv);
}
