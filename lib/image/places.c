#include "lib/image/places.h"

#include <stdio.h>

#include "lib/nvs/crypt.h"
#include "lib/nvs/writer.h"
#include "lib/securecert/format.h"

enum {
    FLASH_END = 16 * 1024 * 1024, /* the ROM loader's flash addresses have 24 bits */
    FIRST_OFFSET = 0x9000,        /* behind bootloader and the earliest partition table */
    FACTORY_SIZE_MIN = 0x3000,    /* smaller ones open read-only, which this set cannot promise */
};

/* A partition under its key in product.yaml. */
struct place {
    const char *name;
    const struct image_partition *partition;
    uint32_t size_min;
    uint32_t size_max;
};

static size_t list_places(const struct image_product *product,
                          struct place ret_places[static IMAGE_ROLE_COUNT])
{
    size_t count = 0;
    ret_places[count++] =
        (struct place){"factory_data", &product->factory_data, FACTORY_SIZE_MIN, IMAGE_SET_MAX};
    if (product->nvs_encryption == IMAGE_NVS_KEY_PARTITION) {
        ret_places[count++] =
            (struct place){"nvs_keys", &product->nvs_keys, NVS_KEY_PARTITION_SIZE, IMAGE_SET_MAX};
    }
    if (image_product_has_secure_cert(product)) {
        ret_places[count++] = (struct place){"secure_cert", &product->secure_cert,
                                             SECURECERT_SECTOR_SIZE, SECURECERT_PARTITION_MAX};
    }
    return count;
}

/* A label becomes a file name and stands unquoted in manifest.json and flash_args. */
static bool label_usable(const char *label)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t length = strnlen(label, IMAGE_LABEL_MAX + 1);
    return length >= 1 && length <= IMAGE_LABEL_MAX && strspn(label, allowed) == length &&
           label[0] != '-';
}

static status_t bad_partition(struct problem *problem, const char *name, const char *key,
                              const char *what)
{
    char field[PROBLEM_FIELD_MAX];
    (void)snprintf(field, sizeof(field), "partitions.%s.%s", name, key);
    return problem_say(problem, STATUS_INVALID, "PARTITION", field, "%s", what);
}

static status_t check_size(const struct place *place, struct problem *problem)
{
    const struct image_partition *partition = place->partition;
    char what[128];
    if (partition->size % NVS_PAGE_SIZE != 0 || partition->size < place->size_min) {
        (void)snprintf(what, sizeof(what),
                       "a partition's size is a multiple of 0x1000, here at least 0x%x",
                       place->size_min);
        return bad_partition(problem, place->name, "size", what);
    }
    if (partition->size > place->size_max || partition->offset > FLASH_END - partition->size) {
        (void)snprintf(what, sizeof(what),
                       "a partition ends at 0x1000000 or before, and this one has at most 0x%x "
                       "bytes",
                       place->size_max);
        return bad_partition(problem, place->name, "size", what);
    }
    return STATUS_OK;
}

static status_t check_place(const struct place *place, struct problem *problem)
{
    const struct image_partition *partition = place->partition;
    if (!label_usable(partition->label)) {
        return bad_partition(problem, place->name, "label",
                             "a partition label here has 1 to 15 letters, digits, '_' and '-', and "
                             "does not begin with '-'");
    }
    if (partition->offset % NVS_PAGE_SIZE != 0 || partition->offset < FIRST_OFFSET) {
        return bad_partition(problem, place->name, "offset",
                             "a partition begins at a multiple of 0x1000, at 0x9000 or later: "
                             "before that lie the bootloader and the partition table");
    }
    return check_size(place, problem);
}

static status_t check_two(const struct place *place, const struct place *other,
                          struct problem *problem)
{
    const struct image_partition *a = place->partition;
    const struct image_partition *b = other->partition;
    if (strcmp(a->label, b->label) == 0) {
        return bad_partition(problem, place->name, "label",
                             "two partitions have the same label: copy them from the partition "
                             "table");
    }
    if (a->offset < b->offset + b->size && b->offset < a->offset + a->size) {
        return bad_partition(problem, place->name, "offset",
                             "two partitions overlap: copy offset and size from the partition "
                             "table");
    }
    return STATUS_OK;
}

/* What firmware expects of a partition's name and flag. */
static status_t check_expected(const struct image_product *product, struct problem *problem)
{
    if (product->factory_data.encrypted) {
        return bad_partition(problem, "factory_data", "encrypted",
                             "no NVS partition may have this flag, firmware refuses it: NVS is "
                             "encrypted by its own keys (nvs_encryption)");
    }
    if (image_product_has_secure_cert(product) &&
        strcmp(product->secure_cert.label, IMAGE_SECURE_CERT_LABEL) != 0) {
        return bad_partition(problem, "secure_cert", "label",
                             "firmware finds this partition by the name " IMAGE_SECURE_CERT_LABEL
                             " only: name it so in the partition table");
    }
    return STATUS_OK;
}

status_t image_places_check(const struct image_product *product, struct problem *problem)
{
    struct place places[IMAGE_ROLE_COUNT];
    size_t count = list_places(product, places);
    uint32_t together = 0;
    for (size_t i = 0; i < count; i++) {
        TRY(check_place(&places[i], problem));
        together += places[i].partition->size;
        for (size_t j = 0; j < i; j++) {
            TRY(check_two(&places[i], &places[j], problem));
        }
    }
    if (together > IMAGE_SET_MAX) {
        return bad_partition(problem, "factory_data", "size",
                             "the images of a set have at most 2 MiB together");
    }
    return check_expected(product, problem);
}
