/* grpc.health.v1.Health, served by the front itself: SERVING while a worker is ready and the front
 * is not draining. Known names: "" (the whole server) and "mintmark.v1.Provisioning". */
#ifndef MINTMARK_SERVER_FRONT_HEALTH_H
#define MINTMARK_SERVER_FRONT_HEALTH_H

#include "server/front/call.h"

/* CALL_KIND_CHECK, CALL_KIND_WATCH or CALL_KIND_UNKNOWN. */
enum front_call_kind front_health_kind(struct span path);

/* Answers a Check, or begins a Watch. */
void front_health_serve(struct front_call *call);

/* The state may have changed: every watch is told. At a drain they then end with UNAVAILABLE. */
void front_health_update(struct front *front);

/* The call is going; no more updates for it. */
void front_health_leave(struct front_call *call);

#endif
