/* The parts of `mintmark provision`: fetch, check, write, show. */
#ifndef MINTMARK_CLIENT_PROVISION_H
#define MINTMARK_CLIENT_PROVISION_H

#include <stdbool.h>

#include "client/station.h"
#include "client/trust.h"
#include "lib/image/factory_data.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/text/decode.h"

enum {
    PROVISION_ARENA_SIZE = 2 * STATION_ANSWER_MAX,
};

/* Words of the command line; borrowed. NULL: not given. */
struct provision_options {
    struct station_options station;
    const char *order;
    const char *hardware_id;
    const char *unit_id;
    const char *chip;
    const char *output;
    const char *firmware; /* folder */
    struct trust_options trust;
    unsigned classes; /* bit per enum mintmark.v1.ProductClass */
    bool qr;          /* draw the code whatever standard output is */
};

/* The whole command behind its options. */
MUST_USE status_t provision_run(const struct provision_options *options, struct problem *problem);

/* Calls ProvisionDevice, trying again with backoff and jitter while the server is unavailable. The
 * response lives in the arena. */
MUST_USE status_t provision_fetch(const struct provision_options *options,
                                  struct decode_arena *arena,
                                  const Mintmark__V1__ProvisionDeviceResponse **ret_response,
                                  struct problem *problem);

/* An answer as its checks and its folder see it; borrows from the response and the trust. */
struct provision_unit {
    struct image_file files[IMAGE_PARTITIONS_MAX];
    struct image_efuse_key efuse_keys[IMAGE_EFUSE_KEYS_MAX];
    struct image_check check;
    struct image_finding findings[IMAGE_FINDINGS_MAX];
    size_t finding_count;
};

/* Class allowed, and everything of image_set_check. `trust` is what options->trust names; without a
 * PAA the answer's own counts. */
MUST_USE status_t provision_check(const struct provision_options *options,
                                  const struct trust *trust,
                                  const Mintmark__V1__ProvisionDeviceResponse *response,
                                  struct provision_unit *ret_unit, struct problem *problem);

/* For people, or one JSON object. */
MUST_USE status_t provision_show(const struct provision_options *options,
                                 const Mintmark__V1__ProvisionDeviceResponse *response,
                                 const struct provision_unit *unit);

#endif
