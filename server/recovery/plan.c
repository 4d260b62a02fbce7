#include "server/recovery/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/pki/plain_key.h"
#include "mintmark/v1/recovery.pb-c.h"
#include "server/paths.h"
#include "server/store/log.h"

void plan_done(struct plan *plan)
{
    journal_done(&plan->journal);
    rpc_catalog_done(&plan->catalog);
    store_close(plan->store);
    buf_done(&plan->note);
    buf_done(&plan->content);
}

status_t plan_open(const Mintmark__V1__Config *config, const struct recover_options *options,
                   struct plan *ret_plan, struct problem *problem)
{
    struct plan *plan = ret_plan;
    plan->config = config;
    plan->options = options;
    TRY(paths_in_state(config, PATHS_HIGHWATER, plan->highwater));
    TRY(store_open(config->state_directory, &plan->store, problem));
    TRY(store_origin(plan->store, config->site->name, plan->old_origin, sizeof(plan->old_origin),
                     problem));
    const char *epoch = strrchr(plan->old_origin, '/');
    int size =
        snprintf(plan->origin, sizeof(plan->origin), "%.*s/%lu", (int)(epoch - plan->old_origin),
                 plan->old_origin, strtoul(epoch + 1, NULL, 10) + 1);
    return size < (int)sizeof(plan->origin) ? STATUS_OK : STATUS_TOO_LARGE;
}

/* --- the last known checkpoint --- */

static status_t read_key(const struct plan *plan, struct tlog_key *ret_key, struct problem *problem)
{
    char hex[2 * PKI_POINT_SIZE + 1];
    AUTO(buf_done) struct buf point;
    AUTO(buf_done) struct buf spki;
    buf_init(&point, PKI_POINT_SIZE);
    buf_init(&spki, PKI_CERTIFICATE_MAX);
    status_t status = store_log_key(plan->store, hex, sizeof(hex));
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_REFUSED, "LOG_KEY_NONE", "token.log_key",
                           "no server with a log key has used this store: there is nothing signed "
                           "to go by, and nothing that keeps a server from using it");
    }
    TRY(status);
    TRY(hex_decode(span_text(hex), &point));
    TRY(pki_plain_key_spki(buf_span(&point), &spki));
    return tlog_key_init(plan->old_origin, buf_span(&spki), ret_key, problem);
}

static status_t no_note(const struct plan *plan, const char *path, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "HIGHWATER_LOST", path,
                       "there is no %s: name the newest signed checkpoint of %s there is with "
                       "--highwater, from a station's witness folder, an auditor's export, or the "
                       "backup's file `checkpoint`",
                       path, plan->old_origin);
}

/* Another note never stands in for a highwater that is there. */
static status_t read_note(struct plan *plan, struct problem *problem)
{
    const char *path = plan->highwater;
    struct tlog_key key;
    plan->highwater_lost = access(plan->highwater, F_OK) != 0;
    if (plan->options->highwater != NULL) {
        path = plan->options->highwater;
        if (!plan->highwater_lost) {
            return problem_say(problem, STATUS_REFUSED, "HIGHWATER_THERE", "--highwater",
                               "%s is there and decides: leave out --highwater", plan->highwater);
        }
    }
    buf_init(&plan->note, PLAN_NOTE_MAX);
    if (file_read(path, &plan->note) != STATUS_OK) {
        return no_note(plan, path, problem);
    }
    TRY(read_key(plan, &key, problem));
    struct problem why = {0};
    if (tlog_checkpoint_open(buf_span(&plan->note), &key, &plan->last, &why) != STATUS_OK) {
        return problem_say(problem, STATUS_DATA_LOSS, "HIGHWATER_CORRUPTED", path,
                           "%s is no checkpoint of %s that its log key has signed: %.150s", path,
                           plan->old_origin, why.message);
    }
    return STATUS_OK;
}

/* --- the store against what was signed --- */

static status_t rewritten(const struct tlog_head *head, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "LOG_REWRITTEN", "",
                       "the store's first %" PRIu64 " entries are not those that were signed: "
                       "keep it as evidence, restore another backup",
                       head->size);
}

static status_t check_signed(const struct plan *plan, const struct tlog_head *head,
                             struct problem *problem)
{
    struct tlog_head stored;
    if (head->size == 0 || head->size > plan->kept.size) {
        return STATUS_OK;
    }
    TRY(store_log_root(plan->store, head->size, &stored, problem));
    return tlog_hash_equal(&stored.root, &head->root) ? STATUS_OK : rewritten(head, problem);
}

/* The store's own newest checkpoint, as it was when it was backed up. */
static status_t check_stored(const struct plan *plan, struct problem *problem)
{
    uint64_t size = 0;
    struct tlog_note note;
    struct tlog_checkpoint checkpoint;
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, PLAN_NOTE_MAX);
    TRY(store_log_checkpoint(plan->store, &size, &bytes, problem));
    if (size == 0) {
        return STATUS_OK;
    }
    TRY(tlog_note_read(buf_span(&bytes), &note, problem));
    TRY(tlog_checkpoint_read(note.text, &checkpoint, problem));
    return check_signed(plan, &checkpoint.head, problem);
}

static status_t compare(struct plan *plan, struct problem *problem)
{
    uint64_t size = 0;
    const struct tlog_head *last = &plan->last.head;
    TRY(store_log_sequence_all(plan->store, &size, problem));
    TRY(store_log_root(plan->store, size, &plan->kept, problem));
    TRY(check_stored(plan, problem));
    TRY(check_signed(plan, last, problem));
    if (last->size <= size && !plan->highwater_lost) {
        return problem_say(problem, STATUS_REFUSED, "RECOVERY_NEEDLESS", "",
                           "the store has all %" PRIu64 " entries that were signed: start the "
                           "server",
                           last->size);
    }
    plan->lost = last->size > size ? last->size - size : 0;
    return STATUS_OK;
}

/* --- all of it --- */

static status_t read_journals(struct plan *plan, struct problem *problem)
{
    plan->journal =
        (struct journal){.catalog = &plan->catalog, .store = plan->store, .now_ms = plan->now_ms};
    for (size_t i = 0; i < plan->options->journal_count; i++) {
        TRY(journal_read(&plan->journal, plan->options->journals[i], problem));
    }
    TRY(journal_judge(&plan->journal, problem));
    journal_digest(&plan->journal, plan->units_sha256);
    return STATUS_OK;
}

static status_t pack(struct plan *plan)
{
    Mintmark__V1__Recovery message;
    mintmark__v1__recovery__init(&message);
    buf_init(&plan->content, PLAN_MAX);
    AUTO(buf_done) struct buf note;
    buf_init(&note, PLAN_NOTE_MAX + 1);
    buf_append_span(&note, buf_span(&plan->note));
    buf_append_byte(&note, '\0');
    TRY(buf_status(&note));
    message.old_origin = plan->old_origin;
    message.origin = plan->origin;
    message.size = plan->kept.size;
    message.root = (ProtobufCBinaryData){SHA256_SIZE, plan->kept.root.bytes};
    message.signed_note = (char *)note.data;
    message.units = journal_count(&plan->journal, STORE_RECOVERY_FITS);
    message.units_sha256 = (ProtobufCBinaryData){SHA256_SIZE, plan->units_sha256};
    message.left_out = journal_count(&plan->journal, STORE_RECOVERY_LEFT_OUT);
    uint8_t *place = buf_extend(&plan->content, mintmark__v1__recovery__get_packed_size(&message));
    TRY(buf_status(&plan->content));
    (void)mintmark__v1__recovery__pack(&message, place);
    return STATUS_OK;
}

status_t plan_make(const Mintmark__V1__Config *config, const struct recover_options *options,
                   struct plan *ret_plan, struct problem *problem)
{
    struct plan *plan = ret_plan;
    TRY(plan_open(config, options, plan, problem));
    TRY(rpc_catalog_init(&plan->catalog, config, plan->store, problem));
    TRY(read_note(plan, problem));
    TRY(compare(plan, problem));
    TRY(read_journals(plan, problem));
    return pack(plan);
}
