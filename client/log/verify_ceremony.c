/* A ceremony's entries, against the transcript that was signed. */
#include "client/log/verify.h"
#include "lib/ceremony/transcript.h"
#include "mintmark/v1/administration.pb-c.h"

static bool is_text(const struct event *event, enum event_field field, const char *wanted)
{
    return span_equal(event->values[field].bytes, span_text(wanted));
}

static bool is_key(const struct event *event, const struct ceremony_transcript *transcript,
                   const struct ceremony_key *key)
{
    return is_text(event, EVENT_KEY_PURPOSE, key->purpose) &&
           is_text(event, EVENT_KEY_LABEL, key->label) &&
           is_text(event, EVENT_TOKEN_SERIAL, transcript->token_serial) &&
           is_text(event, EVENT_TOKEN_KIND, transcript->software ? "software" : "hardware") &&
           span_equal(event->values[EVENT_PUBLIC_KEY_SHA256].bytes,
                      span_make(key->public_key_sha256, key->public_key_sha256_size)) &&
           span_equal(event->values[EVENT_TRANSCRIPT_SHA256].bytes, SPAN_OF(transcript->sha256));
}

status_t log_verify_ceremony(void *context, const uint8_t sha256[static SHA256_SIZE],
                             const struct event *event, uint32_t number, uint32_t *ret_keys,
                             struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct ceremony_transcript transcript;
    TRY(log_verify_content(context, sha256, &mintmark__v1__ceremony__descriptor, &message,
                           problem));
    const Mintmark__V1__Ceremony *ceremony = (const Mintmark__V1__Ceremony *)message;
    TRY(ceremony_transcript_read(span_text(ceremony->transcript), &transcript, problem));
    if (number >= transcript.key_count || !is_key(event, &transcript, &transcript.keys[number])) {
        return problem_say(problem, STATUS_REFUSED, "OTHER_CONTENT", "",
                           "the entry has another key than the transcript that was signed");
    }
    *ret_keys = (uint32_t)transcript.key_count;
    return STATUS_OK;
}
