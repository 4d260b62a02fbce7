#include "lib/pki/pkcs10.h"
#include "server/rpc/unit.h"

static status_t answer(const struct issue_result *result, struct buf *ret_answer)
{
    char record_id[2 * STORE_RECORD_ID_SIZE + 1];
    char product[STORE_NAME_MAX + 12];
    rpc_unit_record_id(result, record_id);
    rpc_unit_product(result, product, sizeof(product));
    Mintmark__V1__Certificates certificates = rpc_unit_certificates(result);
    Mintmark__V1__IssueDacResponse response;
    mintmark__v1__issue_dac_response__init(&response);
    response.record_id = record_id;
    response.certificates = &certificates;
    response.product_class = (Mintmark__V1__ProductClass)result->product->product_class;
    response.product = product;
    response.repeated_delivery = result->repeated;
    return rpc_unit_pack(&response.base, ret_answer);
}

status_t rpc_issue_dac(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                       struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct rpc_unit storage;
    struct issue_request issue;
    uint8_t public_key[65];
    AUTO(issue_result_done) struct issue_result result = {0};
    TRY(decode_message(call->arena, &mintmark__v1__issue_dac_request__descriptor, request, false,
                       &message, problem));
    const Mintmark__V1__IssueDacRequest *dac = (const Mintmark__V1__IssueDacRequest *)message;
    TRY(rpc_unit_request(call, dac->order, dac->unit, &storage, &issue, problem));
    issue.key_source = STORE_KEY_CSR;
    issue.csr = span_make(dac->csr.data, dac->csr.len);
    TRY(pki_pkcs10_check(issue.csr, public_key, problem)); /* before anything is looked up */
    TRY(issue_unit(call->environment, &issue, &result, problem));
    memcpy(call->phase_us, result.phase_us, sizeof(result.phase_us));
    return answer(&result, ret_answer);
}
