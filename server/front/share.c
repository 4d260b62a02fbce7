#include "server/front/share.h"

#include <assert.h>
#include <stdlib.h>

#include "server/frame.h"
#include "server/front/connection.h"

static_assert(FRAME_ANSWER_HEADER + FRAME_REASON_MAX + FRAME_DETAILS_MAX +
                      FRAME_ANSWER_MESSAGE_MAX <=
                  FRONT_SHARE_ANSWER_BYTES_MAX,
              "an identity that holds nothing can always be answered");

static struct front_share *find(struct front *front, const char *identity)
{
    struct front_share *share = NULL;
    TAILQ_FOREACH(share, &front->shares, in_front)
    {
        if (strcmp(share->identity, identity) == 0) {
            break;
        }
    }
    return share;
}

static struct front_share *add(struct front *front, const char *identity)
{
    struct front_share *share = calloc(1, sizeof(*share));
    if (share == NULL) {
        return NULL;
    }
    share->identity = strdup(identity);
    if (share->identity == NULL) {
        free(share);
        return NULL;
    }
    TAILQ_INIT(&share->queue);
    TAILQ_INSERT_TAIL(&front->shares, share, in_front);
    return share;
}

status_t front_share_join(struct front_connection *connection)
{
    struct front *front = connection->front;
    bool known = connection->identity_problem.status == STATUS_OK;
    const char *identity = known ? connection->identity.spiffe_id : "";
    struct front_share *share = find(front, identity);
    if (share == NULL) {
        share = add(front, identity);
    }
    if (share == NULL) {
        return STATUS_NO_MEMORY;
    }
    share->connections++;
    connection->share = share;
    return STATUS_OK;
}

void front_share_leave(struct front_connection *connection)
{
    struct front_share *share = connection->share;
    connection->share = NULL;
    if (share != NULL && --share->connections == 0) {
        assert(TAILQ_EMPTY(&share->queue) && share->waiting == 0 && share->working == 0);
        TAILQ_REMOVE(&connection->front->shares, share, in_front);
        free(share->identity);
        free(share);
    }
}

bool front_share_has_room(const struct front_share *share)
{
    size_t expected = (share->working + 1) * share->largest_answer;
    return share->answer_bytes + expected <= FRONT_SHARE_ANSWER_BYTES_MAX;
}
