/* The headers of a request: collected one by one, judged when they are complete
 * (proto/wire/SPEC.md §2). */
#ifndef MINTMARK_SERVER_FRONT_REQUEST_H
#define MINTMARK_SERVER_FRONT_REQUEST_H

#include "server/front/call.h"

/* Takes one header. False when the list is so long that the stream is to be reset. */
bool front_request_header(struct front_call *call, struct span name, struct span value);

/* All headers are there: the call is READING, or refused. */
void front_request_headers_end(struct front_call *call);

#endif
