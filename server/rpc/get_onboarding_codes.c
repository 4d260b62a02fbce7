#include "server/issue/codes.h"
#include "server/rpc/unit.h"

enum { PURPOSE_MAX = 128 };

static status_t read_request(const struct rpc_call *call,
                             const Mintmark__V1__GetOnboardingCodesRequest *message,
                             struct issue_codes_request *ret_request, struct problem *problem)
{
    if ((message->unit_id[0] == '\0') == (message->serial_number[0] == '\0')) {
        return problem_say(problem, STATUS_INVALID, "UNIT_MISSING", "unit_id",
                           "name the unit by its unit_id or its serial_number, by one of them");
    }
    if (message->purpose[0] == '\0') {
        return problem_say(problem, STATUS_INVALID, "PURPOSE", "purpose",
                           "say what the codes are read for: it is on record");
    }
    TRY(rpc_unit_check_text(message->unit_id, "unit_id", STORE_UNIT_ID_MAX, problem));
    TRY(rpc_unit_check_text(message->serial_number, "serial_number", STORE_SERIAL_NUMBER_MAX,
                            problem));
    rpc_note_ids(call, "", message->unit_id);
    TRY(rpc_unit_check_text(message->purpose, "purpose", PURPOSE_MAX, problem));
    *ret_request = (struct issue_codes_request){
        .identity = call->identity,
        .line = call->line,
        .unit_id = message->unit_id,
        .serial_number = message->serial_number,
        .purpose = message->purpose,
    };
    return STATUS_OK;
}

static status_t answer(struct issue_result *result, struct buf *ret_answer)
{
    char record_id[2 * STORE_RECORD_ID_SIZE + 1];
    char product[STORE_NAME_MAX + 12];
    Mintmark__V1__OnboardingCodes onboarding;
    Mintmark__V1__GetOnboardingCodesResponse response;
    rpc_unit_record_id(result, record_id);
    rpc_unit_product(result, product, sizeof(product));
    TRY(rpc_unit_codes(result, &onboarding));
    mintmark__v1__get_onboarding_codes_response__init(&response);
    response.record_id = record_id;
    response.order = result->unit.order;
    response.unit_id = result->unit.unit_id;
    response.serial_number = result->unit.serial_number;
    response.product = product;
    response.product_class = (Mintmark__V1__ProductClass)result->product->product_class;
    response.onboarding = &onboarding;
    status_t status = rpc_unit_pack(&response.base, ret_answer);
    explicit_bzero(&onboarding, sizeof(onboarding));
    return status;
}

status_t rpc_get_onboarding_codes(const struct rpc_call *call, struct span request,
                                  struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct issue_codes_request codes;
    AUTO(issue_result_done) struct issue_result result = {0};
    TRY(decode_message(call->arena, &mintmark__v1__get_onboarding_codes_request__descriptor,
                       request, false, &message, problem));
    TRY(read_request(call, (const Mintmark__V1__GetOnboardingCodesRequest *)message, &codes,
                     problem));
    TRY(issue_codes(call->environment, &codes, &result, problem));
    return answer(&result, ret_answer);
}
