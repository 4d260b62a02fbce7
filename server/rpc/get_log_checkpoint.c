/* For stations, each of which is a witness of the log. */
#include "mintmark/v1/provisioning.pb-c.h"
#include "server/issue/checkpoint.h"
#include "server/rpc/log_key.h"
#include "server/rpc/rpc.h"
#include "server/rpc/unit.h"
#include "server/store/log.h"

/* The newest one that was signed: nothing is signed for a station. */
static status_t newest(const struct rpc_call *call, uint64_t *ret_size, struct buf *ret_note,
                       struct problem *problem)
{
    TRY(store_log_checkpoint(call->environment->store, ret_size, ret_note, problem));
    if (*ret_size == 0) {
        return problem_say(problem, STATUS_NOT_FOUND, "CHECKPOINT_NONE", "",
                           "no checkpoint was signed yet: ask again in some seconds");
    }
    buf_append_byte(ret_note, '\0');
    return buf_status(ret_note);
}

status_t rpc_get_log_checkpoint(const struct rpc_call *call, struct span request,
                                struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    uint64_t size = 0;
    struct tlog_key key;
    struct tlog_proof proof = {0};
    ProtobufCBinaryData hashes[TLOG_PROOF_MAX];
    char key_text[TLOG_KEY_TEXT_SIZE];
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX + 1);
    TRY(decode_message(call->arena, &mintmark__v1__get_log_checkpoint_request__descriptor, request,
                       false, &message, problem));
    uint64_t known = ((const Mintmark__V1__GetLogCheckpointRequest *)message)->known_size;
    TRY(rpc_log_key(call->token_report, call->environment->origin, &key, problem));
    TRY(newest(call, &size, &note, problem));
    if (known <= size) {
        TRY(store_log_consistency(call->environment->store, known, size, &proof, problem));
    }
    tlog_key_write(&key, key_text);
    Mintmark__V1__LogCheckpoint answer;
    mintmark__v1__log_checkpoint__init(&answer);
    answer.note = (char *)note.data;
    answer.log_key = key_text;
    for (size_t i = 0; i < proof.count; i++) {
        hashes[i] = (ProtobufCBinaryData){SHA256_SIZE, proof.hashes[i].bytes};
    }
    answer.n_consistency = proof.count;
    answer.consistency = hashes;
    return rpc_unit_pack(&answer.base, ret_answer);
}
