/* The worker's end of the socket to its signer process. One call at a time. A signer that dies or
 * breaks the protocol gives STATUS_UNAVAILABLE with `lost` set: the worker ends too, the supervisor
 * starts a new pair. */
#ifndef MINTMARK_HSM_CLIENT_H
#define MINTMARK_HSM_CLIENT_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/secret.h"
#include "lib/base/signer.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof.h"

enum { HSM_CLIENT_SALT_MAX = 64, HSM_CLIENT_KEY_SIZE = 32 };

struct hsm_client;

/* Takes the socket. Waits for the signer's report that its start and self-test are done; with a
 * problem when the signer says why it cannot start (PIN latched, token missing, key not found …).
 */
MUST_USE status_t hsm_client_open(int socket, struct hsm_client **ret_client,
                                  struct problem *problem);
void hsm_client_close(struct hsm_client *client); /* accepts NULL */
OWN_POINTER(struct hsm_client, hsm_client_close)

bool hsm_client_lost(const struct hsm_client *client);

/* The report made at start: JSON with token label, model, serial, SOFTWARE or not, and each key's
 * attributes and policy class. Borrows. */
struct span hsm_client_report(const struct hsm_client *client);

/* Appends the DER signature over a DAC's TBS by the PAI named in the configuration. The signer
 * lints the TBS against that PAI's own certificate first and verifies its signature after. */
MUST_USE status_t hsm_client_sign_dac(struct hsm_client *client, const char *pai, struct span tbs,
                                      struct buf *ret_signature, struct problem *problem);

/* Appends the DER signature over a revocation list's TBS by the PAI. The signer lints it against
 * the PAI's own certificate first. `last` is the number of the PAI's list before, 0 when there is
 * none: STATUS_REFUSED CRL_NUMBER unless the TBS's is higher, and higher than every one this signer
 * has signed (the last one's very bytes may be signed again). */
MUST_USE status_t hsm_client_sign_crl(struct hsm_client *client, const char *pai, uint32_t last,
                                      struct span tbs, struct buf *ret_signature,
                                      struct problem *problem);

/* Appends the DER signature over the TBS of a station's client certificate by the identity CA's
 * key. The signer builds the TBS again from what it says and refuses any other bytes. */
MUST_USE status_t hsm_client_sign_identity(struct hsm_client *client, struct span tbs,
                                           struct buf *ret_signature, struct problem *problem);

/* Appends the log's checkpoint, signed: a note (lib/tlog). The signer signs only what the proof
 * shows to extend the last one, whose size is old_size; refusals as in hsm/checkpoint.h. */
MUST_USE status_t hsm_client_sign_checkpoint(struct hsm_client *client,
                                             const struct tlog_checkpoint *checkpoint,
                                             uint64_t old_size, const struct tlog_proof *proof,
                                             struct buf *ret_note, struct problem *problem);

/* HMAC-SHA-256 by the token's seal key over the salt: 32 bytes. */
MUST_USE status_t hsm_client_derive_key(struct hsm_client *client, struct span salt,
                                        struct secret *ret_key, struct problem *problem);

#endif
