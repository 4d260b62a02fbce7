/* What stands beside the log, for auditors: certificates, contents, issuers, the token. */
#include "mintmark/v1/audit.pb-c.h"
#include "server/rpc/rpc.h"
#include "server/rpc/unit.h"
#include "server/store/change.h"

enum { CERTIFICATES_MAX = 256 };

/* Field 1 of GetCertificatesResponse; empty when there is none. */
static status_t add_certificate(const struct rpc_call *call, ProtobufCBinaryData serial,
                                struct buf *ret_answer, struct problem *problem)
{
    AUTO(buf_done) struct buf certificate;
    ProtobufCBinaryData element;
    Mintmark__V1__GetCertificatesResponse one;
    buf_init(&certificate, STORE_BLOB_MAX);
    if (serial.len != STORE_DAC_SERIAL_SIZE) {
        return problem_say(problem, STATUS_INVALID, "DAC_SERIAL", "dac_serials",
                           "a DAC's serial number has %d bytes", STORE_DAC_SERIAL_SIZE);
    }
    status_t status = store_unit_certificate(call->environment->store, serial.data, &certificate);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    element = (ProtobufCBinaryData){certificate.size, certificate.data};
    mintmark__v1__get_certificates_response__init(&one);
    one.n_certificates = 1;
    one.certificates = &element;
    return rpc_unit_pack(&one.base, ret_answer); /* messages written one behind the other merge */
}

status_t rpc_get_certificates(const struct rpc_call *call, struct span request,
                              struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(decode_message(call->arena, &mintmark__v1__get_certificates_request__descriptor, request,
                       false, &message, problem));
    const Mintmark__V1__GetCertificatesRequest *get =
        (const Mintmark__V1__GetCertificatesRequest *)message;
    if (get->n_dac_serials > CERTIFICATES_MAX) {
        return problem_say(problem, STATUS_INVALID, "DAC_SERIAL", "dac_serials",
                           "ask for at most %d certificates at once", CERTIFICATES_MAX);
    }
    for (size_t i = 0; i < get->n_dac_serials; i++) {
        TRY(add_certificate(call, get->dac_serials[i], ret_answer, problem));
    }
    return buf_status(ret_answer);
}

status_t rpc_get_content(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                         struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    AUTO(buf_done) struct buf content;
    buf_init(&content, STORE_BLOB_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__get_content_request__descriptor, request, false,
                       &message, problem));
    ProtobufCBinaryData sha256 = ((const Mintmark__V1__GetContentRequest *)message)->sha256;
    status_t status = sha256.len != STORE_DIGEST_SIZE
                          ? STATUS_NOT_FOUND
                          : store_content_get(call->environment->store, sha256.data, &content);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "CONTENT_UNKNOWN", "sha256",
                           "no change has this content");
    }
    TRY(status);
    Mintmark__V1__GetContentResponse answer;
    mintmark__v1__get_content_response__init(&answer);
    answer.content = (ProtobufCBinaryData){content.size, content.data};
    return rpc_unit_pack(&answer.base, ret_answer);
}

static ProtobufCBinaryData borrow(struct span bytes)
{
    ProtobufCBinaryData borrowed = {bytes.size, NULL};
    memcpy(&borrowed.data, &bytes.data, sizeof(borrowed.data)); /* packing only reads */
    return borrowed;
}

status_t rpc_list_issuers(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                          struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(decode_message(call->arena, &mintmark__v1__list_issuers_request__descriptor, request, false,
                       &message, problem));
    for (size_t i = 0; i < call->environment->pai_count; i++) {
        const struct unit_pai *pai = &call->environment->pais[i];
        Mintmark__V1__Issuer issuer;
        Mintmark__V1__Issuer *list = &issuer;
        Mintmark__V1__ListIssuersResponse one;
        mintmark__v1__issuer__init(&issuer);
        mintmark__v1__list_issuers_response__init(&one);
        memcpy(&issuer.name, &pai->name, sizeof(issuer.name)); /* packing only reads */
        issuer.pai = borrow(pai->der);
        issuer.paa = borrow(pai->paa.der);
        one.n_issuers = 1;
        one.issuers = &list;
        TRY(rpc_unit_pack(&one.base, ret_answer));
    }
    return buf_status(ret_answer);
}

status_t rpc_get_token_report(const struct rpc_call *call, struct span request,
                              struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    AUTO(buf_done) struct buf text;
    buf_init(&text, RPC_ANSWER_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__get_token_report_request__descriptor, request,
                       false, &message, problem));
    buf_append_span(&text, call->token_report);
    buf_append_byte(&text, '\0');
    TRY(buf_status(&text));
    Mintmark__V1__TokenReport answer;
    mintmark__v1__token_report__init(&answer);
    answer.json = (char *)text.data;
    return rpc_unit_pack(&answer.base, ret_answer);
}
