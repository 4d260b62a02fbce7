#include "server/front/dispatch.h"

#include "server/front/answer.h"
#include "server/front/connection.h"
#include "server/front/share.h"
#include "server/front/upkeep.h"
#include "server/front/worker.h"

void front_dispatch_init(struct front_dispatch *dispatch)
{
    *dispatch = (struct front_dispatch){0};
    TAILQ_INIT(&dispatch->turns);
    TAILQ_INIT(&dispatch->workers);
    TAILQ_INIT(&dispatch->idle);
}

static void enter_queue(struct front_call *call)
{
    struct front_connection *connection = call->connection;
    struct front_share *share = connection->share;
    connection->in_flight++;
    call->in_flight = true;
    call->state = CALL_QUEUED;
    if (TAILQ_EMPTY(&share->queue)) {
        TAILQ_INSERT_TAIL(&connection->front->dispatch.turns, share, in_turns);
    }
    TAILQ_INSERT_TAIL(&share->queue, call, in_list);
}

static void leave_queue(struct front_call *call)
{
    struct front_share *share = call->connection->share;
    TAILQ_REMOVE(&share->queue, call, in_list);
    if (TAILQ_EMPTY(&share->queue)) {
        TAILQ_REMOVE(&call->connection->front->dispatch.turns, share, in_turns);
    }
}

static void begin_waiting(const struct front_call *call)
{
    call->connection->front->dispatch.waiting++;
    call->connection->share->waiting++;
}

static void end_waiting(const struct front_call *call)
{
    call->connection->front->dispatch.waiting--;
    call->connection->share->waiting--;
}

/* The calls that wait, of all or of this identity, leave no room for another. */
static status_t check_room(const struct front_connection *connection, struct problem *problem)
{
    size_t all = connection->front->dispatch.waiting;
    size_t own = connection->share->waiting;
    if (own >= FRONT_SHARE_CALLS_MAX) {
        return problem_say(problem, STATUS_EXHAUSTED, "QUEUE_FULL", "",
                           "%zu calls of this identity are waiting already: take their answers, "
                           "then try again",
                           own);
    }
    if (all >= FRONT_QUEUE_CALLS_MAX) {
        return problem_say(problem, STATUS_EXHAUSTED, "QUEUE_FULL", "",
                           "%zu calls are waiting already: try again", all);
    }
    return STATUS_OK;
}

void front_dispatch_add(struct front_call *call)
{
    struct front_connection *connection = call->connection;
    struct problem problem;
    if (check_room(connection, &problem) != STATUS_OK) {
        front_answer_refuse(call, &problem, FRONT_RETRY_MS);
        return;
    }
    call->queued_us = front_now_us();
    begin_waiting(call);
    if (connection->in_flight < FRONT_IN_FLIGHT_MAX) {
        enter_queue(call);
    } else {
        call->state = CALL_LINE;
        TAILQ_INSERT_TAIL(&connection->line, call, in_list);
    }
    front_dispatch_run(connection->front);
}

/* Whose turn it is: of the identities with room the one with the fewest calls in workers, and of
 * equals the one that was served longest ago. */
static struct front_share *next_share(const struct front_dispatch *dispatch)
{
    struct front_share *share = NULL;
    struct front_share *best = NULL;
    TAILQ_FOREACH(share, &dispatch->turns, in_turns)
    {
        if (front_share_has_room(share) && (best == NULL || share->working < best->working)) {
            best = share;
        }
    }
    return best;
}

/* The oldest call of that identity; NULL when there is none that may go now. */
static struct front_call *next_call(struct front_dispatch *dispatch)
{
    struct front_share *share = next_share(dispatch);
    if (share == NULL || dispatch->answer_bytes >= FRONT_ANSWER_BYTES_MAX) {
        return NULL;
    }
    TAILQ_REMOVE(&dispatch->turns, share, in_turns);
    TAILQ_INSERT_TAIL(&dispatch->turns, share, in_turns);
    return TAILQ_FIRST(&share->queue);
}

void front_dispatch_run(struct front *front)
{
    struct front_dispatch *dispatch = &front->dispatch;
    struct front_call *call = NULL;
    struct front_worker *worker = NULL;
    front_upkeep_run(front, true);
    while ((worker = TAILQ_FIRST(&dispatch->idle)) != NULL &&
           (call = next_call(dispatch)) != NULL) {
        leave_queue(call);
        end_waiting(call);
        call->connection->share->working++;
        front_worker_start(worker, call);
    }
}

void front_dispatch_release(struct front_connection *connection)
{
    struct front_call *next = NULL;
    connection->in_flight--;
    while (connection->in_flight < FRONT_IN_FLIGHT_MAX &&
           (next = TAILQ_FIRST(&connection->line)) != NULL) {
        TAILQ_REMOVE(&connection->line, next, in_list);
        enter_queue(next);
    }
}

void front_dispatch_leave(struct front_call *call)
{
    struct front_connection *connection = call->connection;
    if (call->state == CALL_LINE) {
        TAILQ_REMOVE(&connection->line, call, in_list);
        end_waiting(call);
        call->state = CALL_ANSWERED;
    } else if (call->state == CALL_QUEUED) {
        leave_queue(call);
        end_waiting(call);
        call->state = CALL_ANSWERED;
    } else if (call->state == CALL_WORKING) {
        connection->share->working--;
        front_worker_forget(call->worker);
        call->worker = NULL;
        call->state = CALL_ANSWERED;
    }
}

void front_dispatch_end(struct front_call *call)
{
    front_dispatch_leave(call);
    if (call->in_flight) {
        call->in_flight = false;
        front_dispatch_release(call->connection);
    }
}
