#include "server/rpc/unit.h"

/* One image of the set, as a message; borrows. */
static void fill_image(const struct image_file *file, Mintmark__V1__Image *ret_image)
{
    mintmark__v1__image__init(ret_image);
    ret_image->label = rpc_unit_borrow_text(file->label);
    ret_image->file_name = rpc_unit_borrow_text(file->file_name);
    ret_image->offset = file->offset;
    ret_image->encrypt = file->encrypt;
    ret_image->content = rpc_unit_borrow(buf_span(&file->content));
    ret_image->sha256 = rpc_unit_borrow(SPAN_OF(file->sha256));
}

struct set_message {
    Mintmark__V1__ImageSet set;
    Mintmark__V1__Image images[IMAGE_PARTITIONS_MAX];
    Mintmark__V1__Image *pointers[IMAGE_PARTITIONS_MAX];
    Mintmark__V1__EfuseKey efuse_keys[IMAGE_EFUSE_KEYS_MAX];
    Mintmark__V1__EfuseKey *efuse_pointers[IMAGE_EFUSE_KEYS_MAX];
};

static void fill_efuse_key(const struct image_efuse_key *key, Mintmark__V1__EfuseKey *ret_key)
{
    mintmark__v1__efuse_key__init(ret_key);
    ret_key->block = key->block;
    ret_key->purpose = rpc_unit_borrow_text(key->purpose);
    ret_key->file_name = rpc_unit_borrow_text(key->file_name);
    ret_key->content = rpc_unit_borrow(buf_span(&key->content));
}

static status_t fill_set(struct image_set *set, struct set_message *ret_message)
{
    mintmark__v1__image_set__init(&ret_message->set);
    for (size_t i = 0; i < set->file_count; i++) {
        fill_image(&set->files[i], &ret_message->images[i]);
        ret_message->pointers[i] = &ret_message->images[i];
    }
    ret_message->set.images = ret_message->pointers;
    ret_message->set.n_images = set->file_count;
    for (size_t i = 0; i < set->efuse_key_count; i++) {
        fill_efuse_key(&set->efuse_keys[i], &ret_message->efuse_keys[i]);
        ret_message->efuse_pointers[i] = &ret_message->efuse_keys[i];
    }
    ret_message->set.efuse_keys = ret_message->efuse_pointers;
    ret_message->set.n_efuse_keys = set->efuse_key_count;
    buf_append_byte(&set->manifest, '\0'); /* as protobuf-c's strings end */
    buf_append_byte(&set->flash_args, '\0');
    TRY(buf_status(&set->manifest));
    TRY(buf_status(&set->flash_args));
    ret_message->set.manifest_json = (char *)set->manifest.data;
    ret_message->set.flash_args = (char *)set->flash_args.data;
    return STATUS_OK;
}

static status_t answer(struct issue_result *result, struct buf *ret_answer)
{
    char record_id[2 * STORE_RECORD_ID_SIZE + 1];
    char product[STORE_NAME_MAX + 12];
    struct set_message set;
    rpc_unit_record_id(result, record_id);
    rpc_unit_product(result, product, sizeof(product));
    TRY(fill_set(&result->set, &set));
    Mintmark__V1__OnboardingCodes onboarding;
    TRY(rpc_unit_codes(result, &onboarding));
    Mintmark__V1__Certificates certificates = rpc_unit_certificates(result);
    Mintmark__V1__ProvisionDeviceResponse response;
    mintmark__v1__provision_device_response__init(&response);
    response.record_id = record_id;
    response.certificates = &certificates;
    response.image_set = &set.set;
    response.onboarding = &onboarding;
    response.serial_number = result->unit.serial_number;
    response.product_class = (Mintmark__V1__ProductClass)result->product->product_class;
    response.product = product;
    response.repeated_delivery = result->repeated;
    status_t status = rpc_unit_pack(&response.base, ret_answer);
    explicit_bzero(&onboarding, sizeof(onboarding));
    return status;
}

status_t rpc_provision_device(const struct rpc_call *call, struct span request,
                              struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct rpc_unit storage;
    struct issue_request issue;
    AUTO(issue_result_done) struct issue_result result = {0};
    TRY(decode_message(call->arena, &mintmark__v1__provision_device_request__descriptor, request,
                       false, &message, problem));
    const Mintmark__V1__ProvisionDeviceRequest *device =
        (const Mintmark__V1__ProvisionDeviceRequest *)message;
    TRY(rpc_unit_request(call, device->order, device->unit, &storage, &issue, problem));
    issue.key_source = STORE_KEY_IMAGE;
    TRY(issue_unit(call->environment, &issue, &result, problem));
    memcpy(call->phase_us, result.phase_us, sizeof(result.phase_us));
    return answer(&result, ret_answer);
}
