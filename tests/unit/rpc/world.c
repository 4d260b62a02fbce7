#include "tests/unit/rpc/world.h"

#include "proto/text/yaml.h"
#include "tests/support/test.h"

const char WORLD_PRODUCT[] = "name: a19-lamp\n"
                             "vendor_id: 0xFFF1\n"
                             "vendor_name: ACME\n"
                             "product_id: 0x8000\n"
                             "product_name: Lamp\n"
                             "hardware_version: 3\n"
                             "hardware_version_string: rev C\n"
                             "chip: esp32c6\n"
                             "pai: acme\n"
                             "certification_declaration: {file: cd.der}\n"
                             "partitions:\n"
                             "  factory_data: {label: fctry, offset: 0x3E0000, size: 0x6000}\n";

void world_init(struct world *world)
{
    static char name[] = "acme";
    factory_init(&world->factory, 5);
    mintmark__v1__config__init(&world->config);
    static char domain[] = "test";
    mintmark__v1__site__init(&world->site);
    world->site.trust_domain = domain;
    world->config.site = &world->site;
    mintmark__v1__pai__init(&world->pai);
    mintmark__v1__config__pais_entry__init(&world->pai_entry);
    world->pai.certificate_content.data = world->factory.pai.data;
    world->pai.certificate_content.len = world->factory.pai.size;
    world->pai.paa_content.data = world->factory.paa.data;
    world->pai.paa_content.len = world->factory.paa.size;
    world->pai_entry.key = name;
    world->pai_entry.value = &world->pai;
    world->pais[0] = &world->pai_entry;
    world->config.pais = world->pais;
    world->config.n_pais = 1;
    world->cd_signers[0].data = world->factory.cd_signer.data;
    world->cd_signers[0].len = world->factory.cd_signer.size;
    world->config.cd_signer_contents = world->cd_signers;
    world->config.n_cd_signer_contents = 1;
    assert_ok(rpc_catalog_init(&world->catalog, &world->config, world->factory.store, NULL));
}

void world_done(struct world *world)
{
    rpc_catalog_done(&world->catalog);
    factory_done(&world->factory);
}

Mintmark__V1__Product *world_read_product(const struct world *world, const char *yaml)
{
    ProtobufCMessage *message = NULL;
    struct problem problem = {0};
    status_t status = text_yaml_read("product.yaml", span_text(yaml),
                                     &mintmark__v1__product__descriptor, &message, &problem);
    if (status != STATUS_OK) {
        print_error("%s [%s]\n", problem.message, problem.field);
    }
    assert_ok(status);
    Mintmark__V1__Product *product = (Mintmark__V1__Product *)message;
    if (product->certification_declaration != NULL) {
        ProtobufCBinaryData *content = &product->certification_declaration->content;
        content->data = malloc(world->factory.cd.size);
        assert_non_null(content->data);
        memcpy(content->data, world->factory.cd.data, world->factory.cd.size);
        content->len = world->factory.cd.size;
    }
    return product;
}
