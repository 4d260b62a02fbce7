/* ListProducts and GetProduct: the approved revisions. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/hex.h"
#include "mintmark/v1/administration.pb-c.h"
#include "server/rpc/page.h"
#include "server/rpc/rpc.h"
#include "server/rpc/time.h"
#include "server/rpc/unit.h"
#include "server/store/change.h"

struct parts {
    char change_id[2 * STORE_DIGEST_SIZE + 1];
    Google__Protobuf__Timestamp created;
};

/* Every stored revision is an approved one: what waits is a change. */
static void fill(const struct store_product *product, struct parts *parts,
                 Mintmark__V1__ProductRevision *ret_message)
{
    mintmark__v1__product_revision__init(ret_message);
    hex_encode(SPAN_OF(product->change_id), parts->change_id);
    parts->created = rpc_time(product->created_ms);
    ret_message->product = rpc_unit_borrow_text(product->name);
    ret_message->revision = product->revision;
    ret_message->product_class = (Mintmark__V1__ProductClass)product->product_class;
    ret_message->approved = true;
    ret_message->change_id = parts->change_id;
    ret_message->created = &parts->created;
}

static status_t add(void *context, const struct store_product *product)
{
    char key[STORE_NAME_MAX + 12];
    struct parts parts;
    Mintmark__V1__ProductRevision message;
    fill(product, &parts, &message);
    (void)snprintf(key, sizeof(key), "%s@%u", product->name, product->revision);
    return rpc_page_add(context, key, &message.base);
}

/* "name@revision"; "" → the first. */
static status_t read_token(const char *token, char ret_name[static STORE_NAME_MAX + 1],
                           uint32_t *ret_revision, struct problem *problem)
{
    size_t length = strcspn(token, "@");
    ret_name[0] = '\0';
    *ret_revision = 0;
    if (token[0] == '\0') {
        return STATUS_OK;
    }
    size_t digits = token[length] == '@' ? strspn(token + length + 1, "0123456789") : 0;
    if (length > STORE_NAME_MAX || digits == 0 || digits > 10 ||
        token[length + 1 + digits] != '\0') {
        return problem_say(problem, STATUS_INVALID, "PAGE_TOKEN", "page_token",
                           "give the token as it was answered");
    }
    memcpy(ret_name, token, length);
    ret_name[length] = '\0';
    *ret_revision = (uint32_t)strtoul(token + length + 1, NULL, 10);
    return STATUS_OK;
}

status_t rpc_list_products(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                           struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct rpc_page page;
    char name[STORE_NAME_MAX + 1];
    uint32_t revision = 0;
    TRY(decode_message(call->arena, &mintmark__v1__list_products_request__descriptor, request,
                       false, &message, problem));
    const Mintmark__V1__ListProductsRequest *list =
        (const Mintmark__V1__ListProductsRequest *)message;
    TRY(rpc_page_begin(list->page_size, list->page_token, ret_answer, &page, problem));
    TRY(read_token(list->page_token, name, &revision, problem));
    TRY(store_product_list(call->environment->store, name, revision, page.size + 1, add, &page));
    return rpc_page_end(&page);
}

static status_t find(const struct rpc_call *call, const Mintmark__V1__GetProductRequest *get,
                     struct store_product *ret_product, struct problem *problem)
{
    struct store *store = call->environment->store;
    uint32_t revision = get->revision;
    status_t status =
        revision == 0 ? store_product_newest(store, get->product, &revision) : STATUS_OK;
    if (status == STATUS_OK) {
        status = store_product_about(store, get->product, revision, ret_product);
    }
    return status == STATUS_NOT_FOUND
               ? problem_say(problem, status, "PRODUCT_UNKNOWN", "product",
                             "no such approved product: see mintmark product list")
               : status;
}

status_t rpc_get_product(const struct rpc_call *call, struct span request, struct buf *ret_answer,
                         struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct store_product product;
    struct parts parts;
    Mintmark__V1__ProductRevision answer;
    AUTO(buf_done) struct buf content;
    buf_init(&content, STORE_BLOB_MAX);
    TRY(decode_message(call->arena, &mintmark__v1__get_product_request__descriptor, request, false,
                       &message, problem));
    TRY(find(call, (const Mintmark__V1__GetProductRequest *)message, &product, problem));
    TRY(store_product_get(call->environment->store, product.name, product.revision, &content,
                          problem));
    fill(&product, &parts, &answer);
    answer.content = rpc_unit_borrow(buf_span(&content));
    return rpc_unit_pack(&answer.base, ret_answer);
}
