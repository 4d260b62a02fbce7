/* The keys of a unit's factory data and the value of each (SPEC.md §1): one list serves writing and
 * reading back. */
#ifndef MINTMARK_LIB_IMAGE_VALUES_H
#define MINTMARK_LIB_IMAGE_VALUES_H

#include "lib/base/secret.h"
#include "lib/image/factory_data.h"
#include "lib/nvs/reader.h"

#define IMAGE_NAMESPACE "chip-factory"

enum {
    IMAGE_KEYS_OF_A_MODE = 4 + 2 * IMAGE_MODE_TAGS_MAX, /* with the count of its endpoint */
    IMAGE_VALUES_MAX = 27 + IMAGE_LOCALES_MAX + 3 * IMAGE_FIXED_LABELS_MAX +
                       IMAGE_KEYS_OF_A_MODE * IMAGE_SUPPORTED_MODES_MAX + IMAGE_VENDOR_VALUES_MAX,
};

struct image_value {
    const char *namespace_name;
    char key[NVS_KEY_MAX + 1];
    enum nvs_type type; /* chip-factory: NVS_U32, NVS_STRING or NVS_BLOB_DATA */
    uint64_t integer;   /* two's complement for signed types */
    struct span bytes;
};

struct image_values {
    struct image_value items[IMAGE_VALUES_MAX]; /* in the order they are written */
    size_t count;
    struct secret text;   /* salt and verifier in base64 */
    struct secret vendor; /* vendor data, decoded */
};

/* Borrows everything from product and unit, which have passed their checks. */
MUST_USE status_t image_values_make(const struct image_product *product,
                                    const struct image_unit *unit, struct image_values *ret_values);
void image_values_done(struct image_values *values); /* accepts a zeroed struct */
OWN_VALUE(struct image_values, image_values_done)

/* For the lists of keys. The value's key is `key`. */
void image_values_add(struct image_values *values, struct image_value value, const char *key);
/* In chip-factory. Every integer is a u32: the firmware's lookup includes the type (SPEC.md
 * §1.1). */
void image_values_add_integer(struct image_values *values, const char *key, uint32_t integer);
void image_values_add_text(struct image_values *values, const char *key, const char *text);

/* Appends the plain partition of `size` bytes. */
MUST_USE status_t image_values_write(const struct image_values *values, size_t size,
                                     struct buf *ret_image, struct problem *problem);

/* STATUS_INTERNAL unless the partition holds exactly these values. */
MUST_USE status_t image_values_compare(const struct image_values *values,
                                       const struct nvs_reader *reader, struct problem *problem);

#endif
