#include "server/recovery/recover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "server/issue/checkpoint.h"
#include "server/issue/crl.h"
#include "server/issue/leaf.h"
#include "server/recovery/command.h"
#include "server/recovery/counters.h"
#include "server/recovery/statements.h"
#include "server/supervisor/instance.h"

enum {
    FIXED_ENTRIES = 3, /* proposal, approval, recovery */
    /* entries that nobody had signed yet (upkeep signs after seconds), or nobody knows of */
    NUMBERS_UNSIGNED = 512,
    NUMBERS_UNKNOWN = 10000,
    LISTS_LOST_MAX = 900, /* a signer goes at most 1000 further than a PAI's age (hsm/SPEC.md §4) */
};

/* --- the plan is written --- */

static status_t write_plan(const struct plan *plan, struct problem *problem)
{
    const char *path = plan->options->plan;
    if (access(path, F_OK) == 0) {
        return problem_say(problem, STATUS_EXISTS, "PLAN_EXISTS", "--plan",
                           "%s is there: with two --statement it is done; for a new plan remove it",
                           path);
    }
    return file_write(path, buf_span(&plan->content), 0644) == STATUS_OK
               ? STATUS_OK
               : problem_say(problem, STATUS_IO, "PLAN", path, "cannot write %s: %s", path,
                             strerror(errno));
}

/* --- it is done --- */

static status_t check_plan(const struct plan *plan, struct span written, struct problem *problem)
{
    return span_equal(written, buf_span(&plan->content))
               ? STATUS_OK
               : problem_say(problem, STATUS_ABORTED, "RECOVERY_MOVED", "--plan",
                             "store, last checkpoint or journals are not those that %s was made "
                             "from: give the same journals, or make a new plan and have it signed",
                             plan->options->plan);
}

struct entries {
    struct buf list[FIXED_ENTRIES];
};

static void entries_done(struct entries *entries)
{
    for (size_t i = 0; i < FIXED_ENTRIES; i++) {
        buf_done(&entries->list[i]);
    }
}
OWN_VALUE(struct entries, entries_done)

static status_t write_entries(struct plan *plan, const struct store_change *change,
                              struct entries *entries, struct problem *problem)
{
    struct journal *journal = &plan->journal;
    const struct issue_leaf_recovery recovery = {
        .old_origin = plan->old_origin,
        .origin = plan->origin,
        .kept = &plan->kept,
        .last = &plan->last.head,
        .lost = plan->lost,
        .units = journal_count(journal, STORE_RECOVERY_FITS),
        .units_sha256 = plan->units_sha256,
        .left_out = journal_count(journal, STORE_RECOVERY_LEFT_OUT),
        .change = change->id,
    };
    TRY(issue_leaf_proposed(change, &entries->list[0], problem));
    TRY(issue_leaf_approved(change, plan->now_ms, &entries->list[1], problem));
    TRY(issue_leaf_log_recovered(&recovery, plan->now_ms, &entries->list[2], problem));
    for (size_t i = 0; i < journal->count; i++) {
        struct store_recovery_unit *unit = &journal->units[i];
        if (unit->verdict == STORE_RECOVERY_FITS) {
            TRY(issue_leaf_device_recovered(&unit->unit, plan->now_ms, &unit->leaf, problem));
        }
    }
    return STATUS_OK;
}

static uint32_t lists_lost(const struct plan *plan)
{
    return plan->highwater_lost || plan->lost > LISTS_LOST_MAX ? LISTS_LOST_MAX
                                                               : (uint32_t)plan->lost;
}

/* No serial number without an entry. */
static uint32_t numbers_lost(const struct plan *plan)
{
    uint64_t lost = plan->lost + (plan->highwater_lost ? NUMBERS_UNKNOWN : NUMBERS_UNSIGNED);
    return lost < UINT32_MAX ? (uint32_t)lost : UINT32_MAX;
}

static status_t apply(struct plan *plan, const struct store_change *change, struct problem *problem)
{
    AUTO(entries_done) struct entries entries = {0};
    AUTO(counters_done) struct counters counters = {0};
    uint8_t issuers[RPC_CATALOG_PAIS_MAX][STORE_ISSUER_SIZE];
    for (size_t i = 0; i < plan->catalog.pai_count; i++) {
        issue_crl_issuer(&plan->catalog.pais[i], issuers[i]);
    }
    TRY(write_entries(plan, change, &entries, problem));
    TRY(counters_read(plan->store, &counters, problem));
    const struct store_recovery recovery = {
        .old_origin = plan->old_origin,
        .size = plan->kept.size,
        .origin = plan->origin,
        .change = change,
        .content = buf_span(&plan->content),
        .entries = entries.list,
        .entry_count = FIXED_ENTRIES,
        .units = plan->journal.units,
        .unit_count = plan->journal.count,
        .issuers = (const uint8_t(*)[STORE_ISSUER_SIZE])issuers,
        .issuer_count = plan->catalog.pai_count,
        .lists_lost = lists_lost(plan),
        .counters = counters.list,
        .counter_count = counters.count,
        .numbers_lost = numbers_lost(plan),
        .now_ms = plan->now_ms,
    };
    return store_recover(plan->store, &recovery, problem);
}

/* The old log's last checkpoint, put where no store of that epoch is served any more. First of all:
 * whatever is cut off then, nothing is served until it was done. */
static status_t retire(const struct plan *plan, const char *old_origin, struct span note,
                       struct problem *problem)
{
    char path[PATH_MAX];
    TRY(issue_checkpoint_retired(plan->highwater, old_origin, path));
    return file_write(path, note, 0600) == STATUS_OK
               ? STATUS_OK
               : problem_say(problem, STATUS_IO, "HIGHWATER", path, "cannot write %s: %s", path,
                             strerror(errno));
}

/* Last of all: the signer begins anew, with the new log. */
static status_t drop_highwater(const struct plan *plan, struct problem *problem)
{
    if ((unlink(plan->highwater) != 0 && errno != ENOENT) ||
        file_sync_folder_of(plan->highwater) != STATUS_OK) {
        return problem_say(problem, STATUS_IO, "HIGHWATER", plan->highwater,
                           "the store is recovered, but %s cannot be removed: %s; give the same "
                           "command again",
                           plan->highwater, strerror(errno));
    }
    return STATUS_OK;
}

/* --- cut off between the two --- */

/* The plan's recovery is the store's: only the file is left to do. */
static status_t finish_again(const Mintmark__V1__Config *config,
                             const struct recover_options *options, struct span written,
                             bool *ret_done, struct problem *problem)
{
    AUTO(plan_done) struct plan plan = {0};
    uint8_t digest[SHA256_SIZE];
    AUTO(buf_done) struct buf content;
    AUTO(buf_done) struct buf note;
    struct tlog_note parsed;
    struct tlog_checkpoint last;
    buf_init(&content, PLAN_MAX);
    buf_init(&note, PLAN_NOTE_MAX);
    *ret_done = false;
    TRY(plan_open(config, options, &plan, problem));
    digest_sha256(written, digest);
    if (store_content_get(plan.store, digest, &content) != STATUS_OK ||
        file_read(plan.highwater, &note) != STATUS_OK ||
        tlog_note_read(buf_span(&note), &parsed, NULL) != STATUS_OK ||
        tlog_checkpoint_read(parsed.text, &last, NULL) != STATUS_OK ||
        strcmp(last.origin, plan.old_origin) == 0) {
        return STATUS_OK; /* nothing of the kind: the usual way tells what is wrong */
    }
    *ret_done = true;
    TRY(retire(&plan, last.origin, buf_span(&note), problem));
    return drop_highwater(&plan, problem);
}

/* --- what was done --- */

static void print_left_out(const struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        const struct store_recovery_unit *unit = &journal->units[i];
        if (unit->verdict == STORE_RECOVERY_LEFT_OUT) {
            (void)printf("    %s: %s\n", unit->journal, unit->why);
        }
    }
}

static void print(const struct plan *plan, bool done)
{
    const struct journal *journal = &plan->journal;
    (void)printf("log %s %s as %s\n"
                 "  kept        %" PRIu64 " entries\n"
                 "  lost        %" PRIu64 " that were signed (up to %" PRIu64 ")%s\n"
                 "  journals    %u units entered again, %u known, %u left out\n",
                 plan->old_origin, done ? "goes on" : "will go on", plan->origin, plan->kept.size,
                 plan->lost, plan->last.head.size,
                 plan->highwater_lost ? ", at least: the highwater is lost" : "",
                 journal_count(journal, STORE_RECOVERY_FITS),
                 journal_count(journal, STORE_RECOVERY_KNOWN),
                 journal_count(journal, STORE_RECOVERY_LEFT_OUT));
    print_left_out(journal);
    (void)printf(done ? "  every open order is paused: two operators resume each; block again who "
                        "was blocked,\n  revoke again what was revoked since the backup (see "
                        "deploy/RECOVERY.md)\n"
                      : "  next        two operators: mintmark recovery sign %s; then the same "
                        "command with both\n              --statement\n",
                 plan->options->plan);
}

static void print_json(const struct plan *plan, bool done)
{
    const struct journal *journal = &plan->journal;
    json_t *left_out = json_array();
    for (size_t i = 0; i < journal->count; i++) {
        const struct store_recovery_unit *unit = &journal->units[i];
        if (unit->verdict == STORE_RECOVERY_LEFT_OUT) {
            (void)json_array_append_new(
                left_out, json_pack("{s:s, s:s}", "journal", unit->journal, "why", unit->why));
        }
    }
    command_print_json(json_pack(
        "{s:b, s:s, s:s, s:I, s:I, s:I, s:b, s:i, s:i, s:o}", "done", done, "old_origin",
        plan->old_origin, "origin", plan->origin, "kept", (json_int_t)plan->kept.size, "lost",
        (json_int_t)plan->lost, "signed", (json_int_t)plan->last.head.size, "highwater_lost",
        plan->highwater_lost, "units", (int)journal_count(journal, STORE_RECOVERY_FITS), "known",
        (int)journal_count(journal, STORE_RECOVERY_KNOWN), "left_out", left_out));
}

static void show(const struct plan *plan, bool done)
{
    (plan->options->json ? print_json : print)(plan, done);
}

static status_t propose(struct plan *plan, struct problem *problem)
{
    TRY(plan_make(plan->config, plan->options, plan, problem));
    TRY(write_plan(plan, problem));
    show(plan, false);
    return STATUS_OK;
}

static status_t perform(struct plan *plan, struct problem *problem)
{
    bool done = false;
    struct store_change change;
    AUTO(buf_done) struct buf written;
    buf_init(&written, PLAN_MAX);
    if (file_read(plan->options->plan, &written) != STATUS_OK) {
        return problem_say(problem, STATUS_NOT_FOUND, "PLAN", plan->options->plan,
                           "cannot read the plan %s", plan->options->plan);
    }
    TRY(finish_again(plan->config, plan->options, buf_span(&written), &done, problem));
    if (done) {
        (void)fprintf(stderr, "mintmarkd: recover: finished what was cut off\n");
        return STATUS_OK;
    }
    TRY(plan_make(plan->config, plan->options, plan, problem));
    TRY(check_plan(plan, buf_span(&written), problem));
    TRY(statements_read(plan, &change, problem));
    TRY(retire(plan, plan->old_origin, buf_span(&plan->note), problem));
    TRY(apply(plan, &change, problem));
    TRY(drop_highwater(plan, problem));
    show(plan, true);
    return STATUS_OK;
}

static status_t run(struct plan *plan, struct problem *problem)
{
    AUTO(instance_drop) struct instance instance = {.lock = -1};
    TRY(instance_take(plan->config, &instance, problem));
    return plan->options->statement_count == 0 ? propose(plan, problem) : perform(plan, problem);
}

int recover_main(const Mintmark__V1__Config *config, const struct recover_options *options)
{
    struct problem problem = {0};
    AUTO(plan_done)
    struct plan plan = {.config = config, .options = options, .now_ms = command_now_ms()};
    status_t status = run(&plan, &problem);
    return command_end("recover", status, &problem, options->json);
}
