/* `mintmark log verify` in its parts. */
#ifndef MINTMARK_CLIENT_LOG_VERIFY_H
#define MINTMARK_CLIENT_LOG_VERIFY_H

#include "client/log/certificates.h"
#include "client/log/tiles.h"
#include "client/log/witness.h"
#include "client/options.h"
#include "proto/text/decode.h"

enum { LOG_VERIFY_PAAS_MAX = 16 };

struct log_verify_options {
    const char *folder;
    const char *log_key; /* NULL: the folder's own, which proves less */
    const char *since;   /* NULL: none */
    struct option_list witnesses;
    struct option_list paas;
    bool json;
    bool quiet;
};

/* One verification. */
struct log_verify {
    const struct log_verify_options *options;
    struct log_folder folder;
    struct log_witnesses witnesses;
    struct log_tiles *tiles;
    struct tlog_edge edge;
    struct audit *audit;
    struct audit_issuers issuers;
    struct log_certificates certificates;
    status_t issuers_read; /* what comes of the issuers is said behind the entries */
    struct problem issuers_wrong;
    struct buf paas[LOG_VERIFY_PAAS_MAX]; /* DER */
    struct buf *pais;                     /* DER, AUDIT_ISSUERS_MAX places */
    struct decode_arena *arena;
    struct buf content;
    uint64_t since_size;
    bool since_earlier;      /* of an earlier epoch */
    struct tlog_head before; /* the tree before the newest proposal: what a recovery kept */
    /* told of each entry that is right, by log_verify_run; NULL: nobody wants it */
    status_t (*entry)(void *context, const struct event *event, struct problem *problem);
    void *entry_context;
};

/* The words of a command on one exported log: verify's, and `more`. As options_read. */
bool log_verify_options_read(const struct option_command *command, const struct option_row *more,
                             int argc, char **argv, struct log_verify_options *ret_options,
                             int *ret_exit_code);

/* All of it; the audit's summary stays. `verify` is zero but for `entry` and its context. */
MUST_USE status_t log_verify_run(const struct log_verify_options *options,
                                 struct log_verify *verify, struct problem *problem);
void log_verify_done(struct log_verify *verify); /* accepts a zeroed struct */
OWN_VALUE(struct log_verify, log_verify_done)

/* audit_sources.product: reads the content beside the log. `context` is the struct log_verify. */
MUST_USE status_t log_verify_product(void *context, const uint8_t sha256[static SHA256_SIZE],
                                     struct audit_product *ret_product, struct problem *problem);

/* audit_sources.revocation. */
MUST_USE status_t log_verify_revocation(void *context, const uint8_t sha256[static SHA256_SIZE],
                                        struct audit_revocation *ret_revocation,
                                        struct problem *problem);

/* Before an entry is taken. */
void log_verify_note_head(struct log_verify *verify, struct span entry);

/* A recovery's entry against the plan that was signed, the signature of the note in it, and the
 * entries that it says were kept (`before`). */
MUST_USE status_t log_verify_recovery(struct log_verify *verify,
                                      const uint8_t sha256[static SHA256_SIZE],
                                      const struct event *event, struct problem *problem);

/* audit_sources.effect: orders, amendments and enrolments against the contents. */
MUST_USE status_t log_verify_effect(void *context, const uint8_t sha256[static SHA256_SIZE],
                                    const struct event *event, struct problem *problem);

/* audit_sources.ceremony */
MUST_USE status_t log_verify_ceremony(void *context, const uint8_t sha256[static SHA256_SIZE],
                                      const struct event *event, uint32_t number,
                                      uint32_t *ret_keys, struct problem *problem);

/* audit_sources.window */
MUST_USE status_t log_verify_window(void *context, const uint8_t sha256[static SHA256_SIZE],
                                    const struct event *event, int64_t ret_window[static 2],
                                    struct problem *problem);

/* The content with this digest, decoded; lives until the next one. STATUS_REFUSED OTHER_CONTENT
 * when the file holds other bytes. */
MUST_USE status_t log_verify_content(struct log_verify *verify,
                                     const uint8_t sha256[static SHA256_SIZE],
                                     const ProtobufCMessageDescriptor *descriptor,
                                     const ProtobufCMessage **ret_message, struct problem *problem);

/* Reads the folder's PAIs against the trusted PAAs. */
MUST_USE status_t log_verify_issuers(struct log_verify *verify, struct problem *problem);

/* For people, and as JSON; the verdict's line is the last. */
void log_verify_print(const struct log_verify *verify, struct buf *ret_text);
void log_verify_print_json(const struct log_verify *verify, struct buf *ret_json);

#endif
