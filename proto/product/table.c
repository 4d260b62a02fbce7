#include "proto/product/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image/partition_table.h"
#include "lib/image/places.h"
#include "proto/product/file.h"

/* A partition of the product, and what it must be in the table. */
struct place {
    const char *field;
    Mintmark__V1__Partition *partition;
    uint8_t type;
    int subtype; /* -1: any */
    const char *kind;
};

bool product_table_wants_secure_cert(const Mintmark__V1__Product *message)
{
    const Mintmark__V1__Commissioning *commissioning = message->commissioning;
    if (commissioning != NULL &&
        commissioning->store_in ==
            MINTMARK__V1__COMMISSIONING_STORE__COMMISSIONING_STORE_SECURE_CERT) {
        return true;
    }
    switch (message->dac != NULL ? (int)message->dac->key : 0) {
    case MINTMARK__V1__DAC_KEY__DAC_KEY_SECURE_CERT:
    case MINTMARK__V1__DAC_KEY__DAC_KEY_ECDSA_PERIPHERAL:
    case MINTMARK__V1__DAC_KEY__DAC_KEY_HMAC_DERIVED:
        return true;
    default:
        return false;
    }
}

static status_t refuse(const struct place *place, const char *reason, const char *what,
                       struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, reason, place->field, "\"%.32s\" %s",
                       place->partition->label, what);
}

static status_t check_entry(const struct place *place, const struct image_partition_table *table,
                            const struct image_partition_entry *entry, struct problem *problem)
{
    char what[160];
    if (entry == NULL) {
        return refuse(place, "PARTITION_UNKNOWN",
                      "is not in the partition table: correct the "
                      "label",
                      problem);
    }
    if (entry->type != place->type || (place->subtype >= 0 && entry->subtype != place->subtype)) {
        (void)snprintf(what, sizeof(what),
                       "is of type 0x%x and subtype 0x%x in the partition "
                       "table: name one of %s",
                       entry->type, entry->subtype, place->kind);
        return refuse(place, "PARTITION_TYPE", what, problem);
    }
    if (place->subtype != IMAGE_PARTITION_DATA_NVS_KEYS) {
        return STATUS_OK; /* the flag is for image_product_check */
    }
    if (!entry->encrypted) {
        return refuse(place, "PARTITION_FLAG",
                      "has not the flag encrypted in the partition table: add it, or the keys lie "
                      "in clear",
                      problem);
    }
    return entry == image_partition_table_first(table, place->type, (uint8_t)place->subtype)
               ? STATUS_OK
               : refuse(place, "PARTITION_UNKNOWN",
                        "is not the first partition of subtype nvs_keys, which firmware takes: "
                        "name that one",
                        problem);
}

static status_t resolve(const struct place *place, const struct image_partition_table *table,
                        struct problem *problem)
{
    Mintmark__V1__Partition *partition = place->partition;
    if (partition == NULL) {
        return STATUS_OK;
    }
    if (partition->offset != 0 || partition->size != 0 || partition->encrypted) {
        return refuse(place, "PARTITION_TABLE",
                      "has an offset, size or flag of its own: with a table write its label alone",
                      problem);
    }
    const struct image_partition_entry *entry = image_partition_table_find(table, partition->label);
    TRY(check_entry(place, table, entry, problem));
    partition->offset = entry->offset;
    partition->size = entry->size;
    partition->encrypted = entry->encrypted;
    return STATUS_OK;
}

/* Its name is always the same, so nobody has to write it. */
static status_t add_secure_cert(Mintmark__V1__Product *message)
{
    Mintmark__V1__Partitions *partitions = message->partitions;
    if (partitions->secure_cert != NULL || !product_table_wants_secure_cert(message)) {
        return STATUS_OK;
    }
    Mintmark__V1__Partition *partition = malloc(sizeof(*partition));
    char *label = strdup(IMAGE_SECURE_CERT_LABEL);
    if (partition == NULL || label == NULL) {
        free(partition);
        free(label);
        return STATUS_NO_MEMORY;
    }
    mintmark__v1__partition__init(partition);
    partition->label = label;
    partitions->secure_cert = partition;
    return STATUS_OK;
}

static status_t resolve_all(Mintmark__V1__Product *message,
                            const struct image_partition_table *table, struct problem *problem)
{
    enum { SECURE_CERT_TYPE = 0x3f };
    TRY(add_secure_cert(message));
    const Mintmark__V1__Partitions *partitions = message->partitions;
    const struct place places[] = {
        {"partitions.factory_data", partitions->factory_data, IMAGE_PARTITION_DATA,
         IMAGE_PARTITION_DATA_NVS, "type data and subtype nvs"},
        {"partitions.nvs_keys", partitions->nvs_keys, IMAGE_PARTITION_DATA,
         IMAGE_PARTITION_DATA_NVS_KEYS, "type data and subtype nvs_keys"},
        {"partitions.secure_cert", partitions->secure_cert, SECURE_CERT_TYPE, -1, "type 0x3f"},
    };
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        TRY(resolve(&places[i], table, problem));
    }
    return STATUS_OK;
}

static status_t read_table(const char *path, const Mintmark__V1__Partitions *partitions,
                           struct image_partition_table *ret_table, struct problem *problem)
{
    const struct product_file file = {path, partitions->table, "partitions.table",
                                      IMAGE_PARTITION_TABLE_FILE_MAX};
    ProtobufCBinaryData content = {0};
    uint32_t offset = partitions->table_offset != 0 ? partitions->table_offset
                                                    : (uint32_t)IMAGE_PARTITION_TABLE_OFFSET;
    TRY(product_file_read(&file, &content, problem));
    status_t status = image_partition_table_read(
        partitions->table, span_make(content.data, content.len), offset, ret_table, problem);
    free(content.data);
    return status;
}

status_t product_table_read(const char *path, Mintmark__V1__Product *message,
                            struct problem *problem)
{
    Mintmark__V1__Partitions *partitions = message->partitions;
    struct image_partition_table table;
    if (partitions == NULL || partitions->table[0] == '\0') {
        return STATUS_OK;
    }
    TRY(read_table(path, partitions, &table, problem));
    TRY(resolve_all(message, &table, problem));
    partitions->table[0] = '\0'; /* a name of this machine's: not sent */
    partitions->table_offset = 0;
    return STATUS_OK;
}
