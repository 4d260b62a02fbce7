/* How the configuration gets from the supervisor to its processes: serialized, in a memory file
 * that nobody can change any more. */
#ifndef MINTMARK_SERVER_CONFIG_PASS_H
#define MINTMARK_SERVER_CONFIG_PASS_H

#include "lib/base/digest.h"
#include "mintmark/v1/config.pb-c.h"

enum { CONFIG_PASS_MAX = 4 * 1024 * 1024 }; /* YAML limit and the certificates it may name */

/* SHA-256 of the configuration as it is passed on: with the certificates it names. */
MUST_USE status_t config_pass_digest(const Mintmark__V1__Config *config,
                                     uint8_t ret_digest[static SHA256_SIZE]);

/* Caller closes ret_descriptor. */
MUST_USE status_t config_pass_seal(const Mintmark__V1__Config *config, int *ret_descriptor);

/* A new read-only descriptor on the same file, with an offset of its own. */
MUST_USE status_t config_pass_reopen(int descriptor, int *ret_descriptor);

/* Caller frees ret_config with mintmark__v1__config__free_unpacked(…, NULL). STATUS_MALFORMED when
 * the descriptor is not such a file. */
MUST_USE status_t config_pass_receive(int descriptor, Mintmark__V1__Config **ret_config);

#endif
