#include "server/front/upkeep.h"

#include "lib/base/utf8.h"
#include "proto/wire/grpc.h"
#include "server/front/log.h"
#include "server/front/worker.h"

enum {
    EVERY_MS = 5000,
    MORE_MS = 100,     /* there was more to do */
    FAILED_MS = 60000, /* what failed rarely mends itself in seconds */
    LATE_MS = 60000,
};

static void due_in(struct front *front, uint64_t milliseconds)
{
    front->upkeep_due_us = front_now_us() + milliseconds * 1000;
}

void front_upkeep_run(struct front *front, bool queued)
{
    struct front_worker *worker = TAILQ_FIRST(&front->dispatch.idle);
    uint64_t late_us = queued ? UINT64_C(1000) * LATE_MS : 0;
    if (front->listener != LISTENER_ADMINISTRATION || front->draining || worker == NULL ||
        front_now_us() < front->upkeep_due_us + late_us) {
        return;
    }
    due_in(front, EVERY_MS); /* also when the worker dies with it */
    front_worker_start_own(worker, METHOD_TICK);
}

void front_upkeep_answer(struct front *front, const struct frame_answer *answer)
{
    struct log_line log;
    char reason[FRAME_REASON_MAX + 1];
    if (answer->grpc_code == 0) {
        due_in(front, answer->message.size > 0 ? MORE_MS : EVERY_MS);
        return;
    }
    due_in(front, FAILED_MS);
    utf8_clean(answer->reason, reason, sizeof(reason));
    front_log_begin(&log, LOG_LEVEL_WARNING, "upkeep_failed");
    log_text(&log, "code", wire_grpc_code_name(answer->grpc_code));
    log_text(&log, "reason", reason);
    log_end(&log);
}
