/* A unit of the store as a message. */
#ifndef MINTMARK_SERVER_RPC_DEVICE_H
#define MINTMARK_SERVER_RPC_DEVICE_H

#include "mintmark/v1/device.pb-c.h"
#include "server/store/device.h"

/* The message with everything it points at; do not move it. */
struct rpc_device {
    struct store_device device;
    Mintmark__V1__Device message;
    char record_id[2 * STORE_RECORD_ID_SIZE + 1];
    char product[STORE_NAME_MAX + 12];
    char dac_serial[2 * 16 + 1];
    char certificate_sha256[2 * STORE_DIGEST_SIZE + 1];
    char set_commitment[2 * STORE_DIGEST_SIZE + 1];
    Google__Protobuf__Timestamp times[3];
};

void rpc_device_fill(const struct store_device *device, struct rpc_device *ret_device);

#endif
