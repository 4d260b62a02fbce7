/* mintmark label csv */
#include <getopt.h>
#include <stdio.h>

#include "client/command.h"
#include "client/csv.h"
#include "client/files.h"
#include "client/json.h"
#include "client/label_unit.h"
#include "client/payload.h"
#include "client/warnings.h"

static const char command_name[] = "label csv";

static const char help_text[] =
    "Usage: mintmark label csv FOLDER... --output FILE [--json]\n"
    "Makes the table that a label printer reads, one line a unit, from the folders that "
    "`provision\n"
    "--output` or `image build` wrote. Each unit's codes are decoded and compared with its other "
    "values;\n"
    "a folder that is not whole, or two units with one serial number, end the command\n"
    "before anything is written; two units with one QR code are warned of.\n"
    "\n"
    "  --output FILE  the table (RFC 4180, UTF-8, with a header), mode 0600: it holds passcodes;\n"
    "                 '-' is standard output\n"
    "  --json         tell the result as one JSON object on standard output\n"
    "\n"
    "Columns: qrcode, manualcode, discriminator, passcode, serial_number.\n"
    "\n"
    "Examples:\n"
    "  mintmark label csv unit-0001 unit-0002 --output labels.csv\n"
    "  mintmark label csv units/* --output - | print-labels\n";

enum { CODE_OUTPUT = 1000, CODE_JSON, CODE_HELP };

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

static bool is_standard_output(const struct arguments *arguments)
{
    return strcmp(arguments->output, "-") == 0;
}

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
    if (arguments->folder_count > LABEL_UNITS_MAX) {
        return command_usage(command_name, "more than %d folders", LABEL_UNITS_MAX);
    }
    if (arguments->json && is_standard_output(arguments)) {
        return command_usage(command_name, "--json and the table cannot share standard output");
    }
    return 0;
}

static void append_unit(struct buf *table, const struct label_unit *unit)
{
    csv_append(table, unit->qr_code, ",");
    csv_append(table, unit->manual_code, ",");
    buf_print(table, "%u,%u,", unit->discriminator, unit->passcode);
    csv_append(table, unit->serial_number, CSV_END);
}

struct result {
    struct problem warning;
    size_t warnings; /* 0 or 1 */
};

static status_t make_table(const struct arguments *arguments, struct buf *ret_table,
                           struct result *ret_result, struct problem *problem)
{
    AUTO(label_units_done) struct label_units units;
    label_units_init(&units);
    for (size_t i = 0; i < arguments->folder_count; i++) {
        TRY(label_units_add(&units, arguments->folders[i], problem));
    }
    TRY(label_units_check(&units, &ret_result->warning, &ret_result->warnings, problem));
    buf_append_text(ret_table, "qrcode,manualcode,discriminator,passcode,serial_number\r\n");
    for (size_t i = 0; i < label_units_count(&units); i++) {
        append_unit(ret_table, label_units_at(&units, i));
    }
    return buf_status(ret_table);
}

static void tell(const struct arguments *arguments, const struct result *result, struct buf *output)
{
    bool json = arguments->json;
    if (json) {
        buf_append_text(output, "{\"output\": ");
        json_append_text(output, span_text(arguments->output));
        buf_print(output, ", \"units\": %zu, \"warnings\": ", arguments->folder_count);
    } else if (!is_standard_output(arguments)) {
        buf_print(output, "%s: %zu units\n", arguments->output, arguments->folder_count);
    }
    warnings_print(&result->warning, result->warnings, json, output);
    buf_append_text(output, json ? "}\n" : "");
}

static status_t run(const struct arguments *arguments, struct buf *output, struct problem *problem)
{
    struct result result = {0};
    AUTO(buf_done) struct buf table;
    buf_init_secret(&table, LABEL_TABLE_MAX);
    TRY(make_table(arguments, &table, &result, problem));
    if (is_standard_output(arguments)) {
        buf_append_span(output, buf_span(&table));
    } else {
        TRY(files_write(arguments->output, buf_span(&table), problem));
    }
    tell(arguments, &result, output);
    return STATUS_OK;
}

int label_csv_command(int argc, char **argv)
{
    struct arguments arguments = {0};
    int code = read_options(argc, argv, &arguments);
    if (code != 0) {
        return code < 0 ? 0 : code;
    }
    AUTO(buf_done) struct buf output;
    buf_init_secret(&output, LABEL_TABLE_MAX);
    struct problem problem = {0};
    status_t status = run(&arguments, &output, &problem);
    return payload_write(&output, status, &problem, arguments.json);
}
