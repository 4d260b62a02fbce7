/* Any bytes as an sdkconfig; strings that are accepted end. */
#include <stdlib.h>

#include "lib/image/sdkconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image_sdkconfig config;
    struct problem problem;
    if (image_sdkconfig_read("fuzz", span_make(data, size), &config, &problem) != STATUS_OK) {
        return 0;
    }
    for (size_t i = 0; i < IMAGE_SDKCONFIG_COUNT; i++) {
        const struct image_sdkconfig_value *value = &config.values[i];
        if (strnlen(value->text, sizeof(value->text)) > IMAGE_SDKCONFIG_TEXT_MAX ||
            (value->is_set && value->line == 0)) {
            abort();
        }
    }
    return 0;
}
