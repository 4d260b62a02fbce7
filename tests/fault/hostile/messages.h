/* Request messages that a hostile front would try. */
#ifndef MINTMARK_TESTS_FAULT_HOSTILE_MESSAGES_H
#define MINTMARK_TESTS_FAULT_HOSTILE_MESSAGES_H

#include "server/method.h"
#include "tests/fault/hostile/random.h"

/* Appends a message for the method: orders of this site and others, chips seen before and new ones,
 * a device's own key. Well formed. */
void messages_make(struct random *random, enum method method, struct buf *ret_message);

#endif
