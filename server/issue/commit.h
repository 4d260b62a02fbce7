/* What the log commits to about a unit's images. */
#ifndef MINTMARK_SERVER_ISSUE_COMMIT_H
#define MINTMARK_SERVER_ISSUE_COMMIT_H

#include "lib/base/digest.h"
#include "lib/image/factory_data.h"

/* SHA-256(nonce ‖ digest of each image, in the order of the set): the nonce makes it tell nothing
 * about what can be guessed. At most IMAGE_PARTITIONS_MAX digests of SHA256_SIZE bytes. */
void issue_commit(struct span nonce, const struct span *digests, size_t count,
                  uint8_t ret_commitment[static SHA256_SIZE]);

#endif
