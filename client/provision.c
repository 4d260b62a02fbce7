/* `mintmark provision`: one unit's identity and images, checked before anything is written. */
#include "client/provision.h"

#include "client/command.h"
#include "proto/text/enum.h"

static const char HELP[] =
    "Usage: mintmark provision --server HOST:PORT --certificate FILE --key FILE --ca FILE\n"
    "                          --order ID --hardware-id MAC [options]\n"
    "\n"
    "Fetches one unit's certificates, factory images and onboarding codes, checks all of it, and\n"
    "writes it where esptool finds it. Safe to repeat: the same unit gets the same bytes.\n"
    "\n"
    "  --order ID             work order\n"
    "  --hardware-id MAC      the chip's base MAC (esptool read-mac)\n"
    "  --unit-id ID           another name for the unit; default: the MAC\n"
    "  --chip NAME            chip as read (esp32c6 …); refused when the product is for another\n"
    "  --paa FILE             the PAA this station trusts; without it the server's own word "
    "counts\n"
    "  --cd-signer FILE       certificate, PEM or DER, of a CD signer this station trusts beside "
    "the "
    "CSA;\n"
    "                         may be repeated\n"
    "  --allow-class CLASS    production (default), provisional or test; may be repeated\n"
    "  -o, --output DIR       write the image set there (files 0600); without it nothing is "
    "written\n"
    "  --firmware DIR         copy the firmware's files that the product pins from here, a "
    "build's\n"
    "                         folder, when each has its SHA-256; they are flashed in the same "
    "pass\n"
    "  --qr                   draw the QR code even when standard output is not a "
    "terminal\n" STATION_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted, 5 "
    "corrupted.\n"
    "\n"
    "Example:\n"
    "  mintmark provision --server mint.factory:8443 --certificate station.pem --key station.key "
    "\\\n"
    "      --ca mint-ca.pem --order WO-4711 --hardware-id 60:55:f9:01:a2:10 --chip esp32c6 -o "
    "unit\n"
    "  cd unit && esptool --chip esp32c6 write-flash @flash_args\n";

static const struct option_command COMMAND = {"provision", HELP, 0, 0, NULL};

static int usage(const char *what, const char *word)
{
    return command_usage(COMMAND.name, "%s%s", what, word);
}

static bool read_class(const char *word, struct provision_options *options)
{
    int value = 0;
    if (!text_enum_find(&mintmark__v1__product_class__descriptor, word, &value)) {
        return false;
    }
    options->classes |= 1u << value;
    return true;
}

/* What is more than a word. */
struct words {
    struct option_list classes;
    struct option_list cd_signers;
};

/* Exit code of wrong usage, or 0. */
static int take_words(const struct words *words, struct provision_options *options)
{
    for (size_t i = 0; i < words->classes.count; i++) {
        if (!read_class(words->classes.items[i], options)) {
            return usage("--allow-class is production, provisional or test, not ",
                         words->classes.items[i]);
        }
    }
    for (size_t i = 0; i < words->cd_signers.count; i++) {
        if (!trust_options_add_cd_signer(&options->trust, words->cd_signers.items[i])) {
            return usage("too many CD signers, at ", words->cd_signers.items[i]);
        }
    }
    if (options->classes == 0) {
        (void)read_class("production", options);
    }
    return 0;
}

static status_t check_options(const struct provision_options *options, struct problem *problem)
{
    TRY(station_check(&options->station, problem));
    if (options->order == NULL) {
        return problem_say(problem, STATUS_USAGE, "MISSING", "--order", "--order is needed");
    }
    if (options->firmware != NULL && options->output == NULL) {
        return problem_say(problem, STATUS_USAGE, "MISSING", "--output",
                           "--firmware is copied into --output: give it too");
    }
    if (options->hardware_id == NULL && options->unit_id == NULL) {
        return problem_say(problem, STATUS_USAGE, "MISSING", "--hardware-id",
                           "--hardware-id is needed, or --unit-id");
    }
    return STATUS_OK;
}

static status_t run(const struct provision_options *options, struct problem *problem)
{
    TRY(check_options(options, problem));
    return provision_run(options, problem);
}

static bool read_options(int argc, char **argv, struct provision_options *options, int *ret_code)
{
    struct words words = {.classes = {.count = 0}};
    const char *operands[OPTIONS_OPERANDS_MAX];
    struct option_row connection[STATION_ROWS];
    const struct option_row rows[] = {{"order", .text = &options->order},
                                      {"hardware-id", .text = &options->hardware_id},
                                      {"unit-id", .text = &options->unit_id},
                                      {"chip", .text = &options->chip},
                                      {"paa", .text = &options->trust.paa},
                                      {"cd-signer", .list = &words.cd_signers},
                                      {"allow-class", .list = &words.classes},
                                      {"output", .text = &options->output, .letter = 'o'},
                                      {"firmware", .text = &options->firmware},
                                      {"qr", .flag = &options->qr},
                                      {.name = NULL}};
    station_rows(&options->station, connection);
    if (!options_read(&COMMAND, rows, connection, argc, argv, operands, ret_code)) {
        return false;
    }
    *ret_code = take_words(&words, options);
    return *ret_code == 0;
}

int provision_command(int argc, char **argv)
{
    struct provision_options options = {.order = NULL};
    struct problem problem = {0};
    int code = 0;
    if (!read_options(argc, argv, &options, &code)) {
        return code;
    }
    status_t status = run(&options, &problem);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, options.station.json);
}
