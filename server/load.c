#include "server/load.h"

#include <stdio.h>
#include <time.h>

#include "lib/base/file.h"
#include "proto/product/file.h"
#include "proto/text/yaml.h"
#include "server/issue/leaf.h"
#include "server/rpc/catalog.h"
#include "server/rpc/identity.h"
#include "server/rpc/order.h"

struct load {
    const Mintmark__V1__Config *config;
    struct store *store;
    struct rpc_catalog catalog;
    int64_t now_ms;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool class_allowed(const Mintmark__V1__Config *config, enum unit_class product_class)
{
    for (size_t i = 0; i < config->n_allow_classes; i++) {
        if ((int)config->allow_classes[i] == (int)product_class) {
            return true;
        }
    }
    return false;
}

static status_t check_class(const struct load *load, const struct unit_product *product,
                            struct problem *problem)
{
    const char *name = unit_product_class_name(product->product_class);
    if (!class_allowed(load->config, product->product_class)) {
        return problem_say(problem, STATUS_REFUSED, "CLASS_NOT_ALLOWED", "allow_classes",
                           "the product is of class %s, which this server does not allow", name);
    }
    if (product->product_class != UNIT_CLASS_TEST) {
        return problem_say(problem, STATUS_REFUSED, "CLASS_LOAD", "",
                           "--load takes products of class test only, this one is %s: it needs two "
                           "people's approval",
                           name);
    }
    return STATUS_OK;
}

static status_t pack(const ProtobufCMessage *message, struct buf *ret_bytes)
{
    buf_init(ret_bytes, STORE_BLOB_MAX);
    uint8_t *place = buf_extend(ret_bytes, protobuf_c_message_get_packed_size(message));
    TRY(buf_status(ret_bytes));
    (void)protobuf_c_message_pack(message, place);
    return STATUS_OK;
}

static status_t store_product(struct load *load, const Mintmark__V1__Product *message,
                              struct problem *problem)
{
    struct unit_product product;
    AUTO(buf_done) struct buf content = {0};
    AUTO(buf_done) struct buf leaf = {0};
    uint32_t revision = 0;
    bool made = false;
    TRY(rpc_catalog_read(&load->catalog, message, &product, problem));
    TRY(check_class(load, &product, problem));
    TRY(pack(&message->base, &content));
    struct store_product about = {.created_ms = load->now_ms};
    status_t status = store_product_newest(load->store, message->name, &about.revision);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    about.revision++;
    (void)snprintf(about.name, sizeof(about.name), "%s", message->name);
    TRY(issue_leaf_product(&about, buf_span(&content), &leaf, problem));
    TRY(store_product_put(load->store, message->name, buf_span(&content), buf_span(&leaf),
                          load->now_ms, &revision, &made, problem));
    (void)printf("  %s revision %u %s, class %s: NOT FOR SALE\n", message->name, revision,
                 made ? "(new)" : "(unchanged)", unit_product_class_name(product.product_class));
    return STATUS_OK;
}

static status_t load_product(struct load *load, const char *path, ProtobufCMessage *message,
                             struct problem *problem)
{
    Mintmark__V1__Product *product = (Mintmark__V1__Product *)message;
    TRY(product_files_read(path, product, problem));
    return store_product(load, product, problem);
}

static status_t load_order(struct load *load, const char *path, ProtobufCMessage *message,
                           struct problem *problem)
{
    (void)path;
    struct store_order order;
    const struct unit_product *product = NULL;
    AUTO(buf_done) struct buf leaf = {0};
    bool made = false;
    TRY(rpc_order_read((const Mintmark__V1__OrderSpec *)message, load->now_ms, &order, problem));
    status_t status = store_product_newest(load->store, order.product, &order.product_revision);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "PRODUCT_UNKNOWN", "product",
                           "no product \"%s\": load it first", order.product);
    }
    TRY(status);
    TRY(rpc_catalog_find(&load->catalog, order.product, order.product_revision, &product, problem));
    TRY(rpc_order_check(&order, product, problem));
    const uint8_t no_change[STORE_DIGEST_SIZE] = {0};
    TRY(issue_leaf_order(&order, no_change, &leaf, problem));
    TRY(store_order_put(load->store, &order, buf_span(&leaf), &made, problem));
    (void)printf("  %s %s: %u wanted, at most %u identities of %s\n", order.id,
                 made ? "OPEN" : "unchanged", order.quantity, order.identities_limit,
                 order.product);
    return STATUS_OK;
}

static status_t load_identity(struct load *load, const char *path, ProtobufCMessage *message,
                              struct problem *problem)
{
    (void)path;
    struct store_identity identity;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(rpc_identity_read((const Mintmark__V1__IdentitySpec *)message,
                          load->config->site->trust_domain, load->now_ms, &identity, problem));
    TRY(issue_leaf_identity(&identity, &leaf, problem));
    return store_identity_put(load->store, &identity, buf_span(&leaf), problem);
}

typedef status_t load_function_t(struct load *load, const char *path, ProtobufCMessage *message,
                                 struct problem *problem);

/* What a document holds is told by a key at its top; without one it is a product. */
static const struct kind {
    const char *key;
    const ProtobufCMessageDescriptor *descriptor;
    load_function_t *load;
} KINDS[] = {
    {"order:", &mintmark__v1__order_spec__descriptor, load_order},
    {"identity:", &mintmark__v1__identity_spec__descriptor, load_identity},
    {"name:", &mintmark__v1__product__descriptor, load_product},
};

static bool has_key(struct span document, const char *key)
{
    size_t size = strlen(key);
    for (size_t i = 0; i + size <= document.size; i++) {
        bool line_start = i == 0 || document.data[i - 1] == '\n';
        if (line_start && memcmp(document.data + i, key, size) == 0) {
            return true;
        }
    }
    return false;
}

static const struct kind *kind_of(struct span document)
{
    size_t last = sizeof(KINDS) / sizeof(KINDS[0]) - 1;
    for (size_t i = 0; i < last; i++) {
        if (has_key(document, KINDS[i].key)) {
            return &KINDS[i];
        }
    }
    return &KINDS[last];
}

static status_t load_file(struct load *load, const char *path, struct problem *problem)
{
    AUTO(buf_done) struct buf document;
    ProtobufCMessage *message = NULL;
    buf_init(&document, TEXT_YAML_MAX);
    status_t status = file_read(path, &document);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "FILE", path, "cannot read %s: %s", path,
                           status_text(status));
    }
    const struct kind *kind = kind_of(buf_span(&document));
    TRY(text_yaml_read(path, buf_span(&document), kind->descriptor, &message, problem));
    status = kind->load(load, path, message, problem);
    protobuf_c_message_free_unpacked(message, NULL);
    return status;
}

static status_t load_all(const Mintmark__V1__Config *config, int argc, char **argv,
                         const char **ret_file, struct problem *problem)
{
    AUTO(store_close) struct store *store = NULL;
    char origin[STORE_NAME_MAX + 8];
    TRY(store_open(config->state_directory, &store, problem));
    TRY(store_origin(store, config->site->name, origin, sizeof(origin), problem));
    struct load load = {.config = config, .store = store, .now_ms = now_ms()};
    TRY(rpc_catalog_init(&load.catalog, config, store, problem));
    status_t status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < argc; i++) {
        *ret_file = argv[i];
        status = load_file(&load, argv[i], problem);
    }
    rpc_catalog_done(&load.catalog);
    return status;
}

int load_main(const Mintmark__V1__Config *config, int argc, char **argv)
{
    struct problem problem = {0};
    const char *file = "store";
    status_t status = load_all(config, argc, argv, &file, &problem);
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        (void)fprintf(stderr, "mintmarkd: %s: %s [%s] (%s)\n", file, problem.message, problem.field,
                      problem.reason);
    }
    return status_exit_code(status);
}
