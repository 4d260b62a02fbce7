/* What clients and the front ask of a worker, each a call that may die anywhere and is asked again.
 */
#ifndef MINTMARK_TESTS_FAULT_CRASH_ACT_H
#define MINTMARK_TESTS_FAULT_CRASH_ACT_H

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "server/method.h"

enum { ACT_MESSAGE_MAX = 4096, ACT_IMAGES_MAX = 16 };

/* One unit, and what its station knows of it. */
struct act_unit {
    const char *order;
    char mac[18];
    char record_id[33]; /* empty: not issued yet */
    uint8_t images[ACT_IMAGES_MAX][SHA256_SIZE];
    size_t image_count;
    struct buf csr; /* of a device that has its own key */
};

struct act {
    const char *name;
    enum method method;
    enum listener listener;
    bool own_key; /* of units that bring a CSR */
    bool issued;  /* needs a unit that was issued before */
    /* The request; returns its size. */
    size_t (*pack)(const struct act_unit *unit, uint8_t ret_bytes[static ACT_MESSAGE_MAX]);
    /* Whether the answer to a repetition says the same as the first answer. */
    bool (*same)(struct span first, struct span repeated);
};

extern const struct act ACTS[];
extern const size_t ACT_COUNT;

/* The act that issues a unit, before those that need one. */
const struct act *act_issuing(bool own_key);

/* A CSR with a key of its own. */
void act_make_csr(struct buf *ret_csr);

/* Takes record id and image digests from the answer of ProvisionDevice; from IssueDac's, the record
 * id. */
void act_learn(const struct act *act, struct span answer, struct act_unit *unit);

#endif
