/* What a command did, but its user should know of. */
#ifndef MINTMARK_CLIENT_WARNINGS_H
#define MINTMARK_CLIENT_WARNINGS_H

#include "lib/base/buf.h"

/* With `json` a list of objects {"reason", "field", "message"} appended to the output, else lines
 * on standard error. */
void warnings_print(const struct problem *warnings, size_t count, bool json,
                    struct buf *ret_output);

#endif
