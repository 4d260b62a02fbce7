#include "server/rpc/catalog.h"

#include "proto/product/variant.h"

status_t rpc_catalog_init(struct rpc_catalog *ret_catalog, const Mintmark__V1__Config *config,
                          struct store *store, struct problem *problem)
{
    *ret_catalog = (struct rpc_catalog){.store = store};
    if (config->n_pais > RPC_CATALOG_PAIS_MAX ||
        config->n_cd_signer_contents > RPC_CATALOG_CD_SIGNERS_MAX) {
        return problem_say(problem, STATUS_INVALID, "TOO_MANY", "pais",
                           "at most %d PAIs and %d CD signers", RPC_CATALOG_PAIS_MAX,
                           RPC_CATALOG_CD_SIGNERS_MAX);
    }
    for (size_t i = 0; i < config->n_pais; i++) {
        const Mintmark__V1__Pai *pai = config->pais[i]->value;
        TRY(unit_pai_read(config->pais[i]->key,
                          span_make(pai->certificate_content.data, pai->certificate_content.len),
                          span_make(pai->paa_content.data, pai->paa_content.len),
                          &ret_catalog->pais[ret_catalog->pai_count], problem));
        ret_catalog->pais[ret_catalog->pai_count++].bought = pai->bought;
    }
    for (size_t i = 0; i < config->n_cd_signer_contents; i++) {
        ret_catalog->cd_signers[ret_catalog->cd_signer_count++] =
            span_make(config->cd_signer_contents[i].data, config->cd_signer_contents[i].len);
    }
    return STATUS_OK;
}

static struct product_trust trust_of(const struct rpc_catalog *catalog)
{
    return (struct product_trust){
        .pais = catalog->pais,
        .pai_count = catalog->pai_count,
        .cd_signers = catalog->cd_signers,
        .cd_signer_count = catalog->cd_signer_count,
    };
}

status_t rpc_catalog_read(const struct rpc_catalog *catalog, const Mintmark__V1__Product *message,
                          struct unit_product *ret_product, struct problem *problem)
{
    const struct product_trust trust = trust_of(catalog);
    return product_read(&trust, message, ret_product, problem);
}

static void free_entry(struct rpc_catalog_entry *entry)
{
    if (entry->message != NULL) {
        mintmark__v1__product__free_unpacked(entry->message, NULL);
    }
    *entry = (struct rpc_catalog_entry){0};
}

void rpc_catalog_done(struct rpc_catalog *catalog)
{
    for (size_t i = 0; i < RPC_CATALOG_PRODUCTS; i++) {
        free_entry(&catalog->entries[i]);
    }
}

static status_t choose_variant(const struct rpc_catalog *catalog, const char *variant,
                               struct rpc_catalog_entry *entry, struct problem *problem)
{
    const struct product_trust trust = trust_of(catalog);
    Mintmark__V1__Product *chosen = NULL;
    TRY(product_variant_apply(entry->message, variant, &chosen, problem));
    free_entry(entry);
    entry->message = chosen;
    return product_read_variant(&trust, entry->message, &entry->product, problem);
}

static status_t load(struct rpc_catalog *catalog, const char *name, uint32_t revision,
                     struct rpc_catalog_entry *entry, struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    const char *variant = product_variant_of(name);
    buf_init(&content, STORE_BLOB_MAX);
    status_t status = store_product_get(catalog->store, name, revision, &content, problem);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, STATUS_DATA_LOSS, "PRODUCT_GONE", "order",
                           "revision %u of product %s is not in the store", revision, name);
    }
    TRY(status);
    free_entry(entry);
    entry->message = mintmark__v1__product__unpack(NULL, content.size, content.data);
    if (entry->message == NULL) {
        return problem_say(problem, STATUS_DATA_LOSS, "PRODUCT_CORRUPTED", "order",
                           "revision %u of product %s does not decode", revision, name);
    }
    status = variant != NULL ? choose_variant(catalog, variant, entry, problem)
                             : rpc_catalog_read(catalog, entry->message, &entry->product, problem);
    if (status != STATUS_OK) {
        free_entry(entry);
        return status;
    }
    entry->product.revision = revision;
    return STATUS_OK;
}

status_t rpc_catalog_find(void *context, const char *name, uint32_t revision,
                          const struct unit_product **ret_product, struct problem *problem)
{
    struct rpc_catalog *catalog = context;
    for (size_t i = 0; i < RPC_CATALOG_PRODUCTS; i++) {
        const struct rpc_catalog_entry *entry = &catalog->entries[i];
        if (entry->message != NULL && entry->product.revision == revision &&
            strcmp(entry->product.name, name) == 0) {
            *ret_product = &entry->product;
            return STATUS_OK;
        }
    }
    struct rpc_catalog_entry *entry = &catalog->entries[catalog->next];
    TRY(load(catalog, name, revision, entry, problem));
    catalog->next = (catalog->next + 1) % RPC_CATALOG_PRODUCTS;
    *ret_product = &entry->product;
    return STATUS_OK;
}
