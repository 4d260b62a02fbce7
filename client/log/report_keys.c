/* Revocation, the token and its keys, and the service around them. */
#include <stdio.h>
#include <stdlib.h>

#include "client/log/report.h"

/* Cells of a row's name, from part `from` to below `to`. */
static void add_parts(struct html_table *table, const struct tally_row *row, size_t from, size_t to)
{
    char text[TALLY_NAME_MAX];
    for (size_t part = from; part < to; part++) {
        tally_part(row, part, text, sizeof(text));
        html_cell_text(table, text);
    }
}

static void add_span(struct html_table *table, const struct tally_row *row)
{
    html_cell_time(table, row->first_ms);
    html_cell_time(table, row->last_ms);
    html_cell_number(table, row->counts[0]);
}

/* A table of names in `parts` parts, first and last time, and how often. */
static void write_names(const struct log_report *report, struct buf *page, enum log_tally which,
                        size_t parts, const char *const texts[3])
{
    const struct tally *tally = &report->tallies[which];
    struct html_table table = html_table_begin(page, texts[0], texts[1], texts[2], report->rows);
    for (size_t i = 0; i < tally->count; i++) {
        if (html_table_row(&table)) {
            add_parts(&table, &tally->rows[i], 0, parts);
            add_span(&table, &tally->rows[i]);
        }
    }
    html_table_end(&table);
}

/* --- revocation --- */

static void write_lists(const struct log_report *report, struct buf *page)
{
    const struct tally *lists = &report->tallies[LOG_TALLY_LISTS];
    struct html_table table = html_table_begin(
        page, "Revocation lists by PAI", "tnnnntt",
        "PAI|Lists|Last number|Certificates on it|Revoked|Last made|Valid until", report->rows);
    for (size_t i = 0; i < lists->count; i++) {
        const struct tally_row *row = &lists->rows[i];
        const struct tally_row *revoked = tally_find(&report->tallies[LOG_TALLY_PAIS], row->name);
        if (html_table_row(&table)) {
            html_cell_text(&table, row->name);
            html_cell_number(&table, row->counts[LOG_LIST_LISTS]);
            html_cell_number(&table, row->counts[LOG_LIST_NUMBER]);
            html_cell_number(&table, row->counts[LOG_LIST_COUNT]);
            html_cell_number(&table, revoked != NULL ? revoked->counts[0] : 0);
            html_cell_time(&table, row->last_ms);
            html_cell_time(&table, (int64_t)row->counts[LOG_LIST_NEXT]);
        }
    }
    html_table_end(&table);
}

/* RFC 5280 §5.3.1. */
static const char *reason_of(const char *code)
{
    static const char *const REASONS[] = {
        "unspecified",     "key compromise",         "CA compromise",    "affiliation changed",
        "superseded",      "cessation of operation", "certificate hold", "(7)",
        "remove from CRL", "privilege withdrawn",    "AA compromise"};
    unsigned long number = strtoul(code, NULL, 10);
    return number < sizeof(REASONS) / sizeof(REASONS[0]) ? REASONS[number] : code;
}

void log_report_revocations(const struct log_report *report, struct buf *page)
{
    const struct tally *revoked = &report->tallies[LOG_TALLY_REVOKED];
    char reason[16];
    write_lists(report, page);
    struct html_table table = html_table_begin(page, "Revoked certificates", "cttnt",
                                               "DAC serial|PAI|Reason|Entry|Time", report->rows);
    for (size_t i = revoked->count; i > 0; i--) {
        const struct tally_row *row = &revoked->rows[i - 1];
        if (html_table_row(&table)) {
            add_parts(&table, row, 0, 2);
            tally_part(row, 2, reason, sizeof(reason));
            html_cell_text(&table, reason_of(reason));
            html_cell_number(&table, row->first_at);
            html_cell_time(&table, row->first_ms);
        }
    }
    html_table_end(&table);
}

/* --- token and keys --- */

static void write_keys(const struct log_report *report, struct buf *page)
{
    const struct tally *keys = &report->tallies[LOG_TALLY_KEYS];
    struct html_table table = html_table_begin(
        page, "Keys that were served, and what the token said of them", "tttttnc",
        "Purpose|Label|Class|First|Last|Starts|Public key, SHA-256; attributes", report->rows);
    for (size_t i = 0; i < keys->count; i++) {
        const struct tally_row *row = &keys->rows[i];
        char text[TALLY_NAME_MAX];
        if (!html_table_row(&table)) {
            continue;
        }
        add_parts(&table, row, 0, 3);
        add_span(&table, row);
        html_cell(&table);
        tally_part(row, 3, text, sizeof(text));
        html_say(page, "%s", text[0] != '\0' ? text : "(a secret key)");
        html_markup(page, "<br>");
        tally_part(row, 4, text, sizeof(text));
        html_text(page, span_text(text));
        html_cell_end(&table);
    }
    html_table_end(&table);
}

void log_report_keys(const struct log_report *report, struct buf *page)
{
    static const char *const TOKENS[] = {"Tokens at the service's starts", "tttcttn",
                                         "Kind|Label|Model|Serial|First|Last|Starts"};
    static const char *const CEREMONIES[] = {
        "Key ceremonies", "tttccttn",
        "Purpose|Label|Token|Serial|Transcript, SHA-256|First|Last|Times"};
    html_markup(page, "<p>Class <em>strict</em>: made in the token and never extractable. "
                      "<em>replica</em>: as strict, but wrapped in from another token. "
                      "<em>dev</em>: anything else, served for test vendors only. Attributes are "
                      "what the token itself says.</p>\n");
    write_names(report, page, LOG_TALLY_TOKENS, 4, TOKENS);
    write_keys(report, page);
    write_names(report, page, LOG_TALLY_CEREMONIES, 5, CEREMONIES);
}

/* --- the service --- */

static void write_erasures(const struct log_report *report, struct buf *page)
{
    const struct tally *erasures = &report->tallies[LOG_TALLY_ERASURES];
    const struct tally *salts = &report->tallies[LOG_TALLY_SALTS];
    struct html_table table = html_table_begin(page, "Secrets erased by time", "tnntt",
                                               "What|Times|Units|First|Last", report->rows);
    for (size_t i = 0; i < erasures->count; i++) {
        const struct tally_row *row = &erasures->rows[i];
        if (html_table_row(&table)) {
            html_cell_text(&table, row->name);
            html_cell_number(&table, row->counts[0]);
            html_cell_number(&table, row->counts[1]);
            html_cell_time(&table, row->first_ms);
            html_cell_time(&table, row->last_ms);
        }
    }
    html_table_end(&table);
    if (salts->count > 0) {
        html_paragraph(page,
                       "Day salts destroyed: %zu, of %s to %s. What was sealed on these days "
                       "opens nowhere any more.",
                       salts->count, salts->rows[0].name, salts->rows[salts->count - 1].name);
    }
}

static void write_recoveries(const struct log_report *report, struct buf *page)
{
    const struct tally *recoveries = &report->tallies[LOG_TALLY_RECOVERIES];
    struct html_table table = html_table_begin(
        page, "Recoveries", "ttnnt", "From|To|Entries lost from|Entry|Time", report->rows);
    for (size_t i = 0; i < recoveries->count; i++) {
        const struct tally_row *row = &recoveries->rows[i];
        if (html_table_row(&table)) {
            add_parts(&table, row, 0, 3);
            html_cell_number(&table, row->first_at);
            html_cell_time(&table, row->first_ms);
        }
    }
    html_table_end(&table);
}

void log_report_service(const struct log_report *report, struct buf *page)
{
    static const char *const VERSIONS[] = {"Programs and configurations that ran", "tcttn",
                                           "Version|Configuration, SHA-256|First|Last|Starts"};
    static const char *const CODES[] = {"Onboarding codes read", "ttttn",
                                        "By|Purpose, as it was given|First|Last|Times"};
    static const char *const CLOCKS[] = {"Clock alarms", "nttn", "Offset, ms|First|Last|Times"};
    write_names(report, page, LOG_TALLY_VERSIONS, 2, VERSIONS);
    write_names(report, page, LOG_TALLY_CODES, 2, CODES);
    write_erasures(report, page);
    write_names(report, page, LOG_TALLY_CLOCKS, 1, CLOCKS);
    write_recoveries(report, page);
}
