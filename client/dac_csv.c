/* mintmark dac csv */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>

#include "client/command.h"
#include "client/dac_list.h"
#include "client/files.h"
#include "client/json.h"
#include "client/label_unit.h"

static const char command_name[] = "dac csv";

static const char help_text[] =
    "Usage: mintmark dac csv FOLDER... --output FILE [--json]\n"
    "Makes the table of DACs that a cloud is to know, one record a unit, from the folders that\n"
    "`provision --output` or `image build` wrote. It holds no secret. A folder that is not whole,\n"
    "or two units with one serial number, end the command before anything is written.\n"
    "\n"
    "  --output FILE  the table (RFC 4180, UTF-8, with a header), mode 0600\n"
    "  --json         tell the result as one JSON object on standard output\n"
    "\n"
    "Columns: CN and certs (PEM), as esp-matter-mfg-tool's cn_dacs file has them; serial_number,\n"
    "hardware_id (when provision knew it), sha256 (of the DER).\n"
    "\n"
    "Example:\n"
    "  mintmark dac csv units/* --output dacs.csv\n";

enum { CODE_OUTPUT = 1000, CODE_JSON, CODE_HELP };
enum { TABLE_MAX = 2048 * LABEL_UNITS_MAX, RESULT_MAX = PATH_MAX + 128 };

static const struct option long_options[] = {
    {"output", required_argument, NULL, CODE_OUTPUT},
    {"json", no_argument, NULL, CODE_JSON},
    {"help", no_argument, NULL, CODE_HELP},
    {NULL, 0, NULL, 0},
};

struct arguments {
    char **folders;
    size_t folder_count;
    const char *output;
    bool json;
};

/* Exit code of wrong usage, 0 when all is well, -1 after --help. */
static int read_options(int argc, char **argv, struct arguments *arguments)
{
    opterr = 0;
    optind = 1;
    for (int code; (code = getopt_long(argc, argv, ":", long_options, NULL)) != -1;) {
        if (code == CODE_HELP) {
            (void)fputs(help_text, stdout);
            return -1;
        }
        if (code == ':' || code == '?') {
            return command_usage(
                command_name, code == ':' ? "option '%s' needs a value" : "there is no option '%s'",
                argv[optind - 1]);
        }
        arguments->json |= code == CODE_JSON;
        arguments->output = code == CODE_OUTPUT ? optarg : arguments->output;
    }
    arguments->folders = argv + optind;
    arguments->folder_count = (size_t)(argc - optind);
    if (arguments->folder_count == 0 || arguments->output == NULL) {
        return command_usage(command_name, "a FOLDER and --output are needed");
    }
    return arguments->folder_count <= LABEL_UNITS_MAX
               ? 0
               : command_usage(command_name, "more than %d folders", LABEL_UNITS_MAX);
}

static status_t add_unit(const struct label_unit *unit, struct buf *table, struct problem *problem)
{
    char path[PATH_MAX];
    struct dac_list_words words;
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    if (snprintf(path, sizeof(path), "%s/dac.der", unit->folder) >= (int)sizeof(path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "FOLDER", "a path is too long");
    }
    TRY(files_read_certificate(path, &der, problem));
    status_t status = dac_list_read(buf_span(&der), &words, problem);
    if (status != STATUS_OK) {
        (void)snprintf(problem->field, sizeof(problem->field), "%.90s", path);
        return status;
    }
    const struct dac_list_unit listed = {
        .der = buf_span(&der),
        .serial_number = unit->serial_number,
        .hardware_id = unit->hardware_id,
    };
    return dac_list_add(table, &listed, &words);
}

static status_t make_table(const struct arguments *arguments, struct buf *ret_table,
                           struct problem *problem)
{
    struct problem warning; /* codes that are there twice do not concern DACs */
    size_t warnings = 0;
    AUTO(label_units_done) struct label_units units;
    label_units_init(&units);
    units.without_codes = true;
    for (size_t i = 0; i < arguments->folder_count; i++) {
        TRY(label_units_add(&units, arguments->folders[i], problem));
    }
    TRY(label_units_check(&units, &warning, &warnings, problem));
    dac_list_begin(ret_table);
    for (size_t i = 0; i < label_units_count(&units); i++) {
        TRY(add_unit(label_units_at(&units, i), ret_table, problem));
    }
    return buf_status(ret_table);
}

static void tell(const struct arguments *arguments)
{
    AUTO(buf_done) struct buf output;
    buf_init(&output, RESULT_MAX);
    if (arguments->json) {
        buf_append_text(&output, "{\"output\": ");
        json_append_text(&output, span_text(arguments->output));
        buf_print(&output, ", \"units\": %zu}\n", arguments->folder_count);
    } else {
        buf_print(&output, "%s: %zu units\n", arguments->output, arguments->folder_count);
    }
    (void)fwrite(output.data, 1, output.size, stdout);
}

int dac_csv_command(int argc, char **argv)
{
    struct arguments arguments = {0};
    int code = read_options(argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    struct problem problem = {0};
    AUTO(buf_done) struct buf table;
    buf_init(&table, TABLE_MAX);
    status_t status = make_table(&arguments, &table, &problem);
    if (status == STATUS_OK) {
        status = files_write(arguments.output, buf_span(&table), &problem);
    }
    if (status != STATUS_OK) {
        return command_fail(&problem, status, arguments.json);
    }
    tell(&arguments);
    return 0;
}
