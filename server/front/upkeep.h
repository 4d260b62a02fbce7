/* The front's own call: from time to time Tick goes to an idle worker (server/issue/upkeep.h). */
#ifndef MINTMARK_SERVER_FRONT_UPKEEP_H
#define MINTMARK_SERVER_FRONT_UPKEEP_H

#include "server/frame.h"
#include "server/front/front.h"

/* Starts a Tick when it is due, on the administration listener, and there is an idle worker. A late
 * one comes before calls that wait (`queued`), so that a busy front is kept up too. */
void front_upkeep_run(struct front *front, bool queued);

/* The Tick's answer: when the next is due, and its failure to the log. */
void front_upkeep_answer(struct front *front, const struct frame_answer *answer);

#endif
