/* Whatever the walk lets through must unpack, and everything it unpacks must pack again. The first
 * byte chooses the message and whether unknown fields are skipped. */
#include <assert.h>
#include <stdlib.h>

#include "google/protobuf/timestamp.pb-c.h"
#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/order_data.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "mintmark/v1/provisioning.pb-c.h"
#include "proto/text/decode.h"
#include "proto/text/json.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_SIZE = 256 * 1024, JSON_MAX = 16 * 1024 * 1024 };

static void check_message(const ProtobufCMessage *message)
{
    uint8_t *packed = malloc(protobuf_c_message_get_packed_size(message) + 1);
    assert(packed != NULL);
    (void)protobuf_c_message_pack(message, packed);
    free(packed);
    AUTO(buf_done) struct buf json = {.limit = JSON_MAX};
    assert(text_json_write(message, 2, &json) == STATUS_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ProtobufCMessageDescriptor *const messages[] = {
        &mintmark__v1__provision_device_request__descriptor,
        &mintmark__v1__provision_device_response__descriptor,
        &mintmark__v1__config__descriptor,
        &mintmark__v1__product__descriptor,
        &google__protobuf__timestamp__descriptor,
        &mintmark__v1__order_data_row__descriptor,
        &mintmark__v1__order_data_page__descriptor,
    };
    static struct decode_arena *arena;
    if (size == 0 || (arena == NULL && decode_arena_new(ARENA_SIZE, &arena) != STATUS_OK)) {
        return 0;
    }
    const ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    status_t status =
        decode_message(arena, messages[(data[0] & 0x7F) % (sizeof(messages) / sizeof(messages[0]))],
                       span_make(data + 1, size - 1), (data[0] & 0x80) != 0, &message, &problem);
    if (status == STATUS_OK) {
        check_message(message);
    } else {
        assert(message == NULL && problem.status == status);
        assert(strstr(problem.message, "the bytes are not a message") == NULL);
    }
    decode_arena_wipe(arena);
    return 0;
}
