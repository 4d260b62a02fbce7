#include "tests/fault/pair/provision.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mintmark/v1/provisioning.pb-c.h"

void provision_next_mac(struct provision *provision, char ret_mac[static 18])
{
    unsigned n = provision->next_unit++;
    (void)snprintf(ret_mac, 18, "60:56:%02x:%02x:%02x:%02x", provision->group, n >> 16 & 255,
                   n >> 8 & 255, n & 255);
}

void provision_call(const struct pair_setup *setup, const struct pair *pair,
                    struct provision *provision, enum method method, struct span message)
{
    AUTO(buf_done) struct buf frame;
    struct frame_call call = {
        .call_id = ++provision->next_call,
        .deadline_ms = INT64_MAX,
        .method = method,
        .listener = setup->listener,
        /* the front's own calls come from nobody */
        .identity = span_text(METHOD_TABLE[method].roles == 0 ? "" : provision->identity),
        .message = message,
    };
    memcpy(call.spki_sha256, provision->spki_sha256, sizeof(call.spki_sha256));
    buf_init(&frame, FRAME_CALL_MESSAGE_MAX + FRAME_DETAILS_MAX);
    if (frame_write_call(&call, &frame) != STATUS_OK) {
        pair_fail(setup, "frame");
    }
    pair_send(setup, pair->front, buf_span(&frame));
}

void provision_send(const struct pair_setup *setup, const struct pair *pair,
                    struct provision *provision, const char *mac)
{
    uint8_t bytes[256];
    char order[80];
    char unit_mac[18];
    (void)snprintf(order, sizeof(order), "%s", provision->order);
    (void)snprintf(unit_mac, sizeof(unit_mac), "%s", mac);
    Mintmark__V1__Unit unit;
    mintmark__v1__unit__init(&unit);
    Mintmark__V1__ProvisionDeviceRequest request;
    mintmark__v1__provision_device_request__init(&request);
    unit.hardware_id = unit_mac;
    request.order = order;
    request.unit = &unit;
    provision_call(setup, pair, provision, METHOD_PROVISION_DEVICE,
                   span_make(bytes, mintmark__v1__provision_device_request__pack(&request, bytes)));
}

static Mintmark__V1__ProvisionDeviceResponse *decode(struct span message)
{
    Mintmark__V1__ProvisionDeviceResponse *response =
        mintmark__v1__provision_device_response__unpack(NULL, message.size, message.data);
    if (response != NULL) {
        response->repeated_delivery = 0;
    }
    return response;
}

bool provision_same(struct span a, struct span b)
{
    Mintmark__V1__ProvisionDeviceResponse *left = decode(a);
    Mintmark__V1__ProvisionDeviceResponse *right = decode(b);
    AUTO(buf_done) struct buf one;
    AUTO(buf_done) struct buf two;
    buf_init(&one, FRAME_ANSWER_MESSAGE_MAX);
    buf_init(&two, FRAME_ANSWER_MESSAGE_MAX);
    if (left == NULL || right == NULL ||
        mintmark__v1__provision_device_response__get_packed_size(left) > a.size ||
        mintmark__v1__provision_device_response__get_packed_size(right) > b.size) {
        return false;
    }
    one.size = mintmark__v1__provision_device_response__pack(left, buf_extend(&one, a.size));
    two.size = mintmark__v1__provision_device_response__pack(right, buf_extend(&two, b.size));
    mintmark__v1__provision_device_response__free_unpacked(left, NULL);
    mintmark__v1__provision_device_response__free_unpacked(right, NULL);
    return span_equal(buf_span(&one), buf_span(&two));
}

void shim_page_open(const struct pair_setup *setup, struct shim_page *ret_page)
{
    struct shim_page *page = ret_page;
    const char *shim = getenv("MINTMARK_SHIM");
    (void)snprintf(page->path, sizeof(page->path), "/tmp/mintmark-shim-XXXXXX");
    int descriptor = mkstemp(page->path);
    if (shim == NULL || descriptor < 0 || ftruncate(descriptor, sizeof(*page->control)) != 0) {
        pair_fail(setup, "MINTMARK_SHIM, or the shim's page");
    }
    page->control =
        mmap(NULL, sizeof(*page->control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page->control == MAP_FAILED) {
        pair_fail(setup, "the shim's page");
    }
    (void)close(descriptor);
    const char *const environment[] = {"LD_PRELOAD", shim, SHIM_CONTROL_VARIABLE, page->path, NULL};
    memcpy(page->environment, environment, sizeof(environment));
}

void shim_page_close(struct shim_page *page)
{
    (void)munmap(page->control, sizeof(*page->control));
    (void)unlink(page->path);
}
