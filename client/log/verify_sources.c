#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/files.h"
#include "client/log/verify.h"
#include "lib/base/hex.h"
#include "mintmark/v1/product.pb-c.h"

enum { HEX_SIZE = 2 * SHA256_SIZE };

/* Appends the names as ";op-1;mes;". */
static status_t print_names(char **names, size_t count, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        int printed = snprintf(ret_text + used, size - used, "%s%s;", i == 0 ? ";" : "", names[i]);
        used += (size_t)printed;
        if (used >= size) {
            return STATUS_TOO_LARGE;
        }
    }
    return STATUS_OK;
}

status_t log_verify_content(struct log_verify *verify, const uint8_t sha256[static SHA256_SIZE],
                            const ProtobufCMessageDescriptor *descriptor,
                            const ProtobufCMessage **ret_message, struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    char name[sizeof("content/") + HEX_SIZE] = "content/";
    hex_encode(span_make(sha256, SHA256_SIZE), name + strlen("content/"));
    TRY(log_folder_read(&verify->folder, name, &verify->content, problem));
    digest_sha256(buf_span(&verify->content), digest);
    if (memcmp(digest, sha256, SHA256_SIZE) != 0) {
        return problem_say(problem, STATUS_REFUSED, "OTHER_CONTENT", name,
                           "%s is not the content that was signed", name);
    }
    decode_arena_wipe(verify->arena);
    return decode_message(verify->arena, descriptor, buf_span(&verify->content), true, ret_message,
                          problem);
}

static bool is_supplied(const char *word)
{
    return strcmp(word, "supplied") == 0;
}

static bool has_supplied_vendor_data(const Mintmark__V1__Product *product)
{
    for (size_t i = 0; i < product->n_vendor_data; i++) {
        const Mintmark__V1__VendorNamespace *space = product->vendor_data[i]->value;
        for (size_t k = 0; space != NULL && k < space->n_keys; k++) {
            const Mintmark__V1__VendorValue *value = space->keys[k]->value;
            if (value != NULL &&
                value->from == MINTMARK__V1__VENDOR_SOURCE__VENDOR_SOURCE_SUPPLIED) {
                return true;
            }
        }
    }
    return false;
}

/* Its variants may have other serial numbers: then it is theirs to say, and nobody's here. */
static bool has_supplied_serial_numbers(const Mintmark__V1__Product *product)
{
    for (size_t i = 0; i < product->n_variants; i++) {
        const Mintmark__V1__ProductVariant *variant = product->variants[i]->value;
        if (variant != NULL && variant->serial_number[0] != '\0') {
            return false;
        }
    }
    return is_supplied(product->serial_number);
}

/* Whether each unit of it takes a row of order data. */
static bool wants_data(const Mintmark__V1__Product *product)
{
    const Mintmark__V1__Commissioning *commissioning = product->commissioning;
    bool codes =
        commissioning != NULL &&
        (is_supplied(commissioning->discriminator) || is_supplied(commissioning->passcode) ||
         commissioning->verifier == MINTMARK__V1__VERIFIER_SOURCE__VERIFIER_SOURCE_SUPPLIED);
    return codes || has_supplied_serial_numbers(product) ||
           is_supplied(product->manufacturing_date) ||
           product->rotating_device_id_unique_id ==
               MINTMARK__V1__ROTATING_DEVICE_ID__ROTATING_DEVICE_ID_SUPPLIED ||
           has_supplied_vendor_data(product);
}

status_t log_verify_product(void *context, const uint8_t sha256[static SHA256_SIZE],
                            struct audit_product *ret_product, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(log_verify_content(context, sha256, &mintmark__v1__product__descriptor, &message, problem));
    const Mintmark__V1__Product *product = (const Mintmark__V1__Product *)message;
    bool bought =
        product->dac != NULL && product->dac->key == MINTMARK__V1__DAC_KEY__DAC_KEY_SUPPLIED;
    *ret_product = (struct audit_product){.vendor_id = (uint16_t)product->vendor_id,
                                          .dac_supplied = bought,
                                          .data = bought || wants_data(product)};
    if (product->limits == NULL) {
        return STATUS_OK;
    }
    ret_product->limit_per_order = product->limits->per_order;
    ret_product->limit_per_day = product->limits->per_day;
    ret_product->rework_percent = (uint32_t)strtoul(product->limits->rework, NULL, 10);
    return print_names(product->limits->created_by, product->limits->n_created_by,
                       ret_product->created_by, sizeof(ret_product->created_by));
}

static status_t read_paas(struct log_verify *verify, struct span ret_paas[LOG_VERIFY_PAAS_MAX],
                          struct problem *problem)
{
    const struct option_list *files = &verify->options->paas;
    if (files->count > LOG_VERIFY_PAAS_MAX) {
        return problem_say(problem, STATUS_USAGE, "PAA", "--paa", "at most %d PAAs",
                           LOG_VERIFY_PAAS_MAX);
    }
    for (size_t i = 0; i < files->count; i++) {
        buf_init(&verify->paas[i], PKI_CERTIFICATE_MAX);
        TRY(files_read_certificate(files->items[i], &verify->paas[i], problem));
        ret_paas[i] = buf_span(&verify->paas[i]);
    }
    return STATUS_OK;
}

static status_t add_pai(struct log_verify *verify, const char *file, const struct span *paas,
                        struct problem *problem)
{
    char name[LOG_FOLDER_PATH_MAX];
    struct buf *pai = &verify->pais[verify->issuers.count];
    (void)snprintf(name, sizeof(name), "issuers/%.200s", file);
    buf_init(pai, PKI_CERTIFICATE_MAX);
    status_t status = log_folder_read(&verify->folder, name, pai, problem);
    if (status == STATUS_OK) {
        status = audit_issuers_add(&verify->issuers, buf_span(pai), paas,
                                   verify->options->paas.count, problem);
    }
    if (status != STATUS_OK) {
        (void)snprintf(problem->field, sizeof(problem->field), "%.90s", name);
    }
    return status;
}

static status_t add_pais(struct log_verify *verify, DIR *list, const struct span *paas,
                         struct problem *problem)
{
    for (const struct dirent *row = readdir(list); row != NULL; row = readdir(list)) {
        if (row->d_name[0] == '.') {
            continue;
        }
        if (verify->issuers.count == AUDIT_ISSUERS_MAX) {
            return problem_say(problem, STATUS_TOO_LARGE, "ISSUERS_MAX", "issuers",
                               "more than %d PAIs", AUDIT_ISSUERS_MAX);
        }
        TRY(add_pai(verify, row->d_name, paas, problem));
    }
    return STATUS_OK;
}

status_t log_verify_issuers(struct log_verify *verify, struct problem *problem)
{
    struct span paas[LOG_VERIFY_PAAS_MAX];
    char path[LOG_FOLDER_PATH_MAX];
    TRY(read_paas(verify, paas, problem));
    verify->pais = calloc(AUDIT_ISSUERS_MAX, sizeof(*verify->pais));
    if (verify->pais == NULL) {
        return STATUS_NO_MEMORY;
    }
    (void)snprintf(path, sizeof(path), "%s/issuers", verify->folder.path);
    DIR *list = opendir(path);
    if (list == NULL) {
        return problem_say(problem, STATUS_REFUSED, "FILE_MISSING", path, "cannot list %s", path);
    }
    status_t status = add_pais(verify, list, paas, problem);
    (void)closedir(list);
    return status;
}
