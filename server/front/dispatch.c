#include "server/front/dispatch.h"

#include "server/front/answer.h"
#include "server/front/connection.h"
#include "server/front/worker.h"

void front_dispatch_init(struct front_dispatch *dispatch)
{
    *dispatch = (struct front_dispatch){0};
    TAILQ_INIT(&dispatch->queue);
    TAILQ_INIT(&dispatch->workers);
    TAILQ_INIT(&dispatch->idle);
}

static void enter_queue(struct front_call *call)
{
    struct front_connection *connection = call->connection;
    connection->in_flight++;
    call->state = CALL_QUEUED;
    TAILQ_INSERT_TAIL(&connection->front->dispatch.queue, call, in_list);
}

void front_dispatch_add(struct front_call *call)
{
    struct front_connection *connection = call->connection;
    struct front_dispatch *dispatch = &connection->front->dispatch;
    if (dispatch->waiting >= FRONT_QUEUE_CALLS_MAX) {
        struct problem problem;
        (void)problem_say(&problem, STATUS_EXHAUSTED, "QUEUE_FULL", "",
                          "%zu calls are waiting already: try again", dispatch->waiting);
        front_answer_refuse(call, &problem, FRONT_RETRY_MS);
        return;
    }
    call->queued_us = front_now_us();
    dispatch->waiting++;
    if (connection->in_flight < FRONT_IN_FLIGHT_MAX) {
        enter_queue(call);
    } else {
        call->state = CALL_LINE;
        TAILQ_INSERT_TAIL(&connection->line, call, in_list);
    }
    front_dispatch_run(connection->front);
}

void front_dispatch_run(struct front *front)
{
    struct front_dispatch *dispatch = &front->dispatch;
    struct front_call *call = NULL;
    struct front_worker *worker = NULL;
    while (dispatch->answer_bytes < FRONT_ANSWER_BYTES_MAX &&
           (worker = TAILQ_FIRST(&dispatch->idle)) != NULL &&
           (call = TAILQ_FIRST(&dispatch->queue)) != NULL) {
        TAILQ_REMOVE(&dispatch->queue, call, in_list);
        dispatch->waiting--;
        front_worker_start(worker, call);
    }
}

void front_dispatch_release(struct front_connection *connection)
{
    connection->in_flight--;
    struct front_call *next = TAILQ_FIRST(&connection->line);
    if (next != NULL) {
        TAILQ_REMOVE(&connection->line, next, in_list);
        enter_queue(next);
    }
}

void front_dispatch_leave(struct front_call *call)
{
    struct front_connection *connection = call->connection;
    struct front_dispatch *dispatch = &connection->front->dispatch;
    if (call->state == CALL_LINE) {
        TAILQ_REMOVE(&connection->line, call, in_list);
        dispatch->waiting--;
        call->state = CALL_ANSWERED;
    } else if (call->state == CALL_QUEUED) {
        TAILQ_REMOVE(&dispatch->queue, call, in_list);
        dispatch->waiting--;
        call->state = CALL_ANSWERED;
        front_dispatch_release(connection);
    } else if (call->state == CALL_WORKING) {
        front_worker_forget(call->worker); /* still counts as in flight: the work goes on */
        call->worker = NULL;
        call->state = CALL_ANSWERED;
    }
}
