#include "proto/product/chip.h"

#include <stddef.h>

const char *product_chip_name(Mintmark__V1__Chip chip)
{
    static const char *const NAMES[] = {
        [MINTMARK__V1__CHIP__CHIP_UNSPECIFIED] = "",
        [MINTMARK__V1__CHIP__CHIP_ESP32] = "esp32",
        [MINTMARK__V1__CHIP__CHIP_ESP32S2] = "esp32s2",
        [MINTMARK__V1__CHIP__CHIP_ESP32S3] = "esp32s3",
        [MINTMARK__V1__CHIP__CHIP_ESP32C2] = "esp32c2",
        [MINTMARK__V1__CHIP__CHIP_ESP32C3] = "esp32c3",
        [MINTMARK__V1__CHIP__CHIP_ESP32C5] = "esp32c5",
        [MINTMARK__V1__CHIP__CHIP_ESP32C6] = "esp32c6",
        [MINTMARK__V1__CHIP__CHIP_ESP32C61] = "esp32c61",
        [MINTMARK__V1__CHIP__CHIP_ESP32H2] = "esp32h2",
        [MINTMARK__V1__CHIP__CHIP_ESP32P4] = "esp32p4",
    };
    return (size_t)chip < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[chip] : "";
}
