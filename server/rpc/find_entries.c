#include "mintmark/v1/audit.pb-c.h"
#include "server/rpc/rpc.h"
#include "server/rpc/unit.h"
#include "server/store/trace.h"

enum { INDEXES_MAX = 512 }; /* deliveries, attempts and reads of codes are limited to fewer */

status_t rpc_find_entries(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                          struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    uint64_t indexes[INDEXES_MAX + 1];
    size_t count = 0;
    Mintmark__V1__FindEntriesResponse answer;
    TRY(decode_message(call->arena, &mintmark__v1__find_entries_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__FindEntriesRequest *find =
        (const Mintmark__V1__FindEntriesRequest *)message;
    if (find->record_id.len != STORE_RECORD_ID_SIZE) {
        return problem_say(problem, STATUS_INVALID, "RECORD_ID", "record_id",
                           "a record's id has %d bytes", STORE_RECORD_ID_SIZE);
    }
    TRY(store_trace_list(call->environment->store, find->record_id.data, INDEXES_MAX + 1, indexes,
                         &count));
    mintmark__v1__find_entries_response__init(&answer);
    answer.indexes = indexes;
    answer.n_indexes = count < INDEXES_MAX ? count : INDEXES_MAX;
    answer.more = count > INDEXES_MAX;
    return rpc_unit_pack(&answer.base, ret_answer);
}
