/* A client's calls over a pair's front socket, a station's ProvisionDevice first of all; and the
 * shim's page. */
#ifndef MINTMARK_TESTS_FAULT_PAIR_PROVISION_H
#define MINTMARK_TESTS_FAULT_PAIR_PROVISION_H

#include "lib/base/digest.h"
#include "tests/fault/pair/pair.h"
#include "tests/fault/pair/shim.h"

struct provision {
    const char *order;
    const char *identity; /* who calls */
    uint8_t
        spki_sha256[SHA256_SIZE]; /* of the certificate's key; zeros for a station known by name */
    uint8_t group; /* third octet of the chips' addresses: each test has its own chips */
    unsigned next_unit;
    uint64_t next_call;
};

/* A chip that was not used before. */
void provision_next_mac(struct provision *provision, char ret_mac[static 18]);

/* Sends one call; pair_receive has the answer. */
void provision_send(const struct pair_setup *setup, const struct pair *pair,
                    struct provision *provision, const char *mac);

/* Any call by the same identity. */
void provision_call(const struct pair_setup *setup, const struct pair *pair,
                    struct provision *provision, enum method method, struct span message);

/* Whether both are ProvisionDevice's answers with the same bytes, but for the flag that says that
 * they were delivered before. */
MUST_USE bool provision_same(struct span a, struct span b);

/* The page between a test and the shim that workers are started with. */
struct shim_page {
    struct shim_control *control;
    char path[64];
    const char *environment[5]; /* for pair_setup.worker_environment */
};

/* The shim is named by MINTMARK_SHIM. */
void shim_page_open(const struct pair_setup *setup, struct shim_page *ret_page);
void shim_page_close(struct shim_page *page);

#endif
