#include "server/recovery/journal_unit.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>

#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/matter/certificate.h"
#include "lib/unit/name.h"
#include "mintmark/v1/config.pb-c.h"

enum { RECORD_MAX = 4096 };

OWN_POINTER(json_t, json_decref)

/* One folder on its way. */
struct reading {
    const struct journal_unit_context *context;
    const char *folder;
    struct store_unit *unit;
    struct problem *why; /* it is left out */
};

/* Says what is wrong with the folder; the caller makes a verdict of it. */
static status_t wrong(const struct reading *reading, const char *what)
{
    return problem_say(reading->why, STATUS_REFUSED, "JOURNAL_UNIT", "", "%s", what);
}

static status_t read_part(const struct reading *reading, const char *name, struct buf *ret_content)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", reading->folder, name) >= PATH_MAX ||
        file_read(path, ret_content) != STATUS_OK) {
        char what[64];
        (void)snprintf(what, sizeof(what), "it has no %s that can be read", name);
        return wrong(reading, what);
    }
    return STATUS_OK;
}

/* --- record.json --- */

static bool copy_text(const json_t *json, const char *name, size_t least, char *ret_text,
                      size_t size)
{
    const char *text = json_string_value(json_object_get(json, name));
    if (text == NULL || strlen(text) < least || strlen(text) >= size) {
        return false;
    }
    memcpy(ret_text, text, strlen(text) + 1);
    return true;
}

static bool copy_record_id(const json_t *json, struct store_unit *unit)
{
    AUTO(buf_done) struct buf bytes;
    const char *text = json_string_value(json_object_get(json, "record_id"));
    buf_init(&bytes, sizeof(unit->record_id));
    if (text == NULL || hex_decode(span_text(text), &bytes) != STATUS_OK ||
        bytes.size != sizeof(unit->record_id)) {
        return false;
    }
    memcpy(unit->record_id, bytes.data, sizeof(unit->record_id));
    return true;
}

/* The unit's names as the server made them of what the station said. */
static status_t read_names(const struct reading *reading, const json_t *json)
{
    char hardware_id[UNIT_NAME_ID_MAX + 1] = "";
    struct store_unit *unit = reading->unit;
    if (!copy_text(json, "unit_id", 0, unit->unit_id, sizeof(unit->unit_id)) ||
        !copy_text(json, "hardware_id", 0, hardware_id, sizeof(hardware_id))) {
        return wrong(reading, "its record.json does not name a unit");
    }
    if (hardware_id[0] != '\0') {
        TRY(unit_name_hardware_id(hardware_id, unit->hardware_id, reading->why));
    }
    if (unit->unit_id[0] == '\0') {
        memcpy(unit->unit_id, unit->hardware_id, sizeof(unit->hardware_id));
    }
    return unit_name_check(unit->unit_id, reading->why);
}

static status_t read_record(const struct reading *reading)
{
    AUTO(buf_done) struct buf text;
    struct store_unit *unit = reading->unit;
    buf_init(&text, RECORD_MAX);
    TRY(read_part(reading, JOURNAL_UNIT_RECORD, &text));
    AUTO(json_decref)
    json_t *json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    if (!copy_record_id(json, unit) ||
        !copy_text(json, "order", 1, unit->order, sizeof(unit->order)) ||
        !copy_text(json, "station", 1, unit->station, sizeof(unit->station)) ||
        !copy_text(json, "serial_number", 0, unit->serial_number, sizeof(unit->serial_number))) {
        return wrong(reading, "its record.json lacks record id, order, station or serial number");
    }
    return read_names(reading, json);
}

/* --- the DAC --- */

static status_t check_issuer(const struct reading *reading, const struct pki_certificate *dac,
                             const struct unit_pai **ret_pai)
{
    const struct rpc_catalog *catalog = reading->context->catalog;
    for (size_t i = 0; i < catalog->pai_count; i++) {
        const struct unit_pai *pai = &catalog->pais[i];
        if (span_equal(dac->issuer, pai->certificate.subject) &&
            span_equal(dac->authority_key_id, pai->certificate.subject_key_id)) {
            *ret_pai = pai;
            TRY(matter_certificate_lint(dac, MATTER_DAC, &pai->certificate, false, reading->why));
            return pki_certificate_verify(dac, pai->certificate.public_key, reading->why);
        }
    }
    return wrong(reading, "its DAC was issued by none of the configured PAIs");
}

static status_t keep_certificate(struct store_unit *unit, const struct pki_certificate *dac)
{
    if (dac->serial.size != sizeof(unit->dac_serial) ||
        dac->public_key.size != sizeof(unit->public_key)) {
        return STATUS_MALFORMED;
    }
    memcpy(unit->dac_serial, dac->serial.data, sizeof(unit->dac_serial));
    memcpy(unit->public_key, dac->public_key.data, sizeof(unit->public_key));
    buf_init(&unit->tbs, PKI_CERTIFICATE_MAX);
    buf_append_span(&unit->tbs, dac->tbs);
    return buf_status(&unit->tbs);
}

static status_t read_dac(const struct reading *reading, struct matter_ids *ret_ids,
                         const struct unit_pai **ret_pai)
{
    struct pki_certificate dac;
    struct buf *der = &reading->unit->certificate;
    buf_init(der, PKI_CERTIFICATE_MAX);
    TRY(read_part(reading, JOURNAL_UNIT_DAC, der));
    TRY(pki_certificate_parse(buf_span(der), &dac, reading->why));
    TRY(check_issuer(reading, &dac, ret_pai));
    TRY(matter_certificate_ids(dac.subject, ret_ids, reading->why));
    return keep_certificate(reading->unit, &dac);
}

/* --- what the store knows of it --- */

static status_t check_order(const struct reading *reading, const struct matter_ids *ids,
                            const struct unit_pai *pai)
{
    struct store_order order;
    const struct unit_product *product = NULL;
    struct store_unit *unit = reading->unit;
    const struct journal_unit_context *context = reading->context;
    if (store_order_get(context->store, unit->order, &order) != STATUS_OK) {
        return wrong(reading, "the restored store has no such order");
    }
    TRY(rpc_catalog_find(context->catalog, order.product, order.product_revision, &product,
                         reading->why));
    if (ids->vendor_id != product->image.vendor_id ||
        ids->product_id != product->image.product_id || product->pai != pai) {
        return wrong(reading, "its DAC is of another product, or PAI, than its order");
    }
    memcpy(unit->product, order.product, sizeof(unit->product));
    unit->product_revision = order.product_revision;
    unit->vendor_id = product->image.vendor_id;
    memcpy(unit->chain_sha256, pai->chain_sha256, sizeof(unit->chain_sha256));
    return STATUS_OK;
}

static status_t check_station(const struct reading *reading)
{
    struct store_identity station;
    struct store_unit *unit = reading->unit;
    if (store_identity_get(reading->context->store, span_text(unit->station), &station) !=
            STATUS_OK ||
        station.role != MINTMARK__V1__ROLE__ROLE_STATION) {
        return wrong(reading, "its station is not enrolled in the restored store");
    }
    memcpy(unit->line, station.line, sizeof(unit->line));
    return STATUS_OK;
}

static status_t read_all(const struct reading *reading)
{
    struct matter_ids ids;
    const struct unit_pai *pai = NULL;
    reading->unit->key_source = STORE_KEY_IMAGE;
    reading->unit->state = STORE_UNIT_ISSUED;
    reading->unit->created_ms = reading->context->now_ms;
    TRY(read_dac(reading, &ids, &pai));
    TRY(read_record(reading));
    TRY(check_order(reading, &ids, pai));
    return check_station(reading);
}

status_t journal_unit_read(const struct journal_unit_context *context, const char *folder,
                           struct store_recovery_unit *ret_unit, struct problem *problem)
{
    struct problem why = {0};
    const struct reading reading = {context, folder, &ret_unit->unit, &why};
    status_t status = read_all(&reading);
    (void)snprintf(ret_unit->journal, sizeof(ret_unit->journal), "%.*s", STORE_RECOVERY_WHY_MAX - 1,
                   folder);
    if (status == STATUS_NO_MEMORY) {
        return problem_complete(problem, status);
    }
    if (status != STATUS_OK) {
        (void)problem_complete(&why, status);
        ret_unit->verdict = STORE_RECOVERY_LEFT_OUT;
        (void)snprintf(ret_unit->why, sizeof(ret_unit->why), "%.*s", STORE_RECOVERY_WHY_MAX - 1,
                       why.message);
    }
    return STATUS_OK;
}
