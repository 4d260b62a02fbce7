/* mintmark log report */
#include "client/log/report.h"

#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/number.h"

enum { OUTPUT_MAX = 64 * 1024 };

static const struct option_command WORDS = {
    "log report",
    "Usage: mintmark log report DIR --paa FILE -o FILE [options]\n"
    "Verifies an exported log as `mintmark log verify` does, and writes what it says as one HTML\n"
    "page for an auditor: without network and script, for screen and paper. The page says on top\n"
    "whether the log was verified, or the first thing that is wrong. The same export gives the\n"
    "same page.\n"
    "\n"
    "  -o, --output FILE      the page\n"
    "  --rows NUMBER          how many rows a table shows at most; default 100\n"
    "  --paa, --log-key, --since, --witness, --quiet, --json   as for log verify\n"
    "\n"
    "Exit code 0: verified. 1: something is wrong. 5: the log was rewritten.\n"
    "\n"
    "Examples:\n"
    "  mintmark log report mint-log --paa paa.pem -o report.html\n"
    "  mintmark log report mint-log --paa paa.pem --log-key mint.key --witness station-notes \\\n"
    "      --rows 100000 -o report.html\n",
    1, 1, "one folder"};

static status_t write_page(struct log_report *report, const char *path, struct problem *problem)
{
    AUTO(buf_done) struct buf page;
    buf_init(&page, LOG_REPORT_SIZE_MAX);
    TRY(log_report_finish(report));
    log_report_page(report, &page);
    if (buf_status(&page) != STATUS_OK) {
        return problem_say(problem, buf_status(&page), "PAGE_SIZE", path,
                           "the page is too large: fewer --rows");
    }
    return files_write(path, buf_span(&page), problem);
}

/* The page is written whatever the verdict; a log that could not even be opened has none. */
static int run(const struct log_verify_options *options, const char *path, uint64_t rows)
{
    struct problem problem = {0};
    struct problem write_problem = {0};
    AUTO(log_verify_done) struct log_verify verify = {0};
    AUTO(log_report_done) struct log_report report = {.verify = &verify, .rows = rows};
    AUTO(buf_done) struct buf output;
    buf_init(&output, OUTPUT_MAX);
    verify.entry = log_report_entry;
    verify.entry_context = &report;
    status_t status = log_verify_run(options, &verify, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        report.problem = &problem;
    }
    if (verify.audit != NULL) {
        status_t written = write_page(&report, path, &write_problem);
        if (written != STATUS_OK) {
            return command_fail(&write_problem, written, options->json);
        }
    }
    if (status != STATUS_OK) {
        return command_fail(&problem, status, options->json);
    }
    if (options->json) {
        log_verify_print_json(&verify, &output);
    } else {
        buf_print(&output, "  %s\nVERIFIED\n", path);
    }
    (void)fwrite(output.data, 1, output.size, stdout);
    return 0;
}

int log_report_command(int argc, char **argv)
{
    struct log_verify_options options = {0};
    const char *path = NULL;
    const char *rows_text = NULL;
    uint32_t rows = LOG_REPORT_ROWS;
    int exit_code = 0;
    struct problem problem = {0};
    const struct option_row more[] = {
        {"output", .text = &path, .letter = 'o'},
        {"rows", .text = &rows_text},
        {0},
    };
    if (!log_verify_options_read(&WORDS, more, argc, argv, &options, &exit_code)) {
        return exit_code;
    }
    if (path == NULL) {
        return command_usage("log report", "-o FILE: name the page to write");
    }
    if (rows_text != NULL &&
        number_read("--rows", rows_text, LOG_REPORT_ROWS_MAX, &rows, &problem) != STATUS_OK) {
        return command_usage("log report", "--rows: %s", problem.message);
    }
    return run(&options, path, rows);
}
