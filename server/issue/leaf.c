#include "server/issue/leaf.h"

#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"

static json_t *hex_value(struct span bytes)
{
    char text[2 * 65 + 1];
    if (bytes.size > sizeof(text) / 2) {
        return NULL;
    }
    hex_encode(bytes, text);
    return json_string(text);
}

static json_t *sha256_value(struct span bytes)
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(bytes, digest);
    return hex_value(SPAN_OF(digest));
}

static json_t *time_value(int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm date;
    char text[40];
    (void)gmtime_r(&seconds, &date);
    size_t size = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &date);
    (void)snprintf(text + size, sizeof(text) - size, ".%03dZ", (int)(now_ms % 1000));
    return json_string(text);
}

/* Takes the object; key order is the order of writing, so equal events are equal bytes. */
static status_t write(json_t *object, struct buf *ret_leaf)
{
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(object);
    if (text == NULL) {
        return STATUS_NO_MEMORY; /* or text that is not UTF-8, which every caller has excluded */
    }
    buf_init(ret_leaf, ISSUE_LEAF_MAX);
    buf_append_text(ret_leaf, text);
    free(text);
    return buf_status(ret_leaf);
}

/* As mintmark.v1.Role. */
static const char *role_name(int role)
{
    static const char *const NAMES[] = {"", "station", "operator", "auditor"};
    return role > 0 && role < (int)(sizeof(NAMES) / sizeof(NAMES[0])) ? NAMES[role] : NAMES[0];
}

static json_t *person(const struct store_identity *identity)
{
    return json_pack("{s:s,s:s,s:o}", "identity", identity->id, "role", role_name(identity->role),
                     "spki_sha256", sha256_value(span_make(identity->spki, identity->spki_size)));
}

status_t issue_leaf_genesis(const struct store_genesis *genesis, bool two_person_rule,
                            struct buf *ret_leaf)
{
    json_t *people = json_array();
    for (size_t i = 0; i < genesis->identity_count; i++) {
        (void)json_array_append_new(people, person(&genesis->identities[i]));
    }
    return write(json_pack("{s:s,s:o,s:s,s:s,s:o}", "type", "genesis", "time",
                           time_value(genesis->now_ms), "origin", genesis->origin,
                           "two_person_rule", two_person_rule ? "on" : "off", "identities", people),
                 ret_leaf);
}

status_t issue_leaf_identity(const struct store_identity *identity, struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:s,s:s,s:s}", "type", "identity.enrolled", "time",
                           time_value(identity->enrolled_ms), "identity", identity->id, "role",
                           role_name(identity->role), "line", identity->line),
                 ret_leaf);
}

status_t issue_leaf_reserved(const struct store_unit *unit, int64_t now_ms, struct buf *ret_leaf)
{
    return write(
        json_pack(
            "{s:s,s:o,s:o,s:s,s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:o,s:o,s:o}", "type", "device.reserved",
            "time", time_value(now_ms), "record", hex_value(SPAN_OF(unit->record_id)), "order",
            unit->order, "unit", unit->unit_id, "hardware_id", unit->hardware_id, "station",
            unit->station, "product", unit->product, "revision", (int)unit->product_revision,
            "key_source", unit->key_source == STORE_KEY_CSR ? "csr" : "image", "serial_number",
            unit->serial_number, "dac_serial", hex_value(SPAN_OF(unit->dac_serial)), "public_key",
            hex_value(SPAN_OF(unit->public_key)), "tbs_sha256", sha256_value(buf_span(&unit->tbs))),
        ret_leaf);
}

status_t issue_leaf_issued(const struct store_unit *unit, int64_t now_ms, struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:o,s:s,s:s,s:o,s:o}", "type", "device.issued", "time",
                           time_value(now_ms), "record", hex_value(SPAN_OF(unit->record_id)),
                           "order", unit->order, "unit", unit->unit_id, "certificate_sha256",
                           sha256_value(buf_span(&unit->certificate)), "set_commitment",
                           hex_value(SPAN_OF(unit->set_digest))),
                 ret_leaf);
}

status_t issue_leaf_bound(const struct store_unit *unit, const char *hardware_id, int64_t now_ms,
                          struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:o,s:s,s:s,s:s}", "type", "device.bound", "time",
                           time_value(now_ms), "record", hex_value(SPAN_OF(unit->record_id)),
                           "order", unit->order, "unit", unit->unit_id, "hardware_id", hardware_id),
                 ret_leaf);
}

status_t issue_leaf_delivered(const struct store_unit *unit, const char *identity, int64_t now_ms,
                              struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:o,s:s,s:s,s:s}", "type", "device.delivered", "time",
                           time_value(now_ms), "record", hex_value(SPAN_OF(unit->record_id)),
                           "order", unit->order, "unit", unit->unit_id, "station", identity),
                 ret_leaf);
}

static const char *outcome_name(enum store_outcome outcome)
{
    static const char *const NAMES[] = {
        [STORE_OUTCOME_FLASHED] = "flashed",
        [STORE_OUTCOME_ATTEMPT_FAILED] = "attempt_failed",
        [STORE_OUTCOME_SCRAPPED] = "scrapped",
    };
    return NAMES[outcome];
}

status_t issue_leaf_reported(const struct store_unit *unit, const struct store_report *report,
                             int64_t now_ms, struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:o,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "type",
                           "device.reported", "time", time_value(now_ms), "record",
                           hex_value(SPAN_OF(unit->record_id)), "order", unit->order, "unit",
                           unit->unit_id, "station", report->station, "outcome",
                           outcome_name(report->outcome), "slot", report->slot, "phase",
                           report->phase, "code", report->code, "attempt", report->attempt_id),
                 ret_leaf);
}

status_t issue_leaf_product(const char *name, struct span content, int64_t now_ms,
                            struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:s,s:o}", "type", "product.applied", "time",
                           time_value(now_ms), "product", name, "content_sha256",
                           sha256_value(content)),
                 ret_leaf);
}

status_t issue_leaf_order(const struct store_order *order, struct buf *ret_leaf)
{
    return write(json_pack("{s:s,s:o,s:s,s:s,s:i,s:I,s:I,s:s}", "type", "order.created", "time",
                           time_value(order->created_ms), "order", order->id, "product",
                           order->product, "revision", (int)order->product_revision, "quantity",
                           (json_int_t)order->quantity, "identities_limit",
                           (json_int_t)order->identities_limit, "lines", order->lines),
                 ret_leaf);
}
