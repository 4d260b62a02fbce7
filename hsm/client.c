#include "hsm/client.h"

#include <stdlib.h>
#include <unistd.h>

#include "hsm/protocol.h"

struct hsm_client {
    int socket;
    bool lost;
    struct buf report;
    struct buf payload; /* of the call, then of its answer; kept, so a call maps no memory */
};

/* Text from the signer goes on only as the problem it sent. */
static status_t take_problem(struct hsm_client *client, struct problem *problem)
{
    struct problem said = {0};
    bool last = true;
    if (hsm_protocol_read_problem(buf_span(&client->payload), &said, &last) != STATUS_OK) {
        client->lost = true;
        return problem_say(problem, STATUS_UNAVAILABLE, "SIGNER_PROTOCOL", "signer",
                           "the signer process sent what is not an answer: it is replaced");
    }
    client->lost = last;
    if (problem != NULL) {
        *problem = said;
    }
    return said.status;
}

static status_t say_lost(struct hsm_client *client, struct problem *problem)
{
    client->lost = true;
    return problem_say(problem, STATUS_UNAVAILABLE, "SIGNER_LOST", "signer",
                       "the signer process ended; another one is started, try again");
}

/* Waits for the answer; `wanted` is what a success is called. The payload stays in the client. */
static status_t receive_answer(struct hsm_client *client, enum hsm_kind wanted,
                               struct problem *problem)
{
    enum hsm_kind kind = HSM_ANSWER_PROBLEM;
    if (hsm_protocol_receive(client->socket, &kind, &client->payload) != STATUS_OK) {
        return say_lost(client, problem);
    }
    if (kind == wanted) {
        return STATUS_OK;
    }
    if (kind != HSM_ANSWER_PROBLEM) {
        buf_clear(&client->payload); /* parses as no problem, so this is the protocol error */
    }
    return take_problem(client, problem);
}

static status_t call(struct hsm_client *client, enum hsm_kind kind, struct span payload,
                     struct problem *problem)
{
    if (client->lost || hsm_protocol_send(client->socket, kind, payload) != STATUS_OK) {
        return say_lost(client, problem);
    }
    return receive_answer(client, HSM_ANSWER_OK, problem);
}

status_t hsm_client_open(int socket, struct hsm_client **ret_client, struct problem *problem)
{
    struct hsm_client *opened = calloc(1, sizeof(*opened));
    if (opened == NULL) {
        (void)close(socket);
        return STATUS_NO_MEMORY;
    }
    AUTO(hsm_client_close) struct hsm_client *client = opened;
    client->socket = socket;
    buf_init(&client->report, HSM_PROTOCOL_ANSWER_MAX);
    buf_init_secret(&client->payload, HSM_PROTOCOL_ANSWER_MAX);
    TRY(receive_answer(client, HSM_ANSWER_HELLO, problem));
    buf_append_span(&client->report, buf_span(&client->payload));
    TRY(buf_status(&client->report));
    *ret_client = TAKE(client);
    return STATUS_OK;
}

void hsm_client_close(struct hsm_client *client)
{
    if (client != NULL) {
        (void)close(client->socket);
        buf_done(&client->report);
        buf_done(&client->payload);
        free(client);
    }
}

bool hsm_client_lost(const struct hsm_client *client)
{
    return client->lost;
}

struct span hsm_client_report(const struct hsm_client *client)
{
    return buf_span(&client->report);
}

static status_t say_unsendable(struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "SIGN_CALL", "tbs",
                       "PAI name or TBS empty or too long to sign");
}

static status_t call_for_signature(struct hsm_client *client, enum hsm_kind kind,
                                   struct span payload, struct buf *ret_signature,
                                   struct problem *problem)
{
    TRY(call(client, kind, payload, problem));
    if (client->payload.size > SIGNER_SIGNATURE_MAX) {
        return say_lost(client, problem);
    }
    buf_append_span(ret_signature, buf_span(&client->payload));
    return buf_status(ret_signature);
}

status_t hsm_client_sign_identity(struct hsm_client *client, struct span tbs,
                                  struct buf *ret_signature, struct problem *problem)
{
    return call_for_signature(client, HSM_CALL_SIGN_IDENTITY, tbs, ret_signature, problem);
}

status_t hsm_client_sign_dac(struct hsm_client *client, const char *pai, struct span tbs,
                             struct buf *ret_signature, struct problem *problem)
{
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, HSM_PROTOCOL_CALL_MAX);
    if (hsm_protocol_write_sign(pai, tbs, &payload) != STATUS_OK) {
        return say_unsendable(problem);
    }
    return call_for_signature(client, HSM_CALL_SIGN_DAC, buf_span(&payload), ret_signature,
                              problem);
}

status_t hsm_client_sign_crl(struct hsm_client *client, const char *pai, uint32_t last,
                             struct span tbs, struct buf *ret_signature, struct problem *problem)
{
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, HSM_PROTOCOL_CRL_MAX);
    if (hsm_protocol_write_sign_crl(last, pai, tbs, &payload) != STATUS_OK) {
        return say_unsendable(problem);
    }
    return call_for_signature(client, HSM_CALL_SIGN_CRL, buf_span(&payload), ret_signature,
                              problem);
}

status_t hsm_client_sign_checkpoint(struct hsm_client *client,
                                    const struct tlog_checkpoint *checkpoint, uint64_t old_size,
                                    const struct tlog_proof *proof, struct buf *ret_note,
                                    struct problem *problem)
{
    const struct hsm_checkpoint_call asked = {*checkpoint, old_size, *proof};
    AUTO(buf_done) struct buf payload = {0};
    buf_init(&payload, HSM_PROTOCOL_CALL_MAX);
    TRY(hsm_protocol_write_checkpoint(&asked, &payload));
    return call_for_signature(client, HSM_CALL_SIGN_CHECKPOINT, buf_span(&payload), ret_note,
                              problem);
}

status_t hsm_client_derive_key(struct hsm_client *client, struct span salt, struct secret *ret_key,
                               struct problem *problem)
{
    if (salt.size == 0 || salt.size > HSM_CLIENT_SALT_MAX) {
        return problem_say(problem, STATUS_INVALID, "SALT_SIZE", "salt", "a salt has 1 to %d bytes",
                           HSM_CLIENT_SALT_MAX);
    }
    TRY(call(client, HSM_CALL_DERIVE_KEY, salt, problem));
    if (client->payload.size != HSM_CLIENT_KEY_SIZE) {
        return say_lost(client, problem);
    }
    status_t status = secret_copy(ret_key, buf_span(&client->payload));
    buf_clear(&client->payload); /* wiped */
    return status;
}
