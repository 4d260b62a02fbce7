#include <stdio.h>
#include <string.h>

#include "client/admin/order_data.h"
#include "lib/nvs/csv_record.h"
#include "lib/unit/sheet.h"

/* A unit's own keys (lib/unit/SPEC.md §2.3), and how a table without a config CSV has them. */
static const struct {
    const char *key;
    const char *type;
} OWN_KEYS[] = {
    {"discriminator", "data,u32"}, {"iteration-count", "data,u32"}, {"salt", "data,string"},
    {"verifier", "data,string"},   {"serial-num", "data,string"},   {"mfg-date", "data,string"},
    {"rd-id-uid", "data,hex2bin"}, {"dac-cert", "file,binary"},     {"dac-key", "file,binary"},
};

static void add_own_keys(const struct nvs_csv_reader *header, struct buf *config)
{
    for (size_t i = 0; i < sizeof(OWN_KEYS) / sizeof(OWN_KEYS[0]); i++) {
        for (size_t k = 0; k < header->count; k++) {
            if (span_equal(nvs_csv_reader_field(header, k), span_text(OWN_KEYS[i].key))) {
                buf_print(config, "%s,%s\n", OWN_KEYS[i].key, OWN_KEYS[i].type);
                break;
            }
        }
    }
}

/* All of them: one without a column is named as missing. */
static void add_vendor_keys(const struct image_product *product, struct buf *config)
{
    for (size_t i = 0; i < product->vendor_count; i++) {
        const struct image_vendor_value *value = &product->vendor_values[i];
        if (value->supplied) {
            buf_print(config, "%s,namespace,\n%s,data,%s\n", value->namespace_name, value->key,
                      value->encoding);
        }
    }
}

status_t order_data_config(const char *name, struct span table, const struct image_product *product,
                           struct buf *ret_config, struct problem *problem)
{
    static const struct nvs_csv_dialect dialect = {UNIT_SHEET_VALUES_MAX, false};
    struct nvs_csv_reader header;
    bool found = false;
    status_t status = nvs_csv_reader_init(&header, table, &dialect, problem);
    if (status == STATUS_OK) {
        status = nvs_csv_reader_next(&header, &found, problem);
        nvs_csv_reader_place(&header, name, problem);
    }
    if (status == STATUS_OK) {
        add_own_keys(&header, ret_config);
        add_vendor_keys(product, ret_config);
    }
    nvs_csv_reader_done(&header);
    TRY(status);
    return buf_status(ret_config);
}
