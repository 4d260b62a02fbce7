/* Where the server is and who calls it: options first, then operator.yaml. */
#ifndef MINTMARK_CLIENT_ADMIN_CONFIG_H
#define MINTMARK_CLIENT_ADMIN_CONFIG_H

#include <limits.h>

#include "client/admin/session.h"

enum { ADMIN_SERVER_MAX = 300 };

struct admin_config {
    char server[ADMIN_SERVER_MAX];
    char certificate[PATH_MAX];
    char key[PATH_MAX];
    char ca[PATH_MAX];
};

/* The file of --config or $MINTMARK_CONFIG must be there; the default one need not. STATUS_USAGE
 * names what is not given anywhere. */
MUST_USE status_t admin_config_read(const struct admin_options *options,
                                    struct admin_config *ret_config, struct problem *problem);

#endif
