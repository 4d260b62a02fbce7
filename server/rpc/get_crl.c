#include "lib/matter/crl.h"
#include "mintmark/v1/administration.pb-c.h"
#include "server/issue/crl.h"
#include "server/rpc/rpc.h"
#include "server/rpc/time.h"

static status_t find_pai(const struct issue_environment *environment, const char *name,
                         const struct unit_pai **ret_pai, struct problem *problem)
{
    for (size_t i = 0; i < environment->pai_count; i++) {
        if (strcmp(environment->pais[i].name, name) == 0) {
            *ret_pai = &environment->pais[i];
            return !environment->pais[i].bought
                       ? STATUS_OK
                       : problem_say(
                             problem, STATUS_REFUSED, "PAI_BOUGHT", "pai",
                             "DACs of PAI %s are bought: its lists are with whoever has its "
                             "key",
                             name);
        }
    }
    return problem_say(problem, STATUS_NOT_FOUND, "PAI_UNKNOWN", "pai",
                       "no PAI is called so in the server's configuration: see its pais");
}

static status_t answer(const struct unit_pai *pai, const struct buf *der, struct buf *ret_answer,
                       struct problem *problem)
{
    struct pki_crl crl;
    TRY(pki_crl_parse(buf_span(der), &crl, problem));
    AUTO(buf_done) struct buf certificate;
    buf_init(&certificate, PKI_CERTIFICATE_MAX);
    buf_append_span(&certificate, pai->der);
    TRY(buf_status(&certificate));
    Google__Protobuf__Timestamp this_update = rpc_time(crl.this_update * 1000);
    Google__Protobuf__Timestamp next_update = rpc_time(crl.next_update * 1000);
    Mintmark__V1__GetCrlResponse response;
    mintmark__v1__get_crl_response__init(&response);
    response.crl = (ProtobufCBinaryData){der->size, der->data};
    response.pai_certificate = (ProtobufCBinaryData){certificate.size, certificate.data};
    response.number = matter_crl_number(&crl);
    response.this_update = &this_update;
    response.next_update = &next_update;
    response.revocations = (uint32_t)crl.entry_count;
    uint8_t *place =
        buf_extend(ret_answer, mintmark__v1__get_crl_response__get_packed_size(&response));
    TRY(buf_status(ret_answer));
    (void)mintmark__v1__get_crl_response__pack(&response, place);
    return STATUS_OK;
}

status_t rpc_get_crl(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                     struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    const struct unit_pai *pai = NULL;
    AUTO(buf_done) struct buf der;
    buf_init(&der, PKI_CRL_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__get_crl_request__descriptor, request, false,
                       &message, problem));
    TRY(find_pai(call->environment, ((const Mintmark__V1__GetCrlRequest *)message)->pai, &pai,
                 problem));
    TRY(issue_crl(call->environment, pai, &der, problem));
    return answer(pai, &der, ret_answer, problem);
}
