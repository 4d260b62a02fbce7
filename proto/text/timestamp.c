#include "proto/text/timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const int64_t YEAR_1 = -INT64_C(62135596800); /* 0001-01-01 */
static const int64_t YEAR_9999_END = INT64_C(253402300799);

bool text_timestamp_is(const ProtobufCMessageDescriptor *descriptor)
{
    return strcmp(descriptor->name, "google.protobuf.Timestamp") == 0;
}

void text_timestamp_print(const ProtobufCMessage *timestamp,
                          char ret_text[static TEXT_TIMESTAMP_MAX])
{
    const ProtobufCFieldDescriptor *fields = timestamp->descriptor->fields;
    const uint8_t *base = (const uint8_t *)timestamp;
    int64_t seconds;
    int32_t nanos;
    memcpy(&seconds, base + fields[0].offset, sizeof(seconds));
    memcpy(&nanos, base + fields[1].offset, sizeof(nanos));
    const time_t when = (time_t)seconds;
    struct tm parts;
    if (seconds < YEAR_1 || seconds > YEAR_9999_END || nanos < 0 || nanos > 999999999 ||
        gmtime_r(&when, &parts) == NULL) {
        (void)snprintf(ret_text, TEXT_TIMESTAMP_MAX, "%" PRId64 ".%09" PRId32, seconds, nanos);
        return;
    }
    int size = snprintf(ret_text, TEXT_TIMESTAMP_MAX, "%04d-%02d-%02dT%02d:%02d:%02d",
                        parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                        parts.tm_min, parts.tm_sec);
    if (nanos != 0) {
        size += snprintf(ret_text + size, TEXT_TIMESTAMP_MAX - (size_t)size, ".%09" PRId32, nanos);
    }
    (void)snprintf(ret_text + size, TEXT_TIMESTAMP_MAX - (size_t)size, "Z");
}
