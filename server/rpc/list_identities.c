#include "lib/base/hex.h"
#include "mintmark/v1/administration.pb-c.h"
#include "server/issue/certify.h"
#include "server/rpc/page.h"
#include "server/rpc/rpc.h"
#include "server/rpc/time.h"
#include "server/rpc/unit.h"
#include "server/store/change.h"

struct listing {
    struct store *store;
    struct rpc_page page;
};

static void set_change_id(const struct store_identity *identity, char *text,
                          Mintmark__V1__IdentityState *message)
{
    static const uint8_t genesis[STORE_DIGEST_SIZE];
    if (memcmp(identity->change_id, genesis, sizeof(genesis)) != 0) {
        hex_encode(SPAN_OF(identity->change_id), text);
        message->change_id = text;
    }
}

static status_t add(void *context, const struct store_identity *identity)
{
    struct listing *listing = context;
    char change_id[2 * STORE_DIGEST_SIZE + 1];
    AUTO(buf_done) struct buf certificate;
    Mintmark__V1__IdentitySpec spec;
    Mintmark__V1__IdentityState message;
    Google__Protobuf__Timestamp not_after = rpc_time(identity->not_after * 1000);
    Google__Protobuf__Timestamp enrolled = rpc_time(identity->enrolled_ms);
    mintmark__v1__identity_spec__init(&spec);
    mintmark__v1__identity_state__init(&message);
    buf_init(&certificate, STORE_BLOB_MAX);
    TRY(store_identity_certificate(listing->store, identity->id, &certificate));
    spec.identity = rpc_unit_borrow_text(identity->id);
    spec.role = (Mintmark__V1__Role)identity->role;
    spec.line = rpc_unit_borrow_text(identity->line);
    spec.certificate = rpc_unit_borrow(buf_span(&certificate));
    message.spec = &spec;
    message.blocked = identity->blocked;
    message.not_after = identity->not_after != 0 ? &not_after : NULL;
    message.enrolled = &enrolled;
    set_change_id(identity, change_id, &message);
    return rpc_page_add(&listing->page, identity->id, &message.base);
}

/* Certificates that are still to be made. One that cannot be made now is missing in the list; the
 * next upkeep tries again, and its failure is logged. */
static void finish(const struct issue_environment *environment)
{
    struct problem problem = {0};
    bool more = false;
    status_t status = issue_certify_upkeep(environment, &more, &problem);
    (void)status;
}

status_t rpc_list_identities(const struct rpc_call *call, struct span request,
                             struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    struct listing listing = {.store = call->environment->store};
    TRY(decode_message(call->arena, &mintmark__v1__list_identities_request__descriptor, request,
                       false, &message, problem));
    const Mintmark__V1__ListIdentitiesRequest *list =
        (const Mintmark__V1__ListIdentitiesRequest *)message;
    finish(call->environment);
    TRY(rpc_page_begin(list->page_size, list->page_token, ret_answer, &listing.page, problem));
    TRY(store_identity_list(listing.store, list->page_token, listing.page.size + 1, add, &listing));
    return rpc_page_end(&listing.page);
}
