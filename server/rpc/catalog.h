/* The products of a store, ready for issuing. */
#ifndef MINTMARK_SERVER_RPC_CATALOG_H
#define MINTMARK_SERVER_RPC_CATALOG_H

#include "mintmark/v1/config.pb-c.h"
#include "proto/product/read.h"
#include "server/issue/issue.h"

enum { RPC_CATALOG_PRODUCTS = 32, RPC_CATALOG_PAIS_MAX = 64, RPC_CATALOG_CD_SIGNERS_MAX = 16 };

/* The PAIs and CD signers of a configuration, and the products read so far. A stored revision never
 * changes, so it is decoded and checked once. */
struct rpc_catalog {
    struct store *store;
    struct unit_pai pais[RPC_CATALOG_PAIS_MAX];
    size_t pai_count;
    struct span cd_signers[RPC_CATALOG_CD_SIGNERS_MAX];
    size_t cd_signer_count;
    struct rpc_catalog_entry {
        Mintmark__V1__Product *message; /* NULL: free */
        struct unit_product product;
    } entries[RPC_CATALOG_PRODUCTS];
    size_t next; /* the entry replaced next */
};

/* Borrows configuration and store. */
MUST_USE status_t rpc_catalog_init(struct rpc_catalog *ret_catalog,
                                   const Mintmark__V1__Config *config, struct store *store,
                                   struct problem *problem);
void rpc_catalog_done(struct rpc_catalog *catalog);

/* For struct issue_environment.find_product. The product stays valid until RPC_CATALOG_PRODUCTS
 * others were asked for. */
MUST_USE status_t rpc_catalog_find(void *catalog, const char *name, uint32_t revision,
                                   const struct unit_product **ret_product,
                                   struct problem *problem);

/* product_read with the catalog's PAIs and CD signers. */
MUST_USE status_t rpc_catalog_read(const struct rpc_catalog *catalog,
                                   const Mintmark__V1__Product *message,
                                   struct unit_product *ret_product, struct problem *problem);

#endif
