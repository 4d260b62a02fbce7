#include "proto/product/variant.h"

#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/unit/product.h"

enum { MESSAGE_MAX = 1024 * 1024 };

const char *product_variant_of(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash != NULL ? slash + 1 : NULL;
}

static const Mintmark__V1__ProductVariant *find(const Mintmark__V1__Product *message,
                                                const char *variant)
{
    for (size_t i = 0; i < message->n_variants; i++) {
        if (strcmp(message->variants[i]->key, variant) == 0) {
            return message->variants[i]->value;
        }
    }
    return NULL;
}

static void append(const ProtobufCMessage *message, struct buf *wire)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *place = buf_extend(wire, size);
    if (place != NULL) {
        (void)protobuf_c_message_pack(message, place);
    }
}

/* The fields of a variant have the numbers they have in the product, and of a number that comes
 * twice the later value counts (protobuf.dev, "Encoding": Last One Wins). */
status_t product_variant_apply(const Mintmark__V1__Product *message, const char *variant,
                               Mintmark__V1__Product **ret_message, struct problem *problem)
{
    const Mintmark__V1__ProductVariant *values = find(message, variant);
    char name[2 * UNIT_PRODUCT_NAME_MAX];
    AUTO(buf_done) struct buf wire;
    buf_init_secret(&wire, MESSAGE_MAX);
    if (values == NULL) {
        return problem_say(problem, STATUS_NOT_FOUND, "VARIANT_UNKNOWN", "product",
                           "product %.64s has no variant \"%.64s\": name one under its variants",
                           message->name, variant);
    }
    (void)snprintf(name, sizeof(name), "%.64s/%.60s", message->name, variant);
    Mintmark__V1__Product plain = *message;
    plain.name = name;
    plain.n_variants = 0;
    plain.variants = NULL;
    append(&plain.base, &wire);
    append(&values->base, &wire);
    TRY(buf_status(&wire));
    *ret_message = mintmark__v1__product__unpack(NULL, wire.size, wire.data);
    return *ret_message != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
