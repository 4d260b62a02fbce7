#include "client/call.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/wire/dial.h"

enum { BACKOFF_FIRST_MS = 200, BACKOFF_MOST_MS = 8000, PATIENCE_MAX = 86400 };

void call_wait_ms(uint32_t milliseconds)
{
    struct timespec rest = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&rest, &rest) != 0) {
    }
}

/* Doubles, with half of it random: stations that lost the same server must not come back together.
 */
static uint32_t backoff(unsigned attempt)
{
    uint32_t most = (uint32_t)BACKOFF_FIRST_MS << (attempt < 6 ? attempt : 6);
    uint16_t random = 0;
    (void)RAND_bytes((uint8_t *)&random, sizeof(random));
    most = most < BACKOFF_MOST_MS ? most : BACKOFF_MOST_MS;
    return most / 2 + random % (most / 2);
}

char *call_text(const char *word)
{
    char *borrowed = NULL;
    word = word == NULL ? "" : word;
    memcpy(&borrowed, &word, sizeof(borrowed));
    return borrowed;
}

status_t call_pack(const ProtobufCMessage *message, struct buf *ret_bytes)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *place = size == 0 ? NULL : buf_extend(ret_bytes, size);
    TRY(buf_status(ret_bytes));
    if (place != NULL) { /* an empty message has no bytes */
        (void)protobuf_c_message_pack(message, place);
    }
    return STATUS_OK;
}

status_t call_until(struct wire_client *client, const char *path, struct span request,
                    uint32_t patience_ms, bool quiet, struct buf *ret_answer,
                    struct problem *problem)
{
    uint64_t end = wire_dial_now_ms() + patience_ms;
    for (unsigned attempt = 0;; attempt++) {
        uint32_t retry_ms = 0;
        buf_clear(ret_answer);
        status_t status = wire_client_call(client, path, request, ret_answer, &retry_ms, problem);
        if (status == STATUS_OK || retry_ms == 0) {
            return status;
        }
        uint32_t pause = backoff(attempt);
        pause = pause > retry_ms ? pause : retry_ms;
        if (wire_dial_now_ms() + pause >= end) {
            return status;
        }
        if (!quiet && attempt % 4 == 1) {
            (void)fprintf(stderr, "  %s; trying again\n", problem->message);
        }
        call_wait_ms(pause);
    }
}

bool call_read_patience(const char *seconds, uint32_t *ret_ms)
{
    char *end = NULL;
    unsigned long number = strtoul(seconds, &end, 10);
    if (seconds[0] < '0' || seconds[0] > '9' || *end != '\0' || number > PATIENCE_MAX) {
        return false;
    }
    *ret_ms = (uint32_t)number * 1000;
    return true;
}
