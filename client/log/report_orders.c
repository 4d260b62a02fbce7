/* What was issued, when, where, of what; orders and how they closed. */
#include <stdio.h>
#include <stdlib.h>

#include "client/log/chart.h"
#include "client/log/report.h"
#include "lib/event/time.h"

enum { DAY_MS = 86400000 };

/* --- by day --- */

static int64_t day_of(const struct tally_row *row)
{
    return row->first_ms / DAY_MS;
}

/* Columns of as many days each as make them few enough; days without anything are there too. */
static void draw_days(const struct tally *days, struct buf *page)
{
    const struct chart chart = {
        "chart-days", "Certificates issued, by day", {"issued"}, .series_count = 1};
    struct chart_item *items = calloc(CHART_COLUMNS_MAX, sizeof(*items));
    if (items == NULL || days->count == 0) {
        free(items);
        return;
    }
    int64_t first = day_of(&days->rows[0]);
    int64_t all = day_of(&days->rows[days->count - 1]) - first + 1;
    int64_t each = (all + CHART_COLUMNS_MAX - 1) / CHART_COLUMNS_MAX;
    size_t count = (size_t)((all + each - 1) / each);
    for (size_t i = 0; i < count; i++) {
        char text[EVENT_TIME_SIZE];
        event_time_write((first + (int64_t)i * each) * DAY_MS, text);
        (void)snprintf(items[i].label, sizeof(items[i].label), "%.10s", text);
    }
    for (size_t i = 0; i < days->count; i++) {
        items[(day_of(&days->rows[i]) - first) / each].values[0] +=
            days->rows[i].counts[LOG_DAY_ISSUED];
    }
    chart_columns(page, &chart, items, count);
    free(items);
    if (each > 1) {
        html_paragraph(page, "Each column is %lld days.", (long long)each);
    }
}

static void add_counts(struct html_table *table, const struct tally_row *row)
{
    for (int i = 0; i < TALLY_COUNTS; i++) {
        html_cell_number(table, row->counts[i]);
    }
}

/* The newest first. */
static void write_days(const struct log_report *report, struct buf *page)
{
    const struct tally *days = &report->tallies[LOG_TALLY_DAYS];
    struct html_table table = html_table_begin(
        page, "By day", "tnnnnnn",
        "Day, UTC|Reserved|Issued|Flashed|Failed attempts|Scrapped|Refused calls", report->rows);
    for (size_t i = days->count; i > 0; i--) {
        if (html_table_row(&table)) {
            html_cell_text(&table, days->rows[i - 1].name);
            add_counts(&table, &days->rows[i - 1]);
        }
    }
    html_table_end(&table);
}

/* --- by product and station --- */

static void write_products(const struct log_report *report, struct buf *page)
{
    const struct tally *products = &report->tallies[LOG_TALLY_PRODUCTS];
    struct html_table table = html_table_begin(
        page, "By product: where its identities are now", "tnnnnnn",
        "Product|Reserved, not issued|Issued, not reported|Flashed|Scrapped|Superseded|Void",
        report->rows);
    for (size_t i = 0; i < products->count; i++) {
        if (html_table_row(&table)) {
            html_cell_text(&table, products->rows[i].name);
            add_counts(&table, &products->rows[i]);
        }
    }
    html_table_end(&table);
}

static void write_revisions(const struct log_report *report, struct buf *page)
{
    const struct tally *revisions = &report->tallies[LOG_TALLY_REVISIONS];
    char text[128];
    struct html_table table =
        html_table_begin(page, "Product revisions", "tntnc",
                         "Product|Revision|In force from|Entry|Content, SHA-256", report->rows);
    for (size_t i = revisions->count; i > 0; i--) {
        const struct tally_row *row = &revisions->rows[i - 1];
        if (!html_table_row(&table)) {
            continue;
        }
        for (size_t part = 0; part < 2; part++) {
            tally_part(row, part, text, sizeof(text));
            html_cell_text(&table, text);
        }
        html_cell_time(&table, row->first_ms);
        html_cell_number(&table, row->first_at);
        tally_part(row, 2, text, sizeof(text));
        html_cell_text(&table, text);
    }
    html_table_end(&table);
}

static void write_stations(const struct log_report *report, struct buf *page)
{
    const struct tally *stations = &report->tallies[LOG_TALLY_STATIONS];
    struct html_table table = html_table_begin(
        page, "By station", "tnnnnnntt",
        "Station|Reserved|Taken over|Delivered again|Flashed|Failed attempts|Scrapped|First|Last",
        report->rows);
    for (size_t i = 0; i < stations->count; i++) {
        const struct tally_row *row = &stations->rows[i];
        if (html_table_row(&table)) {
            html_cell_text(&table, log_report_name(report, row->name));
            add_counts(&table, row);
            html_cell_time(&table, row->first_ms);
            html_cell_time(&table, row->last_ms);
        }
    }
    html_table_end(&table);
}

static void write_failures(const struct log_report *report, struct buf *page)
{
    const struct tally *failures = &report->tallies[LOG_TALLY_FAILURES];
    char text[80];
    struct html_table table = html_table_begin(page, "Failed attempts, as stations named them",
                                               "ttn", "Phase|Code|Times", report->rows);
    for (size_t i = 0; i < failures->count; i++) {
        if (!html_table_row(&table)) {
            continue;
        }
        for (size_t part = 0; part < 2; part++) {
            tally_part(&failures->rows[i], part, text, sizeof(text));
            html_cell_text(&table, text[0] != '\0' ? text : "(not said)");
        }
        html_cell_number(&table, failures->rows[i].counts[0]);
    }
    html_table_end(&table);
}

void log_report_issued(const struct log_report *report, struct buf *page)
{
    draw_days(&report->tallies[LOG_TALLY_DAYS], page);
    write_days(report, page);
    write_products(report, page);
    write_revisions(report, page);
    write_stations(report, page);
    write_failures(report, page);
}

/* --- orders --- */

static uint64_t unused_of(const struct audit_order *order)
{
    uint64_t used = 0;
    for (int i = 0; i < AUDIT_UNIT_STATES; i++) {
        used += order->units[i];
    }
    return order->identities_limit - used;
}

/* The newest ones, as many as a chart takes. */
static void draw_orders(const struct audit *audit, struct buf *page)
{
    const struct chart chart = {
        "chart-orders",
        "Orders, the newest first: where their identities are",
        {"flashed", "scrapped", "superseded", "void", "open", "unused"},
        .series_count = 6,
    };
    struct chart_item *items = calloc(CHART_ROWS_MAX, sizeof(*items));
    size_t count = 0;
    for (uint32_t i = audit_orders(audit); items != NULL && i > 0 && count < CHART_ROWS_MAX; i--) {
        const struct audit_order *order = audit_order(audit, i);
        struct chart_item *item = &items[count++];
        (void)snprintf(item->label, sizeof(item->label), "%s", order->id);
        item->values[0] = order->units[AUDIT_UNIT_FLASHED];
        item->values[1] = order->units[AUDIT_UNIT_SCRAPPED];
        item->values[2] = order->units[AUDIT_UNIT_SUPERSEDED];
        item->values[3] = order->units[AUDIT_UNIT_VOID];
        item->values[4] = log_report_open_units(order);
        item->values[5] = unused_of(order);
    }
    if (count > 0) {
        chart_bars(page, &chart, items, count);
    }
    free(items);
}

static const char *state_of(const struct log_report *report, const struct audit_order *order)
{
    static const char *const NAMES[] = {"open", "paused", "closed"};
    return log_report_overdue(report, order) ? "past its last day" : NAMES[order->state];
}

static void add_sums(struct html_table *table, const struct audit_order *order)
{
    html_cell_number(table, order->quantity);
    html_cell_number(table, order->identities_limit);
    html_cell_number(table, order->units[AUDIT_UNIT_FLASHED]);
    html_cell_number(table, order->units[AUDIT_UNIT_SCRAPPED]);
    html_cell_number(table, order->units[AUDIT_UNIT_SUPERSEDED]);
    html_cell_number(table, order->units[AUDIT_UNIT_VOID]);
    html_cell_number(table, log_report_open_units(order));
    html_cell_number(table, unused_of(order));
}

static void write_sums(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    struct html_table table = html_table_begin(
        page, "Orders: identities = flashed + scrapped + superseded + void + open + unused",
        "tttnnnnnnnn",
        "Order|Product|State|Quantity|Identities|Flashed|Scrapped|Superseded|Void|Open|Unused",
        report->rows);
    for (uint32_t i = audit_orders(audit); i > 0; i--) {
        const struct audit_order *order = audit_order(audit, i);
        if (html_table_row(&table)) {
            html_cell_text(&table, order->id);
            html_cell_text(&table, order->product_name);
            html_cell_text(&table, state_of(report, order));
            add_sums(&table, order);
        }
    }
    html_table_end(&table);
}

/* Who proposed and approved a change, and when it had its effect. */
static void add_people(const struct log_report *report, struct html_table *table, uint32_t number)
{
    const struct audit *audit = report->verify->audit;
    const struct audit_change *change = number > 0 ? audit_change(audit, number) : NULL;
    html_cell_time(table, change != NULL ? change->used_ms : 0);
    html_cell_text(table, change != NULL ? log_report_name(report, change->by) : "");
    html_cell_text(table, change != NULL && change->approver > 0
                              ? log_report_name(report, audit_person(audit, change->approver)->id)
                              : "");
}

/* ";line1;line2;" */
static void add_lines(struct html_table *table, const char *lines)
{
    html_cell(table);
    if (lines[0] == '\0') {
        html_markup(table->page, "all");
    }
    for (const char *at = lines; *at == ';' && at[1] != '\0';) {
        size_t length = strcspn(at + 1, ";");
        html_markup(table->page, at != lines ? ", " : "");
        html_text(table->page, span_make(at + 1, length));
        at += 1 + length;
    }
    html_cell_end(table);
}

static void write_people(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    struct html_table table = html_table_begin(
        page, "Orders: opened and closed by whom", "tttttttn",
        "Order|Lines|Opened|Proposed by|Approved by|Closed|By|Failed attempts", report->rows);
    for (uint32_t i = audit_orders(audit); i > 0; i--) {
        const struct audit_order *order = audit_order(audit, i);
        if (!html_table_row(&table)) {
            continue;
        }
        const struct tally_row *more = tally_find(&report->tallies[LOG_TALLY_ORDERS], order->id);
        const struct audit_change *closed =
            order->closed_by > 0 ? audit_change(audit, order->closed_by) : NULL;
        html_cell_text(&table, order->id);
        add_lines(&table, order->lines);
        add_people(report, &table, order->opened_by);
        html_cell_time(&table, closed != NULL ? closed->used_ms : 0);
        html_cell_text(&table, closed != NULL ? log_report_name(report, closed->by) : "");
        html_cell_number(&table, more != NULL ? more->counts[0] : 0);
    }
    html_table_end(&table);
}

static void write_data(const struct log_report *report, struct buf *page)
{
    const struct tally *data = &report->tallies[LOG_TALLY_DATA];
    struct html_table table = html_table_begin(
        page, "Order data: rows that orders brought for their units, and bought DACs among them",
        "tnnnn", "Order|Imports|Rows|Rows erased|Units with bought DACs", report->rows);
    for (size_t i = 0; i < data->count; i++) {
        if (html_table_row(&table)) {
            html_cell_text(&table, data->rows[i].name);
            for (int k = 0; k < LOG_DATA_COUNTS; k++) {
                html_cell_number(&table, data->rows[i].counts[k]);
            }
        }
    }
    html_table_end(&table);
}

void log_report_orders(const struct log_report *report, struct buf *page)
{
    draw_orders(report->verify->audit, page);
    write_sums(report, page);
    write_people(report, page);
    write_data(report, page);
}
