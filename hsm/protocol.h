/* The frames on the socket between a worker and its signer process.
 *
 * Little endian: magic u32 | version u8 | kind u8 | zero u16 | payload size u32 | payload.
 * Sign:    name size u8 | name | TBS.   Derive: salt.   Report: empty.   Sign identity: TBS.
 * Sign checkpoint: size of the last one u64 | hashes u8 | hashes of the consistency proof, 32 each
 * | the text of the checkpoint (lib/tlog/SPEC.md §4). Sign CRL: number of the PAI's last list u32 |
 * as Sign. Hello and answer: what was asked for. Problem: status u8 | last u8 | reason size u8 |
 * field size u8 | message size u16 | zero u16 | reason | field | message. `last`: the signer ends
 * after it. One call is outstanding. What does not parse ends the process that reads it. */
#ifndef MINTMARK_HSM_PROTOCOL_H
#define MINTMARK_HSM_PROTOCOL_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof.h"

enum {
    HSM_PROTOCOL_VERSION = 1,
    HSM_PROTOCOL_HEADER = 12,
    HSM_PROTOCOL_NAME_MAX = 64,                    /* a PAI's name in the configuration */
    HSM_PROTOCOL_CALL_MAX = 16 * 1024,             /* a TBS of at most 10 240, and a name */
    HSM_PROTOCOL_CRL_MAX = 3 * 1024 * 1024 + 1024, /* the largest revocation list, and a name */
    HSM_PROTOCOL_ANSWER_MAX = 256 * 1024,          /* the report: 1 KiB a key, 100 PAIs and room */
    HSM_PROTOCOL_PROBLEM_HEADER = 8,
    HSM_PROTOCOL_CRL_STEP_MAX = 1000, /* from a PAI's last list to its next (SPEC.md §4) */
};
#define HSM_PROTOCOL_MAGIC 0x48534D4Du /* "MMSH" */

enum hsm_kind {
    HSM_CALL_SIGN_DAC = 1,
    HSM_CALL_DERIVE_KEY = 2,
    HSM_CALL_REPORT = 3,
    HSM_CALL_SIGN_CRL = 4,
    HSM_CALL_SIGN_CHECKPOINT = 5,
    HSM_CALL_SIGN_IDENTITY = 6,
    HSM_ANSWER_HELLO = 128,
    HSM_ANSWER_OK = 129,
    HSM_ANSWER_PROBLEM = 130,
};

/* Appends a header. STATUS_TOO_LARGE beyond the limit of the kind. */
MUST_USE status_t hsm_protocol_write_header(enum hsm_kind kind, size_t payload_size,
                                            struct buf *ret_frame);

/* STATUS_MALFORMED unless the header is ours, of a known kind and within its limit. */
MUST_USE status_t hsm_protocol_read_header(const uint8_t header[static HSM_PROTOCOL_HEADER],
                                           enum hsm_kind *ret_kind, size_t *ret_payload_size);

/* Payload of HSM_CALL_SIGN_DAC. The spans borrow; the name is printable ASCII. */
MUST_USE status_t hsm_protocol_write_sign(const char *name, struct span tbs,
                                          struct buf *ret_payload);
MUST_USE status_t hsm_protocol_read_sign(struct span payload, struct span *ret_name,
                                         struct span *ret_tbs);

/* Payload of HSM_CALL_SIGN_CRL: `last` is the number of the PAI's list before, 0 when there is
 * none.
 */
MUST_USE status_t hsm_protocol_write_sign_crl(uint32_t last, const char *name, struct span tbs,
                                              struct buf *ret_payload);
MUST_USE status_t hsm_protocol_read_sign_crl(struct span payload, uint32_t *ret_last,
                                             struct span *ret_name, struct span *ret_tbs);

/* A checkpoint to be signed, with the proof that it extends the last one that was. */
struct hsm_checkpoint_call {
    struct tlog_checkpoint checkpoint;
    uint64_t old_size; /* of the last one signed, 0 when there is none */
    struct tlog_proof proof;
};

MUST_USE status_t hsm_protocol_write_checkpoint(const struct hsm_checkpoint_call *call,
                                                struct buf *ret_payload);
MUST_USE status_t hsm_protocol_read_checkpoint(struct span payload,
                                               struct hsm_checkpoint_call *ret_call);

MUST_USE status_t hsm_protocol_write_problem(const struct problem *problem, bool last,
                                             struct buf *ret_payload);
MUST_USE status_t hsm_protocol_read_problem(struct span payload, struct problem *ret_problem,
                                            bool *ret_last);

/* Blocking, whole frames, without a copy of the payload. STATUS_UNAVAILABLE when the other
 * end is gone, STATUS_MALFORMED when it does not speak this protocol. Receiving replaces
 * *ret_payload, which the caller has made with buf_init_secret. */
MUST_USE status_t hsm_protocol_send(int socket, enum hsm_kind kind, struct span payload);
MUST_USE status_t hsm_protocol_receive(int socket, enum hsm_kind *ret_kind,
                                       struct buf *ret_payload);

#endif
