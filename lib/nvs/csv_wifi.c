#include "lib/nvs/csv_wifi.h"

#include <openssl/evp.h>

enum {
    ACCESS_POINT_SIZE = 140, /* sta.apinfo, all FF: nothing remembered */
    KEY_SIZE = 32,
    KEY_INFO_SIZE = 100 + KEY_SIZE, /* ap.pmk_info: the key stands behind 100 zero bytes */
    KEY_ITERATIONS = 4096,          /* IEEE 802.11: PSK from a passphrase */
};

void nvs_csv_wifi_done(struct nvs_csv_wifi *wifi)
{
    secret_wipe(&wifi->ssid);
    secret_wipe(&wifi->passphrase);
}

static bool is_station(const char *key)
{
    return strcmp(key, "sta.ssid") == 0 || strcmp(key, "sta.pswd") == 0;
}

bool nvs_csv_wifi_has(const char *key)
{
    return is_station(key) || strcmp(key, "ap.ssid") == 0 || strcmp(key, "ap.passwd") == 0 ||
           strcmp(key, "ap.authmode") == 0;
}

/* After the first station key. */
static status_t write_station(struct nvs_csv_wifi *wifi, struct nvs_writer *writer,
                              struct problem *problem)
{
    static const uint8_t ZEROS[KEY_SIZE];
    uint8_t blank[ACCESS_POINT_SIZE];
    memset(blank, 0xFF, sizeof(blank));
    wifi->station_done = true;
    TRY(nvs_writer_blob(writer, "sta.apinfo", SPAN_OF(blank), problem));
    TRY(nvs_writer_blob(writer, "sta.pmk", SPAN_OF(ZEROS), problem));
    return nvs_writer_blob(writer, "sta.apsw", span_make(ZEROS, 2), problem);
}

static status_t remember(struct secret *place, struct span bytes)
{
    struct secret copy;
    TRY(secret_copy(&copy, bytes));
    secret_wipe(place);
    *place = copy;
    return STATUS_OK;
}

/* Before the entry that completes name, passphrase and mode. */
static status_t write_access_point(const struct nvs_csv_wifi *wifi, struct nvs_writer *writer,
                                   struct problem *problem)
{
    AUTO(secret_wipe) struct secret info = {0};
    TRY(secret_new(&info, KEY_INFO_SIZE));
    int done = PKCS5_PBKDF2_HMAC_SHA1(
        (const char *)wifi->passphrase.data, (int)wifi->passphrase.size, wifi->ssid.data,
        (int)wifi->ssid.size, KEY_ITERATIONS, KEY_SIZE, info.data + KEY_INFO_SIZE - KEY_SIZE);
    if (done != 1) {
        return STATUS_CRYPTO;
    }
    return nvs_writer_blob(writer, "ap.pmk_info", secret_span(&info), problem);
}

static bool is_text(const struct nvs_csv_value *value)
{
    return strcmp(value->encoding, "string") == 0 || strcmp(value->encoding, "binary") == 0 ||
           strncmp(value->encoding, "blob_", 5) == 0;
}

static status_t note_access_point(struct nvs_csv_wifi *wifi, const struct nvs_csv_value *value,
                                  struct problem *problem)
{
    if (strcmp(value->key, "ap.authmode") == 0) {
        bool open = value->bytes.size == 0 || span_equal(value->bytes, span_text("0"));
        wifi->has_mode = wifi->has_mode || !open;
        return STATUS_OK;
    }
    if (!is_text(value)) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_WIFI", "",
                           "key '%s' must be text (string, binary, blob_fill, blob_sz_fill): the "
                           "access point's key is derived from it as it stands",
                           value->key);
    }
    bool name = strcmp(value->key, "ap.ssid") == 0;
    return remember(name ? &wifi->ssid : &wifi->passphrase, value->bytes);
}

status_t nvs_csv_wifi_write(struct nvs_csv_wifi *wifi, struct nvs_writer *writer,
                            const struct nvs_csv_value *value, struct problem *problem)
{
    if (value->from_file) {
        return problem_say(problem, STATUS_INVALID, "NVS_CSV_WIFI", "",
                           "key '%s' cannot come from a file, of which nvs_partition_gen would use "
                           "the name: write the value into the CSV",
                           value->key);
    }
    if (is_station(value->key)) {
        TRY(nvs_csv_value_write(writer, value, problem));
        return wifi->station_done ? STATUS_OK : write_station(wifi, writer, problem);
    }
    TRY(note_access_point(wifi, value, problem));
    if (wifi->ssid.size > 0 && wifi->passphrase.size > 0 && wifi->has_mode) {
        TRY(write_access_point(wifi, writer, problem));
    }
    return nvs_csv_value_write(writer, value, problem);
}
