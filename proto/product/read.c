#include "proto/product/read.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/image/places.h"
#include "lib/image/rules.h"
#include "lib/matter/spake2p.h"
#include "proto/product/chip.h"
#include "proto/product/dac.h"
#include "proto/product/details.h"
#include "proto/product/firmware.h"
#include "proto/product/left_out.h"
#include "proto/product/limits.h"
#include "proto/product/table.h"
#include "proto/product/variant.h"
#include "proto/product/vendor.h"

enum { DEFAULT_ITERATIONS = 10000, DEFAULT_SALT_LENGTH = 32 };

static status_t missing(const char *field, struct problem *problem)
{
    return problem_say(problem, STATUS_INVALID, "MISSING", field, "%s is required", field);
}

/* A device that makes its own key is given its DAC alone. */
static bool gets_no_images(const Mintmark__V1__Product *message)
{
    return message->dac != NULL && message->dac->key == MINTMARK__V1__DAC_KEY__DAC_KEY_DEVICE_CSR;
}

static bool has_factory_data(const Mintmark__V1__Product *message)
{
    return message->partitions != NULL && message->partitions->factory_data != NULL;
}

static status_t check_required(const Mintmark__V1__Product *message, struct problem *problem)
{
    const struct {
        const char *field;
        bool present;
    } required[] = {
        {"name", message->name[0] != '\0'},
        {"vendor_id", message->vendor_id != 0},
        {"vendor_name", message->vendor_name[0] != '\0'},
        {"product_id", message->product_id != 0},
        {"product_name", message->product_name[0] != '\0'},
        {"hardware_version_string", message->hardware_version_string[0] != '\0'},
        {"chip", message->chip != MINTMARK__V1__CHIP__CHIP_UNSPECIFIED},
        {"pai", message->pai[0] != '\0'},
        {"certification_declaration", message->certification_declaration != NULL &&
                                          message->certification_declaration->content.len > 0},
        {"partitions.factory_data", gets_no_images(message) || has_factory_data(message)},
    };
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        if (!required[i].present) {
            return missing(required[i].field, problem);
        }
    }
    return STATUS_OK;
}

static status_t read_u16(uint32_t value, const char *field, uint16_t *ret_value,
                         struct problem *problem)
{
    if (value > UINT16_MAX) {
        return problem_say(problem, STATUS_INVALID, "RANGE", field, "%s is at most 65535", field);
    }
    *ret_value = (uint16_t)value;
    return STATUS_OK;
}

static status_t read_partition(const Mintmark__V1__Partition *message, const char *field,
                               struct image_partition *ret_partition, struct problem *problem)
{
    if (strlen(message->label) > IMAGE_LABEL_MAX) {
        return problem_say(problem, STATUS_INVALID, "LABEL", field,
                           "a partition label has at most %d bytes", IMAGE_LABEL_MAX);
    }
    (void)snprintf(ret_partition->label, sizeof(ret_partition->label), "%s", message->label);
    ret_partition->offset = message->offset;
    ret_partition->size = message->size;
    ret_partition->encrypted = message->encrypted;
    return STATUS_OK;
}

static bool is_supplied(const char *word)
{
    return strcmp(word, "supplied") == 0;
}

/* "random", "supplied" or "" → the given default; decimal digits only → the number; else refused.
 */
static status_t read_number_word(const char *word, const char *field, uint32_t largest,
                                 int64_t random, int64_t *ret_value, struct problem *problem)
{
    if (word[0] == '\0' || strcmp(word, "random") == 0 || is_supplied(word)) {
        *ret_value = random;
        return STATUS_OK;
    }
    size_t length = strspn(word, "0123456789");
    if (word[length] != '\0' || length > 8 || strtoul(word, NULL, 10) > largest) {
        return problem_say(problem, STATUS_INVALID, "RANGE", field,
                           "%s is random, supplied, or a number up to %u", field, largest);
    }
    *ret_value = (int64_t)strtoul(word, NULL, 10);
    return STATUS_OK;
}

static status_t read_passcode(const char *word, struct unit_product *product,
                              struct problem *problem)
{
    int64_t passcode = 0;
    product->image.dynamic_passcode = strcmp(word, "dynamic") == 0;
    if (product->image.dynamic_passcode) {
        return STATUS_OK;
    }
    TRY(read_number_word(word, "commissioning.passcode", MATTER_PASSCODE_MAX, -1, &passcode,
                         problem));
    if (passcode >= 0 && !matter_spake2p_passcode_valid((uint32_t)passcode)) {
        return problem_say(problem, STATUS_INVALID, "PASSCODE", "commissioning.passcode",
                           "this passcode is forbidden as too simple: choose another");
    }
    product->fixed_passcode = passcode >= 0 ? (uint32_t)passcode : 0;
    return STATUS_OK;
}

static uint8_t discovery_bits(const Mintmark__V1__Commissioning *message)
{
    uint8_t bits = 0;
    for (size_t i = 0; i < message->n_discovery; i++) {
        bits = (uint8_t)(bits | 1u << ((unsigned)message->discovery[i] - 1)); /* enum = bit + 1 */
    }
    return bits != 0 ? bits : MATTER_DISCOVERY_BLE;
}

static status_t read_commissioning(const Mintmark__V1__Commissioning *given,
                                   struct unit_product *product, struct problem *problem)
{
    Mintmark__V1__Commissioning defaults;
    mintmark__v1__commissioning__init(&defaults);
    const Mintmark__V1__Commissioning *message = given != NULL ? given : &defaults;
    struct image_product *image = &product->image;
    int64_t discriminator = 0;
    TRY(read_number_word(message->discriminator, "commissioning.discriminator", 4095, -1,
                         &discriminator, problem));
    TRY(read_passcode(message->passcode, product, problem));
    product->fixed_discriminator = (int32_t)discriminator;
    image->spake2p_iterations =
        message->spake2p_iterations != 0 ? message->spake2p_iterations : DEFAULT_ITERATIONS;
    uint32_t salt =
        message->spake2p_salt_length != 0 ? message->spake2p_salt_length : DEFAULT_SALT_LENGTH;
    if (salt < MATTER_SPAKE2P_SALT_MIN || salt > MATTER_SPAKE2P_SALT_MAX) {
        return problem_say(problem, STATUS_INVALID, "RANGE", "commissioning.spake2p_salt_length",
                           "spake2p_salt_length is %d to %d", MATTER_SPAKE2P_SALT_MIN,
                           MATTER_SPAKE2P_SALT_MAX);
    }
    product->salt_length = (uint8_t)salt;
    image->commissioning_in_secure_cert =
        message->store_in == MINTMARK__V1__COMMISSIONING_STORE__COMMISSIONING_STORE_SECURE_CERT;
    image->discovery = discovery_bits(message);
    image->flow = message->flow == MINTMARK__V1__COMMISSIONING_FLOW__COMMISSIONING_FLOW_UNSPECIFIED
                      ? MATTER_FLOW_STANDARD
                      : (enum matter_flow)(message->flow - 1);
    return STATUS_OK;
}

/* What contradicts nvs_encryption is refused, not ignored: a key meant and not used is worse than
 * an error. */
static status_t read_encryption(const Mintmark__V1__Product *message, struct image_product *image,
                                struct problem *problem)
{
    const Mintmark__V1__Partition *nvs_keys =
        message->partitions != NULL ? message->partitions->nvs_keys : NULL;
    bool hmac = message->nvs_encryption == MINTMARK__V1__NVS_ENCRYPTION__NVS_ENCRYPTION_HMAC;
    if (hmac != (message->nvs_hmac != NULL)) {
        return hmac ? missing("nvs_hmac", problem)
                    : problem_say(problem, STATUS_INVALID, "NVS_HMAC", "nvs_hmac",
                                  "nvs_hmac goes with nvs_encryption: hmac only");
    }
    if (hmac) {
        uint32_t block = message->nvs_hmac->key_block;
        image->nvs_encryption = IMAGE_NVS_HMAC;
        image->nvs_hmac_block = block <= UINT8_MAX ? (uint8_t)block : UINT8_MAX;
        return nvs_keys == NULL
                   ? STATUS_OK
                   : problem_say(problem, STATUS_INVALID, "NVS_HMAC", "partitions.nvs_keys",
                                 "nvs_encryption: hmac has no key partition: leave nvs_keys out");
    }
    if (message->nvs_encryption == MINTMARK__V1__NVS_ENCRYPTION__NVS_ENCRYPTION_KEY_PARTITION) {
        if (nvs_keys == NULL) {
            return missing("partitions.nvs_keys", problem);
        }
        image->nvs_encryption = IMAGE_NVS_KEY_PARTITION;
        return read_partition(nvs_keys, "partitions.nvs_keys", &image->nvs_keys, problem);
    }
    return STATUS_OK;
}

/* What is given and has no use is refused, as in read_encryption. */
static status_t read_secure_cert(const Mintmark__V1__Product *message, struct image_product *image,
                                 struct problem *problem)
{
    const Mintmark__V1__Partition *partition = message->partitions->secure_cert;
    bool wanted = product_table_wants_secure_cert(message);
    if (wanted != (partition != NULL)) {
        return wanted
                   ? missing("partitions.secure_cert", problem)
                   : problem_say(problem, STATUS_INVALID, "SECURE_CERT", "partitions.secure_cert",
                                 "neither dac.key nor commissioning.store_in puts anything "
                                 "there: leave it out");
    }
    if (partition == NULL) {
        return STATUS_OK;
    }
    TRY(read_partition(partition, "partitions.secure_cert", &image->secure_cert, problem));
    if (partition->label[0] == '\0') {
        (void)snprintf(image->secure_cert.label, sizeof(image->secure_cert.label), "%s",
                       IMAGE_SECURE_CERT_LABEL);
    }
    return STATUS_OK;
}

static status_t read_partitions(const Mintmark__V1__Product *message, struct image_product *image,
                                struct problem *problem)
{
    const Mintmark__V1__Partitions *partitions = message->partitions;
    if (partitions == NULL) {
        return STATUS_OK; /* without images */
    }
    if (gets_no_images(message)) {
        return problem_say(problem, STATUS_INVALID, "DAC_KEY", "partitions",
                           "with dac.key: device-csr no images are made: leave partitions out");
    }
    if (partitions->table[0] != '\0' || partitions->table_offset != 0) {
        return problem_say(problem, STATUS_INVALID, "PARTITION_TABLE", "partitions.table",
                           "a partition table is read by whoever sends the product: send offset "
                           "and size of each partition");
    }
    TRY(read_partition(partitions->factory_data, "partitions.factory_data", &image->factory_data,
                       problem));
    return read_secure_cert(message, image, problem);
}

static status_t read_image(const Mintmark__V1__Product *message, struct unit_product *product,
                           struct problem *problem)
{
    struct image_product *image = &product->image;
    image->vendor_name = message->vendor_name;
    image->product_name = message->product_name;
    image->hardware_version_string = message->hardware_version_string;
    TRY(read_u16(message->vendor_id, "vendor_id", &image->vendor_id, problem));
    TRY(read_u16(message->product_id, "product_id", &image->product_id, problem));
    TRY(read_u16(message->hardware_version, "hardware_version", &image->hardware_version, problem));
    image->certification_declaration = span_make(message->certification_declaration->content.data,
                                                 message->certification_declaration->content.len);
    image->cd_in_firmware =
        message->certification_declaration->store_in == MINTMARK__V1__CD_STORE__CD_STORE_FIRMWARE;
    TRY(read_partitions(message, image, problem));
    return read_encryption(message, image, problem);
}

/* A supplied date has a length of its own: the longest is what the image is tried with. */
static const char *read_date(const char *word)
{
    if (is_supplied(word)) {
        return "20261231ABCDEFGH";
    }
    if (word[0] == '\0') {
        return UNIT_TODAY;
    }
    return strcmp(word, "none") == 0 ? NULL : word;
}

/* Of a supplied one, the longest. */
static const char *read_serial_number(const char *word)
{
    if (word[0] == '\0') {
        return "{random:16}";
    }
    return is_supplied(word) ? "{random:32}" : word;
}

static struct unit_wants read_wants(const Mintmark__V1__Product *message)
{
    const Mintmark__V1__Commissioning *commissioning = message->commissioning;
    struct unit_wants wants = {
        .serial_number = is_supplied(message->serial_number),
        .manufacturing_date = is_supplied(message->manufacturing_date),
        .rotating_id = message->rotating_device_id_unique_id ==
                       MINTMARK__V1__ROTATING_DEVICE_ID__ROTATING_DEVICE_ID_SUPPLIED,
    };
    if (commissioning != NULL) {
        wants.discriminator = is_supplied(commissioning->discriminator);
        wants.passcode = is_supplied(commissioning->passcode);
        wants.verifier =
            commissioning->verifier == MINTMARK__V1__VERIFIER_SOURCE__VERIFIER_SOURCE_SUPPLIED;
    }
    return wants;
}

static const struct unit_pai *find_pai(const struct product_trust *trust, const char *name)
{
    for (size_t i = 0; i < trust->pai_count; i++) {
        if (strcmp(trust->pais[i].name, name) == 0) {
            return &trust->pais[i];
        }
    }
    return NULL;
}

status_t product_read_variant(const struct product_trust *trust,
                              const Mintmark__V1__Product *message,
                              struct unit_product *ret_product, struct problem *problem)
{
    TRY(check_required(message, problem));
    struct unit_product product = {.name = message->name, .pai = find_pai(trust, message->pai)};
    if (product.pai == NULL) {
        return problem_say(problem, STATUS_REFUSED, "PAI_UNKNOWN", "pai",
                           "the server's configuration has no PAI \"%.64s\": add it under pais",
                           message->pai);
    }
    product.image.pai = product.pai->der;
    product.image.chip = product_chip_name(message->chip);
    product.wants = read_wants(message);
    product.serial_number_pattern = read_serial_number(message->serial_number);
    product.serial_number_shape = message->serial_number_pattern;
    product.rotating_id = message->rotating_device_id_unique_id >
                          MINTMARK__V1__ROTATING_DEVICE_ID__ROTATING_DEVICE_ID_NONE;
    product.manufacturing_date = read_date(message->manufacturing_date);
    TRY(product_dac_read(message->dac, &product, problem));
    TRY(read_image(message, &product, problem));
    TRY(product_details_read(message, &product.image.details, problem));
    TRY(product_vendor_read(message, &product.image, problem));
    TRY(product_firmware_take(message, &product.image, problem));
    TRY(read_commissioning(message->commissioning, &product, problem));
    TRY(product_left_out_read(message, &product, problem));
    TRY(unit_product_check(&product, trust->cd_signers, trust->cd_signer_count,
                           &product.product_class, problem));
    *ret_product = product;
    return STATUS_OK;
}

static status_t check_variant(const struct product_trust *trust,
                              const Mintmark__V1__Product *message, const char *name,
                              struct problem *problem)
{
    Mintmark__V1__Product *variant = NULL;
    struct unit_product product;
    struct problem found = {0};
    TRY(product_variant_apply(message, name, &variant, problem));
    status_t status = product_read_variant(trust, variant, &product, &found);
    mintmark__v1__product__free_unpacked(variant, NULL);
    if (status != STATUS_OK) {
        char field[PROBLEM_FIELD_MAX];
        (void)problem_complete(&found, status);
        (void)snprintf(field, sizeof(field), "variants.%.32s.%.50s", name, found.field);
        return problem_say(problem, status, found.reason, field, "%s", found.message);
    }
    return STATUS_OK;
}

status_t product_read(const struct product_trust *trust, const Mintmark__V1__Product *message,
                      struct unit_product *ret_product, struct problem *problem)
{
    struct unit_product product;
    if (product_variant_of(message->name) != NULL) {
        return problem_say(problem, STATUS_INVALID, "PRODUCT_NAME", "name",
                           "a product's own name has no '/': list what differs under variants");
    }
    TRY(product_limits_check(message->limits, problem));
    TRY(image_rules_count("variants", message->n_variants, PRODUCT_VARIANTS_MAX, problem));
    TRY(product_read_variant(trust, message, &product, problem));
    for (size_t i = 0; i < message->n_variants; i++) {
        TRY(check_variant(trust, message, message->variants[i]->key, problem));
    }
    product.has_variants = message->n_variants > 0;
    *ret_product = product;
    return STATUS_OK;
}
