/* mintmark product init */
#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "client/json.h"
#include "client/product.h"
#include "lib/base/file.h"
#include "lib/image/factory_data.h"
#include "lib/image/places.h"
#include "mintmark/v1/product.pb-c.h"
#include "proto/text/enum.h"
#include "proto/text/yaml.h"

static const char HELP[] =
    "Usage: mintmark product init --from BUILD_DIR [-o product.yaml] [options]\n"
    "Writes the product's YAML from what its firmware was built with: chip, ids, partitions, NVS\n"
    "encryption, esp_secure_cert, rotating device id. What a build does not know is marked FILL "
    "IN.\n"
    "\n"
    "  --from BUILD_DIR        the folder of `idf.py build`; sdkconfig lies there or one above\n"
    "  --sdkconfig FILE        another sdkconfig\n"
    "  --partition-table FILE  another table, binary or CSV\n"
    "  --flasher-args FILE     another flasher_args.json\n"
    "  -o, --output FILE       write there instead of to standard output\n"
    "  --force                 overwrite FILE\n"
    "\n"
    "Examples:\n"
    "  mintmark product init --from lamp/build\n"
    "  mintmark product init --from lamp/build --partition-table lamp/partitions.csv \\\n"
    "      -o product.yaml && mintmark product check product.yaml --from lamp/build\n";

static const struct product_command COMMAND_INIT = {.name = "product init", .help = HELP};

enum { FILE_MODE = 0644 };

/* What the YAML is written from; borrows the build. */
struct draft {
    const struct product_build *build;
    const char *chip;
    const struct image_partition_entry *factory;
    const struct image_partition_entry *keys;        /* NULL: NVS has no key partition */
    const struct image_partition_entry *secure_cert; /* NULL: nothing is read from there */
    bool hmac;                                       /* NVS keys from the eFuse key of that block */
    uint32_t hmac_block;
};

static const struct image_sdkconfig_value *option(const struct product_build *build,
                                                  enum image_sdkconfig_option which)
{
    return &build->sdkconfig.values[which];
}

static status_t find_chip(struct draft *draft, struct problem *problem)
{
    int value = 0;
    const char *chip = draft->build->chip;
    draft->chip = chip[0] != '\0' ? chip : option(draft->build, IMAGE_SDKCONFIG_TARGET)->text;
    if (!text_enum_find(&mintmark__v1__chip__descriptor, draft->chip, &value)) {
        return problem_say(problem, STATUS_REFUSED, "CHIP", "chip",
                           "the build is for \"%.32s\", which is no chip known here: give "
                           "--flasher-args or --sdkconfig of a build for an ESP32 chip",
                           draft->chip);
    }
    return STATUS_OK;
}

static status_t find_factory(struct draft *draft, struct problem *problem)
{
    const struct image_sdkconfig_value *value = option(draft->build, IMAGE_SDKCONFIG_FACTORY_LABEL);
    const char *label = value->is_set ? value->text : "nvs"; /* the SDK's default */
    draft->factory = image_partition_table_find(&draft->build->table, label);
    if (draft->factory == NULL) {
        return problem_say(problem, STATUS_REFUSED, "PARTITION_UNKNOWN",
                           image_sdkconfig_name(IMAGE_SDKCONFIG_FACTORY_LABEL),
                           "firmware reads its factory data in partition \"%.32s\", which the "
                           "partition table does not have: correct one of them",
                           label);
    }
    return STATUS_OK;
}

static status_t find_hmac_block(struct draft *draft, struct problem *problem)
{
    const struct image_sdkconfig_value *block =
        option(draft->build, IMAGE_SDKCONFIG_NVS_HMAC_BLOCK);
    if (!block->is_set || block->number > IMAGE_EFUSE_BLOCK_LAST) {
        return problem_say(problem, STATUS_REFUSED, "NVS_HMAC",
                           image_sdkconfig_name(IMAGE_SDKCONFIG_NVS_HMAC_BLOCK),
                           "NVS keys come from an eFuse key, and this names no block for it: set "
                           "it to 0..%d",
                           IMAGE_EFUSE_BLOCK_LAST);
    }
    draft->hmac = true;
    draft->hmac_block = block->number;
    return STATUS_OK;
}

static status_t find_keys(struct draft *draft, struct problem *problem)
{
    if (!option(draft->build, IMAGE_SDKCONFIG_NVS_ENCRYPTION)->is_set) {
        return STATUS_OK;
    }
    if (option(draft->build, IMAGE_SDKCONFIG_NVS_HMAC)->is_set) {
        return find_hmac_block(draft, problem);
    }
    draft->keys = image_partition_table_first(&draft->build->table, IMAGE_PARTITION_DATA,
                                              IMAGE_PARTITION_DATA_NVS_KEYS);
    if (draft->keys == NULL) {
        return problem_say(problem, STATUS_REFUSED, "PARTITION_UNKNOWN",
                           image_sdkconfig_name(IMAGE_SDKCONFIG_NVS_ENCRYPTION),
                           "NVS encryption is on, and the partition table has no partition of "
                           "subtype nvs_keys: add one");
    }
    return STATUS_OK;
}

static bool is_on(const struct draft *draft, enum image_sdkconfig_option which)
{
    return option(draft->build, which)->is_set;
}

static status_t find_secure_cert(struct draft *draft, struct problem *problem)
{
    if (!is_on(draft, IMAGE_SDKCONFIG_DAC_SECURE_CERT) &&
        !is_on(draft, IMAGE_SDKCONFIG_COMMISSIONABLE_SECURE_CERT)) {
        return STATUS_OK;
    }
    draft->secure_cert = image_partition_table_find(&draft->build->table, IMAGE_SECURE_CERT_LABEL);
    if (draft->secure_cert == NULL) {
        return problem_say(problem, STATUS_REFUSED, "PARTITION_UNKNOWN",
                           image_sdkconfig_name(IMAGE_SDKCONFIG_DAC_SECURE_CERT),
                           "firmware reads " IMAGE_SECURE_CERT_LABEL
                           ", which the partition table does not have: add it");
    }
    return STATUS_OK;
}

static void print_partition(const char *key, const struct image_partition_entry *entry,
                            struct buf *output)
{
    buf_print(output, "  %s: {label: ", key);
    json_append_text(output, span_text(entry->label));
    buf_print(output, ", offset: 0x%X, size: 0x%X}\n", entry->offset, entry->size);
}

/* Its name is fixed, and its flag the maker's choice. */
static void print_secure_cert(const struct draft *draft, struct buf *output)
{
    const struct image_partition_entry *entry = draft->secure_cert;
    if (entry != NULL) {
        buf_print(output, "  secure_cert: {offset: 0x%X, size: 0x%X%s}\n", entry->offset,
                  entry->size, entry->encrypted ? ", encrypted: true" : "");
    }
}

/* What firmware takes from esp_secure_cert; a derived key looks like one in plaintext here. */
static void print_dac(const struct draft *draft, struct buf *output)
{
    if (is_on(draft, IMAGE_SDKCONFIG_DAC_SECURE_CERT)) {
        buf_append_text(output,
                        is_on(draft, IMAGE_SDKCONFIG_ECDSA_PERIPHERAL)
                            ? "dac: {key: ecdsa-peripheral, efuse: {key_block: 0}}  # FILL IN: the "
                              "eFuse block\n"
                            : "dac: {key: secure-cert}  # or hmac-derived, with efuse: {key_block: "
                              "0..5}\n");
    }
    if (is_on(draft, IMAGE_SDKCONFIG_COMMISSIONABLE_SECURE_CERT)) {
        buf_append_text(output, "commissioning: {store_in: secure-cert}\n");
    }
}

static void print_id(const char *key, const struct product_build *build,
                     enum image_sdkconfig_option which, uint32_t otherwise, struct buf *output)
{
    const struct image_sdkconfig_value *value = option(build, which);
    buf_print(output, "%s: 0x%04X  # %s%s\n", key, value->is_set ? value->number : otherwise,
              value->is_set ? "" : "FILL IN: there is no ", image_sdkconfig_name(which));
}

static void print_product(const struct draft *draft, struct buf *output)
{
    const struct product_build *build = draft->build;
    bool rotating = option(build, IMAGE_SDKCONFIG_ROTATING_ID)->is_set;
    buf_append_text(output, "# A product, from its firmware's build. Change what is marked FILL "
                            "IN, then have it checked:\n"
                            "# mintmark product check FILE --from BUILD_DIR\n"
                            "name: fill-in  # FILL IN: lower-case letters, digits and -\n");
    print_id("vendor_id", build, IMAGE_SDKCONFIG_VENDOR_ID, 0xfff1, output);
    buf_append_text(output, "vendor_name: FILL IN  # FILL IN: at most 32 bytes\n");
    print_id("product_id", build, IMAGE_SDKCONFIG_PRODUCT_ID, 0x8000, output);
    buf_append_text(output, "product_name: FILL IN  # FILL IN: at most 32 bytes\n");
    buf_print(output, "hardware_version: %u\n",
              option(build, IMAGE_SDKCONFIG_HARDWARE_VERSION)->number);
    buf_print(output,
              "hardware_version_string: FILL IN  # FILL IN: at most 64 bytes\n"
              "chip: %s\n"
              "pai: fill-in  # FILL IN: a name under pais in the server's configuration\n"
              "certification_declaration: {file: cd.der}  # FILL IN: the CD, beside this file\n"
              "partitions:\n",
              draft->chip);
    print_partition("factory_data", draft->factory, output);
    if (draft->keys != NULL) {
        print_partition("nvs_keys", draft->keys, output);
    }
    print_secure_cert(draft, output);
    print_dac(draft, output);
    buf_print(output, "nvs_encryption: %s\n",
              draft->hmac           ? "hmac"
              : draft->keys != NULL ? "key-partition"
                                    : "none");
    if (draft->hmac) {
        buf_print(output, "nvs_hmac: {key_block: %u}\n", draft->hmac_block);
    }
    buf_print(output, "rotating_device_id_unique_id: %s\n", rotating ? "random" : "none");
}

/* What was written is read as the server will read it. */
static status_t check_output(const struct buf *output, struct problem *problem)
{
    ProtobufCMessage *message = NULL;
    TRY(buf_status(output));
    TRY(text_yaml_read("product.yaml", buf_span(output), &mintmark__v1__product__descriptor,
                       &message, problem));
    protobuf_c_message_free_unpacked(message, NULL);
    return STATUS_OK;
}

static status_t require_files(const struct product_build *build, struct problem *problem)
{
    bool sdkconfig = build->sdkconfig_path[0] != '\0';
    if (sdkconfig && build->table_path[0] != '\0') {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_NOT_FOUND, "BUILD", "",
                       sdkconfig ? "the build has no partition table: give --partition-table"
                                 : "the build has no sdkconfig: give --sdkconfig");
}

static status_t write_output(const struct product_arguments *arguments, const struct buf *output,
                             struct problem *problem)
{
    const char *path = arguments->output;
    if (path == NULL) {
        (void)fwrite(output->data, 1, output->size, stdout);
        return STATUS_OK;
    }
    if (!arguments->force && access(path, F_OK) == 0) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", path,
                           "this file exists: give another name, or --force to overwrite it");
    }
    if (file_write(path, buf_span(output), FILE_MODE) != STATUS_OK) {
        return problem_say(problem, STATUS_IO, "FILE", path, "cannot write this file");
    }
    return STATUS_OK;
}

static status_t run(const struct product_arguments *arguments, struct problem *problem)
{
    struct product_build build;
    struct draft draft = {.build = &build};
    AUTO(buf_done) struct buf output;
    buf_init(&output, PRODUCT_OUTPUT_MAX);
    TRY(product_build_read(arguments, &build, problem));
    TRY(require_files(&build, problem));
    TRY(find_chip(&draft, problem));
    TRY(find_factory(&draft, problem));
    TRY(find_keys(&draft, problem));
    TRY(find_secure_cert(&draft, problem));
    print_product(&draft, &output);
    TRY(check_output(&output, problem));
    return write_output(arguments, &output, problem);
}

int product_init_command(int argc, char **argv)
{
    struct product_arguments arguments;
    int code = 0;
    if (!product_arguments_read(&COMMAND_INIT, argc, argv, &arguments, &code)) {
        return code;
    }
    struct problem problem = {0};
    status_t status = run(&arguments, &problem);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, false);
}
