#include "client/witness.h"

#include <stdio.h>
#include <sys/stat.h>

#include "client/call.h"
#include "client/witness_state.h"
#include "lib/base/file.h"
#include "lib/tlog/entry_proof.h"

enum { KEY_FILE_MAX = 1024, ANSWER_MAX = 16 * 1024, ARENA_SIZE = 64 * 1024, PATIENCE_MS = 30000 };

static const char METHOD[] = "/mintmark.v1.Provisioning/GetLogCheckpoint";

struct witness {
    struct witness_state state;
    const Mintmark__V1__LogCheckpoint *answer; /* the source's */
    struct witness_proof *wanted;              /* what a call has brought; NULL: nothing */
    struct tlog_entry_proof proof;             /* the same, read */
};

static void witness_done(struct witness *witness)
{
    tlog_entry_proof_done(&witness->proof);
    witness_state_close(&witness->state);
}
OWN_VALUE(struct witness, witness_done)

/* A station's own question. */
struct asking {
    struct wire_client *client;
    struct decode_arena *arena;
};

static status_t ask_station(void *context, uint64_t known_size, uint64_t other_size,
                            const Mintmark__V1__LogCheckpoint **ret_answer, struct problem *problem)
{
    struct asking *asking = context;
    Mintmark__V1__GetLogCheckpointRequest request;
    AUTO(buf_done) struct buf bytes;
    AUTO(buf_done) struct buf answer;
    const ProtobufCMessage *message = NULL;
    buf_init(&bytes, KEY_FILE_MAX);
    buf_init_secret(&answer, ANSWER_MAX);
    mintmark__v1__get_log_checkpoint_request__init(&request);
    request.known_size = known_size;
    request.other_size = other_size;
    TRY(call_pack(&request.base, &bytes));
    TRY(decode_arena_new(ARENA_SIZE, &asking->arena));
    TRY(call_until(asking->client, METHOD, buf_span(&bytes), PATIENCE_MS, true, &answer, problem));
    TRY(decode_message(asking->arena, &mintmark__v1__log_checkpoint__descriptor, buf_span(&answer),
                       true, &message, problem));
    *ret_answer = (const Mintmark__V1__LogCheckpoint *)message;
    return STATUS_OK;
}

/* What the server said, beside what was kept. */
static status_t alarm_of(const struct witness *witness, const char *reason, const char *what,
                         struct problem *problem)
{
    char path[PATH_MAX];
    AUTO(buf_done) struct buf evidence;
    buf_init(&evidence, ANSWER_MAX + TLOG_PROOF_FILE_MAX);
    if (witness->answer != NULL) {
        buf_print(&evidence, "%s\n\n%s", witness->answer->log_key, witness->answer->note);
    }
    if (witness->answer == NULL && problem->reason[0] != '\0') {
        buf_print(&evidence, "%s: %s\n", problem->reason, problem->message);
    }
    if (witness->wanted != NULL) {
        buf_print(&evidence, "\n%s", witness->wanted->text);
    }
    witness_state_path(&witness->state, "evidence", path);
    status_t written = file_write(path, buf_span(&evidence), 0600);
    return problem_say(
        problem, STATUS_DATA_LOSS, reason, "log",
        "%s: stop the line and tell the auditor; %.200s holds what was signed before%s", what,
        witness->state.folder, written == STATUS_OK ? " and what the server says now" : "");
}

/* The same key under a later epoch's name. */
static bool is_next_epoch(const struct tlog_key *kept, const char *text)
{
    struct tlog_key now;
    return tlog_key_read(span_text(text), &now, NULL) == STATUS_OK &&
           tlog_key_name_follows(now.name, kept->name) && now.algorithm == kept->algorithm &&
           memcmp(now.point, kept->point, sizeof(now.point)) == 0;
}

static status_t check_key(struct witness *witness, struct problem *problem)
{
    char text[TLOG_KEY_TEXT_SIZE];
    if (!witness->state.has_kept) {
        return tlog_key_read(span_text(witness->answer->log_key), &witness->state.key, problem);
    }
    tlog_key_write(&witness->state.key, text);
    if (is_next_epoch(&witness->state.key, witness->answer->log_key)) {
        return alarm_of(witness, "LOG_EPOCH",
                        "the log goes on under a new origin, as after a recovery that two "
                        "operators sign: let them show it to `mintmark recovery accept`; else",
                        problem);
    }
    if (strcmp(text, witness->answer->log_key) != 0) {
        return alarm_of(witness, "LOG_KEY_CHANGED", "the server signs its log with another key",
                        problem);
    }
    return STATUS_OK;
}

static status_t read_proof(const ProtobufCBinaryData *hashes, size_t count,
                           struct tlog_proof *ret_proof)
{
    *ret_proof = (struct tlog_proof){.count = count};
    if (count > TLOG_PROOF_MAX) {
        return STATUS_MALFORMED;
    }
    for (size_t i = 0; i < count; i++) {
        if (hashes[i].len != SHA256_SIZE) {
            return STATUS_MALFORMED;
        }
        memcpy(ret_proof->hashes[i].bytes, hashes[i].data, SHA256_SIZE);
    }
    return STATUS_OK;
}

static status_t check_growth(const struct witness *witness, const struct tlog_checkpoint *newest,
                             struct problem *problem)
{
    struct tlog_proof proof;
    struct problem why = {0};
    if (!witness->state.has_kept) {
        return STATUS_OK;
    }
    if (newest->head.size < witness->state.kept.head.size) {
        return alarm_of(witness, "LOG_SHORTENED", "the log has fewer entries than were signed",
                        problem);
    }
    if (read_proof(witness->answer->consistency, witness->answer->n_consistency, &proof) !=
            STATUS_OK ||
        tlog_proof_check_consistency(&proof, &witness->state.kept.head, &newest->head, &why) !=
            STATUS_OK) {
        return alarm_of(witness, "LOG_REWRITTEN", "the server cannot prove that its log only grew",
                        problem);
    }
    return STATUS_OK;
}

/* Before anything else is asked: without its size nobody can say where the proof's tree lies. */
static status_t read_wanted(struct witness *witness, struct problem *problem)
{
    struct problem why = {0};
    if (witness->wanted == NULL || tlog_entry_proof_read(span_text(witness->wanted->text),
                                                         &witness->proof, &why) == STATUS_OK) {
        return STATUS_OK;
    }
    return alarm_of(witness, "PROOF_WRONG", "the server's proof of the issuance is none", problem);
}

/* The proof is one, of this unit, in a tree that the newest one begins with. */
static status_t check_wanted(const struct witness *witness, const struct tlog_checkpoint *newest,
                             struct problem *problem)
{
    struct tlog_proof growth;
    struct problem why = {0};
    const struct tlog_entry_proof *proof = &witness->proof;
    if (witness->wanted == NULL) {
        return STATUS_OK;
    }
    if (tlog_entry_proof_check(proof, &witness->state.key, &why) != STATUS_OK) {
        return alarm_of(witness, "PROOF_WRONG",
                        "the server's proof does not show the issuance in its log", problem);
    }
    if (issuance_check(buf_span(&proof->entry), witness->wanted->issuance, &why) != STATUS_OK) {
        return alarm_of(witness, "ISSUANCE_OTHER",
                        "the log's entry about this unit is not what the unit was given", problem);
    }
    if (read_proof(witness->answer->other_consistency, witness->answer->n_other_consistency,
                   &growth) != STATUS_OK ||
        tlog_proof_check_consistency(&growth, &proof->claim.head, &newest->head, &why) !=
            STATUS_OK) {
        return alarm_of(witness, "LOG_REWRITTEN",
                        "the tree of the server's proof is not one its log grew from", problem);
    }
    return STATUS_OK;
}

/* One file for each record: written anew it says the same of the same. */
static status_t keep_wanted(const struct witness *witness, struct problem *problem)
{
    struct witness_proof *wanted = witness->wanted;
    if (wanted == NULL) {
        return STATUS_OK;
    }
    witness_state_path(&witness->state, "proofs", wanted->file);
    (void)mkdir(wanted->file, 0700); /* a failure shows when the file is written */
    (void)snprintf(wanted->file, sizeof(wanted->file), "%s/proofs/%s.tlog-proof",
                   witness->state.folder, wanted->issuance->record_id);
    return file_write(wanted->file, span_text(wanted->text), 0600) == STATUS_OK
               ? STATUS_OK
               : witness_state_say_io(&witness->state, problem);
}

static status_t keep(const struct witness *witness, struct problem *problem)
{
    char path[PATH_MAX];
    if (!witness->state.has_kept || witness->state.recovered) {
        witness_state_path(&witness->state, "log-key", path);
        if (file_write(path, span_text(witness->answer->log_key), 0600) != STATUS_OK) {
            return witness_state_say_io(&witness->state, problem);
        }
    }
    witness_state_path(&witness->state, "checkpoint", path);
    return file_write(path, span_text(witness->answer->note), 0600) == STATUS_OK
               ? STATUS_OK
               : witness_state_say_io(&witness->state, problem);
}

/* A server that never had a log, or has not signed yet, or is older than this method. */
static bool denies_log(status_t status, const struct problem *problem)
{
    return status == STATUS_NOT_FOUND || status == STATUS_UNIMPLEMENTED ||
           (status == STATUS_REFUSED && strcmp(problem->reason, "LOG_KEY_NONE") == 0);
}

/* Where a checkpoint was seen there is one for ever; a log that was recovered has yet to sign one.
 */
static status_t ask(const struct witness_source *source, struct witness *witness,
                    struct problem *problem)
{
    const struct witness_state *state = &witness->state;
    status_t status = source->ask(source->context, state->has_kept ? state->kept.head.size : 0,
                                  witness->proof.claim.head.size, &witness->answer, problem);
    return state->has_kept && !state->recovered && denies_log(status, problem)
               ? alarm_of(witness, "LOG_GONE", "the server says that it has no signed log", problem)
               : status;
}

static status_t judge(const struct witness_source *source, struct witness *witness,
                      struct tlog_checkpoint *newest, struct problem *problem)
{
    TRY(ask(source, witness, problem));
    TRY(check_key(witness, problem));
    TRY(tlog_checkpoint_open(span_text(witness->answer->note), &witness->state.key, newest,
                             problem));
    TRY(check_growth(witness, newest, problem));
    return check_wanted(witness, newest, problem);
}

static status_t look(const struct witness_source *source, struct witness *witness,
                     struct witness_seen *ret_seen, struct problem *problem)
{
    struct tlog_checkpoint newest;
    TRY(witness_state_open(&witness->state, problem));
    TRY(read_wanted(witness, problem));
    TRY(judge(source, witness, &newest, problem));
    TRY(keep(witness, problem));
    TRY(keep_wanted(witness, problem));
    *ret_seen = (struct witness_seen){witness->state.key, newest};
    return STATUS_OK;
}

static status_t choose(struct witness_state *state, const char *server, const char *folder,
                       struct problem *problem)
{
    return witness_state_choose(state, server, folder)
               ? STATUS_OK
               : problem_say(problem, STATUS_USAGE, "WITNESS_HOME", "--witness",
                             "there is no place for the log's checkpoint, without which nobody "
                             "would notice a rewritten log: give --witness DIR, or set "
                             "XDG_STATE_HOME or HOME");
}

status_t witness_check_home(const char *server, const char *folder, struct problem *problem)
{
    struct witness_state state;
    return choose(&state, server, folder, problem);
}

status_t witness_look(struct wire_client *client, const char *server, const char *folder,
                      struct witness_proof *proof, struct problem *problem)
{
    struct witness_seen seen;
    struct asking asking = {.client = client};
    const struct witness_source source = {&asking, ask_station};
    AUTO(witness_done) struct witness witness = {.state = {.lock = -1}, .wanted = proof};
    TRY(choose(&witness.state, server, folder, problem));
    status_t status = look(&source, &witness, &seen, problem);
    decode_arena_free(asking.arena);
    return !witness.state.has_kept && denies_log(status, problem) ? STATUS_OK : status;
}

status_t witness_look_at(const struct witness_source *source, const char *server,
                         const char *folder, struct witness_seen *ret_seen, struct problem *problem)
{
    AUTO(witness_done) struct witness witness = {.state = {.lock = -1}};
    TRY(choose(&witness.state, server, folder, problem));
    return look(source, &witness, ret_seen, problem);
}
