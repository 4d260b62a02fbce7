/* Product and order messages ↔ the plain structs of issuing. */
#ifndef MINTMARK_SERVER_RPC_PRODUCT_H
#define MINTMARK_SERVER_RPC_PRODUCT_H

#include "mintmark/v1/config.pb-c.h"
#include "mintmark/v1/order.pb-c.h"
#include "mintmark/v1/product.pb-c.h"
#include "server/issue/issue.h"

enum { RPC_PRODUCT_CACHE = 32, RPC_PRODUCT_PAIS_MAX = 64, RPC_PRODUCT_CD_SIGNERS_MAX = 16 };

/* "esp32c6", as esptool names it; "" for an unlisted value. */
const char *rpc_product_chip_name(Mintmark__V1__Chip chip);

/* The PAIs and CD signers of a configuration, and the products read so far. A stored revision never
 * changes, so it is decoded and checked once. */
struct rpc_catalog {
    struct store *store;
    struct issue_pai pais[RPC_PRODUCT_PAIS_MAX];
    size_t pai_count;
    struct span cd_signers[RPC_PRODUCT_CD_SIGNERS_MAX];
    size_t cd_signer_count;
    struct rpc_catalog_entry {
        Mintmark__V1__Product *message; /* NULL: free */
        struct issue_product product;
    } entries[RPC_PRODUCT_CACHE];
    size_t next; /* the entry replaced next */
};

/* Borrows configuration and store. */
MUST_USE status_t rpc_catalog_init(struct rpc_catalog *ret_catalog,
                                   const Mintmark__V1__Config *config, struct store *store,
                                   struct problem *problem);
void rpc_catalog_done(struct rpc_catalog *catalog);

/* For struct issue_environment.find_product. The product stays valid until RPC_PRODUCT_CACHE others
 * were asked for. */
MUST_USE status_t rpc_catalog_find(void *catalog, const char *name, uint32_t revision,
                                   const struct issue_product **ret_product,
                                   struct problem *problem);

/* A message → plain product (borrows the message); checks presence and words, fills defaults, then
 * issue_product_check. */
MUST_USE status_t rpc_product_read(const struct rpc_catalog *catalog,
                                   const Mintmark__V1__Product *message,
                                   struct issue_product *ret_product, struct problem *problem);

/* An order message → plain order; product_revision is left 0. now_ms gives notBefore's day. */
MUST_USE status_t rpc_order_read(const Mintmark__V1__OrderSpec *message, int64_t now_ms,
                                 struct store_order *ret_order, struct problem *problem);

#endif
