/* One call to the server, from a message to an answer, tried again while the server is away. */
#ifndef MINTMARK_CLIENT_CALL_H
#define MINTMARK_CLIENT_CALL_H

#include "proto/text/decode.h"
#include "proto/wire/client.h"

enum { CALL_TIMEOUT_MS = 15000 }; /* of one try */

/* protobuf-c's types have no const, and packing only reads. "" for NULL. */
char *call_text(const char *word);

/* Appends the message's wire bytes. */
MUST_USE status_t call_pack(const ProtobufCMessage *message, struct buf *ret_bytes);

/* Calls until there is an answer, an error that another try would repeat, or `patience_ms` are
 * over; 0: one try. Unless `quiet` it says on standard error that it tries again. */
MUST_USE status_t call_until(struct wire_client *client, const char *path, struct span request,
                             uint32_t patience_ms, bool quiet, struct buf *ret_answer,
                             struct problem *problem);

/* A number of seconds up to a day, for such a patience; false for anything else. */
bool call_read_patience(const char *seconds, uint32_t *ret_ms);

void call_wait_ms(uint32_t milliseconds);

#endif
