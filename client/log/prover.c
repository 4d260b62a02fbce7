#include "client/log/prover.h"

#include <stdlib.h>

static status_t ask_growth(struct log_prover *prover, uint64_t old_size, uint64_t new_size)
{
    Mintmark__V1__GetConsistencyProofRequest request;
    const ProtobufCMessage *message = NULL;
    mintmark__v1__get_consistency_proof_request__init(&request);
    request.old_size = old_size;
    request.new_size = new_size;
    TRY(admin_command_call(prover->command, "Audit/GetConsistencyProof", &request.base,
                           &mintmark__v1__log_proof__descriptor, &prover->growth, &message));
    const Mintmark__V1__LogProof *proof = (const Mintmark__V1__LogProof *)message;
    prover->answer.n_consistency = proof->n_hashes;
    prover->answer.consistency = proof->hashes;
    return STATUS_OK;
}

static status_t ask(void *context, uint64_t known_size, uint64_t other_size,
                    const Mintmark__V1__LogCheckpoint **ret_answer, struct problem *problem)
{
    struct log_prover *prover = context;
    Mintmark__V1__GetCheckpointRequest request;
    const ProtobufCMessage *message = NULL;
    (void)other_size; /* nobody here brings another one */
    (void)problem;    /* the command's */
    mintmark__v1__get_checkpoint_request__init(&request);
    request.min_size = TLOG_SIZE_MAX; /* all there are */
    TRY(admin_command_call(prover->command, "Audit/GetCheckpoint", &request.base,
                           &mintmark__v1__checkpoint__descriptor, &prover->checkpoint, &message));
    const Mintmark__V1__Checkpoint *checkpoint = (const Mintmark__V1__Checkpoint *)message;
    mintmark__v1__log_checkpoint__init(&prover->answer);
    prover->answer.note = checkpoint->note;
    prover->answer.log_key = checkpoint->log_key;
    if (known_size > 0 && known_size <= checkpoint->size) {
        TRY(ask_growth(prover, known_size, checkpoint->size));
    }
    *ret_answer = &prover->answer;
    return STATUS_OK;
}

void log_prover_init(struct log_prover *prover, struct admin_command *command)
{
    *prover = (struct log_prover){.command = command};
    buf_init(&prover->note, TLOG_NOTE_MAX);
}

void log_prover_done(struct log_prover *prover)
{
    buf_done(&prover->note);
    admin_answer_done(&prover->checkpoint);
    admin_answer_done(&prover->growth);
}

status_t log_prover_look(struct log_prover *prover)
{
    const struct witness_source source = {prover, ask};
    TRY(witness_look_at(&source, admin_session_server(prover->command->session), prover->folder,
                        &prover->seen, &prover->command->problem));
    buf_clear(&prover->note);
    buf_append_text(&prover->note, prover->answer.note);
    return buf_status(&prover->note);
}

static bool take_hashes(const Mintmark__V1__LogProof *message, struct tlog_proof *ret_proof)
{
    *ret_proof = (struct tlog_proof){.count = message->n_hashes};
    for (size_t i = 0; i < message->n_hashes; i++) {
        if (i == TLOG_PROOF_MAX || message->hashes[i].len != SHA256_SIZE) {
            return false;
        }
        memcpy(ret_proof->hashes[i].bytes, message->hashes[i].data, SHA256_SIZE);
    }
    return true;
}

status_t log_prover_entry(struct log_prover *prover, uint64_t index, struct tlog_proof *ret_proof,
                          struct buf *ret_entry)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    Mintmark__V1__GetInclusionProofRequest request;
    const ProtobufCMessage *message = NULL;
    struct problem why = {0};
    struct tlog_hash leaf;
    const struct tlog_head *head = &prover->seen.newest.head;
    mintmark__v1__get_inclusion_proof_request__init(&request);
    request.index = index;
    request.size = head->size;
    TRY(admin_command_call(prover->command, "Audit/GetInclusionProof", &request.base,
                           &mintmark__v1__log_proof__descriptor, &answer, &message));
    const Mintmark__V1__LogProof *proof = (const Mintmark__V1__LogProof *)message;
    struct span entry = span_make(proof->entry.data, proof->entry.len);
    tlog_hash_leaf(entry, &leaf);
    if (!take_hashes(proof, ret_proof) ||
        tlog_proof_check_inclusion(ret_proof, index, &leaf, head, &why) != STATUS_OK) {
        return problem_say(&prover->command->problem, STATUS_DATA_LOSS, "ENTRY_UNPROVEN", "log",
                           "the server does not prove that entry %llu is what it says, in the log "
                           "that it signed: tell the auditor, export the log and keep it",
                           (unsigned long long)index);
    }
    buf_append_span(ret_entry, entry);
    return buf_status(ret_entry);
}

status_t log_prover_find(struct log_prover *prover,
                         const uint8_t record_id[static LOG_PROVER_RECORD_SIZE],
                         uint64_t **ret_indexes, size_t *ret_count)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    Mintmark__V1__FindEntriesRequest request;
    uint8_t id[LOG_PROVER_RECORD_SIZE];
    const ProtobufCMessage *message = NULL;
    mintmark__v1__find_entries_request__init(&request);
    memcpy(id, record_id, sizeof(id));
    request.record_id = (ProtobufCBinaryData){sizeof(id), id};
    TRY(admin_command_call(prover->command, "Audit/FindEntries", &request.base,
                           &mintmark__v1__find_entries_response__descriptor, &answer, &message));
    const Mintmark__V1__FindEntriesResponse *found =
        (const Mintmark__V1__FindEntriesResponse *)message;
    uint64_t *indexes = calloc(found->n_indexes + 1, sizeof(*indexes));
    if (indexes == NULL) {
        return STATUS_NO_MEMORY;
    }
    size_t count = 0;
    for (size_t i = 0; i < found->n_indexes; i++) {
        if (found->indexes[i] < prover->seen.newest.head.size) {
            indexes[count++] = found->indexes[i];
        }
    }
    *ret_indexes = indexes;
    *ret_count = count;
    return STATUS_OK;
}
