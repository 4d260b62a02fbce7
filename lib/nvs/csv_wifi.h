/* The keys that nvs_partition_gen adds to a Wi-Fi configuration by itself (SPEC.md §5.3). */
#ifndef MINTMARK_LIB_NVS_CSV_WIFI_H
#define MINTMARK_LIB_NVS_CSV_WIFI_H

#include "lib/base/secret.h"
#include "lib/nvs/csv_value.h"

/* What has been met so far in all CSV files of an image. */
struct nvs_csv_wifi {
    struct secret ssid; /* of the access point; size 0: not met */
    struct secret passphrase;
    bool has_mode;
    bool station_done;
};

void nvs_csv_wifi_done(struct nvs_csv_wifi *wifi);

/* Whether the key gets this treatment. */
bool nvs_csv_wifi_has(const char *key);

/* Writes the value of such a key and what belongs to it. */
MUST_USE status_t nvs_csv_wifi_write(struct nvs_csv_wifi *wifi, struct nvs_writer *writer,
                                     const struct nvs_csv_value *value, struct problem *problem);

#endif
