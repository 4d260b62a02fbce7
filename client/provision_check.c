#include <time.h>

#include "client/provision.h"

static status_t refuse_incomplete(struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "ANSWER_INCOMPLETE", "",
                       "the server's answer lacks a part: is it really mintmarkd?");
}

static status_t check_class(const struct provision_options *options,
                            const Mintmark__V1__ProvisionDeviceResponse *response,
                            struct problem *problem)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
        &mintmark__v1__product_class__descriptor, (int)response->product_class);
    if (value != NULL && response->product_class > 0 &&
        (options->classes & 1u << response->product_class) != 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CLASS_NOT_ALLOWED", "--allow-class",
                       "the unit is of class %s, which this station does not allow",
                       value == NULL ? "unknown" : value->name + strlen("PRODUCT_CLASS_"));
}

static struct span bytes_of(ProtobufCBinaryData data)
{
    return span_make(data.data, data.len);
}

static status_t borrow_files(const Mintmark__V1__ImageSet *set, struct image_file *ret_files,
                             struct problem *problem)
{
    for (size_t i = 0; i < set->n_images; i++) {
        const Mintmark__V1__Image *image = set->images[i];
        struct image_file *file = &ret_files[i];
        if (strlen(image->label) >= sizeof(file->label) ||
            strlen(image->file_name) >= sizeof(file->file_name) ||
            strchr(image->file_name, '/') != NULL || image->file_name[0] == '.' ||
            image->file_name[0] == '\0' || image->sha256.len != sizeof(file->sha256)) {
            return refuse_incomplete(problem);
        }
        *file = (struct image_file){.offset = image->offset, .encrypt = image->encrypt};
        memcpy(file->label, image->label, strlen(image->label));
        memcpy(file->file_name, image->file_name, strlen(image->file_name));
        memcpy(file->sha256, image->sha256.data, sizeof(file->sha256));
        file->content.data = image->content.data; /* borrowed: never buf_done */
        file->content.size = image->content.len;
    }
    return STATUS_OK;
}

static status_t borrow_efuse_keys(const Mintmark__V1__ImageSet *set,
                                  struct image_efuse_key *ret_keys, struct problem *problem)
{
    for (size_t i = 0; i < set->n_efuse_keys; i++) {
        const Mintmark__V1__EfuseKey *key = set->efuse_keys[i];
        struct image_efuse_key *to = &ret_keys[i];
        if (key->block > IMAGE_EFUSE_BLOCK_LAST || strlen(key->purpose) >= sizeof(to->purpose) ||
            strlen(key->file_name) >= sizeof(to->file_name)) {
            return refuse_incomplete(problem);
        }
        *to = (struct image_efuse_key){.block = (uint8_t)key->block};
        memcpy(to->purpose, key->purpose, strlen(key->purpose));
        memcpy(to->file_name, key->file_name, strlen(key->file_name));
        to->content.data = key->content.data; /* borrowed: never buf_done */
        to->content.size = key->content.len;
    }
    return STATUS_OK;
}

status_t provision_check(const struct provision_options *options, const struct trust *trust,
                         const Mintmark__V1__ProvisionDeviceResponse *response,
                         struct provision_unit *ret_unit, struct problem *problem)
{
    const Mintmark__V1__Certificates *certificates = response->certificates;
    const Mintmark__V1__ImageSet *set = response->image_set;
    if (certificates == NULL || set == NULL || response->onboarding == NULL || set->n_images == 0 ||
        set->n_images > IMAGE_PARTITIONS_MAX || set->n_efuse_keys > IMAGE_EFUSE_KEYS_MAX) {
        return refuse_incomplete(problem);
    }
    TRY(check_class(options, response, problem));
    TRY(borrow_files(set, ret_unit->files, problem));
    TRY(borrow_efuse_keys(set, ret_unit->efuse_keys, problem));
    ret_unit->check = (struct image_check){
        .files = ret_unit->files,
        .file_count = set->n_images,
        .efuse_keys = ret_unit->efuse_keys,
        .efuse_key_count = set->n_efuse_keys,
        .manifest = span_text(set->manifest_json),
        .flash_args = span_text(set->flash_args),
        .dac = bytes_of(certificates->dac),
        .pai = bytes_of(certificates->pai),
        .paa = trust->paa.size > 0 ? buf_span(&trust->paa) : bytes_of(certificates->paa),
        .qr_code = response->onboarding->qr_code,
        .manual_code = response->onboarding->manual_code,
        .serial_number = response->serial_number,
        .cd_signers = trust->cd_signers,
        .cd_signer_count = trust->cd_signer_count,
        .now = time(NULL),
    };
    return image_set_check(&ret_unit->check, ret_unit->findings, &ret_unit->finding_count, problem);
}
