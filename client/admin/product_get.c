#include "client/admin/product_get.h"

#include "client/call.h"

status_t product_get(struct admin_command *command, const char *name, uint32_t revision,
                     struct admin_answer *answer, const Mintmark__V1__ProductRevision **ret_product)
{
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetProductRequest request;
    mintmark__v1__get_product_request__init(&request);
    request.product = call_text(name);
    request.revision = revision;
    TRY(admin_command_call(command, "GetProduct", &request.base,
                           &mintmark__v1__product_revision__descriptor, answer, &message));
    *ret_product = (const Mintmark__V1__ProductRevision *)message;
    return STATUS_OK;
}
