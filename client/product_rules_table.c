/* The product's partitions against the firmware's partition table. */
#include "client/product_findings.h"
#include "lib/image/places.h"

struct place {
    const char *key; /* "partitions.factory_data" */
    const Mintmark__V1__Partition *partition;
    uint8_t type;
    int subtype;      /* -1: any */
    const char *kind; /* both, in words */
    bool encrypted;
};

enum { SECURE_CERT_TYPE = 0x3f };

static bool is_kind(const struct place *place, const struct image_partition_entry *entry)
{
    return entry->type == place->type && (place->subtype < 0 || entry->subtype == place->subtype);
}

static void fail(const struct product_rules *rules, const struct place *place,
                 const struct image_partition_entry *entry, const char *text)
{
    product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path,
                          entry != NULL ? entry->line : 0, "%s", text);
}

/* The labels of partitions of that kind, for the remedy. */
static void list_labels(const struct image_partition_table *table, const struct place *place,
                        struct buf *ret_text)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct image_partition_entry *entry = &table->entries[i];
        if (is_kind(place, entry)) {
            buf_print(ret_text, "%s%s", ret_text->size > 0 ? ", " : "", entry->label);
        }
    }
    if (ret_text->size == 0) {
        buf_append_text(ret_text, "none");
    }
    buf_append_byte(ret_text, '\0');
}

static void tell_unknown(const struct product_rules *rules, const struct place *place)
{
    AUTO(buf_done) struct buf labels;
    buf_init(&labels, 256);
    list_labels(&rules->build->table, place, &labels);
    product_findings_tell(
        rules, PRODUCT_FAIL, place->key, rules->build->table_path, 0,
        "the table has no partition \"%.32s\": correct the label (of %s it has: %s)",
        place->partition->label, place->kind, labels.failed ? "many" : (const char *)labels.data);
}

static void check_number(const struct product_rules *rules, const struct place *place,
                         const struct image_partition_entry *entry, bool is_size)
{
    uint32_t wanted = is_size ? entry->size : entry->offset;
    uint32_t given = is_size ? place->partition->size : place->partition->offset;
    if (wanted != given) {
        product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path,
                              entry->line,
                              "%s of \"%s\" is 0x%X in the table, 0x%X in the product: set it to "
                              "0x%X",
                              is_size ? "size" : "offset", entry->label, wanted, given, wanted);
    }
}

/* esp_secure_cert has the flag or not, as its maker likes; the product says the same. */
static void check_secure_cert_flag(const struct product_rules *rules, const struct place *place,
                                   const struct image_partition_entry *entry)
{
    if (entry->encrypted != place->encrypted) {
        product_findings_tell(
            rules, PRODUCT_FAIL, place->key, rules->build->table_path, entry->line,
            "\"%s\" %s the flag encrypted in the table, and the product writes "
            "it %s: set its encrypted to %s",
            entry->label, entry->encrypted ? "has" : "has not",
            place->encrypted ? "encrypted" : "as it is", entry->encrypted ? "true" : "false");
    } else if (!entry->encrypted &&
               product_rules_dac_key(rules) == MINTMARK__V1__DAC_KEY__DAC_KEY_SECURE_CERT) {
        product_findings_tell(
            rules, PRODUCT_NOTE, place->key, rules->build->table_path, entry->line,
            "\"%s\" has not the flag encrypted: the DAC's key lies in clear flash", entry->label);
    }
}

static void check_flags(const struct product_rules *rules, const struct place *place,
                        const struct image_partition_entry *entry)
{
    if (place->type == SECURE_CERT_TYPE) {
        check_secure_cert_flag(rules, place, entry);
        return;
    }
    if (entry->encrypted && !place->encrypted) {
        fail(rules, place, entry,
             "the partition has the flag encrypted, which no NVS partition may have: take it away "
             "(NVS is encrypted by its own keys)");
    }
    if (!entry->encrypted && place->encrypted) {
        fail(rules, place, entry,
             "the key partition has not the flag encrypted: add it, or the keys lie in clear");
    }
}

/* Firmware takes the first key partition for all of Matter's data. */
static void check_first(const struct product_rules *rules, const struct place *place,
                        const struct image_partition_entry *entry)
{
    const struct image_partition_entry *first = image_partition_table_first(
        &rules->build->table, IMAGE_PARTITION_DATA, IMAGE_PARTITION_DATA_NVS_KEYS);
    if (place->subtype == IMAGE_PARTITION_DATA_NVS_KEYS && first != NULL && first != entry) {
        product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path,
                              first->line,
                              "firmware takes the first partition of subtype nvs_keys, which is "
                              "\"%s\": set the label to it",
                              first->label);
    }
}

static void check_place(const struct product_rules *rules, const struct place *place)
{
    size_t fails = rules->findings->fails;
    const struct image_partition_entry *entry =
        image_partition_table_find(&rules->build->table, place->partition->label);
    if (entry == NULL) {
        tell_unknown(rules, place);
        return;
    }
    if (!is_kind(place, entry)) {
        product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path,
                              entry->line,
                              "\"%s\" is of type 0x%x and subtype 0x%x: name one of %s",
                              entry->label, entry->type, entry->subtype, place->kind);
    }
    check_number(rules, place, entry, false);
    check_number(rules, place, entry, true);
    check_flags(rules, place, entry);
    check_first(rules, place, entry);
    if (rules->findings->fails == fails) {
        product_findings_tell(rules, PRODUCT_OK, place->key, rules->build->table_path, entry->line,
                              "%s at 0x%X, size 0x%X", entry->label, entry->offset, entry->size);
    }
}

static void check_places(const struct product_rules *rules,
                         const Mintmark__V1__Partitions *partitions)
{
    const Mintmark__V1__Partition *secure_cert = partitions->secure_cert;
    if (partitions->factory_data != NULL) {
        check_place(rules, &(struct place){"partitions.factory_data", partitions->factory_data,
                                           IMAGE_PARTITION_DATA, IMAGE_PARTITION_DATA_NVS,
                                           "type data and subtype nvs", false});
    }
    if (partitions->nvs_keys != NULL && product_rules_encrypts(rules)) {
        check_place(rules, &(struct place){"partitions.nvs_keys", partitions->nvs_keys,
                                           IMAGE_PARTITION_DATA, IMAGE_PARTITION_DATA_NVS_KEYS,
                                           "type data and subtype nvs_keys", true});
    }
    if (secure_cert != NULL) {
        Mintmark__V1__Partition named = *secure_cert;
        static char label[] = IMAGE_SECURE_CERT_LABEL;
        named.label = named.label[0] != '\0' ? named.label : label;
        check_place(rules, &(struct place){"partitions.secure_cert", &named, SECURE_CERT_TYPE, -1,
                                           "type 0x3f", named.encrypted != 0});
    }
}

void product_rules_table(const struct product_rules *rules)
{
    if (rules->product->partitions != NULL) {
        check_places(rules, rules->product->partitions);
    }
    if (!rules->build->table.has_md5 && rules->build->table.entries[0].line == 0) {
        product_findings_tell(rules, PRODUCT_NOTE, "partition table", rules->build->table_path, 0,
                              "the table has no MD5 checksum: damage to it stays unseen");
    }
}
