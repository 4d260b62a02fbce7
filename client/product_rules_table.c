/* The product's partitions against the firmware's partition table. */
#include "client/product_findings.h"

struct place {
    const char *key; /* "partitions.factory_data" */
    const Mintmark__V1__Partition *partition;
    uint8_t subtype;
    const char *subtype_name;
    bool encrypted;
};

static void fail(const struct product_rules *rules, const struct place *place,
                 const struct image_partition_entry *entry, const char *text)
{
    product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path,
                          entry != NULL ? entry->line : 0, "%s", text);
}

/* The labels of partitions of that subtype, for the remedy. */
static void list_labels(const struct image_partition_table *table, uint8_t subtype,
                        struct buf *ret_text)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct image_partition_entry *entry = &table->entries[i];
        if (entry->type == IMAGE_PARTITION_DATA && entry->subtype == subtype) {
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
    list_labels(&rules->build->table, place->subtype, &labels);
    product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path, 0,
                          "the table has no partition \"%.32s\": correct the label (of subtype %s "
                          "it has: %s)",
                          place->partition->label, place->subtype_name,
                          labels.failed ? "many" : (const char *)labels.data);
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

static void check_flags(const struct product_rules *rules, const struct place *place,
                        const struct image_partition_entry *entry)
{
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
    if (place->encrypted && first != NULL && first != entry) {
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
    if (entry->type != IMAGE_PARTITION_DATA || entry->subtype != place->subtype) {
        product_findings_tell(rules, PRODUCT_FAIL, place->key, rules->build->table_path,
                              entry->line,
                              "\"%s\" is of type 0x%x and subtype 0x%x: name one of type data and "
                              "subtype %s",
                              entry->label, entry->type, entry->subtype, place->subtype_name);
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

void product_rules_table(const struct product_rules *rules)
{
    const Mintmark__V1__Partitions *partitions = rules->product->partitions;
    if (partitions != NULL && partitions->factory_data != NULL) {
        check_place(rules, &(struct place){"partitions.factory_data", partitions->factory_data,
                                           IMAGE_PARTITION_DATA_NVS, "nvs", false});
    }
    if (partitions != NULL && partitions->nvs_keys != NULL && product_rules_encrypts(rules)) {
        check_place(rules, &(struct place){"partitions.nvs_keys", partitions->nvs_keys,
                                           IMAGE_PARTITION_DATA_NVS_KEYS, "nvs_keys", true});
    }
    if (!rules->build->table.has_md5 && rules->build->table.entries[0].line == 0) {
        product_findings_tell(rules, PRODUCT_NOTE, "partition table", rules->build->table_path, 0,
                              "the table has no MD5 checksum: damage to it stays unseen");
    }
}
