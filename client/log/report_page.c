/* The page's frame, its verdict, and what was checked. */
#include <inttypes.h>

#include "client/log/report.h"

static const struct part {
    const char *id;
    const char *title;
    void (*write)(const struct log_report *report, struct buf *page);
} PARTS[] = {
    {"summary", "In figures", log_report_summary},
    {"questions", "Open questions", log_report_questions},
    {"issued", "What was issued", log_report_issued},
    {"orders", "Orders", log_report_orders},
    {"changes", "People and changes", log_report_changes},
    {"denials", "Refused calls", log_report_denials},
    {"revocations", "Revocation", log_report_revocations},
    {"keys", "Token and keys", log_report_keys},
    {"service", "Service, secrets, clock", log_report_service},
    {"controls", "Controls and their evidence", log_report_controls},
};

enum { PARTS_COUNT = sizeof(PARTS) / sizeof(PARTS[0]) };

static void write_head(const struct log_report *report, struct buf *page)
{
    const struct audit_summary *summary = audit_summary(report->verify->audit);
    html_markup(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" "
                      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Log ");
    html_say(page, "%s", summary->origin);
    html_markup(page, "</title>\n<style>\n");
    for (size_t i = 0; LOG_REPORT_STYLE[i] != NULL; i++) {
        html_markup(page, LOG_REPORT_STYLE[i]);
    }
    html_markup(page, "</style>\n</head>\n<body>\n<header>\n<p class=\"kind\">Mintmark log "
                      "report</p>\n<h1>");
    html_say(page, "%s",
             summary->origin[0] != '\0' ? summary->origin : report->verify->folder.key.name);
    html_markup(page, "</h1>\n<p class=\"about\">");
    html_number(page, summary->entries);
    html_markup(page, " entries, ");
    html_time(page, summary->first_ms);
    html_markup(page, " to ");
    html_time(page, summary->last_ms);
    html_markup(page, " UTC. All times are UTC; \xE2\x80\x9Cnow\xE2\x80\x9D is the newest entry."
                      "</p>\n</header>\n");
}

static void write_verdict(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    if (report->problem == NULL) {
        html_markup(page,
                    "<div class=\"verdict good\" id=\"verdict\" role=\"status\"><strong>"
                    "VERIFIED</strong> The log\xE2\x80\x99s hashes and signature, every entry "
                    "against those before it, and ");
        html_number(page, audit_certificate_count(audit));
        html_markup(page, " certificates against entry, profile and issuer are right. "
                          "What that cannot show is under Open questions.</div>\n");
        return;
    }
    html_markup(page, "<div class=\"verdict bad\" id=\"verdict\" role=\"status\"><strong>"
                      "NOT VERIFIED</strong> ");
    html_say(page, "%s [%s] (%s)", report->problem->message, report->problem->field,
             report->problem->reason);
    html_markup(page, "<br>This is the first thing wrong. Nothing below is proven; it counts the ");
    html_number(page, audit_summary(audit)->entries);
    html_markup(page, " entries that could be read before it, of ");
    html_number(page, report->verify->folder.checkpoint.head.size);
    html_markup(page, ".</div>\n");
}

static void note(struct buf *page, const char *strong, const char *rest)
{
    html_markup(page, "<div class=\"note\"><strong>");
    html_markup(page, strong);
    html_markup(page, "</strong> ");
    html_markup(page, rest);
    html_markup(page, "</div>\n");
}

static bool has_dev_key(const struct log_report *report)
{
    const struct tally *keys = &report->tallies[LOG_TALLY_KEYS];
    char class[16];
    for (size_t i = 0; i < keys->count; i++) {
        tally_part(&keys->rows[i], 2, class, sizeof(class));
        if (strcmp(class, "dev") == 0) {
            return true;
        }
    }
    return false;
}

/* What a reader must know before any figure. */
static void write_notes(const struct log_report *report, struct buf *page)
{
    const struct log_verify *verify = report->verify;
    const struct audit_summary *summary = audit_summary(verify->audit);
    if (summary->software_token) {
        note(page, "SOFTWARE TOKEN.",
             "The keys lie in a software token: who owns the machine can copy them.");
    }
    if (has_dev_key(report)) {
        note(page, "DEVELOPMENT KEY.",
             "A key of class dev was served: its attributes do not keep it in the token.");
    }
    if (summary->entries > 0 && !summary->two_person_rule) {
        note(page, "TWO-PERSON RULE OFF.",
             "This log began with the rule off: one person could do what needs two.");
    }
    if (summary->types[EVENT_TYPE_LOG_RECOVERED] > 0) {
        note(page, "RECOVERED.", "The log lost entries and was taken up again; see Service.");
    }
    if (summary->types[EVENT_TYPE_CLOCK_JUMP] > 0) {
        note(page, "CLOCK.", "The service\xE2\x80\x99s clock jumped; see Service.");
    }
    if (verify->options->log_key == NULL) {
        note(page, "Log key not compared.",
             "It came with the export itself; give one you got another way with --log-key.");
    }
    if (verify->witnesses.count == 0) {
        note(page, "No witness asked.",
             "A server that shows others another log is not found this way: --witness, --since.");
    }
}

static void write_contents(struct buf *page)
{
    html_markup(page, "<nav aria-label=\"Contents\"><ol>\n");
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        buf_print(page, "<li><a href=\"#%s\">%s</a></li>\n", PARTS[i].id, PARTS[i].title);
    }
    html_markup(page, "</ol></nav>\n");
}

void log_report_page(const struct log_report *report, struct buf *page)
{
    write_head(report, page);
    write_verdict(report, page);
    write_notes(report, page);
    write_contents(page);
    html_markup(page, "<main>\n");
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        html_section(page, PARTS[i].id, PARTS[i].title);
        PARTS[i].write(report, page);
        html_section_end(page);
    }
    html_markup(page, "</main>\n</body>\n</html>\n");
}

/* --- in figures --- */

static void figure(struct buf *page, const char *id, const char *what, uint64_t number)
{
    buf_print(page, "<div><dt>%s</dt><dd id=\"figure-%s\">", what, id);
    html_number(page, number);
    html_markup(page, "</dd></div>\n");
}

static void write_anchors(const struct log_report *report, struct buf *page)
{
    const struct log_verify *verify = report->verify;
    struct html_table table = html_table_begin(page, "Checked against", "tc", "What|Value", 64);
    const struct tlog_head *head = &verify->folder.checkpoint.head;
    (void)html_table_row(&table);
    html_cell_text(&table, "Signed checkpoint, entries");
    html_cell_number(&table, head->size);
    (void)html_table_row(&table);
    html_cell_text(&table, "Root hash");
    html_cell(&table);
    html_hex(page, SPAN_OF(head->root.bytes));
    html_cell_end(&table);
    (void)html_table_row(&table);
    html_cell_text(&table, verify->options->log_key != NULL ? "Log key, given"
                                                            : "Log key, from the export");
    html_cell(&table);
    html_say(page, "%s", verify->folder.key.name);
    html_markup(page, " ");
    html_hex(page, SPAN_OF(verify->folder.key.id));
    html_cell_end(&table);
    for (size_t i = 0; i < verify->options->paas.count && i < LOG_VERIFY_PAAS_MAX; i++) {
        uint8_t digest[SHA256_SIZE];
        digest_sha256(buf_span(&verify->paas[i]), digest);
        (void)html_table_row(&table);
        html_cell_text(&table, "PAA you trust, SHA-256");
        html_cell(&table);
        html_hex(page, SPAN_OF(digest));
        html_cell_end(&table);
    }
    for (size_t i = 0; verify->pais != NULL && i < verify->issuers.count; i++) {
        uint8_t digest[SHA256_SIZE];
        digest_sha256(buf_span(&verify->pais[i]), digest);
        (void)html_table_row(&table);
        html_cell_text(&table, "PAI under it, SHA-256");
        html_cell(&table);
        html_hex(page, SPAN_OF(digest));
        html_cell_end(&table);
    }
    html_table_end(&table);
}

void log_report_summary(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    const struct audit_summary *summary = audit_summary(audit);
    const uint64_t *types = summary->types;
    html_markup(page, "<dl class=\"figures\">\n");
    figure(page, "reserved", "identities reserved", types[EVENT_TYPE_DEVICE_RESERVED]);
    figure(page, "issued", "certificates issued", types[EVENT_TYPE_DEVICE_ISSUED]);
    figure(page, "orders", "orders", audit_orders(audit));
    figure(page, "data", "rows of order data", log_report_data(report, LOG_DATA_ROWS));
    figure(page, "data-erased", "rows erased unused", log_report_data(report, LOG_DATA_ERASED));
    figure(page, "bought", "units with bought DACs", log_report_data(report, LOG_DATA_BOUGHT));
    figure(page, "delivered", "delivered again", types[EVENT_TYPE_DEVICE_DELIVERED]);
    figure(page, "failed", "failed attempts", summary->attempts_failed);
    figure(page, "revoked", "certificates revoked", types[EVENT_TYPE_DEVICE_REVOKED]);
    figure(page, "two", "changes by two people", summary->changes_by_two);
    figure(page, "one", "changes that need one", summary->changes_by_one);
    figure(page, "limits", "by one, inside approved limits", summary->orders_in_limits);
    figure(page, "rule-off", "by one, rule off", summary->changes_rule_off);
    figure(page, "denied", "refused calls on record", types[EVENT_TYPE_CALL_DENIED]);
    figure(page, "codes", "onboarding codes read", types[EVENT_TYPE_CODES_READ]);
    html_markup(page, "</dl>\n");
    write_anchors(report, page);
}
