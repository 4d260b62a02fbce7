/* `mintmark provision`: one unit's identity and images, checked before anything is written. */
#include "client/provision.h"

#include <getopt.h>
#include <stdio.h>

#include "client/call.h"
#include "client/command.h"

static const char HELP[] =
    "Usage: mintmark provision --server HOST:PORT --certificate FILE --key FILE --ca FILE\n"
    "                          --order ID --hardware-id MAC [options]\n"
    "\n"
    "Fetches one unit's certificates, factory images and onboarding codes, checks all of it, and\n"
    "writes it where esptool finds it. Safe to repeat: the same unit gets the same bytes.\n"
    "\n"
    "  --server HOST:PORT     the stations listener of mintmarkd\n"
    "  --certificate, --key   this station's PEM certificate and private key (mode 0600)\n"
    "  --ca FILE              PEM certificate(s) the server's certificate must chain to\n"
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
    "  --timeout SECONDS      keep trying this long while the server is unavailable (default 30)\n"
    "  --qr                   draw the QR code even when standard output is not a terminal\n"
    "  --json                 one JSON object on standard output\n"
    "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted, 5 "
    "corrupted.\n"
    "\n"
    "Example:\n"
    "  mintmark provision --server mint.factory:8443 --certificate station.pem --key station.key "
    "\\\n"
    "      --ca mint-ca.pem --order WO-4711 --hardware-id 60:55:f9:01:a2:10 --chip esp32c6 -o "
    "unit\n"
    "  cd unit && esptool --chip esp32c6 write-flash @flash_args\n";

enum {
    OPTION_SERVER = 256,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_CA,
    OPTION_ORDER,
    OPTION_HARDWARE_ID,
    OPTION_UNIT_ID,
    OPTION_CHIP,
    OPTION_PAA,
    OPTION_CD_SIGNER,
    OPTION_CLASS,
    OPTION_TIMEOUT,
    OPTION_QR,
    OPTION_JSON,
    OPTION_HELP
};

static const struct option OPTIONS[] = {
    {"server", required_argument, NULL, OPTION_SERVER},
    {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"key", required_argument, NULL, OPTION_KEY},
    {"ca", required_argument, NULL, OPTION_CA},
    {"order", required_argument, NULL, OPTION_ORDER},
    {"hardware-id", required_argument, NULL, OPTION_HARDWARE_ID},
    {"unit-id", required_argument, NULL, OPTION_UNIT_ID},
    {"chip", required_argument, NULL, OPTION_CHIP},
    {"paa", required_argument, NULL, OPTION_PAA},
    {"cd-signer", required_argument, NULL, OPTION_CD_SIGNER},
    {"allow-class", required_argument, NULL, OPTION_CLASS},
    {"output", required_argument, NULL, 'o'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"qr", no_argument, NULL, OPTION_QR},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(const char *what, const char *word)
{
    return command_usage("provision", "%s%s", what, word);
}

static bool read_class(const char *word, struct provision_options *options)
{
    static const char *const NAMES[] = {"", "test", "provisional", "production"};
    for (unsigned i = 1; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(word, NAMES[i]) == 0) {
            options->classes |= 1u << i;
            return true;
        }
    }
    return false;
}

/* Where an option's word goes; NULL for those that are more than a word. */
static const char **place_of(int option, struct provision_options *options)
{
    switch (option) {
    case OPTION_SERVER:
        return &options->server;
    case OPTION_CERTIFICATE:
        return &options->certificate;
    case OPTION_KEY:
        return &options->key;
    case OPTION_CA:
        return &options->ca;
    case OPTION_ORDER:
        return &options->order;
    case OPTION_HARDWARE_ID:
        return &options->hardware_id;
    case OPTION_UNIT_ID:
        return &options->unit_id;
    case OPTION_CHIP:
        return &options->chip;
    case OPTION_PAA:
        return &options->trust.paa;
    case 'o':
        return &options->output;
    default:
        return NULL;
    }
}

/* Returns -1 to go on, else the exit code. */
static int read_option(int option, struct provision_options *options)
{
    const char **place = place_of(option, options);
    if (place != NULL) {
        *place = optarg;
        return -1;
    }
    switch (option) {
    case OPTION_CLASS:
        return read_class(optarg, options)
                   ? -1
                   : usage("--allow-class is production, provisional or test, not ", optarg);
    case OPTION_CD_SIGNER:
        return trust_options_add_cd_signer(&options->trust, optarg)
                   ? -1
                   : usage("too many CD signers, at ", optarg);
    case OPTION_TIMEOUT:
        return call_read_patience(optarg, &options->timeout_ms)
                   ? -1
                   : usage("--timeout is seconds, not ", optarg);
    case OPTION_QR:
        options->qr = true;
        return -1;
    case OPTION_JSON:
        options->json = true;
        return -1;
    case OPTION_HELP:
        (void)fputs(HELP, stdout);
        return 0;
    default:
        return usage("unknown option", "");
    }
}

static int check_options(const struct provision_options *options)
{
    const struct {
        const char *name;
        const char *value;
    } required[] = {{"--server", options->server},
                    {"--certificate", options->certificate},
                    {"--key", options->key},
                    {"--ca", options->ca},
                    {"--order", options->order}};
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (required[i].value == NULL) {
            return usage("missing ", required[i].name);
        }
    }
    if (options->hardware_id == NULL && options->unit_id == NULL) {
        return usage("missing --hardware-id (or --unit-id)", "");
    }
    return -1;
}

int provision_command(int argc, char **argv)
{
    struct provision_options options = {.timeout_ms = 30000};
    struct problem problem = {0};
    int option = 0;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, "o:", OPTIONS, NULL)) != -1) {
        int code = read_option(option, &options);
        if (code >= 0) {
            return code;
        }
    }
    if (optind < argc) {
        return usage("unexpected word ", argv[optind]);
    }
    int code = check_options(&options);
    if (code >= 0) {
        return code;
    }
    if (options.classes == 0) {
        (void)read_class("production", &options);
    }
    status_t status = provision_run(&options, &problem);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, options.json);
}
