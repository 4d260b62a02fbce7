/* Who may act, what was agreed on by whom, and what was refused. */
#include <stdio.h>
#include <stdlib.h>

#include "client/log/chart.h"
#include "client/log/report.h"

static const char *const STATES[LOG_CHANGE_STATES] = {
    [LOG_CHANGE_TWO] = "two people",
    [LOG_CHANGE_ONE] = "one, as its kind needs",
    [LOG_CHANGE_LIMITS] = "one, inside approved limits",
    [LOG_CHANGE_RULE_OFF] = "ONE, RULE OFF",
    [LOG_CHANGE_WAITING] = "waiting",
    [LOG_CHANGE_EXPIRED] = "expired",
    [LOG_CHANGE_ENDED] = "ended",
};

/* --- people --- */

static void write_persons(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    html_paragraph(page, "Names are those of the log without their common trust domain.");
    struct html_table table = html_table_begin(page, "Identities as they stand", "ttttt",
                                               "Identity|Role|Line|Key|May act", report->rows);
    for (uint32_t i = 1; i <= audit_people(audit); i++) {
        const struct audit_person *person = audit_person(audit, i);
        if (html_table_row(&table)) {
            html_cell_text(&table, log_report_name(report, person->id));
            html_cell_text(&table, person->role);
            html_cell_text(&table, person->line);
            html_cell_text(&table, person->spki_size > 0 ? "one key only" : "any the CA certified");
            html_cell_text(&table, person->blocked ? "blocked" : "yes");
        }
    }
    html_table_end(&table);
}

/* --- changes --- */

/* How many of each kind, by how they were agreed on. */
static void write_kinds(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    struct tally kinds = {0};
    bool counted = true;
    for (uint32_t i = 1; counted && i <= audit_changes(audit); i++) {
        const struct audit_change *change = audit_change(audit, i);
        char name[64];
        struct tally_row *row = NULL;
        (void)snprintf(name, sizeof(name), "%s%c%s", change->kind, TALLY_PART,
                       STATES[log_report_change_state(report, change)]);
        counted = tally_row(&kinds, name, &row) == STATUS_OK && row != NULL;
        if (counted) {
            row->counts[0]++;
        }
    }
    tally_sort_names(&kinds);
    struct html_table table =
        html_table_begin(page, "Changes by kind", "ttn", "Kind|Agreed on by|Changes", report->rows);
    for (size_t i = 0; i < kinds.count; i++) {
        char text[64];
        if (html_table_row(&table)) {
            tally_part(&kinds.rows[i], 0, text, sizeof(text));
            html_cell_text(&table, text);
            tally_part(&kinds.rows[i], 1, text, sizeof(text));
            html_cell_text(&table, text);
            html_cell_number(&table, kinds.rows[i].counts[0]);
        }
    }
    html_table_end(&table);
    tally_done(&kinds);
}

/* The newest first. */
static void write_changes(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    struct html_table table = html_table_begin(
        page, "Changes: what, by whom", "nttttttt",
        "Entry|Proposed|Kind|Subject|Proposed by|Approved by|Effect|Agreed on by", report->rows);
    for (uint32_t i = audit_changes(audit); i > 0; i--) {
        const struct audit_change *change = audit_change(audit, i);
        if (!html_table_row(&table)) {
            continue;
        }
        html_cell_number(&table, change->at);
        html_cell_time(&table, change->proposed_ms);
        html_cell_text(&table, change->kind);
        html_cell_text(&table, log_report_name(report, change->subject));
        html_cell_text(&table, log_report_name(report, change->by));
        html_cell_text(&table,
                       change->approver > 0
                           ? log_report_name(report, audit_person(audit, change->approver)->id)
                           : "");
        html_cell_time(&table, change->used_ms);
        html_cell_text(&table, STATES[log_report_change_state(report, change)]);
    }
    html_table_end(&table);
}

void log_report_changes(const struct log_report *report, struct buf *page)
{
    write_persons(report, page);
    write_kinds(report, page);
    write_changes(report, page);
}

/* --- refused calls --- */

static void draw_reasons(const struct tally *reasons, struct buf *page)
{
    const struct chart chart = {
        "chart-reasons", "Refused calls by reason", {"refused"}, .series_count = 1};
    struct chart_item *items = calloc(CHART_ROWS_MAX, sizeof(*items));
    size_t count = 0;
    for (size_t i = 0; items != NULL && i < reasons->count && i < CHART_ROWS_MAX; i++) {
        (void)snprintf(items[count].label, sizeof(items[count].label), "%s", reasons->rows[i].name);
        items[count++].values[0] = reasons->rows[i].counts[0];
    }
    if (count > 0) {
        chart_bars(page, &chart, items, count);
    }
    free(items);
}

void log_report_denials(const struct log_report *report, struct buf *page)
{
    const struct tally *denials = &report->tallies[LOG_TALLY_DENIALS];
    char text[260];
    draw_reasons(&report->tallies[LOG_TALLY_REASONS], page);
    struct html_table table =
        html_table_begin(page, "Refused calls by reason and identity", "tttnntt",
                         "Reason|Identity|Method|On record|Not recorded|First|Last", report->rows);
    for (size_t i = 0; i < denials->count; i++) {
        const struct tally_row *row = &denials->rows[i];
        if (!html_table_row(&table)) {
            continue;
        }
        for (size_t part = 0; part < 3; part++) {
            tally_part(row, part, text, sizeof(text));
            html_cell_text(&table, part == 1 ? log_report_name(report, text) : text);
        }
        html_cell_number(&table, row->counts[0]);
        html_cell_number(&table, row->counts[1]);
        html_cell_time(&table, row->first_ms);
        html_cell_time(&table, row->last_ms);
    }
    html_table_end(&table);
    if (denials->left_out > 0) {
        html_paragraph(page, "%llu more are not in this table: it names the first %d combinations.",
                       (unsigned long long)denials->left_out, TALLY_ROWS_MAX);
    }
}
