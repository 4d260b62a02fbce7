#include "proto/product/left_out.h"

/* A field of product.yaml whose value would go into a group. */
struct field {
    const char *name;
    bool given;
};

bool product_left_out(const Mintmark__V1__Product *message, Mintmark__V1__LeftOut group)
{
    for (size_t i = 0; i < message->n_left_out; i++) {
        if (message->left_out[i] == group) {
            return true;
        }
    }
    return false;
}

static status_t refuse_given(const struct field *fields, size_t count, const char *group,
                             struct problem *problem)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].given) {
            return problem_say(problem, STATUS_INVALID, "LEFT_OUT", fields[i].name,
                               "left_out has %s, so this can have no effect: leave one of them out",
                               group);
        }
    }
    return STATUS_OK;
}

static status_t check_commissionable(const Mintmark__V1__Product *message, struct problem *problem)
{
    const Mintmark__V1__Commissioning *given = message->commissioning;
    if (given == NULL) {
        return STATUS_OK;
    }
    const struct field fields[] = {
        {"commissioning.discriminator", given->discriminator[0] != '\0'},
        {"commissioning.passcode", given->passcode[0] != '\0'},
        {"commissioning.spake2p_iterations", given->spake2p_iterations != 0},
        {"commissioning.spake2p_salt_length", given->spake2p_salt_length != 0},
        {"commissioning.discovery", given->n_discovery > 0},
        {"commissioning.flow",
         given->flow != MINTMARK__V1__COMMISSIONING_FLOW__COMMISSIONING_FLOW_UNSPECIFIED},
        {"commissioning.store_in",
         given->store_in != MINTMARK__V1__COMMISSIONING_STORE__COMMISSIONING_STORE_UNSPECIFIED},
        {"commissioning.verifier",
         given->verifier != MINTMARK__V1__VERIFIER_SOURCE__VERIFIER_SOURCE_UNSPECIFIED},
    };
    return refuse_given(fields, sizeof(fields) / sizeof(fields[0]), "commissionable-data", problem);
}

/* What names the product to the server, and goes into certificates and records, stays. */
static status_t check_instance(const Mintmark__V1__Product *message,
                               const struct unit_product *product, struct problem *problem)
{
    const struct image_details *details = &product->image.details;
    const char *date = message->manufacturing_date;
    const struct field fields[] = {
        {"manufacturing_date", date[0] != '\0' && strcmp(date, "none") != 0},
        {"rotating_device_id_unique_id",
         product->rotating_id && !product->image.commissioning_in_secure_cert},
        {"part_number", details->part_number != NULL},
        {"product_label", details->product_label != NULL},
        {"product_url", details->product_url != NULL},
        {"product_finish", details->product_finish.given},
        {"product_primary_color", details->product_color.given},
    };
    return refuse_given(fields, sizeof(fields) / sizeof(fields[0]), "device-instance-info",
                        problem);
}

static status_t check_list(const Mintmark__V1__Product *message, const struct unit_product *product,
                           struct problem *problem)
{
    for (size_t i = 0; i < message->n_left_out; i++) {
        if (message->left_out[i] == MINTMARK__V1__LEFT_OUT__LEFT_OUT_UNSPECIFIED) {
            return problem_say(problem, STATUS_INVALID, "LEFT_OUT_GROUP", "left_out",
                               "write commissionable-data or device-instance-info");
        }
    }
    if (message->n_left_out > 0 && product->image.dac_key == IMAGE_DAC_KEY_DEVICE) {
        return problem_say(problem, STATUS_INVALID, "LEFT_OUT", "left_out",
                           "with dac.key: device-csr no images are made: there is nothing to leave "
                           "a group out of");
    }
    return STATUS_OK;
}

status_t product_left_out_read(const Mintmark__V1__Product *message, struct unit_product *product,
                               struct problem *problem)
{
    struct image_product *image = &product->image;
    TRY(check_list(message, product, problem));
    if (product_left_out(message, MINTMARK__V1__LEFT_OUT__LEFT_OUT_COMMISSIONABLE_DATA)) {
        TRY(check_commissionable(message, problem));
        image->commissioning_left_out = true;
        image->dynamic_passcode = true;
    }
    if (product_left_out(message, MINTMARK__V1__LEFT_OUT__LEFT_OUT_DEVICE_INSTANCE_INFO)) {
        TRY(check_instance(message, product, problem));
        image->instance_left_out = true;
        product->manufacturing_date = NULL;
    }
    return STATUS_OK;
}
