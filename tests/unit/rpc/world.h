/* A catalog over a test factory, and products as people write them. */
#ifndef MINTMARK_TESTS_UNIT_RPC_WORLD_H
#define MINTMARK_TESTS_UNIT_RPC_WORLD_H

#include "server/rpc/catalog.h"
#include "tests/support/factory.h"

/* A whole product.yaml with nothing optional; its PAI is "acme". */
extern const char WORLD_PRODUCT[];

struct world {
    struct factory factory;
    struct rpc_catalog catalog;
    Mintmark__V1__Config config;
    Mintmark__V1__Site site;
    Mintmark__V1__Pai pai;
    Mintmark__V1__Config__PaisEntry pai_entry;
    Mintmark__V1__Config__PaisEntry *pais[1];
    ProtobufCBinaryData cd_signers[1];
};

void world_init(struct world *world);
void world_done(struct world *world);

/* With the factory's CD as the content of the file it names. Caller frees. */
Mintmark__V1__Product *world_read_product(const struct world *world, const char *yaml);

#endif
