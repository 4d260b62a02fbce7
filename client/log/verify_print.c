#include <inttypes.h>

#include "client/json.h"
#include "client/log/verify.h"
#include "lib/event/time.h"

static uint64_t count_of(const struct audit_summary *summary, enum event_type type)
{
    return summary->types[type];
}

static void print_entries(const struct log_verify *verify, struct buf *ret_text)
{
    const struct audit_summary *summary = audit_summary(verify->audit);
    char first[EVENT_TIME_SIZE];
    char last[EVENT_TIME_SIZE];
    event_time_write(summary->first_ms, first);
    event_time_write(summary->last_ms, last);
    buf_print(ret_text,
              "  log %s: %" PRIu64 " entries from %.10s to %.10s, hashes and signature ok\n",
              summary->origin, summary->entries, first, last);
    if (verify->options->since != NULL && verify->since_earlier) {
        buf_print(ret_text, "  %s is of an earlier epoch: in accord with the recovery\n",
                  verify->options->since);
    } else if (verify->options->since != NULL) {
        buf_print(ret_text, "  the first %" PRIu64 " are those of %s: append-only ok\n",
                  verify->since_size, verify->options->since);
    }
    if (verify->options->witnesses.count > 0) {
        buf_print(ret_text, "  %zu checkpoints of witnesses lie on this one tree\n",
                  verify->witnesses.count - (verify->options->since != NULL));
    }
    buf_print(ret_text,
              "  %" PRIu64 " reserved, %" PRIu64 " issued, %" PRIu64 " delivered again, %" PRIu64
              " reports (%" PRIu64 " failed attempts), %" PRIu64 " denials\n",
              count_of(summary, EVENT_TYPE_DEVICE_RESERVED),
              count_of(summary, EVENT_TYPE_DEVICE_ISSUED),
              count_of(summary, EVENT_TYPE_DEVICE_DELIVERED),
              count_of(summary, EVENT_TYPE_DEVICE_REPORTED), summary->attempts_failed,
              count_of(summary, EVENT_TYPE_CALL_DENIED));
}

static void print_checks(const struct log_verify *verify, struct buf *ret_text)
{
    const struct audit_summary *summary = audit_summary(verify->audit);
    buf_print(ret_text,
              "  %zu DACs: profile, chain to your PAA, unique serial number and key ok\n"
              "  0 issues without intent, 0 orders over their count, %" PRIu64
              " intents without issue, %" PRIu64 " issued and not reported\n",
              audit_certificate_count(verify->audit), summary->open_intents, summary->unreported);
    buf_print(ret_text,
              "  changes: %" PRIu64 " by two people's signatures, %" PRIu64
              " that need one, %" PRIu64 " inside approved limits\n",
              summary->changes_by_two, summary->changes_by_one, summary->orders_in_limits);
    buf_print(ret_text,
              "  keys: %" PRIu64 " served, %" PRIu64 " entries of key ceremonies, none contradicts "
              "another\n",
              summary->keys_served, count_of(summary, EVENT_TYPE_KEY_CEREMONY));
}

static void print_recoveries(const struct log_verify *verify, struct buf *ret_text)
{
    const struct audit_summary *summary = audit_summary(verify->audit);
    if (count_of(summary, EVENT_TYPE_LOG_RECOVERED) == 0) {
        return;
    }
    buf_print(ret_text,
              "  note: the log was recovered %" PRIu64 " times, by two operators each: %" PRIu64
              " signed entries lost, %" PRIu64 " units entered again from journals\n",
              count_of(summary, EVENT_TYPE_LOG_RECOVERED), summary->entries_lost,
              count_of(summary, EVENT_TYPE_DEVICE_RECOVERED));
    if (verify->witnesses.written_off > 0) {
        buf_print(ret_text,
                  "  note: %zu checkpoints of witnesses are of entries that were written off\n",
                  verify->witnesses.written_off);
    }
}

static void print_notes(const struct log_verify *verify, struct buf *ret_text)
{
    const struct audit_summary *summary = audit_summary(verify->audit);
    if (summary->software_token) {
        buf_print(ret_text, "  note: the keys lie in a SOFTWARE TOKEN (entry %" PRIu64 ")\n",
                  summary->software_token_at);
    }
    if (!summary->two_person_rule) {
        buf_print(ret_text,
                  "  note: the two-person rule is OFF (entry 0): %" PRIu64
                  " changes were made by one person that need two\n",
                  summary->changes_rule_off);
    }
    if (summary->keys_unrecorded > 0) {
        buf_print(ret_text,
                  "  note: %" PRIu64 " served keys without a ceremony on record "
                  "(mintmark ceremony record)\n",
                  summary->keys_unrecorded);
    }
    if (count_of(summary, EVENT_TYPE_CLOCK_JUMP) > 0) {
        buf_print(ret_text, "  note: the clock jumped %" PRIu64 " times\n",
                  count_of(summary, EVENT_TYPE_CLOCK_JUMP));
    }
    if (verify->options->log_key == NULL) {
        buf_append_text(ret_text, "  note: the log's key came with the export; compare it with one "
                                  "you got another way (--log-key)\n");
    }
    if (verify->witnesses.count == 0) {
        buf_append_text(ret_text,
                        "  note: no witness was asked: a server that shows others another "
                        "log is not found this way (--witness, --since)\n");
    }
    buf_append_text(ret_text, "  not provable here: what the token's keys signed beside this "
                              "service\n");
}

void log_verify_print(const struct log_verify *verify, struct buf *ret_text)
{
    print_entries(verify, ret_text);
    print_checks(verify, ret_text);
    print_recoveries(verify, ret_text);
    print_notes(verify, ret_text);
    buf_append_text(ret_text, "VERIFIED\n");
}

static void add_number(struct buf *json, const char *name, uint64_t number)
{
    json_append_name(json, name, false);
    buf_print(json, "%" PRIu64, number);
}

static void add_flag(struct buf *json, const char *name, bool flag)
{
    json_append_name(json, name, false);
    buf_append_text(json, flag ? "true" : "false");
}

static void add_types(const struct audit_summary *summary, struct buf *json)
{
    json_append_name(json, "types", false);
    buf_append_text(json, "{");
    bool first = true;
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        if (summary->types[type] > 0) {
            json_append_name(json, event_type_name((enum event_type)type), first);
            buf_print(json, "%" PRIu64, summary->types[type]);
            first = false;
        }
    }
    buf_append_text(json, "}");
}

void log_verify_print_json(const struct log_verify *verify, struct buf *ret_json)
{
    const struct audit_summary *summary = audit_summary(verify->audit);
    buf_append_text(ret_json, "{");
    json_append_name(ret_json, "origin", true);
    json_append_text(ret_json, span_text(summary->origin));
    add_flag(ret_json, "verified", true);
    add_number(ret_json, "entries", summary->entries);
    add_types(summary, ret_json);
    add_number(ret_json, "certificates", audit_certificate_count(verify->audit));
    add_number(ret_json, "intents_without_issue", summary->open_intents);
    add_number(ret_json, "issued_not_reported", summary->unreported);
    add_number(ret_json, "attempts_failed", summary->attempts_failed);
    add_number(ret_json, "changes_by_two", summary->changes_by_two);
    add_number(ret_json, "changes_by_one", summary->changes_by_one);
    add_number(ret_json, "changes_in_limits", summary->orders_in_limits);
    add_number(ret_json, "changes_rule_off", summary->changes_rule_off);
    add_number(ret_json, "recoveries", count_of(summary, EVENT_TYPE_LOG_RECOVERED));
    add_number(ret_json, "entries_lost", summary->entries_lost);
    add_number(ret_json, "witnesses_written_off", verify->witnesses.written_off);
    add_number(ret_json, "keys_served", summary->keys_served);
    add_number(ret_json, "keys_without_ceremony", summary->keys_unrecorded);
    add_number(ret_json, "witnesses", verify->witnesses.count);
    add_flag(ret_json, "two_person_rule", summary->two_person_rule);
    add_flag(ret_json, "software_token", summary->software_token);
    add_flag(ret_json, "log_key_given", verify->options->log_key != NULL);
    buf_append_text(ret_json, "}\n");
}
