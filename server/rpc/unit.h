/* What the station methods share: the unit of a request, and packing. */
#ifndef MINTMARK_SERVER_RPC_UNIT_H
#define MINTMARK_SERVER_RPC_UNIT_H

#include "lib/unit/name.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "server/rpc/rpc.h"

/* Storage behind a struct issue_request made from a message. */
struct rpc_unit {
    char hardware_id[UNIT_NAME_HARDWARE_ID_SIZE];
};

/* protobuf-c's types have no const; packing only reads. */
char *rpc_unit_borrow_text(const char *text);
ProtobufCBinaryData rpc_unit_borrow(struct span bytes);

/* Order and unit of a request → issue request; names are checked and made canonical. */
MUST_USE status_t rpc_unit_request(const struct rpc_call *call, const char *order,
                                   const Mintmark__V1__Unit *unit, struct rpc_unit *storage,
                                   struct issue_request *ret_request, struct problem *problem);

/* The certificates of a result; borrows. */
Mintmark__V1__Certificates rpc_unit_certificates(const struct issue_result *result);

/* The onboarding codes of a result; borrows. All empty with a dynamic passcode. Wipe ret_message
 * after use. */
MUST_USE status_t rpc_unit_codes(struct issue_result *result,
                                 Mintmark__V1__OnboardingCodes *ret_message);

/* Printable ASCII up to `most` characters: text of a request that stands in the log. */
MUST_USE status_t rpc_unit_check_text(const char *text, const char *field, size_t most,
                                      struct problem *problem);

/* Hexadecimal record id; ret_text has 33 places. */
void rpc_unit_record_id(const struct issue_result *result, char *ret_text);

/* "name@revision". */
void rpc_unit_product(const struct issue_result *result, char *ret_text, size_t size);

/* Appends the packed message. */
MUST_USE status_t rpc_unit_pack(const ProtobufCMessage *message, struct buf *ret_answer);

#endif
