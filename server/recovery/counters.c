#include "server/recovery/counters.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/unit/serial.h"
#include "mintmark/v1/product.pb-c.h"
#include "server/store/change.h"

enum { PAGE = 256 };

void counters_done(struct counters *counters)
{
    free(counters->list);
    *counters = (struct counters){0};
}

static bool has(const struct counters *counters, uint16_t vendor_id, const char *pattern)
{
    for (size_t i = 0; i < counters->count; i++) {
        const struct store_recovery_counter *known = &counters->list[i];
        if (known->vendor_id == vendor_id && strcmp(known->pattern, pattern) == 0) {
            return true;
        }
    }
    return false;
}

static status_t add(struct counters *counters, uint32_t vendor_id, const char *pattern)
{
    if (pattern == NULL || strlen(pattern) >= sizeof(counters->list->pattern) ||
        unit_serial_counter_last(pattern) == 0 || has(counters, (uint16_t)vendor_id, pattern)) {
        return STATUS_OK;
    }
    if (counters->list == NULL) {
        counters->list = calloc(COUNTERS_MAX, sizeof(*counters->list));
    }
    if (counters->list == NULL || counters->count == COUNTERS_MAX) {
        return STATUS_NO_MEMORY;
    }
    struct store_recovery_counter *counter = &counters->list[counters->count++];
    counter->vendor_id = (uint16_t)vendor_id;
    (void)snprintf(counter->pattern, sizeof(counter->pattern), "%s", pattern);
    return STATUS_OK;
}

static status_t add_product(struct counters *counters, const Mintmark__V1__Product *product)
{
    TRY(add(counters, product->vendor_id, product->serial_number));
    for (size_t i = 0; i < product->n_variants; i++) {
        const Mintmark__V1__ProductVariant *variant = product->variants[i]->value;
        if (variant != NULL) {
            TRY(add(counters, product->vendor_id, variant->serial_number));
        }
    }
    return STATUS_OK;
}

struct reading {
    struct store *store;
    struct counters *counters;
    struct store_product last;
    unsigned count;
    struct problem *problem;
};

static status_t visit(void *context, const struct store_product *product)
{
    struct reading *reading = context;
    AUTO(buf_done) struct buf content;
    buf_init(&content, STORE_BLOB_MAX);
    TRY(store_product_get(reading->store, product->name, product->revision, &content,
                          reading->problem));
    Mintmark__V1__Product *message =
        mintmark__v1__product__unpack(NULL, content.size, content.data);
    status_t status = message == NULL ? STATUS_DATA_LOSS : add_product(reading->counters, message);
    mintmark__v1__product__free_unpacked(message, NULL);
    reading->last = *product;
    reading->count++;
    return status;
}

status_t counters_read(struct store *store, struct counters *ret_counters, struct problem *problem)
{
    AUTO(counters_done) struct counters counters = {0};
    struct reading reading = {.store = store, .counters = &counters, .problem = problem};
    do {
        const struct store_product after = reading.last;
        reading.count = 0;
        TRY(store_product_list(store, after.name, after.revision, PAGE, visit, &reading));
    } while (reading.count == PAGE);
    *ret_counters = counters;
    counters = (struct counters){0};
    return STATUS_OK;
}
