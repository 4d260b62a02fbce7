/* An operator's or auditor's connection to the administration listener, and the key that signs for
 * them. */
#ifndef MINTMARK_CLIENT_ADMIN_SESSION_H
#define MINTMARK_CLIENT_ADMIN_SESSION_H

#include "client/options.h"
#include "lib/base/signer.h"
#include "mintmark/v1/administration.pb-c.h"
#include "proto/text/decode.h"

enum {
    ADMIN_ANSWER_MAX = 4 * 1024 * 1024, /* bytes of one answer: a page, or a change's contents */
    ADMIN_ROWS = 8,                     /* of admin_session_rows */
};

/* Words of the command line, borrowed. */
struct admin_options {
    const char *server;
    const char *certificate;
    const char *key;
    const char *ca;
    const char *config;
    const char *timeout;
    bool json;
};

/* The help text of these options. */
#define ADMIN_OPTIONS_HELP                                                                         \
    "  --server HOST:PORT     the administration listener of mintmarkd\n"                          \
    "  --certificate, --key   your PEM certificate and private key (mode 0600)\n"                  \
    "  --ca FILE              PEM certificate(s) the server's certificate must chain to\n"         \
    "  --config FILE          YAML with these four; default $MINTMARK_CONFIG, else\n"              \
    "                         ~/.config/mintmark/operator.yaml; options win over it\n"             \
    "  --timeout SECONDS      keep trying this long while the server is unavailable (default "     \
    "30)\n"                                                                                        \
    "  --json                 one JSON object on standard output\n"

/* Rows for options_read. */
void admin_session_rows(struct admin_options *options,
                        struct option_row ret_rows[static ADMIN_ROWS]);

struct admin_session;

/* Finds server and files (SPEC in ADMIN_OPTIONS_HELP), reads certificate and key. Connects at the
 * first call. */
MUST_USE status_t admin_session_open(const struct admin_options *options,
                                     struct admin_session **ret_session, struct problem *problem);
void admin_session_close(struct admin_session *session);
OWN_POINTER(struct admin_session, admin_session_close)

/* HOST:PORT */
const char *admin_session_server(const struct admin_session *session);
/* The SPIFFE id in the certificate. */
const char *admin_session_id(const struct admin_session *session);
/* "spiffe://acme" */
const char *admin_session_domain(const struct admin_session *session);

/* Signs with the certificate's key; appends. */
MUST_USE status_t admin_session_sign(const struct admin_session *session, struct span message,
                                     struct buf *ret_signature, struct problem *problem);

/* Memory of one answer; used for one at a time. */
struct admin_answer {
    struct decode_arena *arena;
};
void admin_answer_done(struct admin_answer *answer);
OWN_VALUE(struct admin_answer, admin_answer_done)

/* One call of a method of the Administration service, or of another one ("Audit/GetContent"); the
 * message lives until the answer is used again or done.
 * `again`: while the server is unavailable; false for what must not arrive twice. */
MUST_USE status_t admin_session_call(struct admin_session *session, const char *method,
                                     const ProtobufCMessage *request, bool again,
                                     const ProtobufCMessageDescriptor *descriptor,
                                     struct admin_answer *answer,
                                     const ProtobufCMessage **ret_message, struct problem *problem);

#endif
