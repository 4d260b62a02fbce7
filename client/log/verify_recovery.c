/* A log that goes on behind a restored store (lib/audit/SPEC.md §6). */
#include "client/log/verify.h"
#include "mintmark/v1/recovery.pb-c.h"

void log_verify_note_head(struct log_verify *verify, struct span entry)
{
    static const char PROPOSED[] = "{\"type\":\"change.proposed\",";
    if (entry.size > strlen(PROPOSED) && memcmp(entry.data, PROPOSED, strlen(PROPOSED)) == 0) {
        verify->before.size = verify->edge.size;
        tlog_edge_root(&verify->edge, &verify->before.root);
    }
}

static status_t other(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "OTHER_CONTENT", "",
                       "the entry has another %s than what was signed", what);
}

static bool is_text(const struct event *event, enum event_field field, const char *wanted)
{
    return span_equal(event->values[field].bytes, span_text(wanted));
}

static bool is_number(const struct event *event, enum event_field field, uint64_t wanted)
{
    return event->values[field].number >= 0 && (uint64_t)event->values[field].number == wanted;
}

static bool is_bytes(const struct event *event, enum event_field field, ProtobufCBinaryData wanted)
{
    return span_equal(event->values[field].bytes, span_make(wanted.data, wanted.len));
}

static status_t check_plan(const Mintmark__V1__Recovery *plan, const struct event *event,
                           struct problem *problem)
{
    if (!is_text(event, EVENT_OLD_ORIGIN, plan->old_origin) ||
        !is_text(event, EVENT_ORIGIN, plan->origin)) {
        return other("origin", problem);
    }
    if (!is_number(event, EVENT_SIZE, plan->size) || !is_bytes(event, EVENT_ROOT, plan->root)) {
        return other("size or root", problem);
    }
    return is_number(event, EVENT_COUNT, plan->units) &&
                   is_bytes(event, EVENT_UNITS_SHA256, plan->units_sha256) &&
                   is_number(event, EVENT_LEFT_OUT, plan->left_out)
               ? STATUS_OK
               : other("number of units", problem);
}

/* The old log's last checkpoint: signed by the log's key, and what the entry says. */
static status_t check_note(const struct log_verify *verify, const Mintmark__V1__Recovery *plan,
                           const struct event *event, struct problem *problem)
{
    struct tlog_key key;
    struct tlog_checkpoint last;
    TRY(tlog_key_rename(&verify->folder.key, plan->old_origin, &key, problem));
    TRY(tlog_checkpoint_open(span_text(plan->signed_note), &key, &last, problem));
    return is_number(event, EVENT_SIGNED_SIZE, last.head.size) &&
                   span_equal(event->values[EVENT_SIGNED_ROOT].bytes, SPAN_OF(last.head.root.bytes))
               ? STATUS_OK
               : other("last signed checkpoint", problem);
}

static status_t check_kept(const struct log_verify *verify, const struct event *event,
                           struct problem *problem)
{
    const struct tlog_head *kept = &verify->before;
    return is_number(event, EVENT_SIZE, kept->size) &&
                   span_equal(event->values[EVENT_ROOT].bytes, SPAN_OF(kept->root.bytes))
               ? STATUS_OK
               : problem_say(problem, STATUS_REFUSED, "RECOVERY_ROOT", "",
                             "the entries before it are not those that the recovery kept");
}

status_t log_verify_recovery(struct log_verify *verify, const uint8_t sha256[static SHA256_SIZE],
                             const struct event *event, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(log_verify_content(verify, sha256, &mintmark__v1__recovery__descriptor, &message, problem));
    const Mintmark__V1__Recovery *plan = (const Mintmark__V1__Recovery *)message;
    TRY(check_plan(plan, event, problem));
    TRY(check_note(verify, plan, event, problem));
    return check_kept(verify, event, problem);
}
