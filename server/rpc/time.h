/* Milliseconds since 1970 as a message. */
#ifndef MINTMARK_SERVER_RPC_TIME_H
#define MINTMARK_SERVER_RPC_TIME_H

#include <google/protobuf/timestamp.pb-c.h>

static inline Google__Protobuf__Timestamp rpc_time(int64_t time_ms)
{
    Google__Protobuf__Timestamp time;
    google__protobuf__timestamp__init(&time);
    time.seconds = time_ms / 1000;
    time.nanos = (int32_t)(time_ms % 1000) * 1000000;
    return time;
}

#endif
