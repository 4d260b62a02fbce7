#include "server/issue/proof.h"

#include "lib/event/event.h"
#include "lib/tlog/entry_proof.h"
#include "server/issue/checkpoint.h"
#include "server/store/log.h"
#include "server/store/trace.h"

enum { BEFORE_MAX = 64 }; /* entries among which the issuance is: few, unless released in between */

/* The device.issued among an identity's entries, or what stands for one that was lost. */
static status_t find_issued(const struct issue_environment *environment, struct span record_id,
                            uint64_t *ret_index, struct buf *entry, struct problem *problem)
{
    uint64_t entries[BEFORE_MAX];
    size_t count = 0;
    struct event event;
    TRY(store_trace_list(environment->store, record_id.data, BEFORE_MAX, entries, &count));
    for (size_t i = 0; i < count; i++) {
        buf_clear(entry);
        TRY(store_log_entry(environment->store, entries[i], entry, problem));
        TRY(event_read(buf_span(entry), &event, problem));
        if (event.type == EVENT_TYPE_DEVICE_ISSUED || event.type == EVENT_TYPE_DEVICE_RECOVERED) {
            *ret_index = entries[i];
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

status_t issue_proof(const struct issue_environment *environment, struct span record_id,
                     struct buf *ret_proof, struct problem *problem)
{
    uint64_t size = 0;
    struct tlog_proof_file file = {0};
    AUTO(buf_done) struct buf entry;
    AUTO(buf_done) struct buf note;
    buf_init(&entry, EVENT_MAX);
    buf_init(&note, ISSUE_NOTE_MAX);
    TRY(find_issued(environment, record_id, &file.index, &entry, problem));
    TRY(store_log_checkpoint(environment->store, &size, &note, problem));
    if (file.index >= size) {
        return STATUS_NOT_FOUND;
    }
    file.note = buf_span(&note);
    TRY(store_log_inclusion(environment->store, file.index, size, &file.proof, problem));
    return tlog_entry_proof_write(&file, buf_span(&entry), ret_proof);
}
