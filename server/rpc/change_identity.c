/* Kinds "identity" (who may call, as what, with which key; also lifts a block) and
 * "identity-block". */
#include <stdio.h>

#include "server/issue/certify.h"
#include "server/issue/leaf.h"
#include "server/rpc/change.h"
#include "server/rpc/identity.h"

static bool has_csr(const struct change *change)
{
    return ((const Mintmark__V1__IdentitySpec *)change->message)->csr.len > 0;
}

/* Of a station's certificate; appended. The identity CA gives out no other ids. */
static status_t make_tbs(const struct change *change, const struct store_identity *identity,
                         struct buf *ret_tbs, struct problem *problem)
{
    char prefix[STORE_IDENTITY_MAX + 1];
    buf_init(ret_tbs, PKI_CERTIFICATE_MAX);
    int size = snprintf(prefix, sizeof(prefix), "spiffe://%s/station/", change->call->trust_domain);
    if (strncmp(identity->id, prefix, (size_t)size) != 0) {
        return problem_say(problem, STATUS_REFUSED, "IDENTITY_NAME", "identity",
                           "the identity CA gives out ids like %.200sline1-01 only", prefix);
    }
    return issue_certify_tbs(change->call->environment, identity, prefix, ret_tbs, problem);
}

static struct span certificate_of(const struct change *change)
{
    const Mintmark__V1__IdentitySpec *message = (const Mintmark__V1__IdentitySpec *)change->message;
    return span_make(message->certificate.data, message->certificate.len);
}

/* The identity as it stands, as a message. */
static status_t write_previous(const struct change *change, const struct store_identity *identity,
                               struct buf *ret_content)
{
    AUTO(buf_done) struct buf certificate;
    char id[STORE_IDENTITY_MAX + 1];
    char line[STORE_NAME_MAX + 1];
    Mintmark__V1__IdentitySpec message;
    mintmark__v1__identity_spec__init(&message);
    buf_init(&certificate, STORE_BLOB_MAX);
    TRY(store_identity_certificate(change->call->environment->store, identity->id, &certificate));
    (void)snprintf(id, sizeof(id), "%s", identity->id);
    (void)snprintf(line, sizeof(line), "%s", identity->line);
    message.identity = id;
    message.role = (Mintmark__V1__Role)identity->role;
    message.line = line;
    message.certificate = (ProtobufCBinaryData){certificate.size, certificate.data};
    uint8_t *place =
        buf_extend(ret_content, mintmark__v1__identity_spec__get_packed_size(&message));
    TRY(buf_status(ret_content));
    (void)mintmark__v1__identity_spec__pack(&message, place);
    return STATUS_OK;
}

static bool same(const struct store_identity *a, const struct store_identity *b)
{
    return a->role == b->role && strcmp(a->line, b->line) == 0 && a->blocked == b->blocked &&
           a->not_after == b->not_after && a->spki_size == b->spki_size &&
           memcmp(a->spki, b->spki, a->spki_size) == 0;
}

/* Who is left must be able to enrol an operator: otherwise one person could shut out all others,
 * and nobody could undo it. `identity` is one that is none any more. */
static status_t check_last(const struct change *change, const struct store_identity *identity,
                           struct change_plan *plan, struct problem *problem)
{
    unsigned others = 0;
    unsigned needed = change->call->two_person_rule ? 2 : 1;
    if (identity->role != MINTMARK__V1__ROLE__ROLE_OPERATOR || identity->blocked) {
        return STATUS_OK;
    }
    TRY(store_identity_others(change->call->environment->store, identity, &others));
    if (others < needed) {
        return problem_say(problem, STATUS_REFUSED, "LAST_OPERATOR", "identity",
                           "%u operator%s would be left, too few to enrol another: enrol one first",
                           others, others == 1 ? "" : "s");
    }
    change_find(plan, "%u operator%s remain%s", others, others == 1 ? "" : "s",
                others == 1 ? "s" : "");
    return STATUS_OK;
}

static status_t compare(const struct change *change, struct change_plan *plan,
                        struct problem *problem)
{
    struct store_identity known;
    status_t status =
        store_identity_get(change->call->environment->store, span_text(plan->identity.id), &known);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    /* a request is for a new certificate, also of the same key and end */
    plan->unchanged = !has_csr(change) && same(&known, &plan->identity);
    if (plan->identity.role != known.role) {
        TRY(check_last(change, &known, plan, problem));
    }
    if (known.blocked) {
        change_find(plan, "it is blocked now: this lets it in again");
    }
    if (known.spki_size > 0 && (known.spki_size != plan->identity.spki_size ||
                                memcmp(known.spki, plan->identity.spki, known.spki_size) != 0)) {
        change_find(plan, "the key it has now is not accepted any more");
    }
    return write_previous(change, &known, &plan->previous);
}

/* With one key for two names one person could be two. */
static status_t check_key(const struct change *change, const struct change_plan *plan,
                          struct problem *problem)
{
    status_t status = store_identity_key_used(change->call->environment->store, &plan->identity);
    if (status == STATUS_OK) {
        return problem_say(problem, STATUS_REFUSED, "KEY_USED", "certificate",
                           "another identity has this key: each has its own");
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* When it is enrolled by a request: the certificate's dates, and that it can be made. */
static status_t check_csr(const struct change *change, struct change_plan *plan,
                          struct problem *problem)
{
    const struct issue_environment *environment = change->call->environment;
    AUTO(buf_done) struct buf tbs = {0};
    if (!has_csr(change)) {
        return STATUS_OK;
    }
    TRY(issue_certify_until(environment, change->now_ms, &plan->identity.not_after, problem));
    TRY(make_tbs(change, &plan->identity, &tbs, problem));
    change_find(plan, "the identity CA makes a certificate of this request");
    return STATUS_OK;
}

static void find(const struct store_identity *identity, struct change_plan *plan)
{
    if (identity->spki_size == 0) {
        change_find(plan, "no key pinned: any certificate of the listener's CA with this id");
    } else {
        int64_t days = (identity->not_after - identity->enrolled_ms / 1000) / 86400;
        change_find(plan, "key pinned; the certificate is valid for %lld more days",
                    (long long)days);
    }
}

status_t change_identity_check(const struct change *change, struct change_plan *plan,
                               struct problem *problem)
{
    TRY(rpc_identity_read((const Mintmark__V1__IdentitySpec *)change->message,
                          change->call->trust_domain, change->now_ms, &plan->identity, problem));
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", plan->identity.id);
    TRY(check_key(change, plan, problem));
    TRY(check_csr(change, plan, problem));
    find(&plan->identity, plan);
    return compare(change, plan, problem);
}

/* The certificate is signed when this is durable (server/issue/certify.h). */
static status_t intend(const struct change *change, const struct store_identity *identity)
{
    struct store *store = change->call->environment->store;
    AUTO(buf_done) struct buf tbs = {0};
    AUTO(buf_done) struct buf leaf = {0};
    TRY(make_tbs(change, identity, &tbs, NULL));
    TRY(store_identity_intend(store, identity->id, buf_span(&tbs)));
    TRY(issue_leaf_requested(identity, buf_span(&tbs), &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}

status_t change_identity_apply(const struct change *change, const struct change_plan *plan,
                               const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    struct store_identity identity = plan->identity;
    AUTO(buf_done) struct buf leaf = {0};
    memcpy(identity.change_id, id, sizeof(identity.change_id));
    TRY(store_identity_set(store, &identity, certificate_of(change)));
    TRY(issue_leaf_identity(&identity, &leaf, NULL));
    TRY(store_leaf_put(store, buf_span(&leaf), change->now_ms));
    return has_csr(change) ? intend(change, &identity) : STATUS_OK;
}

status_t change_block_check(const struct change *change, struct change_plan *plan,
                            struct problem *problem)
{
    const Mintmark__V1__IdentityAct *message = (const Mintmark__V1__IdentityAct *)change->message;
    TRY(change_check_reason(message->reason, problem));
    status_t status = store_identity_get(change->call->environment->store,
                                         span_text(message->identity), &plan->identity);
    if (status == STATUS_NOT_FOUND) {
        return problem_say(problem, status, "IDENTITY_UNKNOWN", "identity",
                           "no such identity: see mintmark identity list");
    }
    TRY(status);
    plan->unchanged = plan->identity.blocked;
    (void)snprintf(plan->subject, sizeof(plan->subject), "%s", plan->identity.id);
    return check_last(change, &plan->identity, plan, problem);
}

status_t change_block_apply(const struct change *change, const struct change_plan *plan,
                            const uint8_t id[static STORE_DIGEST_SIZE])
{
    struct store *store = change->call->environment->store;
    struct store_identity identity = plan->identity;
    AUTO(buf_done) struct buf leaf = {0};
    memcpy(identity.change_id, id, sizeof(identity.change_id));
    TRY(store_identity_block(store, &identity));
    TRY(issue_leaf_blocked(&identity, change->now_ms, &leaf, NULL));
    return store_leaf_put(store, buf_span(&leaf), change->now_ms);
}
