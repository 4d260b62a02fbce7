/* What the log leaves open, and where each control shows. */
#include <inttypes.h>

#include "client/log/report.h"

/* --- open questions --- */

/* One line of the list, when there is anything to ask. */
static void ask(struct buf *page, uint64_t number, const char *id, const char *what)
{
    if (number > 0) {
        buf_print(page, "<li>%s: <strong id=\"open-%s\">", what, id);
        html_number(page, number);
        html_markup(page, "</strong></li>\n");
    }
}

static uint64_t count_changes(const struct log_report *report, enum log_change_state state)
{
    uint64_t count = 0;
    const struct audit *audit = report->verify->audit;
    for (uint32_t i = 1; i <= audit_changes(audit); i++) {
        count += log_report_change_state(report, audit_change(audit, i)) == state;
    }
    return count;
}

static uint64_t count_overdue(const struct log_report *report)
{
    uint64_t count = 0;
    const struct audit *audit = report->verify->audit;
    for (uint32_t i = 1; i <= audit_orders(audit); i++) {
        count += log_report_overdue(report, audit_order(audit, i));
    }
    return count;
}

/* Closed with units that nobody has reported. */
static uint64_t count_closed_open(const struct log_report *report)
{
    uint64_t count = 0;
    const struct audit *audit = report->verify->audit;
    for (uint32_t i = 1; i <= audit_orders(audit); i++) {
        const struct audit_order *order = audit_order(audit, i);
        count += order->state == AUDIT_ORDER_CLOSED && log_report_open_units(order) > 0;
    }
    return count;
}

/* Revoked after the PAI's last list. */
static uint64_t count_unlisted(const struct log_report *report)
{
    uint64_t count = 0;
    const struct tally *pais = &report->tallies[LOG_TALLY_PAIS];
    for (size_t i = 0; i < pais->count; i++) {
        const struct tally_row *list =
            tally_find(&report->tallies[LOG_TALLY_LISTS], pais->rows[i].name);
        count += pais->rows[i].counts[0] - (list != NULL ? list->counts[LOG_LIST_COUNT] : 0);
    }
    return count;
}

static uint64_t count_old_lists(const struct log_report *report)
{
    uint64_t count = 0;
    const struct tally *lists = &report->tallies[LOG_TALLY_LISTS];
    for (size_t i = 0; i < lists->count; i++) {
        count += (int64_t)lists->rows[i].counts[LOG_LIST_NEXT] <
                 audit_summary(report->verify->audit)->last_ms;
    }
    return count;
}

static uint64_t count_unrecorded(const struct log_report *report)
{
    uint64_t count = 0;
    const struct tally *denials = &report->tallies[LOG_TALLY_DENIALS];
    for (size_t i = 0; i < denials->count; i++) {
        count += denials->rows[i].counts[1];
    }
    return count;
}

static void write_unproven(const struct log_report *report, struct buf *page)
{
    const struct log_verify *verify = report->verify;
    html_markup(page, "<h3>What this cannot show</h3>\n<ul>\n"
                      "<li>Signatures that the token\xE2\x80\x99s keys made beside this service "
                      "leave no entry here. Compare with the token\xE2\x80\x99s own audit, if it "
                      "has one.</li>\n"
                      "<li>A failed attempt, a scrapped unit, a flashed unit: these are the "
                      "station\xE2\x80\x99s words.</li>\n");
    if (verify->witnesses.count == 0) {
        html_markup(page,
                    "<li>Whether the server shows others the same log: no witness\xE2\x80\x99s "
                    "checkpoint was compared.</li>\n");
    } else {
        html_markup(page, "<li>Whether the server showed the same log to those whose checkpoints "
                          "are not among the ");
        html_number(page, verify->witnesses.count);
        html_markup(page, " compared.</li>\n");
    }
    if (verify->options->log_key == NULL) {
        html_markup(page,
                    "<li>That the log\xE2\x80\x99s key is the one in your token: it came with "
                    "the export.</li>\n");
    }
    html_markup(page, "</ul>\n");
}

static void write_open_orders(const struct log_report *report, struct buf *page)
{
    const struct audit *audit = report->verify->audit;
    struct html_table table =
        html_table_begin(page, "Orders with units that have not ended", "ttnn",
                         "Order|Product|Reserved, not issued|Issued, not reported", report->rows);
    for (uint32_t i = audit_orders(audit); i > 0; i--) {
        const struct audit_order *order = audit_order(audit, i);
        if (log_report_open_units(order) > 0 && html_table_row(&table)) {
            html_cell_text(&table, order->id);
            html_cell_text(&table, order->product_name);
            html_cell_number(&table, order->units[AUDIT_UNIT_RESERVED]);
            html_cell_number(&table, order->units[AUDIT_UNIT_ISSUED]);
        }
    }
    html_table_end(&table);
}

void log_report_questions(const struct log_report *report, struct buf *page)
{
    const struct audit_summary *summary = audit_summary(report->verify->audit);
    html_markup(page, "<ul>\n");
    ask(page, summary->open_intents, "reserved",
        "Identities reserved and never issued (signed or not, the log cannot say)");
    ask(page, summary->unreported, "unreported", "Units issued whose end nobody reported");
    ask(page, count_overdue(report), "overdue", "Orders past their last day and not closed");
    ask(page, count_closed_open(report), "closed", "Orders closed with units that had not ended");
    ask(page, count_changes(report, LOG_CHANGE_WAITING), "waiting",
        "Changes that wait for a second person");
    ask(page, count_changes(report, LOG_CHANGE_EXPIRED), "expired",
        "Changes that expired without an effect");
    ask(page, summary->changes_rule_off, "rule-off",
        "Changes made by one person that need two, with the rule off");
    ask(page, count_unlisted(report), "unlisted",
        "Certificates revoked that no revocation list holds yet");
    ask(page, count_old_lists(report), "old-lists",
        "PAIs whose newest revocation list is past its next update");
    ask(page, count_unrecorded(report), "unrecorded",
        "Refused calls beyond those that were recorded one by one");
    html_markup(page,
                "<li class=\"quiet\">Nothing else is left open by the entries.</li>\n</ul>\n");
    write_open_orders(report, page);
    write_unproven(report, page);
}

/* --- controls --- */

struct control {
    const char *what;
    void (*evidence)(const struct log_report *report, struct buf *page);
    const char *command;
};

static uint64_t type_of(const struct log_report *report, enum event_type type)
{
    return audit_summary(report->verify->audit)->types[type];
}

static void say_entries(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " entries under the signed root",
             audit_summary(report->verify->audit)->entries);
}

static void say_witnesses(const struct log_report *report, struct buf *page)
{
    html_say(page, "%zu checkpoints of others compared", report->verify->witnesses.count);
}

static void say_changes(const struct log_report *report, struct buf *page)
{
    const struct audit_summary *summary = audit_summary(report->verify->audit);
    html_say(page, "rule %s; %" PRIu64 " by two, %" PRIu64 " by one with the rule off",
             summary->two_person_rule ? "on" : "OFF", summary->changes_by_two,
             summary->changes_rule_off);
}

static void say_limits(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " orders or reworks by one, inside limits",
             audit_summary(report->verify->audit)->orders_in_limits);
}

static void say_counts(const struct log_report *report, struct buf *page)
{
    html_say(page, "%u orders, %" PRIu64 " closed, none over its count",
             (unsigned)audit_orders(report->verify->audit),
             type_of(report, EVENT_TYPE_ORDER_CLOSED));
}

static void say_intents(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " reserved, %" PRIu64 " issued, none without an intent",
             type_of(report, EVENT_TYPE_DEVICE_RESERVED),
             type_of(report, EVENT_TYPE_DEVICE_ISSUED));
}

static void say_certificates(const struct log_report *report, struct buf *page)
{
    html_say(page, "%zu certificates in the export",
             audit_certificate_count(report->verify->audit));
}

static void say_keys(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " key reports at %" PRIu64 " starts; token %s",
             type_of(report, EVENT_TYPE_KEY_SERVED), type_of(report, EVENT_TYPE_START),
             audit_summary(report->verify->audit)->software_token ? "SOFTWARE" : "hardware");
}

static void say_access(const struct log_report *report, struct buf *page)
{
    html_say(page, "%u identities, %" PRIu64 " refused calls",
             (unsigned)audit_people(report->verify->audit),
             type_of(report, EVENT_TYPE_CALL_DENIED));
}

static void say_secrets(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " sweeps, %" PRIu64 " day salts destroyed",
             type_of(report, EVENT_TYPE_DEVICE_ERASED), type_of(report, EVENT_TYPE_SALT_DESTROYED));
}

static void say_codes(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " reads, each with its reader and purpose",
             type_of(report, EVENT_TYPE_CODES_READ));
}

static void say_revocations(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " revoked, %" PRIu64 " lists",
             type_of(report, EVENT_TYPE_DEVICE_REVOKED), type_of(report, EVENT_TYPE_CRL_ISSUED));
}

static void say_rollback(const struct log_report *report, struct buf *page)
{
    html_say(page, "%" PRIu64 " recoveries, %" PRIu64 " clock alarms",
             type_of(report, EVENT_TYPE_LOG_RECOVERED), type_of(report, EVENT_TYPE_CLOCK_JUMP));
}

static const struct control CONTROLS[] = {
    {"Entries are never changed or removed", say_entries,
     "mintmark log verify DIR --paa FILE --log-key FILE"},
    {"Everybody sees the same log", say_witnesses,
     "mintmark log verify DIR --paa FILE --witness DIR --since CHECKPOINT"},
    {"Two people for products, identities, resuming, revocation", say_changes,
     "mintmark change show ID"},
    {"One person only inside approved limits", say_limits, "mintmark product show NAME"},
    {"No order gives out more identities than agreed", say_counts, "mintmark order report ORDER"},
    {"No certificate without an intent on record", say_intents,
     "mintmark log verify DIR --paa FILE"},
    {"Every certificate to its profile, unique, under your PAA", say_certificates,
     "mintmark log verify DIR --paa FILE"},
    {"Keys stay in the token", say_keys, "mintmark-hsm check"},
    {"Only enrolled identities act", say_access, "mintmark identity list"},
    {"Secrets are erased in time", say_secrets, "mintmark device show UNIT"},
    {"Onboarding codes are read on record only", say_codes, "mintmark log report DIR"},
    {"Revoked certificates are listed", say_revocations, "mintmark crl get PAI"},
    {"A store set back does not issue, one that was changed is found", say_rollback,
     "mintmarkd --check-store"},
};

void log_report_controls(const struct log_report *report, struct buf *page)
{
    struct html_table table = html_table_begin(page,
                                               "Each control, what this log shows of it, and "
                                               "the command that shows it again",
                                               "ttc", "Control|Evidence|Command", 64);
    for (size_t i = 0; i < sizeof(CONTROLS) / sizeof(CONTROLS[0]); i++) {
        (void)html_table_row(&table);
        html_cell_text(&table, CONTROLS[i].what);
        html_cell(&table);
        if (report->problem == NULL) {
            CONTROLS[i].evidence(report, page);
        } else {
            html_markup(page, "nothing: the log was not verified");
        }
        html_cell_end(&table);
        html_cell_text(&table, CONTROLS[i].command);
    }
    html_table_end(&table);
}
