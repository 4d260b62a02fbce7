#include "server/rpc/device.h"

#include <stdio.h>

#include "lib/base/hex.h"
#include "server/rpc/time.h"

static void fill_digests(struct rpc_device *device)
{
    Mintmark__V1__Device *message = &device->message;
    hex_encode(SPAN_OF(device->device.record_id), device->record_id);
    hex_encode(SPAN_OF(device->device.dac_serial), device->dac_serial);
    message->record_id = device->record_id;
    message->dac_serial = device->dac_serial;
    if (device->device.has_certificate) {
        hex_encode(SPAN_OF(device->device.certificate_sha256), device->certificate_sha256);
        hex_encode(SPAN_OF(device->device.set_digest), device->set_commitment);
        message->certificate_sha256 = device->certificate_sha256;
        message->set_commitment = device->set_commitment;
    }
}

static Google__Protobuf__Timestamp *fill_time(struct rpc_device *device, int which, int64_t ms)
{
    device->times[which] = rpc_time(ms);
    return ms == 0 ? NULL : &device->times[which];
}

void rpc_device_fill(const struct store_device *device, struct rpc_device *ret_device)
{
    Mintmark__V1__Device *message = &ret_device->message;
    ret_device->device = *device;
    device = &ret_device->device;
    mintmark__v1__device__init(message);
    (void)snprintf(ret_device->product, sizeof(ret_device->product), "%s@%u", device->product,
                   device->product_revision);
    message->order = ret_device->device.order;
    message->unit_id = ret_device->device.unit_id;
    message->hardware_id = ret_device->device.hardware_id;
    message->state = (Mintmark__V1__UnitState)device->state;
    message->revoked = device->revoked;
    message->station = ret_device->device.station;
    message->line = ret_device->device.line;
    message->product = ret_device->product;
    message->serial_number = ret_device->device.serial_number;
    message->own_key = device->key_source == STORE_KEY_CSR;
    message->deliveries = device->deliveries;
    message->attempts_failed = device->attempts;
    message->reserved = fill_time(ret_device, 0, device->created_ms);
    message->issued = fill_time(ret_device, 1, device->issued_ms);
    message->reported = fill_time(ret_device, 2, device->reported_ms);
    fill_digests(ret_device);
}
