#include <libgen.h>
#include <stdio.h>
#include <time.h>

#include "client/files.h"
#include "client/image_build.h"
#include "client/number.h"
#include "client/product_sources.h"
#include "lib/pki/private_key.h"
#include "proto/product/cd_file.h"
#include "proto/product/file.h"
#include "proto/product/read.h"
#include "proto/product/table.h"
#include "proto/product/variant.h"
#include "proto/product/vendor.h"
#include "proto/text/yaml.h"

enum { KEY_FILE_MAX = 64 * 1024 };

void image_build_inputs_init(struct image_build_inputs *inputs)
{
    *inputs = (struct image_build_inputs){0};
    trust_init(&inputs->trust);
    image_build_values_init(&inputs->values);
    image_build_sheet_init(&inputs->sheet);
    buf_init(&inputs->pai_der, PKI_CERTIFICATE_MAX);
    buf_init(&inputs->dac, PKI_CERTIFICATE_MAX);
    buf_init(&inputs->macs, (size_t)UNIT_NAME_HARDWARE_ID_SIZE * (IMAGE_BUILD_UNITS_MAX + 1));
}

void image_build_inputs_done(struct image_build_inputs *inputs)
{
    if (inputs->message != NULL) {
        mintmark__v1__product__free_unpacked(inputs->message, NULL);
    }
    trust_done(&inputs->trust);
    image_build_values_done(&inputs->values);
    image_build_sheet_done(&inputs->sheet);
    buf_done(&inputs->pai_der);
    buf_done(&inputs->dac);
    buf_done(&inputs->macs);
    secret_wipe(&inputs->dac_key);
    pki_plain_key_free(inputs->pai_key);
}

/* ---- the product ---- */

static status_t refuse_without_variant(const Mintmark__V1__Product *message,
                                       struct problem *problem)
{
    AUTO(buf_done) struct buf names;
    buf_init(&names, PROBLEM_MESSAGE_MAX / 2);
    for (size_t i = 0; i < message->n_variants; i++) {
        buf_print(&names, "%s%s", i == 0 ? "" : ", ", message->variants[i]->key);
    }
    return problem_say(problem, STATUS_REFUSED, "VARIANT_MISSING", "--variant",
                       "the product has variants, name one of: %.*s%s", (int)names.size,
                       (const char *)names.data, buf_status(&names) == STATUS_OK ? "" : " …");
}

static status_t choose_variant(const char *variant, struct image_build_inputs *inputs,
                               struct problem *problem)
{
    Mintmark__V1__Product *chosen = NULL;
    if (variant == NULL && inputs->message->n_variants == 0) {
        return STATUS_OK;
    }
    if (variant == NULL) {
        return refuse_without_variant(inputs->message, problem);
    }
    TRY(product_variant_apply(inputs->message, variant, &chosen, problem));
    mintmark__v1__product__free_unpacked(inputs->message, NULL);
    inputs->message = chosen;
    return STATUS_OK;
}

/* The folder of the build that the product names. */
static status_t set_firmware(const char *path, struct image_build_inputs *inputs,
                             struct problem *problem)
{
    const struct product_file build = {path, inputs->message->firmware, "firmware", 0};
    if (build.name[0] == '\0') {
        return STATUS_OK;
    }
    if (!product_file_path(&build, inputs->firmware_path)) {
        return problem_say(problem, STATUS_INVALID, "PATH", "firmware", "a path is too long");
    }
    inputs->firmware = dirname(inputs->firmware_path);
    return STATUS_OK;
}

static status_t read_message(const struct image_build_options *options,
                             struct image_build_inputs *inputs, struct problem *problem)
{
    const char *path = options->texts[IMAGE_BUILD_PRODUCT];
    const char *cd = options->texts[IMAGE_BUILD_CD];
    AUTO(buf_done) struct buf document;
    ProtobufCMessage *message = NULL;
    buf_init(&document, TEXT_YAML_MAX);
    TRY(files_read(path, &document, problem));
    TRY(text_yaml_read(path, buf_span(&document), &mintmark__v1__product__descriptor, &message,
                       problem));
    inputs->message = (Mintmark__V1__Product *)message;
    TRY(cd != NULL ? product_cd_file_take(cd, inputs->message, problem)
                   : product_cd_file_read(path, inputs->message, problem));
    TRY(product_table_read(path, inputs->message, problem));
    TRY(product_vendor_files_read(path, inputs->message, problem));
    TRY(set_firmware(path, inputs, problem));
    TRY(product_sources_read(path, inputs->message, problem));
    return choose_variant(options->texts[IMAGE_BUILD_VARIANT], inputs, problem);
}

static status_t read_product(const struct image_build_options *options,
                             struct image_build_inputs *inputs, struct problem *problem)
{
    TRY(read_message(options, inputs, problem));
    TRY(trust_load(&options->trust, &inputs->trust, problem));
    TRY(files_read_certificate(options->texts[IMAGE_BUILD_PAI], &inputs->pai_der, problem));
    TRY(unit_pai_read(inputs->message->pai, buf_span(&inputs->pai_der),
                      buf_span(&inputs->trust.paa), &inputs->pai, problem));
    const struct product_trust trust = {
        .pais = &inputs->pai,
        .pai_count = 1,
        .cd_signers = inputs->trust.cd_signers,
        .cd_signer_count = inputs->trust.cd_signer_count,
    };
    return options->texts[IMAGE_BUILD_VARIANT] != NULL
               ? product_read_variant(&trust, inputs->message, &inputs->product, problem)
               : product_read(&trust, inputs->message, &inputs->product, problem);
}

/* ---- keys ---- */

static status_t read_key(const char *path, struct secret *ret_scalar,
                         uint8_t ret_point[static PKI_POINT_SIZE], struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    buf_init_secret(&content, KEY_FILE_MAX);
    TRY(files_read_secret(path, &content, problem));
    status_t status = pki_private_key_decode(buf_span(&content), ret_scalar, problem);
    if (status != STATUS_OK && problem->message[0] != '\0') {
        (void)snprintf(problem->field, sizeof(problem->field), "%s", path);
    }
    return status == STATUS_OK ? pki_plain_key_public(secret_span(ret_scalar), ret_point) : status;
}

static status_t read_pai_key(const char *path, struct image_build_inputs *inputs,
                             struct problem *problem)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    uint8_t point[PKI_POINT_SIZE];
    TRY(unit_product_allow_key_file(&inputs->product, problem));
    TRY(read_key(path, &scalar, point, problem));
    if (!span_equal(SPAN_OF(point), inputs->pai.certificate.public_key)) {
        return problem_say(problem, STATUS_REFUSED, "PAI_KEY", path,
                           "%s is not the private key of the PAI certificate", path);
    }
    return pki_plain_key_from_scalar(secret_span(&scalar), &inputs->pai_key);
}

static status_t read_dac(const char *path, const char *key, struct image_build_inputs *inputs,
                         struct problem *problem)
{
    if (inputs->product.image.dac_key == IMAGE_DAC_KEY_DERIVED) {
        return problem_say(problem, STATUS_REFUSED, "DAC_KEY", "--dac-key",
                           "the product's chips derive the DAC's key (dac.key: hmac-derived), so "
                           "none can be given: sign new DACs with --pai-key");
    }
    TRY(files_read_certificate(path, &inputs->dac, problem));
    inputs->product.dac_supplied = false; /* here it is */
    TRY(read_key(key, &inputs->dac_key, inputs->dac_public_key, problem));
    const struct unit_bought dac = {
        .der = buf_span(&inputs->dac),
        .field = "--dac-certificate",
        .public_key = SPAN_OF(inputs->dac_public_key),
        .key_field = key,
    };
    return unit_bought_check_pair(&inputs->product, &dac, problem);
}

/* Where the DACs come from: a PAI key, two options, or the rows of a table. */
static status_t read_dacs(const char *const *texts, struct image_build_inputs *inputs,
                          struct problem *problem)
{
    bool in_rows = inputs->sheet.rows != NULL && inputs->product.dac_supplied;
    if (in_rows && texts[IMAGE_BUILD_PAI_KEY] != NULL) {
        return problem_say(problem, STATUS_REFUSED, "PAI_KEY_UNUSED", "--pai-key",
                           "each row brings its DAC (dac.key: supplied), and this key would sign "
                           "nothing: leave --pai-key out");
    }
    if (in_rows) {
        return STATUS_OK;
    }
    if (texts[IMAGE_BUILD_PAI_KEY] != NULL) {
        return read_pai_key(texts[IMAGE_BUILD_PAI_KEY], inputs, problem);
    }
    if (texts[IMAGE_BUILD_DAC] != NULL) {
        return read_dac(texts[IMAGE_BUILD_DAC], texts[IMAGE_BUILD_DAC_KEY], inputs, problem);
    }
    return problem_say(problem, STATUS_INVALID, "DAC_MISSING", "--master-csv",
                       "the product's rows bring no DAC: give --pai-key, or write dac: {key: "
                       "supplied} and give columns dac-cert and dac-key");
}

/* ---- all of it ---- */

static status_t read_macs(const char *path, struct image_build_inputs *inputs,
                          struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init(&text, UNIT_MAC_LIST_FILE_MAX);
    TRY(files_read(path, &text, problem));
    TRY(unit_mac_list_read(path, buf_span(&text), &inputs->macs, problem));
    inputs->count = (uint32_t)(inputs->macs.size / UNIT_NAME_HARDWARE_ID_SIZE);
    return STATUS_OK;
}

const char *image_build_mac(const struct image_build_inputs *inputs, uint32_t number)
{
    size_t offset = (size_t)(number - 1) * UNIT_NAME_HARDWARE_ID_SIZE;
    return offset < inputs->macs.size ? (const char *)inputs->macs.data + offset : "";
}

static status_t read_count(const struct image_build_options *options,
                           struct image_build_inputs *inputs, struct problem *problem)
{
    const char *word = options->texts[IMAGE_BUILD_COUNT];
    const char *hardware_ids = options->texts[IMAGE_BUILD_HARDWARE_IDS];
    if (hardware_ids != NULL) {
        TRY(read_macs(hardware_ids, inputs, problem));
    }
    if (word == NULL) {
        return STATUS_OK;
    }
    TRY(number_read("--count", word, IMAGE_BUILD_UNITS_MAX, &inputs->count, problem));
    return inputs->count > 0
               ? STATUS_OK
               : problem_say(problem, STATUS_INVALID, "NUMBER", "--count",
                             "a batch of no units: give 1 to %d", IMAGE_BUILD_UNITS_MAX);
}

status_t image_build_inputs_read(const struct image_build_options *options,
                                 struct image_build_inputs *inputs, struct problem *problem)
{
    const char *const *texts = options->texts;
    inputs->now = time(NULL);
    TRY(read_count(options, inputs, problem));
    TRY(read_product(options, inputs, problem));
    TRY(image_build_values_read(options, inputs, problem));
    TRY(image_build_sheet_read(options, inputs, problem));
    TRY(image_build_counter_read(options, inputs, problem));
    return read_dacs(texts, inputs, problem);
}
