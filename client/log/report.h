/* `mintmark log report` in its parts: what the entries amount to beyond lib/audit's own sums, and
 * the page that says it. */
#ifndef MINTMARK_CLIENT_LOG_REPORT_H
#define MINTMARK_CLIENT_LOG_REPORT_H

#include "client/log/html.h"
#include "client/log/tally.h"
#include "client/log/verify.h"
#include "lib/audit/view.h"

enum {
    LOG_REPORT_ROWS = 100, /* of a table, unless --rows says more */
    LOG_REPORT_ROWS_MAX = 1000000,
    LOG_REPORT_SIZE_MAX = 256 * 1024 * 1024, /* of the page */
};

enum log_tally {
    LOG_TALLY_DAYS,     /* day: reserved, issued, flashed, failed, scrapped, denied */
    LOG_TALLY_STATIONS, /* reserved, taken over, delivered again, flashed, failed, scrapped */
    LOG_TALLY_ORDERS,   /* failed attempts */
    LOG_TALLY_DATA,     /* order: what enum log_data says */
    LOG_TALLY_PRODUCTS, /* what its orders' units are: in the order of enum audit_unit_state */
    LOG_TALLY_REVISIONS,
    LOG_TALLY_FAILURES, /* phase, code */
    LOG_TALLY_REASONS,  /* of denials */
    LOG_TALLY_DENIALS,  /* reason, identity, method; and how many more were not recorded */
    LOG_TALLY_REVOKED,  /* DAC serial, PAI, reason code */
    LOG_TALLY_PAIS,     /* revoked of it */
    LOG_TALLY_LISTS,    /* PAI: lists, last number, certificates on it, next update (s) */
    LOG_TALLY_TOKENS,
    LOG_TALLY_VERSIONS, /* version, digest of the configuration */
    LOG_TALLY_KEYS,
    LOG_TALLY_CEREMONIES,
    LOG_TALLY_CLOCKS,
    LOG_TALLY_RECOVERIES,
    LOG_TALLY_ERASURES, /* what: times, units */
    LOG_TALLY_SALTS,
    LOG_TALLY_CODES, /* identity, purpose */
    LOG_TALLIES,
};

enum log_day {
    LOG_DAY_RESERVED,
    LOG_DAY_ISSUED,
    LOG_DAY_FLASHED,
    LOG_DAY_FAILED,
    LOG_DAY_SCRAPPED,
    LOG_DAY_DENIED
};
enum log_station {
    LOG_STATION_RESERVED,
    LOG_STATION_TAKEN,
    LOG_STATION_AGAIN,
    LOG_STATION_FLASHED,
    LOG_STATION_FAILED,
    LOG_STATION_SCRAPPED
};
enum log_data {
    LOG_DATA_IMPORTS,
    LOG_DATA_ROWS,
    LOG_DATA_ERASED, /* rows that no unit took */
    LOG_DATA_BOUGHT, /* units whose DAC came with the rows */
    LOG_DATA_COUNTS
};
enum log_list { LOG_LIST_LISTS, LOG_LIST_NUMBER, LOG_LIST_COUNT, LOG_LIST_NEXT };

struct log_report {
    const struct log_verify *verify;
    struct tally tallies[LOG_TALLIES];
    uint64_t rows;                 /* of a table, at most */
    const struct problem *problem; /* the first thing wrong; NULL: nothing is */
};
void log_report_done(struct log_report *report); /* accepts a zeroed struct */
OWN_VALUE(struct log_report, log_report_done)

/* Counts an entry that the audit found right. `context` is the struct log_report. */
MUST_USE status_t log_report_entry(void *context, const struct event *event,
                                   struct problem *problem);
/* After the last one: the sums of products, and tables in the order in which they are shown. */
MUST_USE status_t log_report_finish(struct log_report *report);

/* The page. */
void log_report_page(const struct log_report *report, struct buf *page);
extern const char *const LOG_REPORT_STYLE[]; /* its CSS in pieces; ends with NULL */

/* Its parts, from the top. */
void log_report_summary(const struct log_report *report, struct buf *page);
void log_report_questions(const struct log_report *report, struct buf *page);
void log_report_issued(const struct log_report *report, struct buf *page);
void log_report_orders(const struct log_report *report, struct buf *page);
void log_report_changes(const struct log_report *report, struct buf *page);
void log_report_denials(const struct log_report *report, struct buf *page);
void log_report_revocations(const struct log_report *report, struct buf *page);
void log_report_keys(const struct log_report *report, struct buf *page);
void log_report_service(const struct log_report *report, struct buf *page);
void log_report_controls(const struct log_report *report, struct buf *page);

/* A change as it stands at the newest entry. */
enum log_change_state {
    LOG_CHANGE_TWO,
    LOG_CHANGE_ONE,
    LOG_CHANGE_LIMITS,
    LOG_CHANGE_RULE_OFF,
    LOG_CHANGE_WAITING,
    LOG_CHANGE_EXPIRED,
    LOG_CHANGE_ENDED,
    LOG_CHANGE_STATES
};
enum log_change_state log_report_change_state(const struct log_report *report,
                                              const struct audit_change *change);

/* An id as this page names it: without the trust domain of the first person, which all share. */
const char *log_report_name(const struct log_report *report, const char *id);

/* Open at a station or reserved; and whether the order's last day is over at the newest entry. */
uint64_t log_report_open_units(const struct audit_order *order);
bool log_report_overdue(const struct log_report *report, const struct audit_order *order);

/* Of all orders' data. */
uint64_t log_report_data(const struct log_report *report, enum log_data what);

#endif
