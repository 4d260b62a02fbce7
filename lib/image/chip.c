#include "lib/image/chip.h"

#include <stddef.h>
#include <string.h>

/* SPEC.md §2 */
static const struct image_chip chips[] = {
    {"esp32", false, false, 0},   {"esp32s2", true, false, 0},  {"esp32s3", true, false, 0},
    {"esp32c2", false, false, 0}, {"esp32c3", true, false, 0},  {"esp32c5", true, true, 5},
    {"esp32c6", true, false, 0},  {"esp32c61", false, true, 5}, {"esp32h2", true, true, 4},
    {"esp32p4", true, true, 5},
};

const struct image_chip *image_chip_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(chips) / sizeof(chips[0]); i++) {
        if (strcmp(name, chips[i].name) == 0) {
            return &chips[i];
        }
    }
    return NULL;
}
