/* Any document either becomes a message that packs, or a problem that names a place. */
#include <assert.h>
#include <stdlib.h>

#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "proto/text/yaml.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_one(struct span document, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    status_t status = text_yaml_read("fuzz", document, descriptor, &message, &problem);
    if (status != STATUS_OK) {
        assert(message == NULL && strncmp(problem.field, "fuzz:", 5) == 0);
        return;
    }
    uint8_t *packed = malloc(protobuf_c_message_get_packed_size(message) + 1);
    assert(packed != NULL);
    (void)protobuf_c_message_pack(message, packed);
    free(packed);
    protobuf_c_message_free_unpacked(message, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_one(span_make(data, size), &mintmark__v1__config__descriptor);
    read_one(span_make(data, size), &mintmark__v1__product__descriptor);
    return 0;
}
