/* Any document either becomes a message that packs, and comes back from its YAML, or a problem that
 * names a place. */
#include <assert.h>
#include <stdlib.h>

#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "proto/text/yaml.h"
#include "proto/text/yaml_place.h"
#include "proto/text/yaml_write.h"
#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf pack(const ProtobufCMessage *message)
{
    struct buf packed;
    size_t size = protobuf_c_message_get_packed_size(message);
    buf_init(&packed, SIZE_MAX);
    if (size > 0) {
        (void)protobuf_c_message_pack(message, buf_extend(&packed, size));
    }
    assert(!packed.failed);
    return packed;
}

/* Written and read again it is the same message. */
static void write_one(const ProtobufCMessage *message, const struct buf *packed)
{
    AUTO(buf_done) struct buf yaml;
    ProtobufCMessage *again = NULL;
    buf_init(&yaml, SIZE_MAX);
    status_t written = text_yaml_write(message, &yaml);
    assert(written == STATUS_OK);
    if (yaml.size > TEXT_YAML_MAX) {
        return; /* escapes are longer than what they stand for */
    }
    status_t status = text_yaml_read("again", buf_span(&yaml), message->descriptor, &again, NULL);
    if (status == STATUS_TOO_LARGE) {
        return; /* so are values counted one by one */
    }
    assert(status == STATUS_OK);
    struct buf packed_again = pack(again);
    assert(span_equal(buf_span(packed), buf_span(&packed_again)));
    buf_done(&packed_again);
    protobuf_c_message_free_unpacked(again, NULL);
}

static void read_one(struct span document, const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    char place[PROBLEM_FIELD_MAX];
    status_t status = text_yaml_read("fuzz", document, descriptor, &message, &problem);
    if (status != STATUS_OK) {
        assert(message == NULL && strncmp(problem.field, "fuzz:", 5) == 0);
        return;
    }
    struct buf packed = pack(message);
    write_one(message, &packed);
    buf_done(&packed);
    (void)text_yaml_place("fuzz", document, "partitions.factory_data.label", place);
    (void)text_yaml_place("fuzz", document, "fixed_labels[2].label", place);
    protobuf_c_message_free_unpacked(message, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_one(span_make(data, size), &mintmark__v1__config__descriptor);
    read_one(span_make(data, size), &mintmark__v1__product__descriptor);
    return 0;
}
