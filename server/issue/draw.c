#include "server/issue/draw.h"

#include <assert.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "lib/pki/pkcs10.h"
#include "lib/unit/serial.h"

/* the row has a place for all that may be drawn */
static_assert((int)STORE_SERIAL_NUMBER_MAX == (int)UNIT_SERIAL_NUMBER_MAX, "serial numbers");

static status_t random_bytes(void *context, void *ret_bytes, size_t size)
{
    (void)context;
    return RAND_priv_bytes(ret_bytes, (int)size) == 1 ? STATUS_OK : STATUS_CRYPTO;
}

const struct unit_random ISSUE_RANDOM = {NULL, random_bytes};

static status_t draw_serial_number(const struct issue_environment *environment,
                                   const struct unit_product *product, int64_t now_ms,
                                   struct store_unit *unit, struct problem *problem)
{
    const char *pattern = product->serial_number_pattern;
    const struct store_counter counter = {pattern, unit_serial_counter_last(pattern)};
    struct unit_serial serial = {
        .pattern = pattern,
        .random = &ISSUE_RANDOM,
        .now_ms = now_ms,
        .hardware_id = unit->hardware_id,
    };
    if (counter.last > 0) {
        TRY(unit_serial_draw(&serial, unit->serial_number, problem)); /* or no number is taken */
        TRY(store_counter_take(environment->store, unit, &counter, environment->max_open,
                               &serial.counter, problem));
    }
    return unit_serial_draw(&serial, unit->serial_number, problem);
}

status_t issue_draw(const struct issue_environment *environment, const struct unit_product *product,
                    const struct issue_request *request, const struct unit_supplied *supplied,
                    struct store_unit *unit, struct secret *ret_secrets, struct problem *problem)
{
    int64_t now_ms = environment->now_ms();
    TRY(random_bytes(NULL, unit->record_id, sizeof(unit->record_id)));
    TRY(unit_draw_dac_serial(&ISSUE_RANDOM, unit->dac_serial));
    if (request->key_source == STORE_KEY_CSR) {
        return pki_pkcs10_check(request->csr, unit->public_key, problem);
    }
    unit->serial_supplied = supplied != NULL && supplied->serial_number != NULL;
    if (unit->serial_supplied) {
        (void)snprintf(unit->serial_number, sizeof(unit->serial_number), "%s",
                       supplied->serial_number);
    } else {
        TRY(draw_serial_number(environment, product, now_ms, unit, problem));
    }
    return unit_draw_secrets(product, supplied, &ISSUE_RANDOM, now_ms, unit->public_key,
                             ret_secrets);
}
