/* The log and its proofs, for auditors. */
#include "lib/tlog/note.h"
#include "mintmark/v1/audit.pb-c.h"
#include "server/issue/checkpoint.h"
#include "server/rpc/log_key.h"
#include "server/rpc/rpc.h"
#include "server/rpc/unit.h"
#include "server/store/log.h"

enum {
    ENTRIES_MAX = 1024,          /* of one answer: what a decoder takes of a repeated field */
    ENTRIES_BYTES = 1024 * 1024, /* after which an answer ends */
};

/* As many entries as there are, or as asked for. */
static status_t wanted_size(const struct rpc_call *call, uint64_t min_size, uint64_t *ret_size,
                            struct problem *problem)
{
    uint64_t all = 0;
    TRY(store_log_sequence_all(call->environment->store, &all, problem));
    *ret_size = min_size < all ? min_size : all;
    return STATUS_OK;
}

status_t rpc_get_checkpoint(const struct rpc_call *call, struct span request,
                            struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    uint64_t size = 0;
    char key_text[TLOG_KEY_TEXT_SIZE];
    struct tlog_key key;
    struct tlog_checkpoint head;
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX + 1);
    TRY(decode_message(call->arena, &mintmark__v1__get_checkpoint_request__descriptor, request,
                       false, &message, problem));
    uint64_t min_size = ((const Mintmark__V1__GetCheckpointRequest *)message)->min_size;
    TRY(wanted_size(call, min_size, &size, problem));
    TRY(issue_checkpoint(call->environment, size, &note, problem));
    TRY(rpc_log_key(call->token_report, call->environment->origin, &key, problem));
    TRY(tlog_checkpoint_open(buf_span(&note), &key, &head, problem));
    tlog_key_write(&key, key_text);
    buf_append_byte(&note, '\0');
    TRY(buf_status(&note));
    Mintmark__V1__Checkpoint answer;
    mintmark__v1__checkpoint__init(&answer);
    answer.note = (char *)note.data;
    answer.log_key = key_text;
    answer.size = head.head.size;
    return rpc_unit_pack(&answer.base, ret_answer);
}

/* Field 1 of ListEntriesResponse, element by element: entries are not copied into a message. */
static status_t add_entry(const struct rpc_call *call, uint64_t index, struct buf *entry,
                          struct buf *ret_answer, struct problem *problem)
{
    ProtobufCBinaryData element;
    Mintmark__V1__ListEntriesResponse one;
    buf_clear(entry);
    TRY(store_log_entry(call->environment->store, index, entry, problem));
    mintmark__v1__list_entries_response__init(&one);
    element = (ProtobufCBinaryData){entry->size, entry->data};
    one.n_entries = 1;
    one.entries = &element;
    return rpc_unit_pack(&one.base, ret_answer); /* messages written one behind the other merge */
}

status_t rpc_list_entries(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                          struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    uint64_t size = 0;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, TLOG_LEAF_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__list_entries_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__ListEntriesRequest *list =
        (const Mintmark__V1__ListEntriesRequest *)message;
    TRY(store_log_tree_size(call->environment->store, &size, problem));
    if (list->first > size || list->count > ENTRIES_MAX) {
        return problem_say(problem, STATUS_INVALID, "LOG_SIZE", "first",
                           "ask for at most %d entries from 0 to the newest checkpoint's size",
                           ENTRIES_MAX);
    }
    uint64_t count = list->count != 0 ? list->count : ENTRIES_MAX;
    uint64_t end = count < size - list->first ? list->first + count : size;
    for (uint64_t i = list->first; i < end && ret_answer->size < ENTRIES_BYTES; i++) {
        TRY(add_entry(call, i, &entry, ret_answer, problem));
    }
    return buf_status(ret_answer);
}

static status_t pack_proof(struct tlog_proof *proof, const struct buf *entry,
                           struct buf *ret_answer)
{
    ProtobufCBinaryData hashes[TLOG_PROOF_MAX];
    Mintmark__V1__LogProof answer;
    mintmark__v1__log_proof__init(&answer);
    for (size_t i = 0; i < proof->count; i++) {
        hashes[i] = (ProtobufCBinaryData){SHA256_SIZE, proof->hashes[i].bytes};
    }
    answer.n_hashes = proof->count;
    answer.hashes = hashes;
    answer.entry = (ProtobufCBinaryData){entry->size, entry->data};
    return rpc_unit_pack(&answer.base, ret_answer);
}

status_t rpc_get_inclusion_proof(const struct rpc_call *call, struct span request,
                                 struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct tlog_proof proof;
    AUTO(buf_done) struct buf entry;
    buf_init(&entry, TLOG_LEAF_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__get_inclusion_proof_request__descriptor, request,
                       false, &message, problem));
    const Mintmark__V1__GetInclusionProofRequest *get =
        (const Mintmark__V1__GetInclusionProofRequest *)message;
    TRY(store_log_inclusion(call->environment->store, get->index, get->size, &proof, problem));
    TRY(store_log_entry(call->environment->store, get->index, &entry, problem));
    return pack_proof(&proof, &entry, ret_answer);
}

status_t rpc_get_consistency_proof(const struct rpc_call *call, struct span request,
                                   struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct tlog_proof proof;
    const struct buf none = {0};
    TRY(decode_message(call->arena, &mintmark__v1__get_consistency_proof_request__descriptor,
                       request, false, &message, problem));
    const Mintmark__V1__GetConsistencyProofRequest *get =
        (const Mintmark__V1__GetConsistencyProofRequest *)message;
    TRY(store_log_consistency(call->environment->store, get->old_size, get->new_size, &proof,
                              problem));
    return pack_proof(&proof, &none, ret_answer);
}
