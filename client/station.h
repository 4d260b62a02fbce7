/* A station's connection: the words and the call that its small commands share. */
#ifndef MINTMARK_CLIENT_STATION_H
#define MINTMARK_CLIENT_STATION_H

#include "client/options.h"
#include "client/witness.h"
#include "proto/text/decode.h"

enum { STATION_ROWS = 9, STATION_ANSWER_MAX = 4096 * 1024 };

/* Words of the command line, borrowed. */
struct station_options {
    const char *server;
    const char *certificate;
    const char *key;
    const char *ca;
    const char *timeout;
    const char *witness;
    bool no_witness;
    bool json;
};

#define STATION_OPTIONS_HELP                                                                       \
    "  --server HOST:PORT     the stations listener of mintmarkd\n"                                \
    "  --certificate, --key   this station's PEM certificate and private key (mode 0600)\n"        \
    "  --ca FILE              PEM certificate(s) the server's certificate must chain to\n"         \
    "  --timeout SECONDS      keep trying this long while the server is unavailable (default "     \
    "30)\n"                                                                                        \
    "  --witness DIR          where the log's last checkpoint is kept, to notice a rewritten "     \
    "log\n"                                                                                        \
    "                         (default ~/.local/state/mintmark/witness/SERVER)\n"                  \
    "  --no-witness           keep none\n"                                                         \
    "  --json                 one JSON object on standard output\n"

/* Rows for options_read. */
void station_rows(struct station_options *options, struct option_row ret_rows[static STATION_ROWS]);

/* STATUS_USAGE: names what is missing or wrong; also a place for the witness's checkpoint. */
MUST_USE status_t station_check(const struct station_options *options, struct problem *problem);

/* station_call in its steps, for a command that calls more than once. */
MUST_USE status_t station_open(const struct station_options *options,
                               struct wire_client **ret_client, struct problem *problem);
/* The answer's bytes; secret, the caller ends the buf. */
MUST_USE status_t station_ask(const struct station_options *options, struct wire_client *client,
                              const char *method, const ProtobufCMessage *request,
                              struct buf *ret_answer, struct problem *problem);
/* witness_look, unless that is not wanted. */
MUST_USE status_t station_witness(const struct station_options *options, struct wire_client *client,
                                  struct witness_proof *proof, struct problem *problem);

/* One call of a method of Provisioning ("ReportDevice"), tried again while the server is away; the
 * answer lives in the arena. Then, as a witness of the log, witness_look. */
MUST_USE status_t station_call(const struct station_options *options, const char *method,
                               const ProtobufCMessage *request,
                               const ProtobufCMessageDescriptor *descriptor,
                               struct decode_arena *arena, const ProtobufCMessage **ret_answer,
                               struct problem *problem);

#endif
