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

/* Of a proof in the answer: the hashes, and where the message finds them. */
struct consistency {
    struct tlog_proof proof;
    ProtobufCBinaryData hashes[TLOG_PROOF_MAX];
};

/* That the newest tree begins with one of `old_size`; no hashes when it is not so long. */
static status_t prove(const struct rpc_call *call, uint64_t old_size, uint64_t size,
                      struct consistency *consistency, struct problem *problem)
{
    if (old_size <= size) {
        TRY(store_log_consistency(call->environment->store, old_size, size, &consistency->proof,
                                  problem));
    }
    for (size_t i = 0; i < consistency->proof.count; i++) {
        consistency->hashes[i] =
            (ProtobufCBinaryData){SHA256_SIZE, consistency->proof.hashes[i].bytes};
    }
    return STATUS_OK;
}

status_t rpc_get_log_checkpoint(const struct rpc_call *call, struct span request,
                                struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    uint64_t size = 0;
    struct tlog_key key;
    struct consistency known = {0};
    struct consistency other = {0};
    char key_text[TLOG_KEY_TEXT_SIZE];
    AUTO(buf_done) struct buf note;
    buf_init(&note, ISSUE_NOTE_MAX + 1);
    TRY(decode_message(call->arena, &mintmark__v1__get_log_checkpoint_request__descriptor, request,
                       false, &message, problem));
    const Mintmark__V1__GetLogCheckpointRequest *get =
        (const Mintmark__V1__GetLogCheckpointRequest *)message;
    TRY(rpc_log_key(call->token_report, call->environment->origin, &key, problem));
    TRY(newest(call, &size, &note, problem));
    TRY(prove(call, get->known_size, size, &known, problem));
    TRY(prove(call, get->other_size, size, &other, problem));
    tlog_key_write(&key, key_text);
    Mintmark__V1__LogCheckpoint answer;
    mintmark__v1__log_checkpoint__init(&answer);
    answer.note = (char *)note.data;
    answer.log_key = key_text;
    answer.n_consistency = known.proof.count;
    answer.consistency = known.hashes;
    answer.n_other_consistency = other.proof.count;
    answer.other_consistency = other.hashes;
    return rpc_unit_pack(&answer.base, ret_answer);
}
